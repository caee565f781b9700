"""What ParticleTransformerAK4 is told of a jet: pure functions on flat arrays, one entry per particle of all events.

The definitions, the bounds and the order are those of CMSSW's RecoBTag/FeatureTools (TrackInfoBuilder,
ChargedCandidateConverter, NeutralCandidateConverter, SecondaryVertexConverter, deep_helpers) for candidates of
particle flow. Impact parameters with respect to the jet axis are those of TrackingTools/IPTools with the track taken
as a straight line near the primary vertex. Units: GeV, cm.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CHARGED_FEATURES = (
    "btagPf_trackEtaRel",
    "btagPf_trackPtRel",
    "btagPf_trackPPar",
    "btagPf_trackDeltaR",
    "btagPf_trackPParRatio",
    "btagPf_trackSip2dVal",
    "btagPf_trackSip2dSig",
    "btagPf_trackSip3dVal",
    "btagPf_trackSip3dSig",
    "btagPf_trackJetDistVal",
    "ptrel",
    "drminsv",
    "vtx_ass",
    "puppiw",
    "chi2",
    "quality",
)
NEUTRAL_FEATURES = ("ptrel", "etarel", "phirel", "deltaR", "isGamma", "hadFrac", "drminsv", "puppiw")
VERTEX_FEATURES = (
    "pt",
    "deltaR",
    "mass",
    "etarel",
    "phirel",
    "ntracks",
    "chi2",
    "normchi2",
    "dxy",
    "dxysig",
    "d3d",
    "d3dsig",
    "costhetasvpv",
    "enratio",
)
FEATURES = {"cpf": CHARGED_FEATURES, "npf": NEUTRAL_FEATURES, "sv": VERTEX_FEATURES}
"""Names of the columns of each kind of input, in the network's order."""

CAPS = {"cpf": 25, "npf": 25, "sv": 5}
"""How many particles of each kind the network is given at most."""

CLASSES = ("probb", "probbb", "problepb", "probc", "probuds", "probg")
"""What the network's outputs are the probabilities of."""

LOOSE_AND_HIGH_PURITY, LOOSE = 5.0, 1.0  # bits of reco::TrackBase::TrackQuality
NEUTRAL_HADRON, HADRON_IN_HF, PHOTON = 130, 1, 22
PION_MASS = 0.13957018


class Momentum(NamedTuple):
    """Momenta of some particles, and what is used of them often."""

    pt: Floats
    eta: Floats
    phi: Floats
    px: Floats
    py: Floats
    pz: Floats
    energy: Floats

    @classmethod
    def of(cls, pt: Floats, eta: Floats, phi: Floats, mass: Floats | float) -> Momentum:
        """From pt, eta, phi and mass."""
        px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
        return cls(pt, eta, phi, px, py, pz, np.sqrt(px**2 + py**2 + pz**2 + mass**2))

    def take(self, where: Ints) -> Momentum:
        """The momenta at these places."""
        return Momentum(*(values[where] for values in self))

    @property
    def p(self) -> Floats:
        return np.sqrt(self.px**2 + self.py**2 + self.pz**2)

    def columns(self) -> npt.NDArray[np.float32]:
        """px, py, pz, E as the network takes them, [n, 4]."""
        return pack(self.px, self.py, self.pz, self.energy)


class TrackInfo(NamedTuple):
    """A track with respect to a jet's axis (CMSSW: TrackInfoBuilder)."""

    eta_rel: Floats
    pt_rel: Floats
    p_par: Floats
    delta_r: Floats
    p_par_ratio: Floats
    sip2d: Floats
    sip2d_sig: Floats
    sip3d: Floats
    sip3d_sig: Floats
    jet_distance: Floats


