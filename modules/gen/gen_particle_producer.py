"""Generator particles for analysis and jet flavour."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param


@plugin
class GenParticleProducer(EDProducer):
    """Keeps the particles of an event record that tell what happened, with mothers pointing at what was kept.

    Kept are the hard process (status 21 to 29), last copies of top quarks, W, Z and Higgs bosons, taus and of hadrons
    with b or c quarks, final electrons, muons and neutrinos, what taus decay to down to pions and kaons, and the quarks
    and gluons about to hadronise (status 71 to 79) above ``partonPtMin``. So the mothers of a lepton from a b hadron's
    decay chain lead to that hadron.

    Status codes are HepMC's: 1 final, 2 decayed hadron, muon or tau, else the absolute value of Pythia's.
    Produces ``recoGenParticles``, ``var * {pt, eta, phi, mass, pdgId, status, mother, vx, vy, vz}`` (GeV, cm).
    """

    cfi = "PhysicsTools/HepMCCandAlgos/genParticles"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("VtxSmeared", doc="event records")
        partonPtMin: float = param.double(1.0, doc="smallest pt of the partons kept (GeV)")

    def declare(self, p):
        self.record = self.consumes(p.src)
        self.particles = self.produces("recoGenParticles")

    def produce(self, event, setup):
        import awkward as ak

        from ..sim.records import round_to, truncate_mantissa
        from .gen_particle_kernels import keep_particles, kept_mothers

        record = event.get(self.record)
        counts = ak.to_numpy(ak.num(record, axis=1))
        flat = {name: ak.to_numpy(ak.flatten(record[name])) for name in ak.fields(record)}
        pt = np.hypot(flat["px"], flat["py"])
        keep, mothers = np.zeros(len(pt), dtype=bool), [np.empty(0, dtype=np.int32)]
        ends = np.cumsum(counts)
        for begin, end in zip(ends - counts, ends, strict=True):
            one = {name: column[begin:end] for name, column in flat.items()}
            keep[begin:end] = keep_particles(
                one["pdgId"],
                one["status"],
                one["mother1"],
                one["daughter1"],
                one["daughter2"],
                pt[begin:end],
                self.parameters.partonPtMin,
            )
            mothers.append(kept_mothers(keep[begin:end], one["mother1"]))
        flat, pt = {name: column[keep] for name, column in flat.items()}, pt[keep]
        along_beam = pt < 1e-4  # incoming partons: a pseudorapidity as large as CMS gives them
        columns = {
            "pt": truncate_mantissa(np.where(along_beam, 0.0, pt), 8),
            "eta": round_to(
                np.where(along_beam, np.sign(flat["pz"]) * 23000.0, np.arcsinh(flat["pz"] / np.maximum(pt, 1e-4))),
                2**-9,
            ),
            "phi": round_to(np.arctan2(flat["py"], flat["px"]), 2**-9),
            "mass": truncate_mantissa(flat["m"], 7),
            "pdgId": flat["pdgId"],
            "status": hepmc_status(flat["pdgId"], flat["status"]),
            "mother": np.concatenate(mothers),
            **{"v" + axis: truncate_mantissa(flat[axis], 12) for axis in "xyz"},
        }
        kept = np.add.reduceat(keep, ends - counts, dtype=np.int64) if len(counts) else np.empty(0, dtype=np.int64)
        event.put(self.particles, ak.unflatten(ak.zip(columns), kept))


def hepmc_status(pdg_id, status):
    """Status codes as Pythia's interface to HepMC gives them; beams, 4 there, are not among the particles kept."""
    code = np.abs(pdg_id)
    decayed = ((code > 100) | (code == 13) | (code == 15)) & (status < 0)
    return np.where(status > 0, 1, np.where(decayed, 2, np.abs(status))).astype(np.int32)
