"""Finding and fitting primary vertices. Pure functions for `PrimaryVertexProducer`."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .event_records import VERTEX, VERTEX_ASSOCIATION

GRID_STEP = 0.01  # cm
GRID_HALF = 2000  # bins on each side of z = 0
MIN_WIDTH = 0.012  # cm, least width with which a track counts in the density
CUT = 4.0  # a track this many standard deviations away is half an outlier
MIN_NDOF = 2.0


@njit(cache=True, nogil=True)
def select_tracks(tracks, max_dxy_significance, max_dz_error, min_pt):
    """Mask of the tracks that may come from a primary vertex."""
    good = np.zeros(len(tracks), dtype=np.bool_)
    for i in range(len(tracks)):
        track = tracks[i]
        good[i] = (
            track.highPurity == 1
            and track.pt > min_pt
            and track.nPixelHits >= 2
            and abs(track.dxy) < max_dxy_significance * track.dxyErr
            and track.dzErr < max_dz_error
            and abs(track.dz) < (GRID_HALF - 1) * GRID_STEP
        )
    return good


@njit(cache=True, nogil=True)
def density_peaks(tracks, good, min_density):
    """Positions of the peaks in z of the summed Gaussians of all tracks, as ATLAS's adaptive vertex finder seeds.

    Neighbouring peaks count as two only if the valley between them is less than 0.6 of the smaller.
    """
    density = np.zeros(2 * GRID_HALF + 1)
    for i in range(len(tracks)):
        if not good[i]:
            continue
        width = max(tracks[i].dzErr, MIN_WIDTH)
        centre = tracks[i].dz / GRID_STEP + GRID_HALF
        reach = int(3.0 * width / GRID_STEP) + 1
        for k in range(max(0, int(centre) - reach), min(2 * GRID_HALF, int(centre) + reach + 1) + 1):
            density[k] += math.exp(-0.5 * ((k - centre) * GRID_STEP / width) ** 2) * MIN_WIDTH / width
    peaks = np.empty(len(tracks) + 1)
    heights = np.empty(len(tracks) + 1)
    found = 0
    valley = 0.0
    for k in range(1, 2 * GRID_HALF):
        height = density[k]
        if found > 0:
            valley = min(valley, height)
        if height < min_density or height <= density[k - 1] or height < density[k + 1]:
            continue
        if found > 0 and valley > 0.6 * min(height, heights[found - 1]):
            if height > heights[found - 1]:
                peaks[found - 1], heights[found - 1], valley = (k - GRID_HALF) * GRID_STEP, height, height
        else:
            peaks[found], heights[found], valley = (k - GRID_HALF) * GRID_STEP, height, height
            found += 1
    return peaks[:found]


@njit(cache=True, nogil=True)
def assign_tracks(tracks, good, positions, iterations):
    """Share tracks among vertices by expectation maximisation in z; `positions` (ascending) are refined in place.

    Returns
    -------
    array of int
        For each track the vertex that has most of it, -1 if it is nearer to being an outlier.
    """
    n_vertices = len(positions)
    owner = np.full(len(tracks), -1, dtype=np.int64)
    population = np.ones(n_vertices)
    outlier = math.exp(-0.5 * CUT * CUT)
    for _ in range(iterations):
        numerator, denominator = np.zeros(n_vertices), np.zeros(n_vertices)
        share = np.zeros(n_vertices)
        for i in range(len(tracks)):
            if not good[i]:
                continue
            z, width = tracks[i].dz, max(tracks[i].dzErr, 0.3 * MIN_WIDTH)
            first = np.searchsorted(positions, z - 5.0 * width)
            total, best, owner[i] = outlier, outlier, -1
            last = first
            while last < n_vertices and positions[last] < z + 5.0 * width:
                p = population[last] * math.exp(-0.5 * ((z - positions[last]) / width) ** 2)
                total += p
                if p > best:
                    best, owner[i] = p, last
                last += 1
            for k in range(first, last):
                p = population[k] * math.exp(-0.5 * ((z - positions[k]) / width) ** 2) / total
                numerator[k] += p * z / width**2
                denominator[k] += p / width**2
                share[k] += p
        for k in range(n_vertices):
            if denominator[k] > 0.0:
                positions[k] = numerator[k] / denominator[k]
            population[k] = share[k] + 1e-3
        if np.any(np.diff(positions) < 0.0):
            positions.sort()
    return owner


@njit(cache=True, nogil=True)
def fit_vertex(tracks, members, z, beam_width, vertex, weights):
    """Least-squares fit of a vertex with the beam line as a constraint and weights that fade out distant tracks.

    The weights are those of an adaptive fitter (W. Waltenberger et al., J. Phys. G 34 (2007) N343) at a fixed
    temperature.

    Parameters
    ----------
    members : array of int
        Positions of the tracks in `tracks`.
    vertex : record of VERTEX
        Filled here.
    weights : array of float
        One per member, filled here.
    """
    x = y = chi2 = total = 0.0
    weights[:] = 1.0
    for iteration in range(4):
        a11 = a22 = 1.0 / beam_width**2
        a12 = b1 = b2 = 0.0
        z_sum = z_weight = 0.0
        for k in range(len(members)):
            track = tracks[members[k]]
            sin, cos = math.sin(track.phi), math.cos(track.phi)
            w = weights[k] / track.dxyErr**2
            a11 += w * sin * sin
            a12 -= w * sin * cos
            a22 += w * cos * cos
            b1 -= w * sin * track.dxy
            b2 += w * cos * track.dxy
            w = weights[k] / track.dzErr**2
            z_sum += w * track.dz
            z_weight += w
        determinant = a11 * a22 - a12 * a12
        x, y = (a22 * b1 - a12 * b2) / determinant, (a11 * b2 - a12 * b1) / determinant
        z = z_sum / z_weight if z_weight > 0.0 else z
        vertex.xErr, vertex.yErr = math.sqrt(a22 / determinant), math.sqrt(a11 / determinant)
        vertex.zErr = 1.0 / math.sqrt(max(z_weight, 1.0))
        chi2, total = (x * x + y * y) / beam_width**2, 0.0
        for k in range(len(members)):
            track = tracks[members[k]]
            miss = track.dxy + x * math.sin(track.phi) - y * math.cos(track.phi)
            distance2 = (miss / track.dxyErr) ** 2 + ((track.dz - z) / track.dzErr) ** 2
            if iteration < 3:
                weights[k] = 1.0 / (1.0 + math.exp(0.5 * (distance2 - CUT * CUT)))
            chi2 += weights[k] * distance2
            total += weights[k]
    vertex.x, vertex.y, vertex.z, vertex.chi2 = x, y, z, chi2
    vertex.ndof = 2.0 * total - 1.0  # two measurements a track, three parameters, two constraints from the beam line


@njit(cache=True, nogil=True)
def _score(tracks, members, weights):
    """Sum of squared pt, each pt lowered by its error so that a badly measured track doesn't decide."""
    score = 0.0
    for k in range(len(members)):
        track = tracks[members[k]]
        if weights[k] > 0.5:
            score += max(0.0, track.pt - 2.0 * track.ptErr) ** 2
    return score


