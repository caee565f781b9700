"""Flat tables: how the columns of NanoAOD make collections and records, and back.

The names say what belongs together: ``Muon_pt`` and ``Muon_eta`` are fields of the table ``Muon``. With a counter,
``nMuon``, the table is a list of records for each event; without, one record for each event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import attrs
import numpy as np

from ..errors import FileReadError
from .columns import Content, Form
from .nano_columns import Column, Columns, Values

FLAT_TABLE, RUN_TABLE = "nanoaodFlatTable", "nanoaodMergeableCounterTable"
"""The friendly types of the tables of events and of runs."""

TABLE_PARAMETER = FLAT_TABLE
"""The parameter of an array that says what its table is called."""

IDENTIFIERS = {"run", "luminosityBlock", "event"}
_LABEL = re.compile(r"[A-Za-z0-9]+")
_MOMENTUM = {"pt", "eta", "phi", "mass"}


@attrs.frozen(eq=False)
class Table:
    """Columns that belong together.

    Attributes
    ----------
    label : str
        What their names begin with: ``Muon``.
    instance : str
        Empty, unless columns with this beginning differ in shape; see `group`.
    columns : mapping
        The columns by field. The only field is empty if the table is a column by itself, such as ``genWeight``.
    jagged : bool
        Whether an entry is a list.
    counter : str or None
        The column with the lengths of the lists; if there is none, each column tells it.
    """

    label: str
    instance: str
    columns: Mapping[str, Column]
    jagged: bool
    counter: str | None

    @property
    def is_record(self) -> bool:
        """Whether the columns are fields of records."""
        return "" not in self.columns


def group(columns: Mapping[str, Column], without: Collection[str] = IDENTIFIERS) -> list[Table]:
    """The tables that columns make, in the order in which they begin.

    Where columns of one label differ in shape, the list counted by ``n<label>`` has the empty instance (else the
    single numbers), and the others have instances: ``scalars``, ``value`` (a column called like the table), or the name
    of their counter without its ``n``.
    """
    counters = {column.counter for column in columns.values() if column.counter}
    labels: dict[str, dict[str, Column]] = {}
    for name, column in columns.items():
        label, _, field = name.partition("_")
        own_count = label[1:] if column.counter is None and label.startswith("n") else ""
        if name in without or name in counters or (not field and _is_list(own_count, columns)):
            continue
        if _LABEL.fullmatch(label):
            labels.setdefault(label, {})[field] = column
    return [table for label, fields in labels.items() for table in _tables(label, fields, columns)]


def _is_list(label: str, columns: Mapping[str, Column]) -> bool:
    return bool(label) and any(
        column.counter is not None and name.partition("_")[0] == label for name, column in columns.items()
    )


def _tables(label: str, fields: Mapping[str, Column], columns: Mapping[str, Column]) -> Iterator[Table]:
    main = f"n{label}"
    shapes: dict[tuple[str | None, bool], dict[str, Column]] = {}
    for field, column in fields.items():
        counter = column.counter
        if counter in ("", f"n{column.name}"):  # a count for each column: see whether there is one for all
            counter = main
        shapes.setdefault((counter, not field), {})[field] = column
    order = [(main, False), (None, False), (main, True), (None, True)]
    first = next((shape for shape in order if shape in shapes), next(iter(shapes)))
    for (counter, bare), members in shapes.items():
        if (counter, bare) == first:
            instance = ""
        elif bare:
            instance = "value"
        else:
            instance = "scalars" if counter is None else re.sub(r"[^A-Za-z0-9]", "", counter.removeprefix("n"))
        yield Table(label, instance, members, counter is not None, counter if counter in columns else None)


class Span:
    """Entries `start` to `stop` of all tables, each column read when something looks at it. For several threads."""

    def __init__(
        self, columns: Columns, start: int, stop: int, read: Callable[[str, int, int], Any] | None = None
    ) -> None:
        self.start, self.stop = start, stop
        self._columns = columns
        self._read = read or columns.read
        self._tables: dict[int, Content] = {}

    def array(self, table: Table) -> Content:
        """The layout of a table: its columns are virtual arrays."""
        if id(table) not in self._tables:
            self._tables[id(table)] = self._make(table)
        return self._tables[id(table)]

    def _make(self, table: Table) -> Content:
        import awkward as ak

        length = self.stop - self.start
        buffers: dict[str, Any] = {}
        offsets = self._offsets(table) if table.jagged else None
        for place, column in enumerate(table.columns.values()):
            buffers[f"{place}-data"] = lambda column=column: self._values(table, column, offsets)
        form = _form(table)
        if offsets is not None:
            buffers["list-offsets"] = offsets
            form = ak.forms.ListOffsetForm("i64", form, form_key="list")
        elif table.is_record:
            # a record with an index is cut without cutting each of its columns, of which there may be a thousand
            buffers["rows-index"] = np.arange(length)
            form = ak.forms.IndexedForm("i64", form, form_key="rows")
        return ak.from_buffers(form, length, buffers, highlevel=False)

    def _offsets(self, table: Table) -> Values:
        if table.counter is None:
            column = min(table.columns.values(), key=lambda column: column.dtype.itemsize)
            offsets, _ = self._read(column.name, self.start, self.stop)
            assert offsets is not None
            return offsets
        _, counts = self._read(table.counter, self.start, self.stop)
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])

    def _values(self, table: Table, column: Column, offsets: Values | None) -> Values:
        own, values = self._read(column.name, self.start, self.stop)
        if (own is None) != (offsets is None) or (
            own is not None and offsets is not None and not np.array_equal(own, offsets)
        ):
            raise FileReadError(
                f"The column {column.name} has not the lengths that {table.counter or 'other columns'} has, in entries "
                f"{self.start} to {self.stop - 1}: columns of a table must go together"
            )
        return np.ascontiguousarray(values, dtype=column.dtype)


def _form(table: Table) -> Form:
    import awkward as ak

    contents = [
        ak.forms.NumpyForm(
            column.dtype.name, form_key=str(place), parameters={"__doc__": column.doc} if column.doc else None
        )
        for place, column in enumerate(table.columns.values())
    ]
    if not table.is_record:
        return contents[0]
    # so that the vector package, once registered, finds the methods of a four-momentum
    parameters = {"__record__": "Momentum4D"} if _MOMENTUM <= table.columns.keys() else None
    return ak.forms.RecordForm(contents, list(table.columns), form_key="record", parameters=parameters)


def flat_table(array: Any, name: str, doc: str = "", *, extension: bool = False) -> Any:
    """Give a product the name that it will have in NanoAOD files.

    Parameters
    ----------
    array : awkward.Array
        ``events * var * {...}`` or ``events * {...}``.
    name : str
        The table's name: ``Jet``.
    doc : str
        A description.
    extension : bool
        Whether its columns are added to the table that another product makes.
    """
    import awkward as ak

    parameters = {"name": name, "doc": doc, "extension": extension}
    return ak.with_parameter(array, TABLE_PARAMETER, parameters)
