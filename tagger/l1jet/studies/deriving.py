"""Thresholds of a study's seed at its target rate."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
import numpy as np

from pyrun.framework.errors import Configuration

from .counting import Interval, efficiency, rate
from .definitions import Conditions, Study
from .samples import Sample
from .seeds import accepted

#: Relative uncertainty of a rate that thresholds are chosen by: that of eleven events of equal weight.
PRECISION = 0.3


@attrs.frozen
class Point:
    """A choice of thresholds.

    Attributes
    ----------
    thresholds : dict of str to float
    conditions : list of dict
        As in a menu's file.
    rate : Interval
        Hz.
    efficiency : Interval
        Of the study's signal.
    """

    thresholds: dict[str, float]
    conditions: Conditions
    rate: Interval
    efficiency: Interval

    def as_dict(self) -> dict[str, Any]:
        return {
            "thresholds": self.thresholds,
            "conditions": self.conditions,
            "rate": self.rate._asdict(),
            "efficiency": self.efficiency._asdict(),
        }


def contour(study: Study, crossings: Sequence[Sample], signal: Sample) -> Iterator[Point]:
    """The loosest cut that keeps the target rate, for each point of the study's grid that has one."""
    for values in itertools.product(*study.grid.values()):
        tried = dict(zip(study.grid, values, strict=True))
        cut = loosest(
            study.cuts, lambda cut, at=tried: study.conditions({**at, study.cut: cut}), crossings, study.target
        )
        if cut is not None:
            thresholds = {**tried, study.cut: cut}
            yield point(thresholds, study.conditions(thresholds), crossings, signal)


def plain(study: Study, crossings: Sequence[Sample], signal: Sample) -> Point:
    """The seed without the tagger at the same rate.

    Raises
    ------
    Configuration
        None of the thresholds keeps it.
    """
    cut = loosest(study.plain_cuts, study.plain, crossings, study.target)
    if cut is None:
        raise Configuration(
            f"No threshold up to {study.plain_cuts[-1]:g} GeV keeps a rate of {study.target / 1e3:g} kHz."
        )
    return point({"cut": cut}, study.plain(cut), crossings, signal)


def best(points: Sequence[Point], study: Study) -> Point:
    """The one with the highest efficiency, of those whose rate is known to `PRECISION`.

    The tighter the score, the fewer events make the rate, and the further it may be from what they give: of many
    points that seem to keep the target, one that does so by chance is likely to have the highest efficiency. If no
    rate is known so well, those count that are known best.

    Raises
    ------
    Configuration
        There is none.
    """
    if not points:
        raise Configuration(f"No thresholds of the study {study.name} keep a rate of {study.target / 1e3:g} kHz.")
    enough = max(PRECISION, min(one.rate.relative for one in points))
    return max((one for one in points if one.rate.relative <= enough), key=lambda one: one.efficiency.value)


def point(thresholds: dict[str, float], conditions: Conditions, crossings: Sequence[Sample], signal: Sample) -> Point:
    """A choice of thresholds with its rate and efficiency."""
    seed = {"conditions": conditions}
    return Point(
        thresholds,
        conditions,
        rate([accepted(seed, sample) for sample in crossings], crossings),
        efficiency(accepted(seed, signal), signal.weights),
    )


def loosest(
    cuts: np.ndarray[Any, Any], conditions: Callable[[float], Conditions], crossings: Sequence[Sample], target: float
) -> float | None:
    """The lowest of some rising cuts whose rate does not exceed the target; None if all do. Rates fall with cuts."""

    def keeps(index: int) -> bool:
        seed = {"conditions": conditions(float(cuts[index]))}
        return sum(sample.rate[accepted(seed, sample)].sum() for sample in crossings) <= target

    low, high = -1, len(cuts)  # all up to low exceed it, all from high on keep it
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if keeps(middle) else (middle, high)
    return None if high == len(cuts) else float(cuts[high])
