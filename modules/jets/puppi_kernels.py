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
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# neighbours this close are taken for the candidate itself, as in CMSSW
MIN_DR2 = 1e-4


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
    strip = (np.remainder(phi, 2 * math.pi) * (n_strips / (2 * math.pi))).astype(np.int64) % n_strips
    strip += event * n_strips
    total = (len(offsets) - 1) * n_strips
    sources, source_bounds = _sorted_in_strips(source, strip, eta, total)
    targets, target_bounds = _sorted_in_strips(target, strip, eta, total)
    sums = _neighbour_sums(
        eta[targets],
        phi[targets],
        target_bounds,
        eta[sources],
        phi[sources],
        pt[sources] ** 2,
        source_bounds,
        n_strips,
        cone,
    )
    result = np.zeros(len(eta))
    result[targets] = np.log(sums, where=sums > 0, out=np.zeros(len(sums)))
    return result


def _sorted_in_strips(selected: Bools, strip: Ints, eta: Floats, total: int) -> tuple[Ints, Ints]:
    """Rows of the selected candidates, strip by strip and ascending in eta there, and where each strip begins."""
    (rows,) = np.nonzero(selected)
    rows = rows[np.lexsort((eta[rows], strip[rows]))]
    return rows, np.searchsorted(strip[rows], np.arange(total + 1))


@njit(cache=True, nogil=True)
def _neighbour_sums(eta, phi, bounds, source_eta, source_phi, source_pt2, source_bounds, n_strips, cone):
    """Sum (pt/dR)^2 over the sources within `cone` of each target, both in the order of `_sorted_in_strips`."""
    sums = np.zeros(len(eta))
    for strip in range(len(bounds) - 1):
        event_start = strip // n_strips * n_strips
        for step in range(min(n_strips, 3)):
            other = event_start + (strip + step - 1) % n_strips
            first, stop = source_bounds[other], source_bounds[other + 1]
            for i in range(bounds[strip], bounds[strip + 1]):
                while first < stop and source_eta[first] < eta[i] - cone:
                    first += 1
                j = first
                while j < stop and source_eta[j] <= eta[i] + cone:
                    dphi = abs(source_phi[j] - phi[i])
                    if dphi > math.pi:
                        dphi = 2 * math.pi - dphi
                    dr2 = (source_eta[j] - eta[i]) ** 2 + dphi**2
                    if MIN_DR2 <= dr2 < cone * cone:
                        sums[i] += source_pt2[j] / dr2
                    j += 1
    return sums


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
    alphas = alphas[np.lexsort((alphas, owner))]
    count = np.bincount(owner, minlength=n_events)
    begin = np.cumsum(count) - count
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


def probability(values: Floats, median: Floats, rms: Floats) -> Floats:
    """How unlike pileup each alpha is, from 0 to 1: the chi2 probability of its signed distance from the median.

    Parameters
    ----------
    values, median, rms : numpy.ndarray, shape (n,)
        Alpha of each candidate and pileup's median and RMS for it. An alpha of 0 (no neighbour) counts as pileup.
    """
    above = (values > median) & (values != 0) & (rms != 0)
    pulls = (values[above] - median[above]) / np.abs(rms[above])
    result = np.zeros(len(values))
    # one degree of freedom: P(chi2 < pull^2) = erf(pull / sqrt 2)
    result[above] = [math.erf(x) for x in pulls / math.sqrt(2)]
    return result


def _chi2_quantile(fraction: Floats) -> Floats:
    """The chi2, for one degree of freedom, below which `fraction` of the distribution lies; 0 for 0."""
    return np.array([NormalDist().inv_cdf((1 + f) / 2) ** 2 for f in fraction], dtype=np.float64)
