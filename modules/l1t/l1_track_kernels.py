"""Level-1 tracks and vertex by efficiencies and resolutions. Pure functions for `L1TLightDetectorProducer`.

Where the numbers come from is told in docs/l1.md.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ..sim.helix import calorimeter_entrance, wrap
from .l1_records import ELECTRON, HADRON, L1_TRACK, MUON

MIN_PT = 2.0  # GeV, of the stubs' bend
MAX_ETA = 2.4
OUTER_TRACKER_RADIUS = 23.0  # cm, its first layer
MAX_DXY = 1.0  # cm, scale on which displaced tracks are lost
BEAM_SPOT_LENGTH = 3.5  # cm
CLOSE_DR, CLOSE_LOSS = 0.02, 0.25  # a track this near to a harder one is lost with this probability
VERTEX_BIN, VERTEX_BINS = 0.12, 256  # cm
VERTEX_MAX_PT = 50.0  # GeV


@njit(cache=True, nogil=True)
def l1_track_efficiency(abs_eta, code, radius, dxy):
    """Probability that the outer tracker finds a charged particle above the pt threshold."""
    if abs_eta > MAX_ETA or radius > OUTER_TRACKER_RADIUS:
        return 0.0
    plateau = 0.98 if code == 13 else (0.88 if code == 11 else 0.92)
    plateau *= 1.0 - 0.05 * max(0.0, abs_eta - 1.6)
    return plateau * math.exp(-((dxy / MAX_DXY) ** 2))


@njit(cache=True, nogil=True)
def l1_track_resolutions(pt, abs_eta):
    """Of pt (relative), eta, phi, z0 (cm) and dxy (cm)."""
    relative_pt = math.hypot(0.008 + 0.0045 * abs_eta**2, 1.5e-4 * pt)
    eta = 1.5e-3
    phi = math.hypot(4e-4, 1.5e-3 / pt)
    z0 = math.hypot(0.06 + 0.03 * abs_eta**2, 0.15 / pt)
    dxy = math.hypot(0.010, 0.030 / pt)
    return relative_pt, eta, phi, z0, dxy


@njit(cache=True, nogil=True)
def identity_of(rng, code):
    """What the matching with clusters and muon stubs makes of a track; wrong for some hadrons."""
    draw = rng.random()
    if code == 13:
        return MUON if draw < 0.95 else HADRON
    if code == 11:
        return ELECTRON if draw < 0.85 else HADRON
    return MUON if draw < 0.002 else (ELECTRON if draw < 0.012 else HADRON)


@njit(cache=True, nogil=True)
def quality_of(rng, true, dxy):
    """The 3 quality bits: true tracks from near the beam line have mostly 7, fakes any value up to 5."""
    if not true:
        return rng.integers(0, 6)
    draw = rng.random() * math.exp(-abs(dxy) / 0.5)
    return 7 if draw > 0.3 else (6 if draw > 0.15 else (5 if draw > 0.07 else rng.integers(1, 5)))


@njit(cache=True, nogil=True)
def measure_track(rng, track, pt, eta, phi, z0, dxy, charge):
    """Smear true parameters into `track`; 5% of the tracks are measured three times worse."""
    s_pt, s_eta, s_phi, s_z0, s_dxy = l1_track_resolutions(pt, abs(eta))
    tail = 3.0 if rng.random() < 0.05 else 1.0
    track.pt = pt / max(0.2, 1.0 + tail * s_pt * rng.standard_normal())
    track.eta = eta + tail * s_eta * rng.standard_normal()
    track.phi = wrap(phi + tail * s_phi * rng.standard_normal())
    track.z0 = z0 + tail * s_z0 * rng.standard_normal()
    track.dxy = dxy + tail * s_dxy * rng.standard_normal()
    track.charge = charge


@njit(cache=True, nogil=True)
def lose_close_tracks(rng, tracks, n):
    """Remove tracks that share stubs with a harder one next to them; how many of the `n` are left."""
    kept = 0
    for k in range(n):
        lost = False
        for other in range(n):
            if tracks[other].pt > tracks[k].pt and not lost:
                d_eta, d_phi = tracks[other].eta - tracks[k].eta, wrap(tracks[other].phi - tracks[k].phi)
                lost = d_eta * d_eta + d_phi * d_phi < CLOSE_DR**2 and rng.random() < CLOSE_LOSS
        if not lost:
            tracks[kept] = tracks[k]
            kept += 1
    return kept


@njit(cache=True, nogil=True)
def add_fakes(rng, tracks, n, fake_rate, length):
    """Append combinatorial tracks: falling as 1/pt^3 from the threshold, anywhere in the beam spot, often displaced."""
    for _ in range(min(rng.poisson(fake_rate * n), len(tracks) - n)):
        pt = min(MIN_PT / math.sqrt(max(1e-4, rng.random())), 100.0)
        eta, phi = rng.uniform(-MAX_ETA, MAX_ETA), rng.uniform(-math.pi, math.pi)
        charge = 1 if rng.random() < 0.5 else -1
        z0, dxy = length * rng.standard_normal(), 0.2 * rng.standard_normal()
        track = tracks[n]
        measure_track(rng, track, pt, eta, phi, z0, dxy, charge)
        track.quality, track.identity = quality_of(rng, False, dxy), HADRON
        _, track.caloEta, track.caloPhi = calorimeter_entrance(z0, pt, phi, math.sinh(eta), charge)
        if track.pt > MIN_PT:
            n += 1
    return n


@njit(cache=True, nogil=True)
def find_vertex(tracks):
    """The primary vertex: the three neighbouring bins of a z histogram with the largest sum of squared pt.

    As in the firmware's histogramming, but with pt squared (saturating at 50 GeV) for pt: at 200 interactions the sum
    of pt misses too many vertices with few tracks.

    Returns
    -------
    z, sum : float
        Weighted mean of z in the three bins (cm), and the sum (GeV^2); zeros if there is no track.
    """
    weight, moment = np.zeros(VERTEX_BINS + 2), np.zeros(VERTEX_BINS + 2)
    start = -0.5 * VERTEX_BINS * VERTEX_BIN
    for k in range(len(tracks)):
        track = tracks[k]
        bin_ = int(math.floor((track.z0 - start) / VERTEX_BIN))
        if 0 <= bin_ < VERTEX_BINS and track.quality > 1:
            w = min(track.pt, VERTEX_MAX_PT) ** 2
            weight[bin_ + 1] += w
            moment[bin_ + 1] += w * track.z0
    best, best_sum = 0, 0.0
    for bin_ in range(1, VERTEX_BINS + 1):
        total = weight[bin_ - 1] + weight[bin_] + weight[bin_ + 1]
        if total > best_sum:
            best, best_sum = bin_, total
    if best_sum == 0.0:
        return 0.0, 0.0
    return (moment[best - 1] + moment[best] + moment[best + 1]) / best_sum, best_sum


@njit(cache=True, nogil=True)
def empty_tracks(n):
    """Room for the tracks of `n` particles and for fakes."""
    return np.zeros(2 * n + 32, dtype=L1_TRACK)
