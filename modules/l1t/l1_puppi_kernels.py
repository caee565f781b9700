"""Level-1 Puppi: which candidates come from the primary vertex. Pure functions for `L1TCorrelatorLayer1Light`.

The firmware's linearised Puppi: a neutral candidate gets the weight 1 / (1 + exp(-x)), where x is a linear function of
its pt and of alpha, the logarithm of the sum of pt^2 / dR^2 over the primary vertex's tracks around it (beyond the
tracker: over other candidates). Cuts and coefficients are the values of CMSSW's l1ctLayer1_cff.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ..sim.helix import wrap
from .l1_particle_flow_kernels import ENDCAP_ETA, FORWARD_ETA, TRACKER_ETA
from .l1_records import MUON
from .word_kernels import RND_CONV, WRAP, fit, mix_puppi, quantize
from .words import ETA_PHI_LSB, Z0_LSB

#: Rows: barrel; endcap below |eta| = 2; endcap to 2.5; endcap beyond the tracker; forward calorimeter.
PT_CUT, PT_SLOPE, PT_SLOPE_PHOTON, PT_ZERO, PT_ZERO_PHOTON = 0, 1, 2, 3, 4
ALPHA_SLOPE, ALPHA_ZERO, ALPHA_CROP, PRIOR, PRIOR_PHOTON, DR_MIN, PT_MAX = 5, 6, 7, 8, 9, 10, 11
PUPPI = np.array(
    [
        [1.0, 0.3, 0.3, 4.0, 2.5, 0.7, 6.0, 4.0, 5.0, 1.0, 0.07, 50.0],
        [1.0, 0.3, 0.4, 5.0, 3.0, 1.5, 6.0, 3.0, 5.0, 1.5, 0.04, 50.0],
        [2.0, 0.3, 0.4, 7.0, 4.0, 1.5, 6.0, 3.0, 5.0, 1.5, 0.04, 50.0],
        [4.0, 0.3, 0.4, 9.0, 5.0, 2.2, 9.0, 4.0, 7.0, 5.0, 0.04, 50.0],
        [10.0, 0.25, 0.25, 14.0, 14.0, 0.6, 9.0, 4.0, 6.0, 6.0, 0.10, 100.0],
    ]
)
CONE = 0.3
DZ = (0.5, 1.33)  # cm, barrel and endcap
NO_NEIGHBOUR = -9.0  # alpha where the sum is empty
SLICES_PHI = 9  # of regions
REGIONS = 10 * SLICES_PHI
MOST_IN_REGION = (18, 18, 18, 12, 10)  # candidates that leave a region, by row of PUPPI
BINS_ETA, BINS_PHI = 36, 20  # of the grid for neighbours, 0.31 wide: a cone reaches the next bin at most


@njit(cache=True, nogil=True)
def row_of(abs_eta):
    """Row of `PUPPI` for a direction."""
    if abs_eta < ENDCAP_ETA:
        return 0
    if abs_eta < TRACKER_ETA:
        return 1 if abs_eta < 2.0 else 2
    return 3 if abs_eta < FORWARD_ETA else 4


@njit(cache=True, nogil=True)
def region_of(eta, phi):
    """Number of the region: six in eta in the barrel, then one per endcap, inner endcap and forward side."""
    if abs(eta) < ENDCAP_ETA:
        ring = int((eta + ENDCAP_ETA) / 0.5)
    else:
        side = 1 if eta > 0 else 0
        ring = 6 + side if abs(eta) < TRACKER_ETA else 8 + side
    return ring * SLICES_PHI + int((phi + math.pi) / (2.0 * math.pi / SLICES_PHI)) % SLICES_PHI


@njit(cache=True, nogil=True)
def bin_of(eta, phi):
    """Row and column of the grid for neighbours."""
    row = min(max(int(math.floor(eta / 0.31)) + BINS_ETA // 2, 0), BINS_ETA - 1)
    return row, min(int((phi + math.pi) / (2.0 * math.pi / BINS_PHI)), BINS_PHI - 1)


@njit(cache=True, nogil=True)
def chain(candidates, chosen):
    """Linked lists of the chosen candidates by grid bin: first of each bin, and the next of each candidate; -1 ends."""
    first = np.full((BINS_ETA, BINS_PHI), -1, dtype=np.int32)
    following = np.full(len(candidates), -1, dtype=np.int32)
    for k in range(len(candidates)):
        if chosen[k]:
            row, column = bin_of(candidates[k].eta, candidates[k].phi)
            following[k] = first[row, column]
            first[row, column] = k
    return first, following


@njit(cache=True, nogil=True)
def alpha_of(candidates, k, first, following, parameters):
    """Logarithm (base 2) of the sum of pt^2 / dR^2 over the chosen candidates around candidate `k`."""
    one = candidates[k]
    total = 0.0
    row, column = bin_of(one.eta, one.phi)
    for i in range(max(row - 1, 0), min(row + 2, BINS_ETA)):
        for j in range(column - 1, column + 2):
            other = first[i, j % BINS_PHI]
            while other >= 0:
                if other != k:
                    near = candidates[other]
                    dr2 = (near.eta - one.eta) ** 2 + wrap(near.phi - one.phi) ** 2
                    if dr2 < CONE**2:
                        pt = min(near.pt, parameters[PT_MAX])
                        total += pt * pt / max(dr2, parameters[DR_MIN] ** 2)
                other = following[other]
    return math.log2(total) if total > 0.0 else NO_NEIGHBOUR


@njit(cache=True, nogil=True)
def weight_of(pt, photon, alpha, parameters):
    """Puppi weight of a neutral candidate, 0 to 1."""
    crop = parameters[ALPHA_CROP]
    term = min(max(parameters[ALPHA_SLOPE] * (alpha - parameters[ALPHA_ZERO]), -crop), crop)
    if photon:
        x = parameters[PT_SLOPE_PHOTON] * (pt - parameters[PT_ZERO_PHOTON]) - parameters[PRIOR_PHOTON]
    else:
        x = parameters[PT_SLOPE] * (pt - parameters[PT_ZERO]) - parameters[PRIOR]
    return 1.0 / (1.0 + math.exp(-(x + term)))


@njit(cache=True, nogil=True)
def from_vertex(candidate, track, vertex):
    """Whether a charged candidate is kept: muons always, others near the vertex in z."""
    dz = DZ[0] if abs(candidate.eta) < ENDCAP_ETA else DZ[1]
    return track.identity == MUON or abs(track.z0 - vertex) < dz


@njit(cache=True, nogil=True)
def round_half_away(x):
    """C's round."""
    return np.int64(math.floor(abs(x) + 0.5)) * (1 if x >= 0 else -1)


