"""Numbers with fewer bits in the mantissa, which compress better."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_MANTISSA = 23  # bits of a float


def reduce_mantissa(values: npt.NDArray[np.float32], bits: int) -> npt.NDArray[np.float32]:
    """Round single-precision numbers to `bits` bits of mantissa, halves away from zero.

    As CMSSW's MiniFloatConverter does, the two largest mantissas are cut instead: rounding them up would change the
    exponent. Infinities and NaN stay.

    Parameters
    ----------
    values : array of float32
    bits : int
        1 to 22; others leave the numbers as they are.
    """
    values = np.ascontiguousarray(values, dtype=np.float32)
    if not 0 < bits < _MANTISSA:
        return values
    drop = np.uint32(_MANTISSA - bits)
    words = values.view(np.uint32)
    kept = words >> drop
    half = (words >> (drop - np.uint32(1))) & np.uint32(1)
    room = (kept & np.uint32((1 << bits) - 1)) < (1 << bits) - 2
    rounded = ((kept + (half & room)) << drop).view(np.float32)
    return np.where(np.isfinite(values), rounded, values)
