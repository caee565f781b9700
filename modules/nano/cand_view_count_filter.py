"""Events with enough objects."""

from __future__ import annotations

from pyrun.framework import EDFilter, plugin
from pyrun.framework import parameters as param

from .flat_objects import FlatObjects


@plugin
class CandViewCountFilter(EDFilter):
    """Passes events in which a collection has at least so many objects."""

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag(doc="objects")
        minNumber: int = param.uint32(doc="the fewest")

    def declare(self, p):
        self.objects = self.consumes(p.src)

    def filter(self, event, setup):
        return FlatObjects(event.get(self.objects)).counts >= self.parameters.minNumber
