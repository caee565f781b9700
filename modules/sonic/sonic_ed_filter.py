"""Filters whose model runs on a server."""

from __future__ import annotations

from pyrun.framework import EDFilter

from .sonic_module import SonicModule


class SonicEDFilter(SonicModule, EDFilter):
    """Decides by a model's outputs: ``acquire(event, setup, inputs)``, ``filter(event, setup, outputs)``.

    Source: CMSSW's TritonEDFilter.
    """
