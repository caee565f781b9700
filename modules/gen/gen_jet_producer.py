"""Generator jets."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param


@plugin
class GenJetProducer(EDProducer):
    """Clusters the stable visible particles of the signal into anti-kt jets.

    With FastJet (Eur. Phys. J. C 72 (2012) 1896).
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
        import fastjet

        particles = event.get(self.particles)
        pt = ak.values_astype(particles.pt, "float64")
        momenta = ak.zip(
            {"px": pt * np.cos(particles.phi), "py": pt * np.sin(particles.phi), "pz": pt * np.sinh(particles.eta)}
        )
        momenta["E"] = np.sqrt(pt**2 + momenta.pz**2 + masses(particles.pdgId) ** 2)
        definition = fastjet.JetDefinition(fastjet.antikt_algorithm, self.parameters.rParam)
        jets = fastjet.ClusterSequence(ak.with_name(momenta, "Momentum4D"), definition).inclusive_jets(
            self.parameters.jetPtMin
        )
        pt = np.hypot(jets.px, jets.py)
        columns = {
            "pt": pt,
            "eta": np.arcsinh(jets.pz / pt),
            "phi": np.arctan2(jets.py, jets.px),
            "mass": np.sqrt(np.maximum(jets.E**2 - pt**2 - jets.pz**2, 0.0)),
        }
        jets = ak.zip({name: ak.values_astype(column, "float32") for name, column in columns.items()})
        event.put(self.jets, jets[ak.argsort(jets.pt, axis=1, ascending=False)])


def masses(pdg_ids):
    """Masses (GeV) of jagged PDG codes."""
    import awkward as ak
    from particle import Particle

    flat = ak.to_numpy(ak.flatten(pdg_ids))
    codes, inverse = np.unique(flat, return_inverse=True)
    known = np.array([(Particle.from_pdgid(int(code)).mass or 0.0) * 1e-3 for code in codes])
    return ak.unflatten(known[inverse] if len(codes) else np.empty(0), ak.num(pdg_ids, axis=1))
