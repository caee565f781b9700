"""Finding and fitting secondary vertices. Pure functions for `InclusiveVertexFinder`."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .event_records import SECONDARY_VERTEX
from .helix import position_near, wrap

PION_MASS = 0.13957
SEED_MIN_IP = 0.005  # cm, three-dimensional impact parameter of a seed
SEED_MIN_IP_SIGNIFICANCE = 2.5
MEMBER_MIN_IP_SIGNIFICANCE = 1.5
MAX_DELTA_R = 0.4  # between a track and the flight
CLUSTER_MAX_DISTANCE = 0.05  # cm, between a track and the seed
CLUSTER_MAX_SIGNIFICANCE = 4.5
CLUSTER_MIN_COSINE = 0.5  # between a track and the flight to where it meets the seed
TEMPERATURES = (4.0, 1.0, 1.0)
CUT2 = 9.0  # squared distance in standard deviations at which a track has weight one half
MIN_FLIGHT_SIGNIFICANCE_2D = 2.5
MIN_COSINE = 0.95  # between flight and momentum


@njit(cache=True, nogil=True)
def line_at(track, x, y, point, axes):
    """A track as a straight line near (x, y): fill a point on it, and its direction and two unit vectors across it.

    Parameters
    ----------
    point : array of float, shape (3,)
    axes : array of float, shape (3, 3)
        Rows: direction; transverse (measured to dxyErr); longitudinal (measured to dzErr sin(theta)).
    """
    cot = math.sinh(track.eta)
    px, py, pz, phi = position_near(track.dxy, track.dz, track.pt, track.phi, cot, track.charge, x, y)
    point[0], point[1], point[2] = px, py, pz
    sin_theta = 1.0 / math.sqrt(1.0 + cot * cot)
    cos_theta = cot * sin_theta
    cos, sin = math.cos(phi), math.sin(phi)
    axes[0, 0], axes[0, 1], axes[0, 2] = cos * sin_theta, sin * sin_theta, cos_theta
    axes[1, 0], axes[1, 1], axes[1, 2] = -sin, cos, 0.0
    axes[2, 0], axes[2, 1], axes[2, 2] = -cos * cos_theta, -sin * cos_theta, sin_theta
    return sin_theta


@njit(cache=True, nogil=True)
def distance_to(track, x, y, z, point, axes):
    """Distance of a track from a point (cm), and in standard deviations of the track."""
    sin_theta = line_at(track, x, y, point, axes)
    dx, dy, dz = point[0] - x, point[1] - y, point[2] - z
    across = dx * axes[1, 0] + dy * axes[1, 1]
    along = dx * axes[2, 0] + dy * axes[2, 1] + dz * axes[2, 2]
    significance = math.hypot(across / track.dxyErr, along / (track.dzErr * sin_theta))
    return math.hypot(across, along), significance


@njit(cache=True, nogil=True)
def meeting_point(p1, d1, p2, d2, middle):
    """Distance between two lines (point, unit direction); `middle` is filled with the point halfway between them."""
    cosine = d1[0] * d2[0] + d1[1] * d2[1] + d1[2] * d2[2]
    denominator = 1.0 - cosine * cosine
    if denominator < 1e-8:
        return 1e9
    to = p2 - p1
    along_1, along_2 = np.dot(to, d1), np.dot(to, d2)
    s1 = (along_1 - cosine * along_2) / denominator
    s2 = (cosine * along_1 - along_2) / denominator
    gap2 = 0.0
    for k in range(3):
        a, b = p1[k] + s1 * d1[k], p2[k] + s2 * d2[k]
        middle[k] = 0.5 * (a + b)
        gap2 += (a - b) ** 2
    return math.sqrt(gap2)


@njit(cache=True, nogil=True)
def cluster(tracks, seed, usable, points, directions, pv):
    """Tracks that pass close to the seed at a place that they can have flown to, and those places.

    Returns
    -------
    members : array of int
        The seed first.
    places : array of float, shape (members, 3)
        Where each meets the seed; of the seed itself, the primary vertex.
    """
    members, places = np.empty(len(usable) + 1, dtype=np.int64), np.empty((len(usable) + 1, 3))
    members[0], places[0] = seed, pv
    n = 1
    middle, p1, p2 = np.empty(3), np.empty(3), np.empty(3)
    a1, a2 = np.empty((3, 3)), np.empty((3, 3))
    for k in usable:
        if k == seed:
            continue
        # straight lines from the beam line are good enough to reject most pairs
        if meeting_point(points[seed], directions[seed], points[k], directions[k], middle) > 0.3:
            continue
        if math.hypot(middle[0], middle[1]) > 20.0:
            continue
        for _ in range(2):
            line_at(tracks[seed], middle[0], middle[1], p1, a1)
            line_at(tracks[k], middle[0], middle[1], p2, a2)
            gap = meeting_point(p1, a1[0], p2, a2[0], middle)
        error = math.sqrt(tracks[seed].dxyErr * tracks[seed].dzErr + tracks[k].dxyErr * tracks[k].dzErr)
        if gap > CLUSTER_MAX_DISTANCE or gap > CLUSTER_MAX_SIGNIFICANCE * error:
            continue
        flight = middle - pv
        length = math.sqrt(np.dot(flight, flight))
        if gap < length and np.dot(flight, a2[0]) > CLUSTER_MIN_COSINE * length:
            members[n], places[n] = k, middle
            n += 1
    return members[:n], places[:n]


@njit(cache=True, nogil=True)
def best_place(tracks, members, places, significance):
    """The place that explains the members best compared with the primary vertex.

    The measure is a sum over tracks of how much their squared distance falls, in standard deviations squared, each at
    most 25 so that no single track decides.
    """
    point, axes = np.empty(3), np.empty((3, 3))
    best, best_gain = -1, 0.0
    for candidate in range(1, len(members)):
        gain = 0.0
        for k in members:
            _, here = distance_to(
                tracks[k], places[candidate, 0], places[candidate, 1], places[candidate, 2], point, axes
            )
            gain += max(0.0, min(significance[k] ** 2, 25.0) - here**2)
        if gain > best_gain:
            best, best_gain = candidate, gain
    return best


@njit(cache=True, nogil=True)
def fit(tracks, members, position, weights, covariance):
    """Adaptive least-squares fit of the point closest to all tracks.

    After W. Waltenberger et al., J. Phys. G 34 (2007) N343.

    Parameters
    ----------
    position : array of float, shape (3,)
        Where to start; the result.
    weights : array of float
        Filled with each member's weight.
    covariance : array of float, shape (3, 3)
        Filled.

    Returns
    -------
    float
        Weighted chi2, or -1 if the fit failed.
    """
    point, axes, errors = np.empty(3), np.empty((3, 3)), np.empty(3)
    chi2 = 0.0
    for temperature in TEMPERATURES:
        information, pull = np.zeros((3, 3)), np.zeros(3)
        chi2 = 0.0
        for k in range(len(members)):
            track = tracks[members[k]]
            sin_theta = line_at(track, position[0], position[1], point, axes)
            distance2 = 0.0
            errors[1], errors[2] = track.dxyErr, track.dzErr * sin_theta
            for axis in (1, 2):
                distance2 += (np.dot(point - position, axes[axis]) / errors[axis]) ** 2
            weights[k] = 1.0 / (1.0 + math.exp(min(50.0, 0.5 * (distance2 - CUT2) / temperature)))
            chi2 += weights[k] * distance2
            for axis in (1, 2):
                gain = weights[k] / errors[axis] ** 2
                offset = np.dot(point, axes[axis])
                for i in range(3):
                    pull[i] += gain * offset * axes[axis, i]
                    for j in range(3):
                        information[i, j] += gain * axes[axis, i] * axes[axis, j]
        if np.sum(weights) < 1.2 or np.linalg.det(information) <= 0.0:
            return -1.0
        covariance[:] = np.linalg.inv(information)
        position[:] = np.dot(covariance, pull)
        if math.hypot(position[0], position[1]) > 30.0:
            return -1.0
    return chi2


@njit(cache=True, nogil=True)
def describe(tracks, members, weights, position, covariance, chi2, pv, pv_errors, vertex):
    """Fill a record of SECONDARY_VERTEX; return whether the vertex is displaced and points back to the primary one."""
    px = py = pz = energy = total = 0.0
    n_tracks = 0
    point, axes = np.empty(3), np.empty((3, 3))
    for k in range(len(members)):
        total += weights[k]
        if weights[k] < 0.5:
            continue
        track = tracks[members[k]]
        line_at(track, position[0], position[1], point, axes)
        momentum = track.pt * math.cosh(track.eta)
        px += momentum * axes[0, 0]
        py += momentum * axes[0, 1]
        pz += momentum * axes[0, 2]
        energy += math.hypot(momentum, PION_MASS)
        n_tracks += 1
    flight = position - pv
    d3d, dxy = math.sqrt(np.dot(flight, flight)), math.hypot(flight[0], flight[1])
    if n_tracks < 2 or dxy == 0.0:
        return False
    error3d = error2d = 0.0
    for i in range(3):
        for j in range(3):
            c = covariance[i, j] + (pv_errors[i] ** 2 if i == j else 0.0)
            error3d += c * flight[i] * flight[j] / d3d**2
            if i < 2 and j < 2:
                error2d += c * flight[i] * flight[j] / dxy**2
    vertex.pt = math.hypot(px, py)
    vertex.eta, vertex.phi = math.asinh(pz / vertex.pt), wrap(math.atan2(py, px))
    momentum2 = px * px + py * py + pz * pz
    vertex.mass = math.sqrt(max(0.0, energy * energy - momentum2))
    vertex.x, vertex.y, vertex.z = position
    vertex.nTracks = n_tracks
    vertex.chi2, vertex.ndof = chi2, 2.0 * total - 3.0
    vertex.dxy, vertex.dxySig = dxy, dxy / math.sqrt(error2d)
    vertex.d3d, vertex.d3dSig = d3d, d3d / math.sqrt(error3d)
    vertex.cosThetaSVPV = (px * flight[0] + py * flight[1] + pz * flight[2]) / (d3d * math.sqrt(momentum2))
    return vertex.dxySig > MIN_FLIGHT_SIGNIFICANCE_2D and vertex.cosThetaSVPV > MIN_COSINE


@njit(cache=True, nogil=True)
def arbitrate(tracks, members, weights, position, pv, significance, taken):
    """Members that belong to this vertex rather than to the primary one or to a vertex that already took them."""
    flight = position - pv
    flight_phi = math.atan2(flight[1], flight[0])
    flight_eta = math.asinh(flight[2] / max(1e-6, math.hypot(flight[0], flight[1])))
    point, axes = np.empty(3), np.empty((3, 3))
    keep = np.zeros(len(members), dtype=np.bool_)
    for k in range(len(members)):
        if weights[k] < 0.5 or taken[members[k]]:
            continue
        _, here = distance_to(tracks[members[k]], position[0], position[1], position[2], point, axes)
        delta_r = math.hypot(tracks[members[k]].eta - flight_eta, wrap(tracks[members[k]].phi - flight_phi))
        keep[k] = here < significance[members[k]] and delta_r < MAX_DELTA_R
    return members[keep]


@njit(cache=True, nogil=True)
def find_secondary_vertices(tracks, associations, first_vertex, min_pt, max_dz):
    """Secondary vertices of one event, by falling flight significance.

    Parameters
    ----------
    tracks : array of TRACK
    associations : array of VERTEX_ASSOCIATION
        One per track; tracks that fit another primary vertex are left out.
    first_vertex : record of VERTEX
        Flight and impact parameters are measured from here.
    min_pt : float
        Of the tracks used (GeV).
    max_dz : float
        Largest distance in z of tracks from the primary vertex (cm).

    Returns
    -------
    array of SECONDARY_VERTEX
    """
    pv = np.array([first_vertex.x, first_vertex.y, first_vertex.z], dtype=np.float64)
    pv_errors = np.array([first_vertex.xErr, first_vertex.yErr, first_vertex.zErr], dtype=np.float64)
    usable = np.flatnonzero(
        (tracks["pt"] > min_pt)
        & (np.abs(tracks["dz"] - pv[2]) < max_dz)
        & (tracks["nHits"] >= 8)
        & (tracks["highPurity"] == 1)
        & ((associations["vertex"] <= 0) | (associations["weight"] < 0.5))
    )
    points, directions = np.zeros((len(tracks), 3)), np.zeros((len(tracks), 3))
    impact, significance = np.zeros(len(tracks)), np.zeros(len(tracks))
    axes = np.empty((3, 3))
    for k in usable:
        impact[k], significance[k] = distance_to(tracks[k], pv[0], pv[1], pv[2], points[k], axes)
        directions[k] = axes[0]
    usable = usable[significance[usable] > MEMBER_MIN_IP_SIGNIFICANCE]
    seeds = usable[(impact[usable] > SEED_MIN_IP) & (significance[usable] > SEED_MIN_IP_SIGNIFICANCE)]
    seeds = seeds[np.argsort(-significance[seeds], kind="mergesort")]
    return _fit_clusters(tracks, seeds, usable, points, directions, significance, pv, pv_errors)


@njit(cache=True, nogil=True)
def _fit_clusters(tracks, seeds, usable, points, directions, significance, pv, pv_errors):
    """Grow, fit and clean a vertex around each seed in turn, each track in one vertex only."""
    vertices = np.zeros(len(seeds), dtype=SECONDARY_VERTEX)
    taken = np.zeros(len(tracks), dtype=np.bool_)
    found = 0
    for seed in seeds:
        if taken[seed]:
            continue
        members, places = cluster(tracks, seed, usable[~taken[usable]], points, directions, pv)
        best = best_place(tracks, members, places, significance)
        if best < 0:
            continue
        position, covariance = places[best].copy(), np.empty((3, 3))
        weights = np.ones(len(members))
        if fit(tracks, members, position, weights, covariance) < 0.0:
            continue
        members = arbitrate(tracks, members, weights, position, pv, significance, taken)
        if len(members) < 2:
            continue
        weights = np.ones(len(members))
        chi2 = fit(tracks, members, position, weights, covariance)
        if chi2 < 0.0:
            continue
        if describe(tracks, members, weights, position, covariance, chi2, pv, pv_errors, vertices[found]):
            taken[members[weights > 0.5]] = True
            found += 1
    return vertices[:found][np.argsort(-vertices["d3dSig"][:found], kind="mergesort")]
