"""Rounding of particle-flow candidates, so that they take 4 to 5 bytes each on file. Pure functions on arrays."""

from __future__ import annotations

import numpy as np
from numba import njit

PT_BITS, PT_BITS_SOFT = 8, 4
D0_BITS, DZ_BITS, DZ_BITS_SOFT, ERROR_BITS = 7, 7, 1, 3
STEP_FORWARD, STEP_CHARGED, STEP_SOFT, STEP_NEUTRAL = 2.0**-12, 2.0**-10, 2.0**-7, 2.0**-6  # of eta and phi
STEP_FRACTION = 2.0**-4


@njit(cache=True, nogil=True)
def truncate(value, bits):
    """A float32 rounded to `bits` bits of mantissa; the scalar form of `records.truncate_mantissa`."""
    word = np.float32(value).view(np.uint32)
    half = np.uint32(1) << np.uint32(22 - bits)
    mask = ~((np.uint32(1) << np.uint32(23 - bits)) - np.uint32(1))
    return np.uint32((word + half) & mask).view(np.float32)


@njit(cache=True, nogil=True)
def _round_soft_track(candidate):
    """What a soft track keeps: a coarse dz, and its vertex."""
    candidate.d0, candidate.d0Err, candidate.dzErr, candidate.normalizedChi2 = 0.0, -1.0, -1.0, 0.0
    candidate.dz = truncate(candidate.dz, DZ_BITS_SOFT)
    candidate.trackQuality = candidate.nHits = candidate.nPixelHits = 0


@njit(cache=True, nogil=True)
def _round_track(candidate):
    candidate.d0, candidate.dz = truncate(candidate.d0, D0_BITS), truncate(candidate.dz, DZ_BITS)
    candidate.d0Err, candidate.dzErr = truncate(candidate.d0Err, ERROR_BITS), truncate(candidate.dzErr, ERROR_BITS)
    candidate.normalizedChi2 = truncate(candidate.normalizedChi2, ERROR_BITS)


@njit(cache=True, nogil=True)
def compact(candidates, min_pt):
    """Candidates of one event rounded to what detector and use justify, by falling pt.

    Below `min_pt` a track loses d0, its errors and quality, as in MiniAOD, and keeps a coarse dz. Rounding makes many
    pt equal; these are sorted by type and eta, which again makes files smaller.
    """
    order_by = np.empty(len(candidates), dtype=np.int64)
    for i in range(len(candidates)):
        candidate = candidates[i]
        soft = candidate.pt < min_pt
        if abs(candidate.pdgId) <= 2:
            step = STEP_FORWARD
        elif candidate.d0Err < 0.0:
            step = STEP_NEUTRAL
        elif soft:
            step = STEP_SOFT
            _round_soft_track(candidate)
        else:
            step = STEP_CHARGED
            _round_track(candidate)
        candidate.eta, candidate.phi = np.rint(candidate.eta / step) * step, np.rint(candidate.phi / step) * step
        candidate.pt = truncate(candidate.pt, PT_BITS_SOFT if soft else PT_BITS)
        candidate.hcalFraction = np.rint(candidate.hcalFraction / STEP_FRACTION) * STEP_FRACTION
        # one number: pt in its highest bits (those of a positive float32 sort like its value), then type, then eta
        falling_pt = np.int64(0x7FFFFFFF) - np.int64(np.float32(candidate.pt).view(np.uint32))
        order_by[i] = (falling_pt << 31) | ((candidate.pdgId + 512) << 20) | np.int64((candidate.eta + 8.0) * 4096.0)
    return candidates[np.argsort(order_by, kind="mergesort")]
