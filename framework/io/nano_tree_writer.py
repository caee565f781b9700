"""Products as the columns of NanoAOD: one TTree with a table per product."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import awkward as ak
import numpy as np

from ..errors import Configuration, LogicError
from ..event.branch import BranchDescription
from ..event.store import Mask
from ..event.trigger_results import PASS, TRIGGER_RESULTS
from .column_buffer import Column, Products
from .columns import Content, Form, conform, empty_events
from .nano_columns import TreeColumns, Values
from .nano_tables import TABLE_PARAMETER

_BITS = re.compile(r"(HLT|L1|Flag|DST|MC|AlCa|Dataset)")
_VERSION = re.compile(r"(?<=\w)_v\d*$")


class NanoTree:
    """Collects the entries of one tree and writes them in clusters.

    A product of records, lists of records, numbers or lists of numbers makes the columns ``name_field`` or ``name``,
    and for lists the counter ``nname``. The name is that of `flat_table`, or the product's label.

    Parameters
    ----------
    name : str
        The tree's name.
    identifiers : mapping of str to dtype
        The columns that say which entry is which.
    branches : sequence of BranchDescription
        The products to write.
    trigger_paths : mapping
        By process: the paths of its TriggerResults.
    """

    def __init__(
        self,
        name: str,
        identifiers: Mapping[str, Any],
        branches: Sequence[BranchDescription],
        trigger_paths: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.name = name
        self._identifiers = identifiers
        self.bytes_pending = 0
        self._columns = [Column(branch) for branch in branches]
        self._trigger_paths = trigger_paths or {}
        self._numbers: list[Mapping[str, Values]] = []
        self._pending = self._written = 0
        self._forms: dict[str, Form] = {}
        self._tree: Any = None

    @property
    def pending(self) -> int:
        """How many entries wait to be written."""
        return self._pending

    def add(self, numbers: Mapping[str, Values], products: Products) -> None:
        """Add entries: what identifies them, and their products (see `EventFileWriter.write`)."""
        count = len(next(iter(numbers.values())))
        everywhere: Mask = np.ones(count, dtype=np.bool_)
        for column in self._columns:
            array, present = products.get(column.branch, (None, ~everywhere))
            if array is not None and not isinstance(array, np.ndarray):
                array = ak.materialize(array)
            column.add(array, everywhere if present is None else present)
            content = column.parts[-1][0]
            self.bytes_pending += 0 if content is None else content.nbytes
        self._numbers.append(numbers)
        self._pending += count

    def flush(self, file: Any) -> bool:
        """Write all that waits to the uproot file; False if the tree in it lacks columns that there are now.

        In that case nothing is lost: `rewrite` the tree into a new file, and flush again.
        """
        contents = self._contents()
        forms = {name: content.form for name, content in contents.items()}
        if self._written and forms != self._forms:
            self._waiting, self._new_forms = contents, forms
            return False
        self._forms = forms
        self._extend(file, contents)
        return True

    def rewrite(self, file: Any, old: Any) -> None:
        """Copy what is in the tree `old`, as uproot reads it, to the new `file`, and what waits after it."""
        columns, before, self._forms = TreeColumns(old), self._forms, self._new_forms
        entries, self._written, self._tree = self._written, 0, None
        cuts = columns.cuts(64 * 1024 * 1024, 100_000)
        for start, stop in zip(cuts, cuts[1:], strict=False):
            self._extend(
                file,
                {
                    name: conform(_read_back(columns, name, before[name], int(start), int(stop)), form)
                    if name in before
                    else empty_events(form, int(stop - start))
                    for name, form in self._forms.items()
                },
            )
        assert self._written == entries
        self._extend(file, self._waiting)
        self._waiting = {}

    def _extend(self, file: Any, contents: Mapping[str, Content]) -> None:
        if self._tree is None:
            types = {name: _tree_type(content.form) for name, content in contents.items()}
            self._tree = file.mktree(self.name, types, counter_name=lambda name: f"n{name}", field_name=_joined)
        length = next(iter(contents.values())).length
        if length:
            self._tree.extend({name: ak.Array(content) for name, content in contents.items()})
        self._written += length

    def _contents(self) -> dict[str, Content]:
        """All that waits, by name of table."""
        count, self._pending, self.bytes_pending = self._pending, 0, 0
        parts, self._numbers = self._numbers, []
        contents: dict[str, Content] = {
            name: ak.contents.NumpyArray(np.concatenate([np.zeros(0, dtype), *(part[name] for part in parts)]))
            for name, dtype in self._identifiers.items()
        }
        taken = [(column.branch, column.take(count)[0]) for column in self._columns]
        known = [(branch, content) for branch, content in taken if content is not None]
        # tables that extend others come after them, and trigger bits, which may be there as tables already, last
        for branch, content in sorted(known, key=lambda pair: (pair[0].label == TRIGGER_RESULTS, _extends(pair[1]))):
            if branch.label == TRIGGER_RESULTS:
                self._add_bits(contents, branch, content)
            else:
                self._add_table(contents, branch, content)
        return contents

    def _add_table(self, contents: dict[str, Content], branch: BranchDescription, content: Content) -> None:
        name = _table(content).get("name") or _name(branch)
        content = _writable(content, branch)
        if name in contents:
            if not _extends(content):
                raise Configuration(
                    f"Two products would be written as the table {name!r}, one of them {branch.name}: rename it, drop "
                    "one in outputCommands, or declare it as an extension"
                )
            content = _extended(contents[name], content, name)
        contents[name] = content

    def _add_bits(self, contents: dict[str, Content], branch: BranchDescription, content: Content) -> None:
        """Add the paths whose names are those of trigger or filter bits; versions ``_v1`` are left out."""
        paths = self._trigger_paths.get(branch.process, ())
        if not any(_BITS.match(path) for path in paths):
            return
        present = np.diff(content.offsets.data) > 0
        passed = np.zeros((content.length, len(paths)), dtype=np.bool_)
        passed[present] = np.asarray(content.content.content("state").data).reshape(-1, len(paths)) == PASS
        there = set(_column_names(contents))
        for place, path in enumerate(paths):
            name = _VERSION.sub("", path)
            if _BITS.match(path) and name not in there:
                contents[name] = ak.contents.NumpyArray(np.ascontiguousarray(passed[:, place]))


def _name(branch: BranchDescription) -> str:
    return branch.label if branch.instance in ("", "value", "scalars") else branch.label + branch.instance


def _table(content: Content) -> Mapping[str, Any]:
    table: Mapping[str, Any] = content.parameter(TABLE_PARAMETER) or {}
    return table


def _extends(content: Content) -> bool:
    return bool(_table(content).get("extension"))


def _extended(first: Content, more: Content, name: str) -> Content:
    """A table with the columns of both."""
    records = [part.content if part.is_list else part for part in (first, more)]
    if (
        first.is_list != more.is_list
        or not all(part.is_record for part in records)
        or (first.is_list and not np.array_equal(first.offsets.data, more.offsets.data))
    ):
        raise LogicError(f"The table {name!r} can't be extended: the extension has another number of entries")
    contents, fields = ([item for part in records for item in getattr(part, what)] for what in ("contents", "fields"))
    if len(set(fields)) < len(fields):
        raise LogicError(f"The table {name!r} can't be extended: both parts have a column of the same name")
    joined = ak.contents.RecordArray(contents, fields, records[0].length)
    return ak.contents.ListOffsetArray(first.offsets, joined, parameters=first.parameters) if first.is_list else joined


def _writable(content: Content, branch: BranchDescription) -> Content:
    """The content, if it is a table; lists of fixed length as any others.

    Raises
    ------
    Configuration
        It is nested more deeply.
    """
    if content.is_regular:
        content = content.to_ListOffsetArray64(True)
    inner = content.content if content.is_list else content
    parts = inner.contents if inner.is_record and not inner.is_tuple else [inner]
    wrong = next((place for place, part in enumerate(parts) if not part.is_numpy), None)
    if wrong is None:
        return content
    what = f"its field {inner.fields[wrong]!r}" if inner.is_record else "it"
    raise Configuration(
        f"The product {branch.name} is no table: {what} is of type {parts[wrong].form.type}, where NanoAOD has one "
        "number per object. Drop it in outputCommands, or make a table of it with SimpleFlatTableProducer"
    )


def _column_names(contents: Mapping[str, Content]) -> Iterator[str]:
    for name, content in contents.items():
        inner = content.content if content.is_list else content
        yield from ([_joined(name, field) for field in inner.fields] if inner.is_record else [name])


def _joined(name: str, field: str) -> str:
    return f"{name}_{field}"


def _tree_type(form: Form) -> Any:
    return np.dtype(form.primitive) if form.is_numpy else form.type


def _read_back(columns: TreeColumns, name: str, form: Form, start: int, stop: int) -> Content:
    """Entries of a table in a tree that was written before."""
    inner = form.content if form.is_list else form
    offsets: Values | None = None
    contents = []
    for column in [_joined(name, field) for field in inner.fields] if inner.is_record else [name]:
        offsets, values = columns.read(column, start, stop)
        contents.append(ak.contents.NumpyArray(values))
    layout = (
        ak.contents.RecordArray(contents, inner.fields, parameters=inner.parameters) if inner.is_record else contents[0]
    )
    if offsets is None:
        return layout
    return ak.contents.ListOffsetArray(ak.index.Index64(offsets), layout, parameters=form.parameters)