@njit(cache=True, nogil=True)
def charged_word(candidate, track):
    """The Puppi word of a charged candidate, as int64; z0 and dxy are cut off at the ends of their ranges."""
    pt = fit(round_half_away(4.0 * candidate.pt), 14, False, 1)
    eta, phi = round_half_away(candidate.eta / ETA_PHI_LSB), round_half_away(candidate.phi / ETA_PHI_LSB)
    z0 = fit(round_half_away(track.z0 / Z0_LSB), 10, True, 1)
    dxy = fit(round_half_away(64.0 * math.sqrt(abs(track.dxy))), 8, False, 1)
    return mix_puppi(pt, eta, phi, np.int64(candidate.id), z0, dxy, np.int64(track.quality), 0, 0)


@njit(cache=True, nogil=True)
def neutral_word(candidate, pt, weight):
    """The Puppi word of a neutral candidate, as int64; emID bits: 1 electromagnetic, 2 likely a photon, 4 surely."""
    eta, phi = round_half_away(candidate.eta / ETA_PHI_LSB), round_half_away(candidate.phi / ETA_PHI_LSB)
    em_id = (1 if candidate.id == 1 else 0) + (2 if candidate.emFraction > 0.9 else 0)
    em_id += 4 if candidate.emFraction > 0.98 else 0
    raw_weight = fit(quantize(weight, 8, RND_CONV), 9, False, WRAP)
    raw_pt = fit(round_half_away(4.0 * pt), 14, False, 1)
    return mix_puppi(raw_pt, eta, phi, np.int64(candidate.id), 0, 0, 0, raw_weight, np.int64(em_id))


@njit(cache=True, nogil=True)
def puppi(candidates, tracks, vertex, most):
    """Puppi words of one event by falling pt; of equal pt the charged come first, then the order is that of input.

    Parameters
    ----------
    candidates : array of PF_CANDIDATE
    tracks : array of L1_TRACK
    vertex : float
        z of the primary vertex (cm).
    most : int
        Greatest number of words.

    Returns
    -------
    array of uint64
    """
    n = len(candidates)
    leading, forward = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    for k in range(n):
        source = candidates[k].source
        leading[k] = source >= 0 and from_vertex(candidates[k], tracks[source], vertex)
        forward[k] = source < 0 and abs(candidates[k].eta) >= TRACKER_ETA
    first, following = chain(candidates, leading)
    first_forward, following_forward = chain(candidates, forward)
    words, pts, regions = np.empty(n, dtype=np.int64), np.empty(n), np.empty(n, dtype=np.int64)
    caps = np.empty(n, dtype=np.int64)
    kept = 0
    for k in range(n):
        one = candidates[k]
        row = row_of(abs(one.eta))
        if one.source >= 0:
            if not leading[k]:
                continue
            word, pt = charged_word(one, tracks[one.source]), one.pt
        else:
            if row >= 3:
                alpha = alpha_of(candidates, k, first_forward, following_forward, PUPPI[row])
            else:
                alpha = alpha_of(candidates, k, first, following, PUPPI[row])
            weight = weight_of(one.pt, one.id == 1, alpha, PUPPI[row])
            pt = one.pt * weight
            if pt < PUPPI[row, PT_CUT]:
                continue
            word = neutral_word(one, pt, weight)
        words[kept], pts[kept] = word, -math.floor(4.0 * pt + 0.5)
        regions[kept], caps[kept] = region_of(one.eta, one.phi), MOST_IN_REGION[row]
        kept += 1
    order = np.argsort(pts[:kept], kind="mergesort")
    result = np.empty(min(most, kept), dtype=np.uint64)
    in_region = np.zeros(REGIONS, dtype=np.int64)
    filled = 0
    for k in order:
        if filled == len(result):
            break
        if in_region[regions[k]] < caps[k]:
            in_region[regions[k]] += 1
            result[filled] = np.uint64(words[k])
            filled += 1
    return result[:filled]
