"""Layer 1 of the correlator: particle flow from tracks and clusters. Pure functions for `L1TCorrelatorLayer1Light`.

The logic is that of the firmware's (arXiv:1808.02094; resolutions and cuts from CMSSW's l1ctLayer1_cff), on clusters
of one calorimeter cell each: a track is linked to the nearest cluster, energy that the linked tracks don't explain is
neutral, and hard tracks without energy are dropped.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ..sim.calorimeter_kernels import CELL, CELLS_PHI
from ..sim.helix import wrap
from .l1_records import ELECTRON, MUON

ENDCAP_ETA, TRACKER_ETA, FORWARD_ETA = 1.5, 2.5, 3.0
LINK_DR = (0.15, 0.10)  # barrel, endcap
MAX_INVISIBLE_PT, TIGHT_MAX_INVISIBLE_PT = 10.0, 20.0  # GeV, of tracks without energy; of those with quality 7
# resolution offset (GeV) + scale * pt of the cluster that tracks explain
CALO_EDGES = np.array([0.7, 1.2, 1.6, 1.7, 1.9, 2.2, 2.5, 2.8, 9.0])
CALO_OFFSET = np.array([2.909, 2.864, 0.294, 1.793, 1.827, 2.363, 2.538, 2.812, 2.642])
CALO_SCALE = np.array([0.119, 0.127, 0.442, 0.138, 0.137, 0.124, 0.115, 0.106, 0.121])
EM_FRACTION_OF_PHOTON = 0.8  # in the endcap, where a cluster becomes one candidate
ROWS = 128  # of the linking grid in eta, -5.6 to 5.6

#: Particle-flow candidates: `source` is the index of a charged one's track, -1 for neutral ones.
PF_CANDIDATE = np.dtype(
    [("pt", "f4"), ("eta", "f4"), ("phi", "f4"), ("id", "i1"), ("emFraction", "f4"), ("source", "i4")]
)


@njit(cache=True, nogil=True)
def calo_resolution(pt, abs_eta):
    """Of a cluster with hadronic energy (GeV)."""
    for k in range(len(CALO_EDGES)):
        if abs_eta < CALO_EDGES[k]:
            return CALO_OFFSET[k] + CALO_SCALE[k] * pt
    return CALO_OFFSET[-1] + CALO_SCALE[-1] * pt


@njit(cache=True, nogil=True)
def grid_cell(eta, phi):
    """Row and column of the linking grid."""
    row = min(max(int(math.floor(eta / CELL)) + ROWS // 2, 0), ROWS - 1)
    return row, int(math.floor((phi + math.pi) / CELL)) % CELLS_PHI


@njit(cache=True, nogil=True)
def fill_grid(clusters):
    """Index of the cluster in each grid cell, -1 for none (a cell has at most one, but for roundings)."""
    grid = np.full((ROWS, CELLS_PHI), -1, dtype=np.int32)
    for k in range(len(clusters)):
        row, column = grid_cell(clusters[k].eta, clusters[k].phi)
        grid[row, column] = k
    return grid


@njit(cache=True, nogil=True)
def nearest_cluster(track, clusters, grid):
    """Cluster to link a track to: of those within reach the one that matches best in pt and direction, or -1."""
    reach = LINK_DR[0] if abs(track.caloEta) < ENDCAP_ETA else LINK_DR[1]
    row, column = grid_cell(track.caloEta, track.caloPhi)
    best, best_distance = -1, 1e9
    for i in range(max(row - 2, 0), min(row + 3, ROWS)):
        for j in range(column - 2, column + 3):
            k = grid[i, j % CELLS_PHI]
            if k < 0:
                continue
            d_eta, d_phi = clusters[k].eta - track.caloEta, wrap(clusters[k].phi - track.caloPhi)
            dr = math.hypot(d_eta, d_phi)
            if dr > reach:
                continue
            energy = clusters[k].emPt + clusters[k].hadPt
            missing = max(0.0, track.pt - energy) / calo_resolution(track.pt, abs(track.caloEta))
            distance = dr / reach + missing
            if distance < best_distance:
                best, best_distance = k, distance
    return best


@njit(cache=True, nogil=True)
def put(candidates, n, pt, eta, phi, identity, em_fraction, source):
    """Write one candidate; how many there are now."""
    one = candidates[n]
    one.pt, one.eta, one.phi, one.id, one.emFraction, one.source = pt, eta, phi, identity, em_fraction, source
    return n + 1


@njit(cache=True, nogil=True)
def add_neutrals(candidates, n, cluster, em, had):
    """What is left of a cluster: photon and hadron in the barrel, one of them in the endcap, a hadron beyond."""
    eta, phi = cluster.eta, cluster.phi
    if abs(eta) < ENDCAP_ETA:
        if em > 0.0:
            n = put(candidates, n, em, eta, phi, 1, em / (em + had), -1)
        if had > 0.0:
            n = put(candidates, n, had, eta, phi, 0, em / (em + had), -1)
        return n
    if em + had > 0.0:
        fraction = em / (em + had)
        photon = abs(eta) < FORWARD_ETA and fraction > EM_FRACTION_OF_PHOTON
        n = put(candidates, n, em + had, eta, phi, 1 if photon else 0, fraction, -1)
    return n


@njit(cache=True, nogil=True)
def particle_flow(tracks, clusters):
    """Candidates of one event: charged ones in the order of their tracks, then neutral ones.

    Parameters
    ----------
    tracks : array of L1_TRACK
    clusters : array of L1_CLUSTER

    Returns
    -------
    array of PF_CANDIDATE
        `id` as in `words.ParticleID`.
    """
    grid = fill_grid(clusters)
    hadron_pt, electron_pt = np.zeros(len(clusters)), np.zeros(len(clusters))
    candidates = np.empty(len(tracks) + 2 * len(clusters), dtype=PF_CANDIDATE)
    n = 0
    for t in range(len(tracks)):
        track = tracks[t]
        positive = 1 if track.charge > 0 else 0
        identity = 2 + positive
        if track.identity == MUON:
            identity = 6 + positive
        else:
            k = nearest_cluster(track, clusters, grid)
            limit = TIGHT_MAX_INVISIBLE_PT if track.quality == 7 else MAX_INVISIBLE_PT
            if k < 0 and track.pt > limit:
                continue
            if track.identity == ELECTRON and k >= 0 and clusters[k].emPt > 0.0:
                identity = 4 + positive
                electron_pt[k] += track.pt
            elif k >= 0:
                hadron_pt[k] += track.pt
        n = put(candidates, n, track.pt, track.eta, track.phi, identity, 0.0, t)
    for k in range(len(clusters)):
        cluster = clusters[k]
        em = max(0.0, cluster.emPt - electron_pt[k])
        if electron_pt[k] > 0.0 and em < 0.3 * electron_pt[k]:
            em = 0.0
        had = cluster.hadPt
        if hadron_pt[k] > 0.0:
            excess = em + had - hadron_pt[k]
            if excess < calo_resolution(hadron_pt[k], abs(cluster.eta)):
                continue
            em = min(em, excess)
            had = excess - em
        n = add_neutrals(candidates, n, cluster, em, had)
    return candidates[:n]
