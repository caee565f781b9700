"""The generated particles that decide the flavour of jets."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.modules.columns import Objects, nested, places

from . import gen_particles as gen

# Pythia's codes of partons about to hadronise; some records have them with the minus sign of what decayed
HADRONISING = (71, 79)


@plugin
class HadronAndPartonSelector(EDProducer):
    """Selects b and c hadrons, partons and leptons; each product has indices into `particles`.

    Hadrons are those that have no b (c) hadron among their daughters, partons those that hadronise, by the status
    codes of Pythia 8, leptons the last copies of electrons, muons and taus (CMSSW's class of this name and its
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
        particles = Objects.of(event.get(self.particles))
        ids, status, mother = particles.values("pdgId", "status", "mother")
        owner, index = particles.event(), places(particles.offsets).astype(np.int32)
        for instance, kind in select(ids, status, gen.flat_mothers(mother, particles.offsets)).items():
            counts = np.bincount(owner[kind], minlength=len(event))
            event.put(self.selected[instance], nested(index[kind], counts))


def select(ids, status, mothers):
    """The selected particles of each kind, as flat arrays of bool.

    Parameters
    ----------
    ids, status, mothers : numpy.ndarray of int, shape (n,)
        PDG ids, status codes, and mothers as `gen_particles.flat_mothers` gives them.
    """
    state = np.abs(status)
    hadronising = gen.is_parton(ids) & (state >= HADRONISING[0]) & (state <= HADRONISING[1])
    leptons = [gen.last_of(np.abs(ids) == lepton, mothers) for lepton in (11, 13, 15)]
    return {
        "bHadrons": gen.last_of(gen.has_quark(ids, gen.BOTTOM), mothers),
        "cHadrons": gen.last_of(gen.has_quark(ids, gen.CHARM), mothers),
        "algorithmicPartons": gen.last_of(hadronising, mothers),
        "leptons": np.any(leptons, axis=0),
    }
