"""Lists of records as flat columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]


class FlatObjects(Mapping[str, Values]):
    """The objects of all events one after the other: a mapping of fields that are one number per object to columns.

    A column is read when it is first looked at; awkward's own operations cost about a millisecond each whatever the
    number of events, numpy's on these columns some microseconds.

    Parameters
    ----------
    objects : awkward.Array
        ``events * var * {...}``.

    Attributes
    ----------
    offsets : numpy.ndarray of int64
        Where each event's objects begin, from 0, and at the end the number of objects.
    total : int
        The number of objects of all events.
    """

    def __init__(self, objects: ak.Array) -> None:
        layout = objects.layout if isinstance(objects, ak.Array) else ak.to_layout(objects)
        while layout.is_option or layout.is_indexed:
            layout = layout.project()
        if not isinstance(layout, ak.contents.ListOffsetArray):
            layout = layout.to_ListOffsetArray64(False)
        offsets = np.asarray(layout.offsets.data, dtype=np.int64)
        start, stop = int(offsets[0]), int(offsets[-1])
        self.offsets: npt.NDArray[np.int64] = offsets - start
        self.total = stop - start
        self._records, self._where = layout.content, slice(start, stop)
        if self._records.is_indexed and not self._records.is_option:
            self._where = np.asarray(self._records.index.data)[start:stop]
            self._records = self._records.content
        # RecordArray.content() makes new objects at every call, which shows when blocks are small
        self._contents = dict(zip(self._records.fields, self._records.contents, strict=True))
        self._columns: dict[str, Values] = {}

    def __getitem__(self, field: str) -> Values:
        if field not in self._columns:
            content = self._contents[field]
            if content.purelist_depth != 1:
                raise KeyError(field)
            self._columns[field] = content.to_backend_array()[self._where]
        return self._columns[field]

    def __iter__(self) -> Iterator[str]:
        return (field for field in self._contents if field in self)

    def __contains__(self, field: object) -> bool:
        return field in self._contents and self._contents[field].purelist_depth == 1

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """The number of objects of each event."""
        return np.diff(self.offsets)

    def take(self, passed: npt.NDArray[np.bool_]) -> ak.Array:
        """The objects that have passed, with all their fields, ``events * var * {...}``; nothing is read for it."""
        places = np.flatnonzero(passed)
        places = places + self._where.start if isinstance(self._where, slice) else self._where[places]
        content = ak.contents.IndexedArray(ak.index.Index64(places), self._records)
        return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(thinned(self.offsets, passed)), content))


def thinned(offsets: npt.NDArray[np.int64], passed: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """The offsets of lists of which only the entries that have passed are left."""
    before = np.zeros(len(passed) + 1, dtype=np.int64)
    np.cumsum(passed, out=before[1:])
    return before[offsets]


def lists(offsets: npt.NDArray[np.int64], columns: Mapping[str, Values], name: str | None = None) -> ak.Array:
    """Lists of records, ``events * var * {...}``, from flat columns; `name` is that of the record."""
    contents = [ak.contents.NumpyArray(np.ascontiguousarray(column)) for column in columns.values()]
    parameters = None if name is None else {"__record__": name}
    record = ak.contents.RecordArray(contents, list(columns), int(offsets[-1]), parameters=parameters)
    return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(offsets), record))
