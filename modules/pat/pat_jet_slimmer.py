"""PAT jets as files keep them."""

from __future__ import annotations

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.modules.columns import Objects


@plugin
class PATJetSlimmer(EDProducer):
    """Copies PAT jets without what is not wanted in a file."""

    cfi = "PhysicsTools/PatAlgos/slimming/slimmedJets"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("selectedPatJets", doc="PAT jets")
        dropDaughters: bool = param.bool(False, doc="drop the constituents")
        dropSpecific: bool = param.bool(False, doc="drop energy fractions and multiplicities")

    def declare(self, p):
        self.jets = self.consumes(p.src)
        self.slimmed = self.produces("patJets")

    def produce(self, event, setup):
        jets = Objects.of(event.get(self.jets))
        event.put(self.slimmed, jets.keeping(*(name for name in jets.fields if not self._drops(name))).array())

    def _drops(self, field):
        p = self.parameters
        specific = field.endswith(("EnergyFraction", "Multiplicity"))
        return (p.dropDaughters and field == "constituents") or (p.dropSpecific and specific)
