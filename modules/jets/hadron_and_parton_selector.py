"""The generated particles that decide the flavour of jets."""

from __future__ import annotations

import awkward as ak
import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param

from . import gen_particles as gen

# Pythia's codes of partons about to hadronise
HADRONISING = (71, 79)


@plugin
class HadronAndPartonSelector(EDProducer):
    """Selects b and c hadrons, partons and leptons; each product has indices into `particles`.

    Hadrons are those that have no b (c) hadron among their daughters, partons those that hadronise, by the status
    codes of Pythia 8, leptons final electrons and muons and decaying taus (CMSSW's class of this name and its
    Pythia8PartonSelector).
    """

    cfi = "PhysicsTools/JetMCAlgos/patJetPartons"

    class Parameters(param.ParameterSet):
        particles: param.InputTag = param.inputTag("genParticles", doc="generated particles")

    def declare(self, p):
        self.particles = self.consumes(p.particles)
        self.selected = {
            instance: self.produces("recoGenParticlesRefs", instance)
            for instance in ("bHadrons", "cHadrons", "algorithmicPartons", "leptons")
        }

    def produce(self, event, setup):
        particles = event.get(self.particles)
        counts = ak.to_numpy(ak.num(particles, axis=1))
        ids, status = (ak.to_numpy(ak.flatten(particles[name])) for name in ("pdgId", "status"))
        index = ak.local_index(particles, axis=1)
        for instance, kind in select(ids, status, gen.flat_mothers(particles.mother)).items():
            event.put(self.selected[instance], ak.values_astype(index[ak.unflatten(kind, counts)], np.int32))


def select(ids, status, mothers):
    """The selected particles of each kind, as flat arrays of bool.

    Parameters
    ----------
    ids, status, mothers : numpy.ndarray of int, shape (n,)
        PDG ids, status codes, and mothers as `gen_particles.flat_mothers` gives them.
    """
    light_leptons = np.isin(np.abs(ids), (11, 13)) & (status == 1)
    taus = (np.abs(ids) == 15) & (status == 2)
    hadronising = gen.is_parton(ids) & (status >= HADRONISING[0]) & (status <= HADRONISING[1])
    return {
        "bHadrons": gen.last_of(gen.has_quark(ids, gen.BOTTOM), mothers),
        "cHadrons": gen.last_of(gen.has_quark(ids, gen.CHARM), mothers),
        "algorithmicPartons": gen.last_of(hadronising, mothers),
        "leptons": light_leptons | taus,
    }
