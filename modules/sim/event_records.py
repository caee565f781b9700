"""Layout of what the simulation hands from producer to producer, as fields of structured arrays (see `records`)."""

from __future__ import annotations

import numpy as np

#: Stable visible particles as generated: momentum and production point (GeV, cm).
PARTICLE = np.dtype(
    [("pt", "f4"), ("eta", "f4"), ("phi", "f4"), ("pdgId", "i4"), ("x", "f4"), ("y", "f4"), ("z", "f4")]
)

#: Tracks at their closest approach to the beam line. `particle` is the index of what made it, -1 for a fake.
TRACK = np.dtype(
    [
        ("pt", "f4"),
        ("eta", "f4"),
        ("phi", "f4"),
        ("charge", "i1"),
        ("dxy", "f4"),
        ("dxyErr", "f4"),
        ("dz", "f4"),
        ("dzErr", "f4"),
        ("ptErr", "f4"),
        ("normalizedChi2", "f4"),
        ("nHits", "u1"),
        ("nPixelHits", "u1"),
        ("highPurity", "u1"),
        ("particle", "i4"),
    ]
)

#: Reconstructed primary vertices (cm).
VERTEX = np.dtype(
    [
        ("x", "f4"),
        ("y", "f4"),
        ("z", "f4"),
        ("xErr", "f4"),
        ("yErr", "f4"),
        ("zErr", "f4"),
        ("chi2", "f4"),
        ("ndof", "f4"),
        ("nTracks", "i4"),
        ("score", "f4"),
    ]
)

#: For each track, the primary vertex whose fit used it (-1 for none) and its weight there.
VERTEX_ASSOCIATION = np.dtype([("vertex", "i2"), ("weight", "f4")])

#: Particle-flow candidates; impact parameters are relative to the first primary vertex.
CANDIDATE = np.dtype(
    [
        ("pt", "f4"),
        ("eta", "f4"),
        ("phi", "f4"),
        ("pdgId", "i4"),
        ("d0", "f4"),
        ("d0Err", "f4"),
        ("dz", "f4"),
        ("dzErr", "f4"),
        ("vertex", "i2"),
        ("pvAssociation", "u1"),
        ("normalizedChi2", "f4"),
        ("trackQuality", "u1"),
        ("nHits", "u1"),
        ("nPixelHits", "u1"),
        ("hcalFraction", "f4"),
    ]
)

#: Secondary vertices with their flight from the first primary vertex.
SECONDARY_VERTEX = np.dtype(
    [
        ("pt", "f4"),
        ("eta", "f4"),
        ("phi", "f4"),
        ("mass", "f4"),
        ("x", "f4"),
        ("y", "f4"),
        ("z", "f4"),
        ("nTracks", "i4"),
        ("chi2", "f4"),
        ("ndof", "f4"),
        ("dxy", "f4"),
        ("dxySig", "f4"),
        ("d3d", "f4"),
        ("d3dSig", "f4"),
        ("cosThetaSVPV", "f4"),
    ]
)
