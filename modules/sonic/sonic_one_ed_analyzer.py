"""Analyzers whose model runs on a server."""

from __future__ import annotations

from pyrun.framework import EDAnalyzer

from .sonic_module import SonicModule


class SonicOneEDAnalyzer(SonicModule, EDAnalyzer):
    """Looks at a model's outputs: ``acquire(event, setup, inputs)``, ``analyze(event, setup, outputs)``.

    One instance sees all blocks, in the order of the input. Source: CMSSW's TritonOneEDAnalyzer.
    """

    kind = "one"
