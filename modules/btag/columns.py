"""Between awkward arrays and flat columns, on awkward's layouts: a fifth of the time of its high-level functions."""

from __future__ import annotations

from typing import NamedTuple

import awkward as ak
import numpy as np
import numpy.typing as npt


class Columns(NamedTuple):
    """Fields of a collection as flat arrays; floating-point ones in double precision.

    Entries of event i are ``offsets[i]`` to ``offsets[i + 1]``.
    """

    offsets: npt.NDArray[np.int64]
    fields: dict[str, npt.NDArray]

    @classmethod
    def of(cls, array: ak.Array, names: tuple[str, ...]) -> Columns:
        """The fields called `names` of an array of lists of records."""
        offsets, records = flat(ak.to_layout(array))
        fields = {name: values(records[name]) for name in names}
        return cls(offsets, {name: x.astype(np.float64) if x.dtype.kind == "f" else x for name, x in fields.items()})

    def event(self) -> npt.NDArray[np.int64]:
        """The event of each entry."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def index(self) -> npt.NDArray[np.int64]:
        """The place of each entry in its event."""
        return np.arange(self.offsets[-1]) - self.offsets[self.event()]


def flat(layout: ak.contents.Content) -> tuple[npt.NDArray[np.int64], ak.contents.Content]:
    """Offsets (from 0) and content, of just that length, of lists of any kind."""
    lists = layout.to_packed().to_ListOffsetArray64(True) if layout.is_indexed else layout.to_ListOffsetArray64(True)
    offsets = np.asarray(lists.offsets)
    return offsets, lists.content[: offsets[-1]]


def values(layout: ak.contents.Content) -> npt.NDArray:
    """The numbers of a flat layout."""
    if isinstance(layout, ak.contents.NumpyArray):
        return np.asarray(layout.data)
    return ak.to_numpy(layout, allow_missing=False)


def nested(content: npt.NDArray | ak.Array | ak.contents.Content, counts: npt.NDArray[np.integer]) -> ak.Array:
    """Lists of `counts` entries each, made of the entries of `content` in their order."""
    offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(offsets), ak.to_layout(content)))
