"""Reading event files."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import TracebackType
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt
import uproot

from ..errors import FileOpenError, FileReadError
from ..event.branch import BranchDescription, Level
from ..event.ids import EventIDs
from ..event.store import Array, Mask
from .checksums import digest_text, guid_of, unseal
from .containers import EVENTS, FORMATS
from .event_file_writer import AUXILIARY, INDEX, METADATA, PRESENCE
from .file_index import Lumi
from .metadata import FORMAT_VERSION, FileMetadata
from .storage import open_storage, uproot_handler
from .summaries import combine, merge_rule
from .summary_table import auxiliary, presence
from .table_reader import TableReader, damage


class EventFileReader:
    """Reads an event file that `EventFileWriter` wrote. May be used by several threads.

    Only the fields asked for are read, a cluster at a time; each is compared with its checksum first.

    Parameters
    ----------
    path : str or Path
        The file.

    Attributes
    ----------
    metadata : FileMetadata
        What the file says about itself.
    branches : list of BranchDescription
        Its products.
    num_entries : int
        The number of events.
    checksum, guid : str
        Checksum of all the content, and a unique number made of it.

    Raises
    ------
    FileOpenError
        It is missing, unreadable, truncated, damaged, or another kind of file; the message says which.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._storage = open_storage(self.path)
        self._opened: list[Any] = []  # uproot's containers
        try:
            self._check_header()
            with damage(self.path, FileOpenError, "could not be opened"):
                self._directory = uproot.open(
                    {self.path: None}, handler=uproot_handler(self._storage), object_cache=None
                )
                names = {name.split(";")[0]: kind for name, kind in self._directory.classnames().items()}
                self._check_kind(names)
                self.metadata = self._read_metadata()
                self._events = self._table(EVENTS, self._index)
        except BaseException:
            self._storage.close()
            raise
        self.branches = list(self.metadata.branches)
        self.num_entries = len(self._events)
        self._held = set(self.branches)

    @cached_property
    def ids(self) -> EventIDs:
        """Run, luminosity block and event number of all events."""
        aux = self._events.field(AUXILIARY, 0, self.num_entries)
        return EventIDs(*(ak.to_numpy(aux[name]) for name in ("run", "luminosityBlock", "event")))

    @cached_property
    def lumis(self) -> list[Lumi]:
        """Run and number of the luminosity blocks, in the order in which they were written; one may come again."""
        run, lumi = self._numbers("LuminosityBlock", ("run", "luminosityBlock"))
        lumis = zip(run.tolist(), lumi.tolist(), strict=True)
        return list(lumis if self._summaries else dict.fromkeys(lumis))

    @cached_property
    def runs(self) -> list[int]:
        """The numbers of the runs, in the order in which they were written; one may come again."""
        (runs,) = self._numbers("Run", ("run",))
        return list(runs.tolist() if self._summaries else dict.fromkeys(runs.tolist()))

    def read(self, branch: BranchDescription, start: int, stop: int) -> tuple[Array, Mask | None]:
        """A product for the events from `start` up to `stop`.

        Returns
        -------
        array : awkward.Array of length ``stop - start``
            Events without the product have zeros or empty lists.
        present : numpy.ndarray of bool, or None
            Which events have it; None if all do.

        Raises
        ------
        FileReadError
            The stored bytes are not those that were written.
        """
        if branch not in self._held or branch.level != "Event":
            raise KeyError(branch.name)
        if not 0 <= start <= stop <= self.num_entries:
            raise IndexError(f"events {start} to {stop} of {self.num_entries} in {self.path}")
        return self._product(self._events, PRESENCE, branch, start, stop)

    def read_summary(self, branch: BranchDescription, run: int, lumi: int = 0) -> Array | None:
        """A product of a luminosity block, or of a run.

        Returns
        -------
        awkward.Array or None
            One entry; None if it has no such product. If the file has it in parts, they are made one.

        Raises
        ------
        FileReadError
            The stored bytes are not those that were written.
        MismatchedInputFiles
            The file has parts of it that don't go together.
        """
        if branch not in self._held or branch.level == "Event":
            raise KeyError(branch.name)
        what = f"run {run}" + (f" luminosity block {lumi}" if lumi else "") + f" in {self.path}"
        rule, whole = merge_rule(branch, self.metadata.merges), None
        for row in self._rows.get((branch.level, (run, lumi)), ()):
            table = self._summaries[branch.level]
            part, present = self._product(table, presence(branch.level), branch, row, row + 1)
            if present is None:
                whole = part if whole is None else combine(branch, whole, part, rule, what)
        return whole

    def close(self) -> None:
        """Close the file; nobody may be reading."""
        if self._opened:
            self._directory.close()
            self._storage.close()
            for one in (*self._opened, self._directory):
                vars(one).clear()  # they refer to themselves: pages' lists would stay until Python looks for cycles
            self._opened = []

    def __enter__(self) -> EventFileReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _product(
        self, table: TableReader, presence: str, branch: BranchDescription, start: int, stop: int
    ) -> tuple[Array, Mask | None]:
        present = ak.to_numpy(table.field(presence, start, stop)[branch.name.removesuffix(".")])
        field = self._container.field(branch)
        if field not in table.fields:  # no entry has it
            return ak.Array(np.zeros(stop - start, dtype=np.bool_)), present
        return ak.Array(table.field(field, start, stop)), None if present.all() else present

    def _table(self, name: str, description: Mapping[str, Any]) -> TableReader:
        self._opened.append(self._directory[name])
        reader = self._container.open(self._opened[-1])
        return TableReader(reader, description, self._storage.read, self.path, name)

    @cached_property
    def _summaries(self) -> dict[Level, TableReader]:
        """The tables of luminosity blocks and runs; none in files of the first pyrun, which tell nothing in them."""
        tables: dict[Level, TableReader] = {}
        levels: tuple[Level, ...] = ("LuminosityBlock", "Run")
        for level in levels if "summaries" in self._index else ():
            with damage(self.path, FileReadError, f"can't be read in {level}s"):
                tables[level] = self._table(f"{level}s", self._index["summaries"][f"{level}s"])
        return tables

    def _numbers(self, level: Level, names: Sequence[str]) -> list[npt.NDArray[np.uint32]]:
        """The columns that say which entries a table has."""
        table = self._summaries.get(level)
        if table is None:
            return [getattr(self.ids, {"run": "run", "luminosityBlock": "lumi"}[name]) for name in names]
        numbers = table.field(auxiliary(level), 0, len(table))
        return [ak.to_numpy(numbers[name]) for name in names]

    @cached_property
    def _rows(self) -> dict[tuple[Level, Lumi], list[int]]:
        """The entries of each luminosity block and run in its table."""
        rows: dict[tuple[Level, Lumi], list[int]] = {}
        for row, lumi in enumerate(self.lumis):
            rows.setdefault(("LuminosityBlock", lumi), []).append(row)
        for row, run in enumerate(self.runs):
            rows.setdefault(("Run", (run, 0)), []).append(row)
        return rows

    def _check_header(self) -> None:
        """See from the first bytes that it is a complete ROOT file."""
        size, begin = self._storage.size, self._storage.read(0, 20)
        problem = ""
        if not size:
            problem = "is empty (0 bytes): the job that should have written it did not finish"
        elif begin[:4] != b"root" or len(begin) < 20:
            problem = f"is not a ROOT file: it begins with {begin[:8]!r}"
        else:
            version, _, end = struct.unpack(">4xiiq", begin)
            end = end if version >= 1_000_000 else end >> 32
            if end > size:
                problem = f"is truncated: {size} bytes are left of {end}. Copy or make it again"
        if problem:
            raise FileOpenError(f"The file {self.path!r} {problem}.")

    def _check_kind(self, names: dict[str, str]) -> None:
        """See that the file is of this framework; if not, say what it is."""
        name = repr(self.path)
        if EVENTS not in names:
            has = ", ".join(f"{key} ({kind})" for key, kind in list(names.items())[:5]) or "nothing"
            raise FileOpenError(f"The file {name} is not an event file: it has no {EVENTS!r}, but {has}.")
        if INDEX not in names or METADATA not in names:
            raise FileOpenError(
                f"The file {name} has a {names[EVENTS]} {EVENTS!r}, but no pyrun {METADATA}. PoolSource reads "
                "files written by PoolOutputModule; NanoAOD and other flat files need a source of their own."
            )

    def _read_metadata(self) -> FileMetadata:
        description = unseal(str(self._directory[INDEX]))
        self.checksum, self.guid = digest_text(description), guid_of(description)
        index = json.loads(description)
        text = str(self._directory[METADATA])
        if digest_text(text) != index[METADATA]:
            raise ValueError(f"the checksum of {METADATA} does not match")
        version = int(json.loads(text)["format_version"])
        if version > FORMAT_VERSION:
            raise FileOpenError(
                f"The file {self.path!r} has format version {version}; this pyrun reads up to {FORMAT_VERSION}: "
                "install a newer one."
            )
        self._index: dict[str, Any] = index
        self._container = FORMATS[index["format"]]
        return FileMetadata.from_json(text)
