"""Secondary vertices from displaced tracks."""

from __future__ import annotations

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param

from .event_records import SECONDARY_VERTEX, TRACK, VERTEX, VERTEX_ASSOCIATION
from .records import from_records, round_to, to_records, truncate_mantissa


@plugin
class InclusiveVertexFinder(EDProducer):
    """Finds decay vertices of b and c hadrons without using jets, in the way of CMS's class of the same name.

    Tracks that pass close to a displaced seed track are clustered and fitted adaptively; tracks nearer to the primary
    vertex than to the new one leave it; what remains must be displaced from the first primary vertex and point back
    to it. Produces ``recoVertexCompositePtrCandidates``; see `event_records.SECONDARY_VERTEX`.
    """

    cfi = "RecoVertex/AdaptiveVertexFinder/inclusiveCandidateSecondaryVertices"

    class Parameters(param.ParameterSet):
        tracks: param.InputTag = param.inputTag("generalTracks", doc="tracks to use")
        primaryVertices: param.InputTag = param.inputTag(
            "offlinePrimaryVertices", doc="the first of them is the origin of flight"
        )
        vertexAssociation: param.InputTag = param.inputTag(
            "offlinePrimaryVertices:tracks", doc="which primary vertex each track took part in"
        )
        minPt: float = param.double(0.8, doc="smallest track pt (GeV)")
        maximumLongitudinalImpactParameter: float = param.double(0.3, doc="largest distance in z from the vertex (cm)")

    def declare(self, p):
        self.tracks = self.consumes(p.tracks)
        self.primaries = self.consumes(p.primaryVertices)
        self.association = self.consumes(p.vertexAssociation)
        self.secondaries = self.produces("recoVertexCompositePtrCandidates")

    def produce(self, event, setup):
        from .secondary_vertex_kernels import find_secondary_vertices

        p = self.parameters
        inputs = zip(
            to_records(event.get(self.tracks), TRACK),
            to_records(event.get(self.association), VERTEX_ASSOCIATION),
            to_records(event.get(self.primaries), VERTEX),
            strict=True,
        )
        found = [
            find_secondary_vertices(tracks, used, primaries[0], p.minPt, p.maximumLongitudinalImpactParameter)
            for tracks, used, primaries in inputs
        ]
        event.put(self.secondaries, from_records([compact(vertices) for vertices in found], SECONDARY_VERTEX))


def compact(vertices):
    """Round the vertices of one event in place."""
    for name in ("pt", "mass", "chi2", "ndof", "dxy", "dxySig", "d3d", "d3dSig"):
        vertices[name] = truncate_mantissa(vertices[name], 10)
    for name in ("eta", "phi"):
        vertices[name] = round_to(vertices[name], 2**-11)
    for name in ("x", "y", "z"):
        vertices[name] = truncate_mantissa(vertices[name], 14)
    return vertices
