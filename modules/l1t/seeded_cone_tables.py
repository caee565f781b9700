"""Constants and look-up tables of the seeded-cone algorithm, as raw integers of the firmware's types."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .words import ETA_PHI_PI, FixedPoint

Integers = npt.NDArray[np.int64]

INVERSE_PT = FixedPoint(18, -2)
EVEN_TRIG = FixedPoint(13, 1, False, "RND", "SAT")  # cos, cosh
ODD_TRIG = FixedPoint(13, 1, True, "RND", "SAT")  # sin, sinh
DISTANCE2 = FixedPoint(18, 23, True)

TABLE_BITS = 10  # of pt, below its highest bit, that address the table of 1/pt
TRIG_STEPS = 185  # up to 0.8

_LSB = np.float32(np.pi / ETA_PHI_PI)


class Tables(NamedTuple):
    """Raw values: 1/pt, shape (1024,), in 2^-20 / GeV; cos, sin, cosh, sinh, shape (185,), in 2^-12."""

    inverse_pt: Integers
    cos: Integers
    sin: Integers
    cosh: Integers
    sinh: Integers


def tables() -> Tables:
    """The tables of the firmware.

    Entry i of the first is 1/pt of pt = 2048 + 2 i GeV, rounded down. Angles are multiples of pi/720 in single
    precision.
    """
    inverse = INVERSE_PT.raw(1.0 / (2048.0 + 2.0 * np.arange(1 << TABLE_BITS)))
    angles = (np.arange(TRIG_STEPS, dtype=np.float32) * _LSB).astype(np.float64)
    even = (EVEN_TRIG.raw(function(angles)) for function in (np.cos, np.cosh))
    odd = (ODD_TRIG.raw(function(angles)) for function in (np.sin, np.sinh))
    cos, cosh = even
    sin, sinh = odd
    return Tables(inverse, cos, sin, cosh, sinh)


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