@njit(cache=True, nogil=True)
def find_vertices(tracks, good, beam_width, min_density):
    """Primary vertices of one event, by falling score.

    Returns
    -------
    vertices : array of VERTEX
    association : array of VERTEX_ASSOCIATION
        One entry per track.
    """
    positions = density_peaks(tracks, good, min_density)
    owner = assign_tracks(tracks, good, positions, 3)
    vertices = np.zeros(len(positions), dtype=VERTEX)
    fitted = np.full(len(positions), -1, dtype=np.int64)
    weight_of = np.zeros(len(tracks))
    found = 0
    for k in range(len(positions)):
        members = np.flatnonzero(owner == k)
        if len(members) < 2:
            continue
        weights = np.ones(len(members))
        fit_vertex(tracks, members, positions[k], beam_width, vertices[found], weights)
        if vertices[found].ndof <= MIN_NDOF:
            continue
        vertices[found].nTracks = np.sum(weights > 0.5)
        vertices[found].score = _score(tracks, members, weights)
        weight_of[members] = weights
        fitted[k] = found
        found += 1
    order = np.argsort(-vertices["score"][:found], kind="mergesort")
    rank = np.empty(found, dtype=np.int64)
    rank[order] = np.arange(found)
    association = np.zeros(len(tracks), dtype=VERTEX_ASSOCIATION)
    for i in range(len(tracks)):
        used = owner[i] >= 0 and fitted[owner[i]] >= 0 and weight_of[i] > 0.01
        association[i].vertex = rank[fitted[owner[i]]] if used else -1
        association[i].weight = weight_of[i] if used else 0.0
    return vertices[:found][order], association
