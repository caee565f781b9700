"""Rates and efficiencies of weighted events with their intervals of one standard deviation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pyrun.modules.l1t.rates import BUNCH_CROSSING_RATE

from ..plots.statistics import clopper_pearson
from .samples import Sample

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class Interval(NamedTuple):
    """A figure and the ends of its interval."""

    value: float
    low: float
    high: float

    @property
    def relative(self) -> float:
        """Half of the interval over the figure; infinite for a figure of 0."""
        return (self.high - self.low) / (2.0 * self.value) if self.value else np.inf

    def __format__(self, form: str) -> str:
        return f"{self.value:{form}} -{self.value - self.low:{form}} +{self.high - self.value:{form}}"


def efficiency(passed: Mask, weights: Floats) -> Interval:
    """Accepted part of the events, NaN if there are none.

    The interval is Clopper and Pearson's. Weighted events count as many as have the same relative variance: their
    squared sum over the sum of squares.
    """
    whole = weights.sum()
    if whole == 0.0:
        return Interval(np.nan, np.nan, np.nan)
    number = whole**2 / (weights**2).sum()
    part = weights[passed].sum() / whole
    _, low, high = clopper_pearson(part * number, number)
    return Interval(float(part), min(float(low), part), max(float(high), part))


def rate(passed: Sequence[Mask], samples: Sequence[Sample]) -> Interval:
    """Rate (Hz) of what samples that stand for different bunch crossings accept together.

    In each sample, accepted events count as if each had their mean weight, that of the sum of squares over the sum; of
    the number of all events the interval is Clopper and Pearson's. Where none is accepted, it ends at what events of
    the sample's largest weight would allow. Distances to the ends add up in quadrature.
    """
    value, below, above = 0.0, 0.0, 0.0
    for mask, sample in zip(passed, samples, strict=True):
        weights = sample.weights[mask]
        total = weights.sum()
        mean = (weights**2).sum() / total if total else sample.weights.max(initial=0.0)
        number = total / mean if mean else 0.0
        _, low, high = clopper_pearson(number, len(sample))
        scale = BUNCH_CROSSING_RATE * mean
        one = BUNCH_CROSSING_RATE * total / len(sample)
        value += one
        below += min(scale * float(low) - one, 0.0) ** 2
        above += max(scale * float(high) - one, 0.0) ** 2
    return Interval(value, value - np.sqrt(below), value + np.sqrt(above))
