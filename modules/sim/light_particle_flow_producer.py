"""Particle-flow candidates."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param

from .event_records import CANDIDATE, PARTICLE, TRACK, VERTEX, VERTEX_ASSOCIATION
from .records import from_records, round_to, to_records, truncate_mantissa


@plugin
class LightParticleFlowProducer(EDProducer):
    """Simulates calorimeter deposits and combines them with tracks into particle-flow candidates.

    Produces ``recoPFCandidates`` sorted by falling pt; see `event_records.CANDIDATE` for the layout. Numbers are rounded as in
    MiniAOD, so that files stay small, and candidates below ``minPtForTrackProperties`` keep their vertex but no impact
    parameters (errors -1).
    """

    cfi = "RecoParticleFlow/LightSimulation/particleFlow"

    class Parameters(param.ParameterSet):
        particles: param.InputTag = param.inputTag("mix", doc="simulated particles")
        tracks: param.InputTag = param.inputTag("generalTracks", doc="their tracks")
        vertices: param.InputTag = param.inputTag("offlinePrimaryVertices", doc="vertices and which tracks they use")
        ecalBarrelThreshold: float = param.double(0.25, doc="least energy of a photon in the barrel (GeV)")
        ecalEndcapThreshold: float = param.double(3.0, doc="the same in the endcaps")
        hcalBarrelThreshold: float = param.double(0.9, doc="least energy of a neutral hadron in the barrel (GeV)")
        hcalEndcapThreshold: float = param.double(2.5, doc="the same in the endcaps, tripled beyond |eta| = 2.5")
        hfEmThreshold: float = param.double(4.5, doc="least electromagnetic energy of a forward tower (GeV)")
        hfHadThreshold: float = param.double(4.0, doc="least hadronic energy of a forward tower (GeV)")
        minPtForTrackProperties: float = param.double(0.5, doc="tracks below (GeV) keep no impact parameters")

    def declare(self, p):
        self.particles = self.consumes(p.particles, type="SimParticles")
        self.tracks = self.consumes(p.tracks)
        self.vertices = self.consumes(p.vertices, type="recoVertexs")
        self.association = self.consumes(p.vertices, type="VertexAssociation")
        self.candidates = self.produces("recoPFCandidates")

    def beginJob(self):
        p = self.parameters
        ecal, hcal = (p.ecalBarrelThreshold, p.ecalEndcapThreshold), (p.hcalBarrelThreshold, p.hcalEndcapThreshold)
        self.thresholds = np.array([*ecal, *hcal, p.hfEmThreshold, p.hfHadThreshold])

    def produce(self, event, setup):
        from .particle_flow_kernels import particle_flow

        inputs = zip(
            event.generators(),
            to_records(event.get(self.particles), PARTICLE),
            to_records(event.get(self.tracks), TRACK),
            to_records(event.get(self.association), VERTEX_ASSOCIATION),
            to_records(event.get(self.vertices), VERTEX),
            strict=True,
        )
        candidates = [compact(particle_flow(*one, self.thresholds), self.parameters.minPtForTrackProperties) for one in inputs]
        event.put(self.candidates, from_records(candidates, CANDIDATE))


def compact(candidates, min_pt):
    """Round the candidates of one event in place to what their errors justify, and drop details of soft tracks."""
    candidates["pt"] = truncate_mantissa(candidates["pt"], 9)
    charged = candidates["d0Err"] > 0
    for name, step_charged, step_neutral in (("eta", 2**-11, 2**-8), ("phi", 2**-11, 2**-8)):
        candidates[name] = np.where(charged, round_to(candidates[name], step_charged), round_to(candidates[name], step_neutral))
    soft = charged & (candidates["pt"] < min_pt)
    for name in ("d0", "dz", "normalizedChi2"):
        candidates[name][soft] = 0.0
    for name in ("d0Err", "dzErr"):
        candidates[name][soft] = -1.0
    for name, bits in (("d0", 8), ("dz", 8), ("d0Err", 5), ("dzErr", 5), ("normalizedChi2", 4)):
        candidates[name] = truncate_mantissa(candidates[name], bits)
    candidates["hcalFraction"] = round_to(candidates["hcalFraction"], 2**-6)
    return candidates
