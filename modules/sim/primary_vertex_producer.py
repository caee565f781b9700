"""Primary vertices from tracks."""

from __future__ import annotations

from pyrun.framework import EDProducer, plugin
from pyrun.framework import parameters as param

from .event_records import TRACK, VERTEX, VERTEX_ASSOCIATION
from .records import from_records, to_records, truncate_mantissa


@plugin
class PrimaryVertexProducer(EDProducer):
    """Finds primary vertices along the beam line and fits their positions.

    Produces ``recoVertexs`` sorted by falling sum of squared track pt, and, as instance ``tracks``,
    ``VertexAssociation`` with, for each track, the vertex whose fit used it. An event without any vertex gets one at
    the beam spot, with ``ndof`` 0, as in CMS.
    """

    cfi = "RecoVertex/PrimaryVertexProducer/offlinePrimaryVertices"

    class Parameters(param.ParameterSet):
        TrackLabel: param.InputTag = param.inputTag("generalTracks", doc="tracks to use")
        maxD0Significance: float = param.double(4.0, doc="largest |dxy| / error to the beam line")
        maxDzError: float = param.double(0.15, doc="largest error of dz (cm)")
        minPt: float = param.double(0.15, doc="smallest track pt (GeV)")
        minDensity: float = param.double(0.7, doc="least height of a peak, in tracks measured to 120 um at the same z")
        beamWidth: float = param.double(0.0015, doc="transverse size of the beam spot (cm)")
        beamLength: float = param.double(3.5, doc="length of the beam spot (cm), the z error if there is no vertex")

    def declare(self, p):
        self.tracks = self.consumes(p.TrackLabel)
        self.vertices = self.produces("recoVertexs")
        self.association = self.produces("VertexAssociation", "tracks")

    def produce(self, event, setup):
        from .primary_vertex_kernels import find_vertices, select_tracks

        p = self.parameters
        vertices, associations = [], []
        for tracks in to_records(event.get(self.tracks), TRACK):
            good = select_tracks(tracks, p.maxD0Significance, p.maxDzError, p.minPt)
            found, association = find_vertices(tracks, good, p.beamWidth, p.minDensity)
            vertices.append(found if len(found) else self.beam_spot())
            associations.append(association)
        event.put(self.vertices, from_records([compact(one) for one in vertices], VERTEX))
        event.put(self.association, from_records(associations, VERTEX_ASSOCIATION))

    def beam_spot(self):
        """The vertex that stands in when none was found."""
        import numpy as np

        vertex = np.zeros(1, dtype=VERTEX)
        vertex["xErr"] = vertex["yErr"] = self.parameters.beamWidth
        vertex["zErr"] = self.parameters.beamLength
        return vertex


def compact(vertices):
    """Round the vertices of one event in place: positions to less than a tenth of their errors."""
    for name in ("x", "y"):
        vertices[name] = truncate_mantissa(vertices[name], 7)
    vertices["z"] = truncate_mantissa(vertices["z"], 14)
    for name in ("xErr", "yErr", "zErr", "chi2", "ndof", "score"):
        vertices[name] = truncate_mantissa(vertices[name], 6)
    return vertices
