"""More taggers' values for jets that exist already."""

from __future__ import annotations

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.modules.columns import Objects

from .discriminators import discriminator_columns


@plugin
class PATJetUpdater(EDProducer):
    """Adds discriminators to PAT jets, or replaces those of the same name."""

    cfi = "PhysicsTools/PatAlgos/updatedPatJets"

    class Parameters(param.ParameterSet):
        jetSource: param.InputTag = param.inputTag("slimmedJets", doc="PAT jets")
        discriminatorSources: list[param.InputTag] = param.vInputTag([], doc="taggers' values, one per jet")
        labelPostfix: str = param.string("", doc="what fields lack of the end of their taggers' labels")

    def declare(self, p):
        self.jets = self.consumes(p.jetSource)
        self.discriminators = [self.consumes(tag) for tag in p.discriminatorSources]
        self.updated = self.produces("patJets")

    def produce(self, event, setup):
        jets = Objects.of(event.get(self.jets))
        values = [event.get(token) for token in self.discriminators]
        p = self.parameters
        added = discriminator_columns(jets, p.discriminatorSources, values, p.labelPostfix)
        event.put(self.updated, jets.array(added))
