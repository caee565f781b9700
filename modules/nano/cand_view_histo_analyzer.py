"""Histograms of objects."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDAnalyzer, plugin
from pyrun.framework import parameters as param

from ..pat.string_object import StringCutObjectSelector, StringObjectFunction
from .flat_objects import FlatObjects


class Histogram(param.ParameterSet):
    name: str = param.untracked.string(doc="the histogram's name")
    description: str = param.untracked.string("", doc="its title")
    plotquantity: str = param.untracked.string(doc="what to fill, e.g. 'mass' or 'pt / mass'")
    nbins: int = param.untracked.int32(doc="number of bins")
    min: float = param.untracked.double(doc="lower edge")
    max: float = param.untracked.double(doc="upper edge")
    itemsToPlot: list[int] = param.untracked.vint32([], doc="places of the objects to fill; empty: all")
    cut: str = param.untracked.string("", doc="ours: condition for the objects to fill")
    logBins: bool = param.untracked.bool(False, doc="ours: bins of equal width in the logarithm")


@plugin
class CandViewHistoAnalyzer(EDAnalyzer):
    """Fills histograms of any quantity of objects, in the module's folder of the TFileService."""

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag(doc="objects")
        weights: param.InputTag = param.untracked.inputTag(None, doc="a number per event, such as genWeight")
        histograms: list[Histogram] = param.vpset(Histogram, doc="what to fill")

    def declare(self, p):
        self.objects = self.consumes(p.src)
        self.weights = None if p.weights is None else self.consumes(p.weights)

    def beginJob(self):
        files = self.service("TFileService")
        self.booked = [
            (
                files.make(self._empty(h), h.name, h.description),
                StringObjectFunction(h.plotquantity),
                StringCutObjectSelector(h.cut) if h.cut.strip() else None,
                h.itemsToPlot,
            )
            for h in self.parameters.histograms
        ]

    def analyze(self, event, setup):
        objects = FlatObjects(event.get(self.objects))
        weights = None
        if self.weights is not None:
            weights = np.repeat(np.asarray(event.get(self.weights), dtype=np.float64), objects.counts)
        for histogram, quantity, cut, items in self.booked:
            values = np.broadcast_to(quantity(objects), (objects.total,))
            chosen = None if cut is None else cut(objects)
            if items:
                place = np.arange(objects.total) - np.repeat(objects.offsets[:-1], objects.counts)
                chosen = np.isin(place, items) if chosen is None else chosen & np.isin(place, items)
            kept = slice(None) if chosen is None else chosen
            histogram.fill(values[kept], **({} if weights is None else {"weight": weights[kept]}))

    def _empty(self, h):
        import hist

        transform = hist.axis.transform.log if h.logBins else None
        axis = hist.axis.Regular(h.nbins, h.min, h.max, transform=transform, name=h.name, label=h.description)
        return hist.Hist(axis, storage=hist.storage.Weight() if self.weights is not None else hist.storage.Double())
