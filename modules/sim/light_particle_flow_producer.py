"""Particle-flow candidates."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param

from .event_records import CANDIDATE, PARTICLE, TRACK, VERTEX, VERTEX_ASSOCIATION
from .records import from_records, to_records


@plugin
class LightParticleFlowProducer(EDProducer):
    """Simulates calorimeter deposits and combines them with tracks into particle-flow candidates.

    Produces ``recoPFCandidates`` sorted by falling pt; see `event_records.CANDIDATE` for the layout. Numbers are
    rounded as in MiniAOD, so that files stay small, and tracks below ``minPtForTrackProperties`` keep their vertex
    and a coarse dz but no d0 and no errors (-1).
    """

    cfi = "RecoParticleFlow/LightSimulation/particleFlow"

    class Parameters(param.ParameterSet):
        particles: param.InputTag = param.inputTag("mix", doc="simulated particles")
        tracks: param.InputTag = param.inputTag("generalTracks", doc="their tracks")
        vertices: param.InputTag = param.inputTag("offlinePrimaryVertices", doc="primary vertices, best first")
        vertexAssociation: param.InputTag = param.inputTag(
            "offlinePrimaryVertices:tracks", doc="which vertex each track took part in"
        )
        ecalBarrelThreshold: float = param.double(0.25, doc="least energy of a photon in the barrel (GeV)")
        ecalEndcapThreshold: float = param.double(3.0, doc="the same in the endcaps")
        hcalBarrelThreshold: float = param.double(0.9, doc="least energy of a neutral hadron in the barrel (GeV)")
        hcalEndcapThreshold: float = param.double(2.5, doc="the same in the endcaps, tripled beyond |eta| = 2.5")
        hfEmThreshold: float = param.double(5.5, doc="least electromagnetic energy of a forward tower (GeV)")
        hfHadThreshold: float = param.double(4.0, doc="least hadronic energy of a forward tower (GeV)")
        minPtForTrackProperties: float = param.double(0.95, doc="softer tracks (GeV) lose details")

    def declare(self, p):
        self.particles = self.consumes(p.particles)
        self.tracks = self.consumes(p.tracks)
        self.vertices = self.consumes(p.vertices)
        self.association = self.consumes(p.vertexAssociation)
        self.candidates = self.produces("recoPFCandidates")

    def beginJob(self):
        p = self.parameters
        ecal, hcal = (p.ecalBarrelThreshold, p.ecalEndcapThreshold), (p.hcalBarrelThreshold, p.hcalEndcapThreshold)
        self.thresholds = np.array([*ecal, *hcal, p.hfEmThreshold, p.hfHadThreshold])

    def produce(self, event, setup):
        from .compact_kernels import compact
        from .particle_flow_kernels import particle_flow

        inputs = zip(
            event.generators(),
            to_records(event.get(self.particles), PARTICLE),
            to_records(event.get(self.tracks), TRACK),
            to_records(event.get(self.association), VERTEX_ASSOCIATION),
            to_records(event.get(self.vertices), VERTEX),
            strict=True,
        )
        candidates = [
            compact(particle_flow(*one, self.thresholds), self.parameters.minPtForTrackProperties) for one in inputs
        ]
        event.put(self.candidates, from_records(candidates, CANDIDATE))
