"""Jets with all that analyses ask of them."""

from __future__ import annotations

import awkward as ak
import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param

from .discriminators import discriminator_columns
from .jagged import columns, records
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
        jets = event.get(self.jets)
        fields = columns(jets)
        if self.flavours:
            fields |= columns(event.get(self.flavours))
        if self.gen_jets:
            fields["genJetPt"] = gen_jet_pt(jets, event.get(self.gen_jets), self.parameters.maxDeltaR)
        values = [event.get(token) for token in self.discriminators]
        fields |= discriminator_columns(jets, self.parameters.discriminatorSources, values)
        event.put(self.pat_jets, records(fields))


def gen_jet_pt(jets, gen_jets, max_dr):
    """The pt (GeV) of each jet's generated jet, 0 without one; shape as `jets`."""
    counts, gen_counts = (ak.to_numpy(ak.num(array, axis=1)) for array in (jets, gen_jets))
    flat, gen_flat = ak.flatten(jets), ak.flatten(gen_jets)
    positions = (ak.to_numpy(array) for array in (flat.eta, flat.phi, gen_flat.eta, gen_flat.phi))
    eta, phi, gen_eta, gen_phi = positions
    matched = match_nearest(eta, phi, counts, gen_eta, gen_phi, gen_counts, max_dr)
    pt = np.append(ak.to_numpy(gen_flat.pt), np.float32(0))[matched]  # -1 takes the 0 at the end
    return ak.unflatten(pt, counts)
