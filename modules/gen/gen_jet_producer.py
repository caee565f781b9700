"""Generator jets."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param

from ..jets.clustering import Momenta, cluster


@plugin
class GenJetProducer(EDProducer):
    """Clusters the stable visible particles of the signal into anti-kt jets.

    Produces ``recoGenJets``, ``var * {pt, eta, phi, mass}`` (GeV) by falling pt.
    """

    cfi = "RecoJets/Configuration/ak4GenJets"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("stableParticles", doc="particles to cluster")
        rParam: float = param.double(0.4, doc="radius parameter")
        jetPtMin: float = param.double(8.0, doc="smallest pt of the jets kept (GeV)")

    def declare(self, p):
        self.particles = self.consumes(p.src)
        self.jets = self.produces("recoGenJets")

    def produce(self, event, setup):
        import awkward as ak

        particles = event.get(self.particles)
        flat = ak.flatten(particles)
        momenta = Momenta.from_pt_eta_phi_mass(flat.pt, flat.eta, flat.phi, masses(ak.to_numpy(flat.pdgId)))
        counts = ak.to_numpy(ak.num(particles, axis=1))
        jets = cluster(momenta, counts, "AntiKt", self.parameters.rParam, self.parameters.jetPtMin)
        columns = {name: getattr(jets.momenta, name).astype(np.float32) for name in ("pt", "eta", "phi", "mass")}
        event.put(self.jets, ak.unflatten(ak.zip(columns), jets.counts))


def masses(pdg_ids):
    """Masses (GeV) of particles by PDG id, shape (n,)."""
    from particle import Particle

    codes, inverse = np.unique(pdg_ids, return_inverse=True)
    known = np.array([(Particle.from_pdgid(int(code)).mass or 0.0) * 1e-3 for code in codes])
    return known[inverse] if len(codes) else np.zeros(0)
