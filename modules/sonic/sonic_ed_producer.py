"""Producers whose model runs on a server."""

from __future__ import annotations

from pyrun.framework import EDProducer

from .sonic_module import SonicModule


class SonicEDProducer(SonicModule, EDProducer):
    """Makes products of a model's outputs: ``acquire(event, setup, inputs)``, ``produce(event, setup, outputs)``.

    Source: CMSSW's TritonEDProducer.

    Examples
    --------
    >>> class ToyProducer(SonicEDProducer):
    ...     class Parameters(SonicEDProducer.Parameters):
    ...         src: param.InputTag = param.inputTag("jets", doc="jets")
    ...
    ...     def declare(self, p):
    ...         self.jets, self.scores = self.consumes(p.src), self.produces("floats")
    ...
    ...     def acquire(self, event, setup, inputs):
    ...         jets = event.get(self.jets)
    ...         inputs["x"].toServer(ak.to_numpy(ak.flatten(jets.features)))       # [jets of all events, 16]
    ...         return ak.num(jets)
    ...
    ...     def produce(self, event, setup, outputs):
    ...         event.put(self.scores, ak.unflatten(outputs["y"].fromServer()[:, 0], outputs.acquired))
    """
