"""Jets with all that analyses ask of them."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.modules.columns import Objects

from .discriminators import discriminator_columns
from .matching import match_nearest


@plugin
class PATJetProducer(EDProducer):
    """Joins jets with their flavour, their generated jet and the values of taggers.

    The generated jet is the nearest within ``maxDeltaR``; genJetPt is 0 without one. Jets keep their raw energy: no
    correction is applied.
    """

    cfi = "PhysicsTools/PatAlgos/patJets"

    class Parameters(param.ParameterSet):
        jetSource: param.InputTag = param.inputTag("ak4PFJetsPuppi", doc="jets")
        addJetFlavourInfo: bool = param.bool(True, doc="add hadronFlavour, partonFlavour and what they come from")
        JetFlavourInfoSource: param.InputTag = param.inputTag("patJetFlavourAssociation", doc="flavours of jetSource")
        addGenJetMatch: bool = param.bool(True, doc="add genJetPt")
        genJets: param.InputTag = param.inputTag("ak4GenJets", doc="generated jets")
        maxDeltaR: float = param.double(0.4, doc="largest distance to the generated jet")
        discriminatorSources: list[param.InputTag] = param.vInputTag([], doc="taggers' values, one per jet")

    def declare(self, p):
        self.jets = self.consumes(p.jetSource)
        self.flavours = self.consumes(p.JetFlavourInfoSource) if p.addJetFlavourInfo else None
        self.gen_jets = self.consumes(p.genJets) if p.addGenJetMatch else None
        self.discriminators = [self.consumes(tag) for tag in p.discriminatorSources]
        self.pat_jets = self.produces("patJets")

    def produce(self, event, setup):
        p = self.parameters
        jets, fields = Objects.of(event.get(self.jets)), {}
        if self.flavours:
            flavours = jets.aligned(event.get(self.flavours), str(p.JetFlavourInfoSource))
            fields |= {name: flavours[name] for name in flavours.fields}
        if self.gen_jets:
            fields["genJetPt"] = gen_jet_pt(jets, Objects.of(event.get(self.gen_jets)), p.maxDeltaR)
        values = [event.get(token) for token in self.discriminators]
        fields |= discriminator_columns(jets, p.discriminatorSources, values)
        event.put(self.pat_jets, jets.array(fields))


def gen_jet_pt(jets, gen_jets, max_dr):
    """The pt (GeV) of each jet's generated jet, 0 without one."""
    gen_eta, gen_phi, gen_pt = gen_jets.values("eta", "phi", "pt")
    eta, phi = jets.values("eta", "phi")
    matched = match_nearest(eta, phi, jets.counts, gen_eta, gen_phi, gen_jets.counts, max_dr)
    return np.append(gen_pt, np.float32(0))[matched]  # -1 takes the 0 at the end
