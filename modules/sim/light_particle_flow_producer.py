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
    MiniAOD, so that files stay small, and tracks below ``minPtForTrackProperties`` keep their vertex and a coarse dz but no d0
    and no errors (-1).
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
        hfEmThreshold: float = param.double(5.5, doc="least electromagnetic energy of a forward tower (GeV)")
        hfHadThreshold: float = param.double(4.0, doc="least hadronic energy of a forward tower (GeV)")
        minPtForTrackProperties: float = param.double(0.95, doc="softer tracks (GeV) lose details")

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
    """Candidates of one event rounded to what detector and use justify, so that they fit in 4 to 5 bytes each on file.

    Below `min_pt` a charged candidate loses d0, the errors and the quality of its track, as in MiniAOD, and keeps a coarse dz.
    The order stays that of falling pt; equal ones, of which rounding makes many, are sorted by type and eta.
    """
    pt, code = candidates["pt"], np.abs(candidates["pdgId"])
    soft, charged, forward = pt < min_pt, candidates["d0Err"] > 0, code <= 2
    fine, coarse = charged & ~soft, charged & soft
    candidates["pt"] = np.where(soft, truncate_mantissa(pt, 4), truncate_mantissa(pt, 8))
    for name in ("eta", "phi"):
        step = np.select([forward, fine, coarse], [2**-12, 2**-10, 2**-7], 2**-6)
        candidates[name] = round_to(candidates[name], step)
    for name, kept in (("d0", 0.0), ("d0Err", -1.0), ("dzErr", -1.0), ("normalizedChi2", 0.0)):
        candidates[name] = np.where(coarse, kept, truncate_mantissa(candidates[name], 7 if name == "d0" else 3))
    candidates["dz"] = np.where(coarse, truncate_mantissa(candidates["dz"], 1), truncate_mantissa(candidates["dz"], 7))
    for name in ("trackQuality", "nHits", "nPixelHits"):
        candidates[name][coarse] = 0
    candidates["hcalFraction"] = round_to(candidates["hcalFraction"], 2**-4)
    return candidates[np.lexsort((candidates["eta"], candidates["pdgId"], -candidates["pt"]))]
