"""Constants and look-up tables of the seeded-cone algorithm, as raw integers of the firmware's types."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .words import ETA_PHI_PI, PT, FixedPoint

Integers = npt.NDArray[np.int64]

INVERSE_PT = FixedPoint(18, -2)
EVEN_TRIG = FixedPoint(13, 1, False, "RND", "SAT")  # cos, cosh
ODD_TRIG = FixedPoint(13, 1, True, "RND", "SAT")  # sin, sinh
DISTANCE2 = FixedPoint(18, 23, True)

TABLE_BITS = 10  # of pt, below its highest bit, that address the table of 1/pt
TRIG_STEPS = 185  # up to 0.8

_LSB = np.float32(np.pi / ETA_PHI_PI)


class Tables(NamedTuple):
    """Raw values: 1/pt by raw pt, shape (16384,), in 2^-20 / GeV; cos, sin, cosh, sinh, shape (185,), in 2^-12."""

    inverse_pt: Integers
    cos: Integers
    sin: Integers
    cosh: Integers
    sinh: Integers


@cache
def tables() -> Tables:
    """The tables of the firmware, angles being multiples of pi/720 in single precision."""
    angles = (np.arange(TRIG_STEPS, dtype=np.float32) * _LSB).astype(np.float64)
    cos, cosh = (EVEN_TRIG.raw(function(angles)) for function in (np.cos, np.cosh))
    sin, sinh = (ODD_TRIG.raw(function(angles)) for function in (np.sin, np.sinh))
    made = Tables(inverse_pt(reciprocals()), cos, sin, cosh, sinh)
    for table in made:
        table.flags.writeable = False
    return made


def reciprocals() -> Integers:
    """The firmware's table: entry i, of 1024, is 1/pt of pt = 2048 + 2 i GeV, rounded down."""
    return INVERSE_PT.raw(1.0 / (2048.0 + 2.0 * np.arange(1 << TABLE_BITS)))


def inverse_pt(table: Integers) -> Integers:
    """What the firmware finds as 1/pt for each raw pt.

    pt is shifted until its highest bit is set, the next ten address the table, and the entry is shifted back, in 18
    bits: at pt <= 4 GeV the highest bits are lost.
    """
    pt = np.arange(1 << PT.width)
    shift = PT.width - np.maximum(np.frexp(pt)[1], 1)
    index = (pt << shift) >> (PT.width - 1 - TABLE_BITS) & ((1 << TABLE_BITS) - 1)
    return INVERSE_PT.fit(table[index] << shift)


def cone_limit(cone_size: float, coarse: bool = True) -> int:
    """The number that the squared distance of members, in steps of pi/720, stays below.

    Parameters
    ----------
    cone_size : float
    coarse : bool
        Hold R squared in steps of 32, as the firmware's fixed<18,23> does.

    Examples
    --------
    >>> cone_limit(0.4), cone_limit(0.8), cone_limit(0.4, coarse=False)
    (8384, 33600, 8404)
    """
    if coarse:
        size = np.float32(cone_size)
        return int(DISTANCE2.raw(size * size / _LSB / _LSB) * DISTANCE2.lsb)
    return int(np.ceil((cone_size * ETA_PHI_PI / np.pi) ** 2))
