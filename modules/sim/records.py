"""Between jagged awkward arrays, which events hold, and structured numpy arrays, which kernels loop over.

A structured array keeps the signature of a kernel short: one argument for all properties of the particles of an event.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import awkward as ak

Records = npt.NDArray[np.void]


def to_records(array: ak.Array, dtype: np.dtype[Any]) -> list[Records]:
    """Split a jagged array of records into one structured array per event.

    Parameters
    ----------
    array : ak.Array
        ``var * {...}``, with at least the fields of `dtype`.
    dtype : numpy.dtype
        The fields wanted, and as what.
    """
    import awkward as ak

    counts = ak.to_numpy(ak.num(array, axis=1))
    flat = ak.flatten(array, axis=1)
    records = np.empty(len(flat), dtype=dtype)
    for name in dtype.names or ():
        records[name] = ak.to_numpy(flat[name])
    return np.split(records, np.cumsum(counts)[:-1]) if len(counts) else []


def from_records(events: Sequence[Records], dtype: np.dtype[Any]) -> ak.Array:
    """Join one structured array per event into a jagged array ``var * {fields of dtype}``."""
    import awkward as ak

    flat = np.concatenate([np.empty(0, dtype=dtype), *events])
    offsets = np.concatenate([[0], np.cumsum([len(event) for event in events], dtype=np.int64)])
    names = list(dtype.names or ())
    contents = [ak.contents.NumpyArray(np.ascontiguousarray(flat[name])) for name in names]
    record = ak.contents.RecordArray(contents, names, length=len(flat))
    return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(offsets.astype(np.int64)), record))


def truncate_mantissa(values: npt.ArrayLike, bits: int) -> npt.NDArray[np.float32]:
    """Round float32 numbers to `bits` bits of mantissa, so that files compress better.

    The relative error is at most 2**-(bits+1), as with ``MiniFloatConverter::reduceMantissaToNbitsRounding`` of CMSSW.
    """
    words = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    dropped = 23 - bits
    half = np.uint32(1 << (dropped - 1))
    return ((words + half) & np.uint32(~((1 << dropped) - 1) & 0xFFFFFFFF)).view(np.float32)


def round_to(values: npt.ArrayLike, step: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Round to the nearest multiple of `step`, powers of two, so that files compress better."""
    return (np.rint(np.asarray(values, dtype=np.float64) / step) * np.asarray(step)).astype(np.float32)
