"""PUPPI's arithmetic on flat arrays of candidates (pileup per particle identification).

All candidates of all events stand one after the other; `event` or `offsets` says whose they are. Nothing of one
event enters the result of another.

References
----------
Bertolini, Harris, Low, Tran, JHEP 10 (2014) 059, arXiv:1407.6013; CMSSW's PuppiContainer and PuppiAlgo.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import boolean, float64, int64, void

from pyrun.framework.kernels import kernel

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# neighbours this close are taken for the candidate itself, as in CMSSW
MIN_DR2 = 1e-4

_COLUMN, _ROWS, _MASK = float64[::1], int64[::1], boolean[::1]


class Reference(NamedTuple):
    """What alpha looks like for pileup, per event: its median, the RMS below it, and from how many candidates."""

    median: Floats
    rms: Floats
    count: Ints


def alpha(eta: Floats, phi: Floats, pt: Floats, offsets: Ints, source: Bools, target: Bools, cone: float) -> Floats:
    """How much hard activity surrounds each candidate: log of the sum of (pt/dR)^2 over its neighbours.

    Parameters
    ----------
    eta, phi, pt : numpy.ndarray, shape (n,)
        Candidates; pt in GeV.
    offsets : numpy.ndarray, shape (events + 1,)
        Where each event's candidates begin and end.
    source, target : numpy.ndarray of bool, shape (n,)
        Who is summed over, and for whom the sum is wanted.
    cone : float
        Largest distance dR of a neighbour.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Alpha; 0 for candidates without neighbours and for those not in `target`.
    """
    event = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    # neighbours are sought in strips in phi as wide as the cone: the own one and the two beside it
    n_strips = int(2 * math.pi / cone) if cone < 2 * math.pi / 3 else 1
    in_phi = (np.remainder(phi, 2 * math.pi) * (n_strips / (2 * math.pi))).astype(np.int64) % n_strips
    strip = event * n_strips + in_phi
    begin = np.zeros((len(offsets) - 1) * n_strips + 1, dtype=np.int64)
    sources = np.empty(np.count_nonzero(source), dtype=np.int64)
    sort_sources(eta, strip, source, begin, sources)
    (targets,) = np.nonzero(target)
    around = (eta[sources], phi[sources], pt[sources] ** 2, begin)
    result = np.zeros(len(eta))
    sum_around(eta, phi, strip, targets, *around, n_strips, float(cone), result)
    np.log(result, where=result > 0, out=result)
    return result


@kernel(void(_COLUMN, _ROWS, _MASK, _ROWS, _ROWS))
def sort_sources(eta, strip, source, begin, sources):
    """Put the rows marked in `source` into `sources`, strip by strip and ascending in eta there.

    `begin`, zeros at first, becomes where each strip's begin; its last entry is where they end.
    """
    for row in range(len(strip)):
        if source[row]:
            begin[strip[row] + 1] += 1
    for i in range(1, len(begin)):
        begin[i] += begin[i - 1]
    end = begin.copy()
    for row in range(len(strip)):
        if source[row]:
            place = end[strip[row]]
            end[strip[row]] += 1
            while place > begin[strip[row]] and not eta[row] >= eta[sources[place - 1]]:
                sources[place] = sources[place - 1]
                place -= 1
            sources[place] = row


@kernel(
    void(*(_COLUMN, _COLUMN, _ROWS, _ROWS), *(_COLUMN, _COLUMN, _COLUMN, _ROWS), int64, float64, _COLUMN),
    error_model="numpy",
)
def sum_around(eta, phi, strip, targets, source_eta, source_phi, source_pt2, begin, n_strips, cone, result):
    """Put the sum of (pt/dR)^2 over a target's neighbours at the target's place in `result`.

    Parameters
    ----------
    eta, phi, strip : numpy.ndarray, shape (n,)
        Candidates; event e has the strips from ``e * n_strips`` on.
    targets : numpy.ndarray of int, shape (targets,)
    source_eta, source_phi, source_pt2 : numpy.ndarray, shape (sources,)
        Strip by strip, and ascending in eta there.
    begin : numpy.ndarray of int, shape (strips + 1,)
        Where each strip's sources begin.
    """
    for target in targets:
        of_event = strip[target] // n_strips * n_strips
        total = 0.0
        for beside in range(-1, 2) if n_strips > 1 else range(1):
            there = of_event + (strip[target] + beside) % n_strips
            first, last = begin[there], begin[there + 1]
            while first < last:  # the first source that is not too far below in eta
                middle = (first + last) // 2
                if source_eta[middle] < eta[target] - cone:
                    first = middle + 1
                else:
                    last = middle
            for source in range(first, begin[there + 1]):
                deta = source_eta[source] - eta[target]
                if deta > cone:
                    break
                dphi = abs(phi[target] - source_phi[source])
                dphi = min(dphi, 2 * math.pi - dphi)
                dr2 = deta**2 + dphi**2
                if MIN_DR2 <= dr2 < cone**2:
                    total += source_pt2[source] / dr2
        result[target] = total


def pileup_reference(
    values: Floats,
    event: Ints,
    n_events: int,
    *,
    pileup: Bools,
    primary: Bools,
    rms_scale: float,
    correct_low_pileup: bool,
) -> Reference:
    """Median and RMS of alpha for the charged candidates from pileup, in each event.

    Parameters
    ----------
    values, event : numpy.ndarray, shape (n,)
        Alpha of each candidate and the event it belongs to, ascending.
    n_events : int
        Number of events.
    pileup, primary : numpy.ndarray of bool, shape (n,)
        Charged candidates from pileup, and from the primary vertex, from which to take the distributions.
    rms_scale : float
        Factor on the RMS.
    correct_low_pileup : bool
        Take the RMS of what lies below the median only, and move both down by how much of the primary vertex's
        distribution lies below the median too (few pileup vertices leave a tail of hard candidates among `pileup`).

    Returns
    -------
    Reference
        Arrays of shape (n_events,); median and RMS are 0 where there is no candidate from pileup.
    """
    owner, alphas = event[pileup], values[pileup]
    count = np.bincount(owner, minlength=n_events)
    begin = np.cumsum(count) - count
    sort_each(alphas, np.append(begin, len(alphas)))
    # zeros, candidates without neighbours, are the bulk's lower end and say nothing: the median starts after them
    zeros = np.zeros(n_events, dtype=np.int64)
    is_zero = alphas == 0
    np.maximum.at(zeros, owner[is_zero], (np.arange(len(alphas)) - begin[owner])[is_zero])
    middle = begin + zeros + (count - zeros) // 2
    median = np.zeros(n_events)
    median[count > 0] = alphas[middle[count > 0]]

    used = ~is_zero
    if correct_low_pileup:
        used &= alphas <= median[owner]
    distance = (alphas - median[owner])[used]
    n_used = np.bincount(owner[used], minlength=n_events)
    variance = np.bincount(owner[used], weights=distance**2, minlength=n_events) / np.maximum(n_used, 1)
    rms = rms_scale * np.sqrt(np.where(variance == 0, 1e-5, variance))
    rms[count == 0] = 0.0
    if correct_low_pileup:
        below = primary & (values <= median[event]) & (count[event] > 0)
        n_below = np.bincount(event[below], minlength=n_events)
        shift = np.sqrt(_chi2_quantile(n_below / np.maximum(n_below + 0.5 * count, 1.0)) * rms)
        median, rms = median - shift, rms - shift
    return Reference(median, rms, count)


@kernel(void(_COLUMN, _ROWS))
def sort_each(values, offsets):
    """Sort the values from ``offsets[i]`` to ``offsets[i + 1]``, for each i."""
    for i in range(len(offsets) - 1):
        values[offsets[i] : offsets[i + 1]].sort()


def probability(values: Floats, median: Floats, rms: Floats) -> Floats:
    """How unlike pileup each alpha is, from 0 to 1: the chi2 probability of its signed distance from the median.

    Parameters
    ----------
    values, median, rms : numpy.ndarray, shape (n,)
        Alpha of each candidate and pileup's median and RMS for it. An alpha of 0 (no neighbour) counts as pileup.
    """
    result = np.zeros(len(values))
    put_probability(values, median, rms, result)
    return result


@kernel(void(_COLUMN, _COLUMN, _COLUMN, _COLUMN))
def put_probability(values, median, rms, result):
    """Put `probability` into `result`, which holds zeros."""
    for i in range(len(values)):
        if values[i] > median[i] and values[i] != 0 and rms[i] != 0:
            # one degree of freedom: P(chi2 < pull^2) = erf(pull / sqrt 2)
            result[i] = math.erf((values[i] - median[i]) / abs(rms[i]) / math.sqrt(2.0))


def _chi2_quantile(fraction: Floats) -> Floats:
    """The chi2, for one degree of freedom, below which `fraction` of the distribution lies; 0 for 0."""
    return np.array([NormalDist().inv_cdf((1 + f) / 2) ** 2 for f in fraction], dtype=np.float64)
