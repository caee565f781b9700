"""What the filters of trigger seeds share: the jets' integers, and their cuts in the same units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import Configuration
from pyrun.modules.nano.flat_objects import FlatObjects

from .words import GT_ETA_PHI_LSB, GT_PT, N_SCORES, TAG_SCORE, unpack_gt_jet

CLASSES = ["b", "c", "uds", "g", "tau_p", "tau_n", "mu", "e"]
MAX_JETS = 63  # of one event
_DENOMINATOR = 1 << 20  # thresholds with six decimals are exact, and products of scores stay below 2^63

Integers = npt.NDArray[np.int64]


class SeedJets(NamedTuple):
    """Integers of all events' jets, from the words for the global trigger.

    Attributes
    ----------
    offsets : (N + 1) int64
        Where each event's jets begin.
    pt : (n) int64
        In steps of 1/32 GeV.
    abs_eta : (n) int64
        In steps of pi/4096.
    scores : (n, 8) int64
        In steps of 1/128.
    """

    offsets: Integers
    pt: Integers
    abs_eta: Integers
    scores: Integers


def seed_jets(jets: Any) -> SeedJets:
    """The integers of `jets`, a product of the type l1tPFJets."""
    flat = FlatObjects(jets)
    words = np.stack([flat["encodedJetGT0"], flat["encodedJetGT1"]], axis=1)
    fields = unpack_gt_jet(words)
    return SeedJets(flat.offsets, np.ascontiguousarray(fields.pt), np.abs(fields.eta), fields.scores)


def pt_cut(value: float, name: str) -> int:
    """The largest pt or sum of pt in steps of 1/32 GeV that doesn't exceed `value` GeV: to pass is to be above."""
    highest = GT_PT.value(GT_PT.highest)
    if value > highest:
        raise Configuration(f"{name} is {value} GeV, but pt ends at {highest:.2f} GeV in a jet's word")
    return math.floor(value / GT_PT.lsb)


def eta_end(value: float) -> int:
    """The smallest |eta| in steps of pi/4096 that is not below `value`: to pass is to be below."""
    return math.ceil(value / GT_ETA_PHI_LSB)


def score_cut(value: float) -> Integers:
    """The threshold as numerator and denominator; exact for six decimals, as it is written."""
    fraction = Fraction(repr(float(value))).limit_denominator(_DENOMINATOR)
    return np.array([fraction.numerator, fraction.denominator], dtype=np.int64)


def class_mask(names: Sequence[str], classes: Sequence[str], label: str) -> Integers:
    """1 for each score of the word whose class is named.

    Raises
    ------
    Configuration
        One is named that isn't there.
    """
    if len(classes) != N_SCORES:
        raise Configuration(f"{label}: classes has {len(classes)} names, but a jet's word {N_SCORES} scores")
    unknown = sorted(set(names) - set(classes))
    if unknown:
        raise Configuration(f"{label}: no class {', '.join(unknown)}; there are {', '.join(classes)}")
    return np.array([name in names for name in classes], dtype=np.int64)


def check_max_jets(value: int, label: str) -> None:
    """Refuse more jets than a set of the kernels has bits."""
    if not 1 <= value <= MAX_JETS:
        raise Configuration(f"{label}: maxJets is {value}; it must be from 1 to {MAX_JETS}")


def check_score(value: float, highest: float, name: str) -> None:
    """Refuse thresholds that no score exceeds."""
    if not value < highest:
        raise Configuration(f"{name} is {value}; scores stay below {highest:g}")


HIGHEST_SCORE = float(TAG_SCORE.value(TAG_SCORE.highest))
