"""The two ways in which a ROOT file holds columns of events, RNTuple and TTree, behind one interface.

A *field* is one top-level column: a product, ``EventAuxiliary`` or ``EventProductPresence``. Entries come in
*clusters*, the smallest part of a field that can be read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple, Protocol

import awkward as ak
import numpy as np
import numpy.typing as npt
import xxhash

from ..errors import Configuration
from ..event.branch import BranchDescription
from .columns import Content, Form, assemble, restore, to_content
from .compression import Compression

EVENTS = "Events"


class Extent(NamedTuple):
    """A stretch of bytes in the file that holds `elements` numbers, compressed."""

    offset: int
    size: int
    elements: int


class Writer(Protocol):
    """Adds clusters to the container it was made for."""

    def extend(self, fields: Mapping[str, Content]) -> None:
        """Write one cluster; `fields`, made `storable`, have the same names and types in every call."""


class Reader(Protocol):
    """Reads clusters.

    Attributes
    ----------
    boundaries : array of int
        First entry of each cluster, and at the end the number of entries.
    """

    boundaries: npt.NDArray[np.int64]

    def read(self, field: str, form: Form, cluster: int) -> Content:
        """A field's entries in one cluster, of type `form`: the type before it was made `storable` for the writer."""

    def extents(self, field: str, cluster: int) -> Iterator[Extent]:
        """Where the field's content of one cluster is in the file."""

    def extents_by_cluster(self, fields: Sequence[str]) -> Iterator[Sequence[Iterable[Extent]]]:
        """The same of these fields for one cluster after the other, without keeping it in memory."""


class Container(Protocol):
    """A format: how its fields are called, and what writes and reads it."""

    name: str

    def field(self, branch: BranchDescription) -> str:
        """The field that holds a product."""

    def create(
        self, file: Any, name: str, fields: Mapping[str, Content], compression: Compression | None = None
    ) -> Writer:
        """Make the container `name` in the uproot file `file`, for fields with the types of `fields`.

        `compression` is that of the file, if it is to have the writer's clusters compressed by its helpers.
        """

    def open(self, container: Any) -> Reader:
        """A reader of a container that uproot has opened."""


class RNTuple:
    """Any nesting. ROOT refuses dots in field names, so the branch name's final dot is left out."""

    name = "RNTuple"

    def field(self, branch: BranchDescription) -> str:
        """The branch name without its dot."""
        return branch.name.removesuffix(".")

    def create(
        self, file: Any, name: str, fields: Mapping[str, Content], compression: Compression | None = None
    ) -> Writer:
        """See `Container`."""
        return _RNTupleWriter(file.mkrntuple(name, _record(fields).form), compression)

    def open(self, container: Any) -> Reader:
        """See `Container`."""
        return _RNTupleReader(container)


class _RNTupleWriter:
    def __init__(self, ntuple: Any, compression: Compression | None) -> None:
        self._ntuple = ntuple
        self._compression = compression

    def extend(self, fields: Mapping[str, Content]) -> None:
        content = _record(fields)
        with nullcontext() if self._compression is None else self._compression.of_cluster(content):
            self._ntuple.extend(ak.Array(content))


class _RNTupleReader:
    def __init__(self, ntuple: Any) -> None:
        self._ntuple = ntuple
        sizes = list[int]()
        for group, (chunk, _) in self._page_lists():
            content, (checksum,) = bytes(chunk.raw_data[:-8]), struct.unpack("<Q", chunk.raw_data[-8:])
            if xxhash.xxh3_64_intdigest(content) != checksum:  # uproot looks at those of header and footer only
                raise ValueError("the checksum of its page list does not match")
            if group.num_clusters != 1:
                raise ValueError(f"there are {group.num_clusters} clusters in a group, not one as they were written")
            sizes.append(group.entry_span)
        self.boundaries = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        self._columns = self._columns_by_field()

    def _page_lists(self) -> Iterator[tuple[Any, tuple[Any, Any]]]:
        """The record of each group of clusters, and where uproot finds the bytes of its page list."""
        for group in self._ntuple.footer.cluster_group_records:
            link = group.page_list_link
            yield group, self._ntuple.read_locator(link.locator, link.env_uncomp_size)

    def _columns_by_field(self) -> dict[str, list[int]]:
        """Positions of all columns under each top-level field."""
        records = self._ntuple.field_records
        columns: dict[str, list[int]] = {}
        for position, column in enumerate(self._ntuple.column_records):
            top = column.field_id
            while records[top].parent_field_id != top:
                top = records[top].parent_field_id
            columns.setdefault(records[top].field_name, []).append(position)
        return columns

    def read(self, field: str, form: Form, cluster: int) -> Content:
        # uproot's arrays() works the type out anew in each call, which takes longer than reading
        columns = (self._ntuple.read_cluster_range(column, cluster, cluster + 1) for column in self._columns[field])
        start, stop = self.boundaries[cluster : cluster + 2]
        return assemble(form, int(stop - start), columns)

    def extents(self, field: str, cluster: int) -> Iterator[Extent]:
        return self._extents(field, self._ntuple.page_link_list[cluster])

    def extents_by_cluster(self, fields: Sequence[str]) -> Iterator[Sequence[Iterable[Extent]]]:
        from uproot.models.RNTuple import PageLink

        for _, (chunk, cursor) in self._page_lists():  # the list of all, which uproot keeps, takes almost 3 kB a page
            (pages,) = PageLink().read(chunk, cursor, {}).pagelinklist
            yield [self._extents(field, pages) for field in fields]

    def _extents(self, field: str, pages: Any) -> Iterator[Extent]:
        for column in self._columns[field]:
            for page in pages[column].pages:
                yield Extent(page.locator.offset, page.locator.num_bytes, page.num_elements)


