"""The level-1 detector by efficiencies and resolutions."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param

from ..sim.event_records import PARTICLE
from ..sim.records import from_records, to_records
from .l1_records import L1_CLUSTER, L1_TRACK, L1_VERTEX


@plugin
class L1TLightDetectorProducer(EDProducer):
    """Turns simulated particles into what the correlator receives: tracks, the vertex, calorimeter clusters.

    Consumes ``SimParticles``. Produces ``L1TTracks`` (instance ``tracks``), ``L1TCaloClusters`` (``clusters``) and
    ``L1TVertices`` (``vertices``, one per event); layouts in `l1_records`.
    """

    cfi = "L1Trigger/Phase2L1ParticleFlow/l1tLightDetector"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("mix", doc="simulated particles of all interactions")
        fakeRate: float = param.double(0.04, doc="mean number of fake tracks per true one")
        emPtCut: float = param.double(0.5, doc="least electromagnetic transverse energy of a cluster (GeV)")
        hadPtCut: float = param.double(1.0, doc="least hadronic transverse energy of a cluster (GeV)")

    def declare(self, p):
        self.particles = self.consumes(p.src, type="SimParticles")
        self.tracks = self.produces("L1TTracks", "tracks")
        self.clusters = self.produces("L1TCaloClusters", "clusters")
        self.vertices = self.produces("L1TVertices", "vertices")

    def produce(self, event, setup):
        from .l1_detector_kernels import detect
        from .l1_track_kernels import find_vertex

        p = self.parameters
        tracks, clusters, vertices = [], [], []
        for rng, particles in zip(event.generators(), to_records(event.get(self.particles), PARTICLE), strict=True):
            found, deposits = detect(rng, particles, p.fakeRate, p.emPtCut, p.hadPtCut)
            tracks.append(found)
            clusters.append(deposits)
            vertices.append(np.array([find_vertex(found)], dtype=L1_VERTEX))
        event.put(self.tracks, from_records(tracks, L1_TRACK))
        event.put(self.clusters, from_records(clusters, L1_CLUSTER))
        event.put(self.vertices, from_records(vertices, L1_VERTEX))
