"""Layer 1 of the correlator: Puppi candidates in the firmware's words."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, errors, plugin
from pyrun.framework import parameters as param

from ..sim.records import to_records
from .l1_records import L1_CLUSTER, L1_TRACK, L1_VERTEX
from .words import CHARGE, DXY_SQRT_LSB, ETA_PHI_LSB, MASS, PDG_ID, PT, PUPPI_WEIGHT, Z0_LSB, unpack_puppi


@plugin
class L1TCorrelatorLayer1LightProducer(EDProducer):
    """Particle flow and Puppi of the level-1 trigger, on the tracks and clusters of `L1TLightDetectorProducer`.

    Produces ``l1tPFCandidates``, instance ``Puppi``: ``var * {encodedPuppi64, pt, eta, phi, mass, pdgId, charge, z0,
    dxy, puppiWeight}`` by falling pt. Numbers are decoded from the word (GeV, cm); ``dxy`` is |dxy|, 0 for neutral
    candidates as is ``z0``; ``puppiWeight`` is 1 for charged ones.
    """

    cfi = "L1Trigger/Phase2L1ParticleFlow/l1tLayer1"

    class Parameters(param.ParameterSet):
        tracks: param.InputTag = param.inputTag("l1tLightDetector:tracks", doc="level-1 tracks")
        clusters: param.InputTag = param.inputTag("l1tLightDetector:clusters", doc="calorimeter clusters")
        vtxCollection: param.InputTag = param.inputTag("l1tLightDetector:vertices", doc="primary vertex, the first")
        maxCandidates: int = param.uint32(128, doc="most candidates kept, those of highest pt")

    def declare(self, p):
        if p.maxCandidates == 0:
            raise errors.Configuration(f"{type(self).__name__} {self.label!r}: maxCandidates is 0; choose 128, say")
        self.tracks = self.consumes(p.tracks)
        self.clusters = self.consumes(p.clusters)
        self.vertices = self.consumes(p.vtxCollection)
        self.candidates = self.produces("l1tPFCandidates", "Puppi")

    def produce(self, event, setup):
        from .l1_particle_flow_kernels import particle_flow
        from .l1_puppi_kernels import puppi

        inputs = zip(
            to_records(event.get(self.tracks), L1_TRACK),
            to_records(event.get(self.clusters), L1_CLUSTER),
            to_records(event.get(self.vertices), L1_VERTEX),
            strict=True,
        )
        words = [
            puppi(particle_flow(tracks, clusters), tracks, float(vertices["z0"][0]), self.parameters.maxCandidates)
            for tracks, clusters, vertices in inputs
        ]
        event.put(self.candidates, candidates_of(words))


def candidates_of(words):
    """Candidates, ``var * {encodedPuppi64, ...}``, from one array of words per event."""
    import awkward as ak

    flat = np.concatenate([np.empty(0, dtype=np.uint64), *words])
    fields = unpack_puppi(flat)
    charged = CHARGE[fields.id] != 0
    columns = {
        "encodedPuppi64": flat,
        "pt": (fields.pt * PT.lsb).astype(np.float32),
        "eta": (fields.eta * ETA_PHI_LSB).astype(np.float32),
        "phi": (fields.phi * ETA_PHI_LSB).astype(np.float32),
        "mass": MASS[fields.id],
        "pdgId": PDG_ID[fields.id],
        "charge": CHARGE[fields.id],
        "z0": (fields.z0 * Z0_LSB).astype(np.float32),
        "dxy": ((fields.dxy * DXY_SQRT_LSB) ** 2).astype(np.float32),
        "puppiWeight": np.where(charged, np.float32(1.0), (fields.weight * PUPPI_WEIGHT.lsb).astype(np.float32)),
    }
    return ak.unflatten(ak.zip(columns), [len(one) for one in words])
