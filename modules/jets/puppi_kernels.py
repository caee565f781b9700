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

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# neighbours this close are taken for the candidate itself, as in CMSSW
MIN_DR2 = 1e-4

# pairs of candidates looked at together: few enough for the processor's caches
PAIRS_AT_ONCE = 100_000


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
    sources, targets = (_sorted_in_strips(who, event * n_strips + strip, eta) for who in (source, target))
    around = Around(eta[sources], phi[sources], pt[sources] ** 2, cone)
    beside = np.arange(-1, 2) if n_strips > 1 else np.zeros(1, dtype=np.int64)
    others = (event[targets] * n_strips)[:, None] + (strip[targets][:, None] + beside) % n_strips
    places = _place(event[sources] * n_strips + strip[sources], around.eta)
    width = cone + 1e-6  # beyond the rounding of places
    begin = np.searchsorted(places, _place(others, eta[targets][:, None] - width))
    end = np.searchsorted(places, _place(others, eta[targets][:, None] + width))

    pairs = np.cumsum((end - begin).sum(axis=1))
    cuts = np.searchsorted(pairs, np.arange(PAIRS_AT_ONCE, pairs[-1] if len(pairs) else 0, PAIRS_AT_ONCE))
    chunks = [slice(*ends) for ends in zip([0, *cuts], [*cuts, len(targets)], strict=True)]
    sums = [around.sums(eta[targets[some]], phi[targets[some]], begin[some], end[some]) for some in chunks]
    result = np.zeros(len(eta))
    result[targets] = np.concatenate(sums)
    np.log(result, where=result > 0, out=result)
    return result


class Around(NamedTuple):
    """Candidates to sum over: arrays of shape (n,) and how far they may be."""

    eta: Floats
    phi: Floats
    pt2: Floats
    cone: float

    def sums(self, eta: Floats, phi: Floats, begin: Ints, end: Ints) -> Floats:
        """Sum (pt/dR)^2 over the neighbours of each target.

        Parameters
        ----------
        eta, phi : numpy.ndarray, shape (targets,)
        begin, end : numpy.ndarray of int, shape (targets, runs)
            Where the runs of candidates begin and end that may be neighbours of each.
        """
        counts = end - begin
        per_target, per_run = counts.sum(axis=1), counts.ravel()
        row = np.arange(per_target.sum()) + np.repeat(begin.ravel() - (np.cumsum(per_run) - per_run), per_run)
        dphi = np.abs(np.repeat(phi, per_target) - self.phi[row])
        dr2 = (np.repeat(eta, per_target) - self.eta[row]) ** 2 + np.minimum(dphi, 2 * math.pi - dphi) ** 2
        near = np.flatnonzero((dr2 >= MIN_DR2) & (dr2 < self.cone**2))
        target = np.repeat(np.arange(len(eta)), per_target)[near]
        return np.bincount(target, weights=self.pt2[row[near]] / dr2[near], minlength=len(eta))


def _sorted_in_strips(selected: Bools, strip: Ints, eta: Floats) -> Ints:
    """Rows of the selected candidates, strip by strip and ascending in eta there."""
    (rows,) = np.nonzero(selected)
    return rows[np.lexsort((eta[rows], strip[rows]))]


def _place(strip: Ints, eta: Floats) -> Floats:
    """One number that grows with the strip and, in a strip, with eta."""
    return strip * 64.0 + np.clip(eta, -20.0, 20.0)


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
