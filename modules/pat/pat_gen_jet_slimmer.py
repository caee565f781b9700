"""Generated jets as files keep them."""

from __future__ import annotations

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.modules.columns import Objects

from .string_object import StringCutObjectSelector

KEPT = ("pt", "eta", "phi", "mass")


@plugin
class PATGenJetSlimmer(EDProducer):
    """Copies the generated jets that pass a cut, without their constituents."""

    cfi = "PhysicsTools/PatAlgos/slimming/slimmedGenJets"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("ak4GenJets", doc="generated jets")
        cut: str = param.string("pt > 8", doc="condition for jets to be kept; empty: all")

    def declare(self, p):
        self.cut = StringCutObjectSelector(p.cut)
        self.jets = self.consumes(p.src)
        self.slimmed = self.produces("recoGenJets")

    def produce(self, event, setup):
        jets = Objects.of(event.get(self.jets))
        event.put(self.slimmed, jets.keeping(*KEPT).chosen(self.cut(jets.numbers())).array())
