"""Between awkward arrays and flat columns, on awkward's layouts: a fifth of the time of its high-level functions.

Those are written in Python and keep the interpreter's lock, so they also hinder the job's other threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import awkward as ak
import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import LogicError

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Content = ak.contents.Content


class Objects(NamedTuple):
    """A collection of records, field by field; the objects of event i are ``offsets[i]`` to ``offsets[i + 1]``."""

    offsets: Ints
    fields: dict[str, Content]

    @classmethod
    def of(cls, array: ak.Array) -> Objects:
        """From an array of lists of records."""
        offsets, records = flat(ak.to_layout(array))
        return cls(offsets, {name: records[name] for name in records.fields})

    @classmethod
    def make(cls, columns: Mapping[str, npt.NDArray | ak.Array], counts: npt.NDArray[np.integer]) -> ak.Array:
        """The array of lists of records that has these flat columns; `counts` are the objects of each event."""
        return cls(np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]), {}).array(columns)

    @property
    def counts(self) -> Ints:
        """Objects of each event."""
        return np.diff(self.offsets)

    def event(self) -> Ints:
        """The event of each object."""
        return owners(self.offsets)

    def values(self, *names: str) -> list[npt.NDArray]:
        """Fields that are one number per object."""
        return [values(self.fields[name]) for name in names]

    def numbers(self) -> dict[str, npt.NDArray]:
        """All fields that are one number per object: what expressions work on."""
        return {name: values(field) for name, field in self.fields.items() if field.purelist_depth == 1}

    def chosen(self, verdicts: Bools) -> Objects:
        """The objects for which `verdicts` are true."""
        rows, before = np.flatnonzero(verdicts), np.concatenate([[0], np.cumsum(verdicts)])
        return Objects(before[self.offsets], {name: _taken(field, rows) for name, field in self.fields.items()})

    def keeping(self, *names: str) -> Objects:
        """The objects with these fields only."""
        return Objects(self.offsets, {name: self.fields[name] for name in names})

    def aligned(self, array: ak.Array, what: str) -> Content:
        """The flat entries of another array, one for each object.

        Raises
        ------
        LogicError
            It has other numbers of entries; `what` names it.
        """
        offsets, content = flat(ak.to_layout(array))
        if not np.array_equal(offsets, self.offsets):
            raise LogicError(
                f"{what} must have one entry for each of {self.offsets[-1]} objects, in the same events, but has "
                f"{offsets[-1]}: make both of the same input"
            )
        return content

    def array(self, more: Mapping[str, npt.NDArray | Content] | None = None) -> ak.Array:
        """The array of lists of records, with `more` fields or others instead."""
        fields = self.fields | {name: ak.to_layout(field) for name, field in (more or {}).items()}
        records = ak.contents.RecordArray(list(fields.values()), list(fields), int(self.offsets[-1]))
        return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(self.offsets), records))


class Columns(NamedTuple):
    """Fields of a collection as flat arrays; floating-point ones in double precision.

    Entries of event i are ``offsets[i]`` to ``offsets[i + 1]``.
    """

    offsets: Ints
    fields: dict[str, npt.NDArray]

    @classmethod
    def of(cls, array: ak.Array, names: tuple[str, ...]) -> Columns:
        """The fields called `names` of an array of lists of records."""
        offsets, records = flat(ak.to_layout(array))
        fields = {name: values(records[name]) for name in names}
        return cls(offsets, {name: x.astype(np.float64) if x.dtype.kind == "f" else x for name, x in fields.items()})

    def event(self) -> Ints:
        """The event of each entry."""
        return owners(self.offsets)

    def index(self) -> Ints:
        """The place of each entry in its event."""
        return places(self.offsets)


def flat(layout: Content) -> tuple[Ints, Content]:
    """Offsets (from 0) and content, of just that length, of lists of any kind."""
    lists = layout.to_packed().to_ListOffsetArray64(True) if layout.is_indexed else layout.to_ListOffsetArray64(True)
    offsets = np.asarray(lists.offsets)
    content = lists.content if lists.content.length == offsets[-1] else lists.content[: offsets[-1]]
    return offsets, content.project() if content.is_indexed and not content.is_option else content


def owners(offsets: Ints) -> Ints:
    """Of each entry of lists, the list."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def places(offsets: Ints) -> Ints:
    """Of each entry of lists, the place in its list."""
    return np.arange(offsets[-1]) - np.repeat(offsets[:-1], np.diff(offsets))


def values(layout: Content) -> npt.NDArray:
    """The numbers of a flat layout."""
    if isinstance(layout, ak.contents.NumpyArray):
        return np.asarray(layout.data)
    return ak.to_numpy(layout, allow_missing=False)


def _taken(layout: Content, rows: Ints) -> Content:
    """The entries of a flat layout in these rows."""
    if isinstance(layout, ak.contents.NumpyArray):
        return ak.contents.NumpyArray(layout.data[rows], parameters=layout.parameters)
    return layout[rows].to_packed()


def nested(content: npt.NDArray | ak.Array | Content, counts: npt.NDArray[np.integer]) -> ak.Array:
    """Lists of `counts` entries each, made of the entries of `content` in their order."""
    offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(offsets), ak.to_layout(content)))
