"""Particle-flow candidates as files keep them."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.modules.columns import Objects, values

KEPT = ("pt", "eta", "phi", "pdgId", "d0", "dz", "vertex", "pvAssociation", "trackQuality", "hcalFraction")
TRACK_DETAILS = ("d0Err", "dzErr", "normalizedChi2", "nHits", "nPixelHits")


@plugin
class PATPackedCandidateProducer(EDProducer):
    """Copies candidates with their PUPPI weight; of soft ones without the details of the track.

    Order and number are those of the input, so that the constituents of jets stay valid. Details that are left out are
    0: cheap in a file.
    """

    cfi = "PhysicsTools/PatAlgos/slimming/packedPFCandidates"

    class Parameters(param.ParameterSet):
        inputCollection: param.InputTag = param.inputTag("particleFlow", doc="candidates")
        PuppiSrc: param.InputTag = param.inputTag("puppi", doc="their PUPPI weights")
        minPtForTrackProperties: float = param.double(0.95, doc="pt from which tracks keep details (GeV)")

    def declare(self, p):
        self.candidates = self.consumes(p.inputCollection)
        self.weights = self.consumes(p.PuppiSrc)
        self.packed = self.produces("patPackedCandidates")

    def produce(self, event, setup):
        p = self.parameters
        candidates = Objects.of(event.get(self.candidates))
        (pt,) = candidates.values("pt")
        detailed = pt >= p.minPtForTrackProperties
        details = dict(zip(TRACK_DETAILS, candidates.values(*TRACK_DETAILS), strict=True))
        fields = {name: np.where(detailed, column, column.dtype.type(0)) for name, column in details.items()}
        weights = values(candidates.aligned(event.get(self.weights), str(p.PuppiSrc)))
        fields["puppiWeight"] = weights.astype(np.float32)
        event.put(self.packed, candidates.keeping(*KEPT).array(fields))
