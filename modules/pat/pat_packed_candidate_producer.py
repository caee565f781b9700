"""Particle-flow candidates as files keep them."""

from __future__ import annotations

import awkward as ak
import numpy as np

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param

from .jagged import columns, records

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
        candidates = event.get(self.candidates)
        fields = columns(candidates[list(KEPT)])
        detailed = candidates.pt >= self.parameters.minPtForTrackProperties
        for name in TRACK_DETAILS:
            values = candidates[name]
            fields[name] = ak.where(detailed, values, ak.zeros_like(values))
        fields["puppiWeight"] = ak.values_astype(event.get(self.weights), np.float32)
        event.put(self.packed, records(fields))