class TTree:
    """Flat content only: numbers and strings, records and lists of numbers, lists of records of numbers.

    A record's fields become branches ``type_label_instance_PROCESS.field``; the length of a list is in a branch of
    its own, called like the product with an ``n`` in front.
    """

    name = "TTree"

    def field(self, branch: BranchDescription) -> str:
        """The branch name."""
        return branch.name

    def create(
        self, file: Any, name: str, fields: Mapping[str, Content], compression: Compression | None = None
    ) -> Writer:
        """See `Container`."""
        for field, content in fields.items():
            if not _is_flat(content.form):
                raise Configuration(
                    f"The product {field} can't be written to a TTree: its type, {content.form.type}, is nested too "
                    "deeply. Write the file as RNTuple (format = 'RNTuple'), or drop the product in outputCommands."
                )
        types = {field: _tree_type(content.form) for field, content in fields.items()}
        return _TTreeWriter(file.mktree(name, types, counter_name=_counter, field_name=_joined))

    def open(self, container: Any) -> Reader:
        """See `Container`."""
        return _TTreeReader(container)


class _TTreeWriter:
    def __init__(self, tree: Any) -> None:
        self._tree = tree

    def extend(self, fields: Mapping[str, Content]) -> None:
        self._tree.extend({field: ak.Array(content) for field, content in fields.items()})


class _TTreeReader:
    def __init__(self, tree: Any) -> None:
        self._tree = tree
        branches = tree.branches
        self.boundaries = np.array(branches[0].entry_offsets if branches else [0], dtype=np.int64)

    def read(self, field: str, form: Form, cluster: int) -> Content:
        start, stop = self.boundaries[cluster : cluster + 2]

        def column(name: str) -> Any:
            return self._tree[name].array(entry_start=start, entry_stop=stop, array_cache=None)

        record = form.content if form.is_list else form
        if record.is_record:
            parts = {name: column(_joined(field, name)) for name in record.fields}
            array = ak.zip(parts, depth_limit=1 if record is form else 2)
        else:
            array = column(field)
        return restore(to_content(array, field), form)

    def extents(self, field: str, cluster: int) -> Iterator[Extent]:
        start, stop = self.boundaries[cluster : cluster + 2]
        for branch in self._tree.branches:
            if branch.name in (field, _counter(field)) or branch.name.startswith(_joined(field, "")):
                offset, size = (int(branch.member(name)[cluster]) for name in ("fBasketSeek", "fBasketBytes"))
                yield Extent(offset, size, int(stop - start))

    def extents_by_cluster(self, fields: Sequence[str]) -> Iterator[Sequence[Iterable[Extent]]]:
        for cluster in range(len(self.boundaries) - 1):
            yield [self.extents(field, cluster) for field in fields]


def _record(fields: Mapping[str, Content]) -> Content:
    return ak.contents.RecordArray(list(fields.values()), list(fields))


def _is_flat(form: Form) -> bool:
    if form.parameter("__array__") == "string":
        return True
    inner = form.content if form.is_list else form
    if form.is_regular:
        return bool(inner.is_numpy)
    return bool(inner.is_numpy or (inner.is_record and all(content.is_numpy for content in inner.contents)))


def _tree_type(form: Form) -> Any:
    return np.dtype(form.primitive) if form.is_numpy else form.type


def _counter(field: str) -> str:
    return "n" + field.removesuffix(".")


def _joined(field: str, name: str) -> str:
    return field + name if field.endswith(".") else f"{field}.{name}"


FORMATS: Mapping[str, Container] = {"RNTuple": RNTuple(), "TTree": TTree()}
