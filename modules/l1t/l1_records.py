"""Layout of what the light level-1 detector hands to layer 1 of the correlator, as fields of structured arrays."""

from __future__ import annotations

import numpy as np

HADRON, ELECTRON, MUON = 0, 1, 2

#: Level-1 tracks. `dxy` and `z0` are those at the beam line (cm), `quality` has 3 bits; `caloEta` and `caloPhi` tell
#: where the track enters the calorimeters, seen from the origin; `identity` is HADRON, ELECTRON or MUON as the
#: calorimeter's and the muon system's matching would tell.
L1_TRACK = np.dtype(
    [
        ("pt", "f4"),
        ("eta", "f4"),
        ("phi", "f4"),
        ("z0", "f4"),
        ("dxy", "f4"),
        ("caloEta", "f4"),
        ("caloPhi", "f4"),
        ("charge", "i1"),
        ("quality", "u1"),
        ("identity", "u1"),
    ]
)

#: Calorimeter clusters: transverse energies (GeV) of the electromagnetic and the hadronic part, and the direction of
#: the energy's centre seen from the origin.
L1_CLUSTER = np.dtype([("emPt", "f4"), ("hadPt", "f4"), ("eta", "f4"), ("phi", "f4")])

#: Primary vertices: z (cm), and the sum of the tracks' weights that chose it.
L1_VERTEX = np.dtype([("z0", "f4"), ("sumPt2", "f4")])
