"""One NanoAOD file: its tables as products."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from ..errors import CMSException, FileOpenError, FileReadError
from ..event.branch import BranchDescription, Level
from ..event.ids import EventIDs
from ..event.provenance import ProcessRecord
from ..event.store import Array, Mask
from ..event.trigger_results import FAIL, PASS, TRIGGER_RESULTS, trigger_results
from .file_index import Lumi
from .nano_columns import Columns, RNTupleColumns, TreeColumns, Values
from .nano_tables import FLAT_TABLE, IDENTIFIERS, RUN_TABLE, Span, Table, group
from .open_file import SourceFile
from .storage import open_storage, uproot_handler
from .table_reader import damage

PROCESS, TRIGGER_PROCESS = "NANO", "HLT"
"""Names of the processes that tables and trigger results come from, as far as products are concerned."""

_TRIGGERS = ("HLT_", "HLTrigger", "DST_", "MC_", "AlCa_", "Dataset_")
_RESULTS = BranchDescription("edmTriggerResults", TRIGGER_RESULTS, "", TRIGGER_PROCESS)
_SPAN_BYTES = 128 * 1024 * 1024  # of all columns; those that are used are mostly few
_SPAN_ENTRIES = 100_000
_SPANS_KEPT = 2  # streams at work on two neighbouring spans don't read them again and again


class NanoFile(SourceFile):
    """A NanoAOD file, TTree or RNTuple.

    Tables of events are products of type `FLAT_TABLE`; those of runs are of type `RUN_TABLE`. The bits of trigger paths
    are also the TriggerResults of the process HLT. Columns are read, a span of some thousand entries at a time, when
    something looks at them, be it after the file is closed.

    Parameters
    ----------
    location : str
        See `storage.FileName`.
    trigger_paths : sequence of str, optional
        The trigger paths to tell of, instead of those that this file has: a path that it hasn't fails.

    Raises
    ------
    FileOpenError
        It is missing, unreadable, damaged, or no NanoAOD.
    """

    def __init__(self, location: str, trigger_paths: Sequence[str] | None = None) -> None:
        self._location = location
        self._storage = open_storage(location)
        self._closed = False
        try:
            with self._damage(FileOpenError, "could not be opened"):
                self._open()
                self.ids = self._read_ids()
                self._cuts = self._events.cuts(_SPAN_BYTES, _SPAN_ENTRIES)
        except BaseException:
            self._storage.close()
            raise
        self._lock = threading.RLock()
        self._spans: OrderedDict[int, Span] = OrderedDict()
        self._tables: dict[BranchDescription, Table] = {
            _branch(FLAT_TABLE, table, "Event"): table for table in group(self._events.columns)
        }
        self._run_tables: dict[BranchDescription, Table] = {
            _branch(RUN_TABLE, table, "Run"): table
            for table in (group(self._runs.columns, IDENTIFIERS) if self._runs else ())
        }
        own_paths = [name for name in self._events.columns if name.startswith(_TRIGGERS)]
        self._paths = tuple(own_paths if trigger_paths is None else trigger_paths)
        self.branches = [*self._tables, *([_RESULTS] if self._paths else []), *self._run_tables]
        self.history = (
            *([ProcessRecord(TRIGGER_PROCESS, "", "", self._paths)] if self._paths else []),
            ProcessRecord(PROCESS, "", ""),
        )
        self.real_data = not any(name.startswith(("gen", "Gen")) for name in self._events.columns)

    @property
    def unreadable(self) -> Sequence[str]:
        """Names of the columns of events that are neither numbers nor lists of numbers; they are left out."""
        return self._events.unreadable

    def read(self, branch: BranchDescription, start: int, stop: int) -> tuple[Array, Mask | None]:
        """A table of the events from `start` up to `stop`; its columns are read when something looks at them."""
        import awkward as ak

        if branch == _RESULTS:
            return self._trigger_results(start, stop), None
        table, span = self._tables[branch], self._span(start, stop)
        with self._damage(FileReadError, f"can't be read in {table.label}, events {start} to {stop - 1}"):
            layout = span.array(table)[start - span.start : stop - span.start]
        return ak.Array(layout), None

    def read_summary(self, branch: BranchDescription, run: int, lumi: int) -> Array | None:
        """A table of a run; if the file has several rows for it, as merged files do, their sum.

        The ``...Sumw`` lists, which files hold divided by ``genEventSumw``, are multiplied by it, so that they can be
        added.
        """
        rows = np.flatnonzero(self._rows["run"] == run)
        if self._runs is None or not len(rows):
            return None
        with self._damage(FileReadError, f"can't be read in {branch.label} of runs"):
            return _sum_of_rows(self._runs, self._run_tables[branch], rows)

    def close(self) -> None:
        self._closed = True
        self._storage.close()

    def _open(self) -> None:
        import uproot

        directory = uproot.open({self._location: None}, handler=uproot_handler(self._storage))
        self.guid = str(directory.file.uuid).upper()
        kinds = {name.split(";")[0]: kind for name, kind in directory.classnames().items()}
        if kinds.get("Events") not in _KINDS:
            has = ", ".join(f"{name} ({kind})" for name, kind in list(kinds.items())[:5]) or "nothing"
            raise FileOpenError(f"The file {self._location!r} is no NanoAOD: it has no tree 'Events', but {has}")
        summaries = [
            _KINDS[kinds[name]](directory[name]) if kinds.get(name) in _KINDS else None
            for name in ("LuminosityBlocks", "Runs")
        ]
        self._events: Columns = _KINDS[kinds["Events"]](directory["Events"])
        lumis, self._runs = summaries
        self._rows: Mapping[str, Values] = {"run": np.zeros(0, np.uint32)}
        if lumis is not None and {"run", "luminosityBlock"} <= lumis.columns.keys():
            pairs = zip(_all(lumis, "run").tolist(), _all(lumis, "luminosityBlock").tolist(), strict=True)
            self.lumis: Sequence[Lumi] = list(dict.fromkeys(pairs))
        if self._runs is not None and "run" in self._runs.columns:
            self._rows = {"run": _all(self._runs, "run")}
            self.runs = list(dict.fromkeys(self._rows["run"].tolist()))

    def _read_ids(self) -> EventIDs:
        missing = [name for name in ("run", "luminosityBlock", "event") if name not in self._events.columns]
        if missing:
            has = ", ".join(list(self._events.columns)[:5]) or "none"
            raise FileOpenError(
                f"The file {self._location!r} is no NanoAOD: its tree 'Events' has no column {missing[0]!r}, "
                f"which tells events apart. Its columns: {has} ..."
            )
        return EventIDs(*(_all(self._events, name) for name in ("run", "luminosityBlock", "event")))

    def _span(self, start: int, stop: int) -> Span:
        """The span that holds these entries."""
        place = int(np.searchsorted(self._cuts, start, side="right")) - 1
        if place + 1 >= len(self._cuts) or stop > self._cuts[place + 1]:
            # blocks don't know of spans: what lies across two is read for itself
            return Span(self._events, start, stop, self._read_column)
        with self._lock:
            if place not in self._spans:
                bounds = int(self._cuts[place]), int(self._cuts[place + 1])
                self._spans[place] = Span(self._events, *bounds, self._read_column)
                if len(self._spans) > _SPANS_KEPT:
                    self._spans.popitem(last=False)
            self._spans.move_to_end(place)
            return self._spans[place]

    def _read_column(self, name: str, start: int, stop: int) -> tuple[Values | None, Values]:
        if self._closed:  # arrays outlive the job
            again = NanoFile(self._location)
            try:
                return again._read_column(name, start, stop)
            finally:
                again.close()
        with self._damage(FileReadError, f"can't be read in {name}, entries {start} to {stop - 1}"):
            return self._events.read(name, start, stop)

    def _trigger_results(self, start: int, stop: int) -> Array:
        states = np.full((stop - start, len(self._paths)), FAIL, dtype=np.uint8)
        for place, path in enumerate(self._paths):
            if path in self._events.columns:
                label, _, field = path.partition("_")
                bits, _ = self.read(_branch(FLAT_TABLE, self._table_of(label), "Event"), start, stop)
                states[np.asarray(bits[field] if field else bits, dtype=np.bool_), place] = PASS
        return trigger_results(states, np.zeros_like(states, np.uint16))

    def _table_of(self, label: str) -> Table:
        return next(table for table in self._tables.values() if table.label == label)

    def _damage(self, category: type[CMSException], what: str) -> AbstractContextManager[None]:
        """Turn whatever a library raises on damaged content into an error that names the file."""
        return damage(self._location, category, what, "It is damaged, or not a complete ROOT file")


_KINDS: Mapping[str, type[TreeColumns] | type[RNTupleColumns]] = {
    "TTree": TreeColumns,
    "ROOT::RNTuple": RNTupleColumns,
    "ROOT::Experimental::RNTuple": RNTupleColumns,
}


def _branch(type_: str, table: Table, level: Level) -> BranchDescription:
    return BranchDescription(type_, table.label, table.instance, PROCESS, level)


def _all(columns: Columns, name: str) -> Values:
    _, values = columns.read(name, 0, columns.num_entries)
    return values


def _sum_of_rows(columns: Columns, table: Table, rows: Any) -> Array:
    """An array with one entry: the sum of the rows of a table."""
    import awkward as ak

    array = ak.Array(Span(columns, 0, columns.num_entries).array(table))[rows]
    if table.jagged and table.label.endswith("Sumw") and "genEventSumw" in columns.columns:
        array = array * _all(columns, "genEventSumw")[rows]
    if len(rows) == 1:
        return ak.materialize(array)

    def total(column: Any) -> Any:
        if table.jagged and len(np.unique(ak.num(column))) > 1:
            raise ValueError(f"the rows of {table.label} have lists of different lengths")
        return ak.sum(column, axis=0)[np.newaxis] if table.jagged else np.asarray([np.sum(ak.to_numpy(column))])

    if not table.is_record:
        return total(array)
    return ak.zip({name: total(array[name]) for name in array.fields})
