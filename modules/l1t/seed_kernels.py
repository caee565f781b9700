"""Conditions of trigger seeds on the integers of the global trigger's jet words, as numba functions.

Jets of all events lie one after the other; ``offsets`` (N + 1) tells where an event's jets begin. ``pt`` is in steps of
1/32 GeV, ``abs_eta`` in steps of pi/4096, ``scores`` (jets, 8) in steps of 1/128. Cuts are strict and integer:
``pt > min_pt``, ``abs_eta < eta_end``. A score passes a threshold a/b if its numerator times b exceeds its denominator
times a, as firmware without division would do it; ``cut`` holds a, b.
"""

from __future__ import annotations

import numpy as np
from numba import boolean, float64, int64, njit, void

from pyrun.framework.kernels import kernel

ONE = 128  # a score of 1
MAX_JETS = 63  # bits of a set of jets
MAX_LEGS = 8

_OFFSETS = _COLUMN = int64[::1]
_TABLE = int64[:, ::1]


@njit(cache=True, nogil=True)
def weighted(scores, jet, mask):
    """Sum of the jet's scores that the mask chooses."""
    total = 0
    for k in range(len(mask)):
        total += scores[jet, k] * mask[k]
    return total


@njit(cache=True, nogil=True)
def has_score(scores, jet, signal, background, use_background, cut):
    """Whether the signal's score, or its part of signal and background, exceeds the cut."""
    above = weighted(scores, jet, signal)
    whole = above + weighted(scores, jet, background) if use_background else ONE
    return above * cut[1] > whole * cut[0]


@njit(cache=True, nogil=True)
def region_of(bounds, abs_eta):
    """The last region that begins at or below |eta|."""
    region = 0
    for k in range(1, len(bounds)):
        if abs_eta >= bounds[k]:
            region = k
    return region


@njit(cache=True, nogil=True)
def different_jets(sets, legs, unions):
    """Whether each leg can have a jet of its own: any k legs have k jets between them (P. Hall, 1935)."""
    unions[0] = 0
    for subset in range(1, 1 << legs):
        first = 0
        while not (subset >> first) & 1:
            first += 1
        unions[subset] = union = unions[subset & (subset - 1)] | sets[first]
        needed, held, rest = 0, 0, subset
        while rest:
            rest &= rest - 1
            needed += 1
        while union and held < needed:
            union &= union - 1
            held += 1
        if held < needed:
            return False
    return True


@kernel(
    void(
        _OFFSETS, _COLUMN, _COLUMN, _TABLE, int64, _TABLE, _TABLE, _COLUMN, _TABLE, _TABLE, boolean[::1], _TABLE,
        boolean[::1],
    ),
)  # fmt: skip
def legs_kernel(
    offsets, pt, abs_eta, scores, max_jets, bounds, min_pt, eta_end, signal, background, use_background, cut, passed
):
    """Events in which each leg has a jet of its own.

    Per leg: ``bounds`` and ``min_pt`` (legs, regions), where the regions in |eta| begin and their cuts on pt;
    ``eta_end``; ``signal`` and ``background`` (legs, 8) choose scores.
    """
    legs = len(eta_end)
    sets, unions = np.zeros(MAX_LEGS, np.int64), np.zeros(1 << MAX_LEGS, np.int64)
    for event in range(len(passed)):
        begin = offsets[event]
        end = min(offsets[event + 1], begin + max_jets)
        for leg in range(legs):
            sets[leg] = 0
            for jet in range(begin, end):
                if abs_eta[jet] >= eta_end[leg] or pt[jet] <= min_pt[leg, region_of(bounds[leg], abs_eta[jet])]:
                    continue
                if has_score(scores, jet, signal[leg], background[leg], use_background[leg], cut[leg]):
                    sets[leg] |= 1 << (jet - begin)
        passed[event] = different_jets(sets, legs, unions)


@kernel(void(_OFFSETS, _COLUMN, _COLUMN, _TABLE, int64, int64, int64, _COLUMN))
def scalar_sum_kernel(offsets, pt, abs_eta, scores, max_jets, min_pt, eta_end, sums):
    """Sum of the jets' pt in each event, in steps of 1/32 GeV."""
    for event in range(len(sums)):
        begin = offsets[event]
        sums[event] = 0
        for jet in range(begin, min(offsets[event + 1], begin + max_jets)):
            if pt[jet] > min_pt and abs_eta[jet] < eta_end:
                sums[event] += pt[jet]


@kernel(
    void(_OFFSETS, _COLUMN, _COLUMN, _TABLE, int64, int64, int64, int64, _COLUMN, _COLUMN, _COLUMN, float64[::1]),
)  # fmt: skip
def score_sum_kernel(
    offsets, pt, abs_eta, scores, max_jets, min_pt, eta_end, number, signal, background, sums, part_sums
):
    """Sums over the `number` jets of highest pt, the first of equal ones.

    ``sums``: their signal scores, in steps of 1/128; ``part_sums``: signal over signal and background, in floating
    point.
    """
    for event in range(len(sums)):
        begin = offsets[event]
        end = min(offsets[event + 1], begin + max_jets)
        taken = 0
        sums[event], part_sums[event] = 0, 0.0
        for _ in range(number):
            best = -1
            for jet in range(begin, end):
                free = not (taken >> (jet - begin)) & 1
                if free and pt[jet] > min_pt and abs_eta[jet] < eta_end and (best < 0 or pt[jet] > pt[best]):
                    best = jet
            if best < 0:
                break
            taken |= 1 << (best - begin)
            above, below = weighted(scores, best, signal), weighted(scores, best, background)
            sums[event] += above
            if above:
                part_sums[event] += above / (above + below)


@kernel(
    void(
        _OFFSETS, _COLUMN, _COLUMN, _TABLE, int64, int64, int64, _COLUMN, _COLUMN, _COLUMN, _COLUMN, boolean[::1]
    ),
)  # fmt: skip
def pair_kernel(offsets, pt, abs_eta, scores, max_jets, min_pt, eta_end, plus, minus, background, cut, passed):
    """Events with two jets of which one looks like plus and the other like minus.

    With p, m and b the two jets' scores, S = p1 m2 + m1 p2 and B = b1 b2: S / (S + B) exceeds the cut.
    """
    for event in range(len(passed)):
        begin = offsets[event]
        end = min(offsets[event + 1], begin + max_jets)
        passed[event] = False
        for one in range(begin, end):
            if pt[one] <= min_pt or abs_eta[one] >= eta_end:
                continue
            p1, m1 = weighted(scores, one, plus), weighted(scores, one, minus)
            b1 = weighted(scores, one, background)
            for two in range(one + 1, end):
                if pt[two] <= min_pt or abs_eta[two] >= eta_end:
                    continue
                both = p1 * weighted(scores, two, minus) + m1 * weighted(scores, two, plus)
                if both * cut[1] > (both + b1 * weighted(scores, two, background)) * cut[0]:
                    passed[event] = True
