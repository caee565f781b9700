"""Figures of merit, with their statistical uncertainties."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Probability content of the intervals: that of one standard deviation.
ONE_SIGMA = 0.6826894921370859
RESAMPLES = 100


class Roc(NamedTuple):
    """Efficiencies for falling cuts, each an array of the same length.

    Attributes
    ----------
    cut : numpy.ndarray
        Jets at or above it are selected.
    background, signal : numpy.ndarray
        Selected fraction of either.
    backgrounds, signals : int
        How many jets there are.
    """

    cut: Floats
    background: Floats
    signal: Floats
    backgrounds: int
    signals: int

    def cut_at(self, mistag: float) -> float:
        """The loosest cut that selects at most this fraction of the background; above all scores if none does."""
        allowed = np.flatnonzero(self.background <= mistag)
        return float(self.cut[allowed[-1]]) if len(allowed) else float(np.nextafter(self.cut[0], np.inf))

    def thinned(self, points: int = 400) -> Roc:
        """About this many points, most of them where the background is small: enough to draw it."""
        if len(self.cut) <= points:
            return self
        floor = 1 / self.backgrounds
        position = np.log(np.maximum(self.background, floor)) / np.log(1 / floor) + self.signal
        wanted = np.searchsorted(position, np.linspace(position[0], position[-1], points))
        chosen = np.unique(np.concatenate([[0], wanted, [len(self.cut) - 1]]))
        return Roc(self.cut[chosen], self.background[chosen], self.signal[chosen], self.backgrounds, self.signals)


def roc(signal: Floats, background: Floats) -> Roc:
    """The curve of scores of signal and background jets; there must be some of both."""
    scores = np.concatenate([signal, background])
    order = np.argsort(-scores, kind="stable")
    is_signal = (np.arange(len(scores)) < len(signal))[order]
    last = np.append(np.diff(scores[order]) != 0, True)  # of several jets with one score
    return Roc(
        scores[order][last].astype(np.float64),
        np.cumsum(~is_signal)[last] / len(background),
        np.cumsum(is_signal)[last] / len(signal),
        len(background),
        len(signal),
    )


class Area(NamedTuple):
    """Area under a ROC curve.

    Attributes
    ----------
    value, uncertainty : float
        The latter is a standard deviation.
    over_background, under_signal : numpy.ndarray
        DeLong's components: for each signal jet the fraction of the background below it, and for each background jet
        the fraction of the signal above it. With those of another score they give the difference's uncertainty.
    """

    value: float
    uncertainty: float
    over_background: Floats
    under_signal: Floats

    def minus(self, other: Area) -> tuple[float, float]:
        """Difference to another score's area on the same jets, and its uncertainty with their correlation."""
        over, under = self.over_background - other.over_background, self.under_signal - other.under_signal
        return self.value - other.value, _deviation(over, under)


def area(signal: Floats, background: Floats) -> Area:
    """Area under the ROC curve, ties counted half; NaN if there are fewer than two jets of either.

    E. DeLong, D. DeLong, D. Clarke-Pearson, Biometrics 44 (1988) 837; by ranks as in X. Sun, W. Xu, IEEE Signal
    Processing Letters 21 (2014) 1389.
    """
    m, n = len(signal), len(background)
    if min(m, n) < 2:
        return Area(np.nan, np.nan, np.full(m, np.nan), np.full(n, np.nan))
    both = _midranks(np.concatenate([signal, background]))
    over_background = (both[:m] - _midranks(signal)) / n
    under_signal = 1.0 - (both[m:] - _midranks(background)) / m
    return Area(float(over_background.mean()), _deviation(over_background, under_signal), over_background, under_signal)


def _deviation(over: Floats, under: Floats) -> float:
    if min(len(over), len(under)) < 2:
        return float("nan")
    return float(np.sqrt(over.var(ddof=1) / len(over) + under.var(ddof=1) / len(under)))


def _midranks(x: Floats) -> Floats:
    """Ranks from 1, ties sharing the mean of theirs."""
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def clopper_pearson(passed: npt.ArrayLike, total: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Efficiencies and the ends of their exact intervals of one standard deviation; NaN where there are no jets.

    C. Clopper, E. Pearson, Biometrika 26 (1934) 404.

    Examples
    --------
    >>> efficiency, low, high = clopper_pearson([0, 5], [10, 10])
    >>> efficiency.tolist(), high.round(3).tolist()
    ([0.0, 0.5], [0.168, 0.695])
    """
    from scipy.special import betaincinv

    k, n = np.broadcast_arrays(np.asarray(passed, dtype=np.float64), np.asarray(total, dtype=np.float64))
    tail = (1 - ONE_SIGMA) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        efficiency = np.where(n > 0, k / n, np.nan)
    low = np.where(k > 0, betaincinv(np.maximum(k, 1), n - k + 1, tail), 0.0)
    high = np.where(k < n, betaincinv(k + 1, np.maximum(n - k, 1), 1 - tail), 1.0)
    return efficiency, np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


class Spread(NamedTuple):
    """Where values lie, each figure with its uncertainty.

    Attributes
    ----------
    median, median_uncertainty : float
    width, width_uncertainty : float
        Half of the central interval that holds 68% of them, over the median.
    entries : int
    """

    median: float
    median_uncertainty: float
    width: float
    width_uncertainty: float
    entries: int


def spread(values: Floats, seed: int = 1, resamples: int = RESAMPLES) -> Spread:
    """Median and relative width of some values, with uncertainties from a bootstrap; NaN for fewer than ten."""
    n = len(values)
    if n < 10:
        return Spread(*(np.nan,) * 4, n)
    ordered = np.sort(values)
    median, width = _quantiles(ordered)
    rng = np.random.default_rng(seed)
    # quantiles of a resample of ordered values: its indices sorted, which is a cumulated sum of how often each occurs
    again = np.array([_quantiles(np.repeat(ordered, rng.multinomial(n, np.full(n, 1 / n)))) for _ in range(resamples)])
    errors = again.std(axis=0, ddof=1)
    return Spread(median, float(errors[0]), width, float(errors[1]), n)


def _quantiles(ordered: Floats) -> tuple[float, float]:
    n = len(ordered)
    positions = np.array([(1 - ONE_SIGMA) / 2, 0.5, (1 + ONE_SIGMA) / 2]) * (n - 1)
    low, median, high = np.interp(positions, np.arange(n), ordered)
    return float(median), float((high - low) / (2 * median)) if median else float("nan")
