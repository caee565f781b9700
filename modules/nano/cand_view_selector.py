"""Objects that pass a cut."""

from __future__ import annotations

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param

from ..pat.string_object import StringCutObjectSelector
from .flat_objects import FlatObjects


@plugin
class CandViewSelector(EDProducer):
    """Keeps the objects of any collection that pass a cut, which may use every field that is a number."""

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag(doc="objects")
        cut: str = param.string(doc='condition, e.g. "pt > 3 && abs(eta) < 2.4"; empty: all')

    def declare(self, p):
        self.cut = StringCutObjectSelector(p.cut)
        self.objects = self.consumes(p.src)
        self.selected = self.produces("recoCandidates")

    def produce(self, event, setup):
        objects = FlatObjects(event.get(self.objects))
        event.put(self.selected, objects.take(self.cut(objects)))
