"""Jets that pass a cut."""

from __future__ import annotations

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.modules.columns import Objects

from .string_object import StringCutObjectSelector


@plugin
class PATJetSelector(EDProducer):
    """Keeps the PAT jets that pass a cut, which may use every field that is a number (`StringCutObjectSelector`)."""

    cfi = "PhysicsTools/PatAlgos/selectedPatJets"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("patJets", doc="PAT jets")
        cut: str = param.string("", doc='condition, e.g. "pt > 15 && abs(eta) < 2.5"; empty: all')

    def declare(self, p):
        self.cut = StringCutObjectSelector(p.cut)
        self.jets = self.consumes(p.src)
        self.selected = self.produces("patJets")

    def produce(self, event, setup):
        jets = Objects.of(event.get(self.jets))
        event.put(self.selected, jets.chosen(self.cut(jets.numbers())).array())