def pack(*columns: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Put columns side by side, in single precision."""
    return np.stack(columns, axis=1).astype(np.float32)


def delta_phi(first: Floats, second: Floats) -> Floats:
    """first - second, in [-pi, pi)."""
    return (first - second + np.pi) % (2 * np.pi) - np.pi


def delta_r(first: Momentum, second: Momentum) -> Floats:
    """Distance in the plane of eta and phi."""
    return np.hypot(first.eta - second.eta, delta_phi(first.phi, second.phi))


def bounded(x: Floats, replacement: float, lowest: float, highest: float, offset: float = 0.0) -> Floats:
    """x + offset within bounds, `replacement` standing in for what is not finite (CMSSW: catch_infs_and_bound)."""
    x = np.where(np.isfinite(x) & (np.abs(x) <= 1e32), x, replacement)
    return np.clip(x + offset, lowest, highest)


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """numerator / denominator, and 0 where that is undefined."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0)


def track_info(
    track: Momentum, d0: Floats, d0_error: Floats, dz: Floats, dz_error: Floats, jet: Momentum, vertex_error: Floats
) -> TrackInfo:
    """Describe tracks with respect to their jets' axes.

    Parameters
    ----------
    track, jet : Momentum
        The tracks, and for each the jet that it belongs to.
    d0, d0_error, dz, dz_error : numpy.ndarray
        Impact parameters with respect to the primary vertex and their errors without that of the vertex (cm). The
        transverse one has CMS's sign of dxy: the point of closest approach is d0 (-sin phi, cos phi).
    vertex_error : numpy.ndarray
        Errors of the primary vertex, [n, 3] (cm).
    """
    p, jet_p = track.p, jet.p
    # unit vectors along the jet (j) and the track (t), and from the vertex to the track in the transverse plane (u)
    jx, jy, jz = jet.px / jet_p, jet.py / jet_p, jet.pz / jet_p
    tx, ty, tz = track.px / p, track.py / p, track.pz / p
    ux, uy = -track.py / track.pt, track.px / track.pt
    p_par = jx * track.px + jy * track.py + jz * track.pz
    cross = (jy * tz - jz * ty, jz * tx - jx * tz, jx * ty - jy * tx)
    sine = np.sqrt(cross[0] ** 2 + cross[1] ** 2 + cross[2] ** 2)

    impact = impact_parameters(d0, d0_error, dz, dz_error, (tx, ty, tz), (ux, uy), (jx, jy, jz), vertex_error)
    # distance between the two lines; negative as for a track that the vertex fit is not asked about
    distance = np.abs(d0 * (ux * cross[0] + uy * cross[1]) + dz * cross[2])
    energy = np.sqrt(p**2 + PION_MASS**2)
    return TrackInfo(
        eta_rel=0.5 * np.log((energy + p_par) / (energy - p_par)),
        pt_rel=p * sine,
        p_par=p_par,
        delta_r=delta_r(track, jet),
        p_par_ratio=p_par / p,
        **impact,
        jet_distance=-ratio(distance, sine),
    )


def impact_parameters(
    d0: Floats,
    d0_error: Floats,
    dz: Floats,
    dz_error: Floats,
    track: tuple[Floats, ...],
    transverse: tuple[Floats, ...],
    jet: tuple[Floats, ...],
    vertex_error: Floats,
) -> dict[str, Floats]:
    """Impact parameters in two and three dimensions, positive if the nearest point is ahead on the jet's axis.

    `track`, `transverse` and `jet` are unit vectors: along the track, (-sin phi, cos phi) of it, and along the jet.
    """
    (tx, ty, tz), (ux, uy), (jx, jy, jz) = track, transverse, jet
    # from the vertex to the line's nearest point: d0 u + dz (z - tz t); |z - tz t| is sin(theta)
    sin2_theta = tx**2 + ty**2
    nearest = (d0 * ux - dz * tz * tx, d0 * uy - dz * tz * ty, dz * sin2_theta)
    sip2d = np.abs(d0)
    sip3d = np.sqrt(d0**2 + dz**2 * sin2_theta)
    sip2d_error = np.sqrt(d0_error**2 + (ux * vertex_error[:, 0]) ** 2 + (uy * vertex_error[:, 1]) ** 2)
    along = [ratio(component, sip3d) for component in nearest]
    sip3d_error = np.sqrt(
        ratio(d0 * d0_error, sip3d) ** 2
        + ratio(dz * sin2_theta * dz_error, sip3d) ** 2
        + sum((along[i] * vertex_error[:, i]) ** 2 for i in range(3))
    )
    sip2d = np.where(d0 * (ux * jx + uy * jy) >= 0, sip2d, -sip2d)
    sip3d = np.where(nearest[0] * jx + nearest[1] * jy + nearest[2] * jz >= 0, sip3d, -sip3d)
    return {
        "sip2d": sip2d,
        "sip2d_sig": ratio(sip2d, sip2d_error),
        "sip3d": sip3d,
        "sip3d_sig": ratio(sip3d, sip3d_error),
    }


def charged_features(
    info: TrackInfo,
    ptrel: Floats,
    drminsv: Floats,
    jet_radius: float,
    puppi: Floats,
    association: npt.NDArray[np.integer],
    chi2: Floats,
    high_purity: npt.NDArray[np.integer],
    flip: bool = False,
) -> npt.NDArray[np.float32]:
    """The columns of `CHARGED_FEATURES`.

    Parameters
    ----------
    info : TrackInfo
        The tracks with respect to their jets.
    ptrel, drminsv : numpy.ndarray
        Share of the jet's pt, and distance to the next secondary vertex.
    jet_radius : float
        Offset of the latter.
    puppi, association, chi2, high_purity : numpy.ndarray
        PUPPI weight; vertex association on the scale of pat::PackedCandidate::PVAssociationQuality; chi2 per degree of
        freedom; 1 for tracks of high purity.
    flip : bool
        Turn the sign of the impact parameters (negative taggers).
    """
    sign = -1.0 if flip else 1.0
    return pack(
        bounded(info.eta_rel, 0, -5, 15),
        bounded(info.pt_rel, 0, -1, 4),
        bounded(info.p_par, 0, -1e5, 1e5),
        bounded(info.delta_r, 0, -5, 5),
        bounded(info.p_par_ratio, 0, -10, 100),
        bounded(sign * info.sip2d, 0, -1, 70),
        bounded(sign * info.sip2d_sig, 0, -1, 4e4),
        bounded(sign * info.sip3d, 0, -1, 1e5),
        bounded(sign * info.sip3d_sig, 0, -1, 4e4),
        bounded(info.jet_distance, 0, -20, 1),
        bounded(ptrel, 0, -1, 0, -1),
        bounded(drminsv, 0, -jet_radius, 0, -jet_radius),
        association,
        puppi,
        bounded(np.floor(chi2), 300, -1, 300),
        np.where(high_purity != 0, LOOSE_AND_HIGH_PURITY, LOOSE),
    )


def neutral_features(
    candidate: Momentum,
    jet: Momentum,
    pdg_id: npt.NDArray[np.integer],
    hcal_fraction: Floats,
    ptrel: Floats,
    drminsv: Floats,
    jet_radius: float,
    puppi: Floats,
) -> npt.NDArray[np.float32]:
    """The columns of `NEUTRAL_FEATURES`; `jet` is, for each candidate, the one that it belongs to."""
    kind = np.abs(pdg_id)
    hadron = (kind == NEUTRAL_HADRON) | (kind == HADRON_IN_HF)
    return pack(
        bounded(ptrel, 0, -1, 0, -1),
        bounded(np.abs(candidate.eta - jet.eta), 0, -2, 0, -0.5),
        bounded(np.abs(delta_phi(candidate.phi, jet.phi)), 0, -2, 0, -0.5),
        bounded(delta_r(candidate, jet), 0, -0.6, 0, -0.6),
        kind == PHOTON,
        np.where(hadron, hcal_fraction, 0.0),
        bounded(drminsv, 0, -jet_radius, 0, -jet_radius),
        puppi,
    )


def vertex_features(
    vertex: Momentum, jet: Momentum, columns: dict[str, npt.NDArray], flip: bool = False
) -> npt.NDArray[np.float32]:
    """The columns of `VERTEX_FEATURES`.

    Parameters
    ----------
    vertex, jet : Momentum
        Secondary vertices, and for each the jet that it belongs to.
    columns : dict
        The vertices' fields mass, nTracks, chi2, ndof, dxy, dxySig, d3d, d3dSig and cosThetaSVPV.
    flip : bool
        Turn the sign of the angle between flight and momentum (negative taggers).
    """
    chi2, ndof = columns["chi2"], columns["ndof"]
    normalized = np.divide(chi2, ndof, out=np.full_like(chi2, np.inf), where=ndof != 0)
    return pack(
        vertex.pt,
        bounded(delta_r(vertex, jet) - 0.5, 0, -2, 0),
        columns["mass"],
        bounded(np.abs(vertex.eta - jet.eta) - 0.5, 0, -2, 0),
        bounded(np.abs(delta_phi(vertex.phi, jet.phi)) - 0.5, 0, -2, 0),
        columns["nTracks"],
        chi2,
        bounded(normalized, 1000, -1000, 1000),
        columns["dxy"],
        bounded(columns["dxySig"], 0, -1, 800),
        columns["d3d"],
        bounded(columns["d3dSig"], 0, -1, 800),
        (-1.0 if flip else 1.0) * columns["cosThetaSVPV"],
        vertex.energy / jet.energy,
    )


def smallest_delta_r(
    candidate: Momentum, event: Ints, vertex: Momentum, offsets: Ints, at_most: float = 0.4
) -> Floats:
    """Distance of each candidate to the next secondary vertex of its event (CMSSW: mindrsvpfcand).

    Parameters
    ----------
    candidate : Momentum
        The candidates; `event` says of which event each is.
    vertex : Momentum
        The vertices of all events; those of event i are ``offsets[i]`` to ``offsets[i + 1]``.
    at_most : float
        The answer without a vertex, and the largest one.
    """
    nearest = np.full(len(event), at_most)
    first, count = offsets[:-1][event], np.diff(offsets)[event]
    for k in range(int(count.max(initial=0))):
        with_vertex = np.flatnonzero(count > k)
        distance = delta_r(candidate.take(with_vertex), vertex.take(first[with_vertex] + k))
        nearest[with_vertex] = np.minimum(nearest[with_vertex], distance)
    return nearest


def sorted_within(group: Ints, *keys: Floats) -> Ints:
    """Order by group, in each by the keys descending, first key first; ties keep their order.

    What is not finite comes last (CMSSW: SortingClass::compareByABCInv).
    """
    descending = [-np.where(np.isfinite(key), key, -np.inf) for key in keys]
    return np.lexsort((*reversed(descending), group))
