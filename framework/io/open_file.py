"""One input file while a job reads it: its events as blocks, its runs and luminosity blocks as principals."""

from __future__ import annotations

import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import numpy as np

from ..errors import CMSException, LogicError
from ..event.block import EventBlock
from ..event.branch import BranchDescription
from ..event.ids import EventIDs
from ..event.principal import Principal
from ..event.provenance import FileRecord, ProcessRecord
from ..event.store import Array, Indices, LazyProduct, Mask, concatenate
from ..services.message_logger import MessageLogger, timestamp
from .file_index import FileIndex, Lumi
from .storage import FileName
from .summaries import SummaryStore, merge_rule

_Result = TypeVar("_Result")


class SourceFile(ABC):
    """An open file of some format; what a subclass of `FileSource` provides. Several threads may read at once.

    Attributes
    ----------
    branches : sequence of BranchDescription
        Its products, of events, luminosity blocks and runs.
    ids : EventIDs
        All its events, in the order of the file.
    lumis, runs : sequences of (run, lumi) and of run
        The luminosity blocks and runs it knows, also those without events, in the order of the file.
    history, parents
        See `Source`.
    merges : mapping of str to str
        By branch name, how parts of a run's or luminosity block's product become one; see `summaries`.
    guid, checksum : str
        The file's unique number, and the checksum of its content, if it has them.
    real_data : bool
        Whether the events were recorded by the detector.
    """

    branches: Sequence[BranchDescription]
    ids: EventIDs
    lumis: Sequence[Lumi] = ()
    runs: Sequence[int] = ()
    history: Sequence[ProcessRecord] = ()
    parents: Mapping[BranchDescription, tuple[BranchDescription, ...]] = {}
    merges: Mapping[str, str] = {}
    guid: str = ""
    checksum: str = ""
    real_data: bool = False

    @abstractmethod
    def read(self, branch: BranchDescription, start: int, stop: int) -> tuple[Array, Mask | None]:
        """A product of the events from `start` up to `stop` in the file, and which of them have it (None: all)."""

    def read_summary(self, branch: BranchDescription, run: int, lumi: int) -> Array | None:
        """A product of a luminosity block or, if `lumi` is 0, a run: an array with one entry; None if it has none."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Close the file."""


class OpenFile:
    """A file, which closes when the source has finished with it and all that came from it is gone.

    Parameters
    ----------
    name : FileName
        Which file.
    opener : callable
        Opens it.
    log : MessageLogger
        Is told of opening and closing.
    sort : bool
        See `FileIndex`.

    Attributes
    ----------
    closed : bool
    used : bool
        Whether something was read, or will be.
    history, parents, guid, checksum
        See `SourceFile`; known also when it is closed.
    """

    def __init__(
        self, name: FileName, opener: Callable[[FileName], SourceFile], log: MessageLogger, *, sort: bool
    ) -> None:
        self.name = name
        self.closed = self.used = False
        self._log = log
        self._lock = threading.RLock()
        self._users = 1  # the source, and each block and principal
        self._events: dict[int, dict[int, int]] = {}
        self._branches_read: set[str] = set()
        self._say("Initiating request to open file")
        file = opener(name)
        try:
            self._content: tuple[SourceFile, FileIndex] | None = (
                file,
                FileIndex(file.ids, file.lumis, file.runs, sort=sort),
            )
        except BaseException:
            file.close()
            raise
        self.history, self.parents = tuple(file.history), dict(file.parents)
        self.guid, self.checksum = file.guid, file.checksum
        self._say("Successfully opened file")

    @property
    def file(self) -> SourceFile:
        """The file, as long as it is open."""
        return self._open()[0]

    @property
    def index(self) -> FileIndex:
        """Its events in the order of processing, as long as it is open."""
        return self._open()[1]

    def _open(self) -> tuple[SourceFile, FileIndex]:
        if self._content is None:
            raise LogicError(f"The file {self.name.lfn} has been closed")
        return self._content

    def block(
        self,
        positions: Indices,
        branches: Sequence[BranchDescription],
        run_offset: int,
        more: Callable[[EventIDs], Mapping[BranchDescription, LazyProduct]],
    ) -> EventBlock:
        """A block of the events at these positions in the order of processing; `more` gives products from elsewhere."""
        held = set(self.file.branches)
        entries = self.index.entries(positions)
        lazy: dict[BranchDescription, LazyProduct] = {
            branch: partial(self._read, branch, entries)
            for branch in branches
            if branch.level == "Event" and branch in held
        }
        ids = self.index.ids[positions]
        lazy.update(more(ids))
        if run_offset:
            shifted = (ids.run.astype(np.int64) + run_offset).astype(np.uint32)
            ids = EventIDs(shifted, ids.lumi, ids.event)
        block = EventBlock.make(ids, lazy=lazy)
        weakref.finalize(block.products, self.hold()).atexit = False
        return block

    def count(self, run: int, lumi: int, events: int) -> None:
        """Note, for `record`, that events were read."""
        self.used = True
        lumis = self._events.setdefault(run, {})
        if lumi:
            lumis[lumi] = lumis.get(lumi, 0) + events

    def read_summary(self, branch: BranchDescription, run: int, lumi: int) -> Array | None:
        """See `SourceFile`."""
        self._branches_read.add(branch.name)
        return self._told(lambda: self.file.read_summary(branch, run, lumi))

    def hold(self) -> Callable[[], None]:
        """Keep the file open until the function returned is called."""
        with self._lock:
            self._users += 1
        return self.finish

    def finish(self) -> None:
        """One user less."""
        with self._lock:
            self._users -= 1
            if not self._users:
                self.close()

    def close(self) -> None:
        """Close now; does nothing the second time."""
        with self._lock:
            if not self.closed:
                self.closed = True
                self.file.close()
                self._content = None  # a job may have thousands of files
                self._say("Closed file")

    def record(self, module: str, module_class: str) -> FileRecord:
        """What has been read so far."""
        return FileRecord(
            self.name.lfn,
            self.name.location,
            module,
            module_class,
            sum(sum(lumis.values()) for lumis in self._events.values()),
            {run: dict(lumis) for run, lumis in self._events.items()},
            tuple(sorted(self._branches_read)),
            self.guid,
            self.checksum,
        )

    def _read(self, branch: BranchDescription, entries: Indices) -> tuple[Array, Mask | None]:
        self._branches_read.add(branch.name)
        return self._told(lambda: read_entries(self.file, branch, entries))

    def _told(self, read: Callable[[], _Result]) -> _Result:
        try:
            return read()
        except CMSException as error:
            error.add_context(f"Reading from {self.name.lfn}")
            raise

    def _say(self, what: str) -> None:
        self._log.verbatim(f"{timestamp()}  {what} {self.name.lfn}")


def read_entries(file: SourceFile, branch: BranchDescription, entries: Indices) -> tuple[Array, Mask | None]:
    """A product of events anywhere in a file, in the order of `entries`."""
    if not len(entries):
        return file.read(branch, 0, 0)
    first, last = int(entries.min()), int(entries.max())
    breaks = np.flatnonzero(np.diff(entries) != 1) + 1
    if not len(breaks):
        return file.read(branch, first, last + 1)
    if last - first < 2 * len(entries):  # most of the stretch is wanted
        array, present = file.read(branch, first, last + 1)
        return array[entries - first], None if present is None else present[entries - first]
    arrays, masks = [], []
    for piece in np.split(entries, breaks):
        array, present = file.read(branch, int(piece[0]), int(piece[-1]) + 1)
        arrays.append(array)
        masks.append(np.ones(len(piece), dtype=np.bool_) if present is None else present)
    return concatenate(arrays), np.concatenate(masks)


class Summaries:
    """The runs and luminosity blocks of a job in the order of its files; those that go on in the next file are joined.

    Parameters
    ----------
    branches : sequence of BranchDescription
        The products that are kept, of all levels.
    run_offset : int
        What to add to the files' run numbers.
    """

    def __init__(self, branches: Sequence[BranchDescription], run_offset: int) -> None:
        self._branches = [branch for branch in branches if branch.level != "Event"]
        self._offset = run_offset
        self._run: _Current | None = None
        self._lumi: _Current | None = None

    def of(self, file: OpenFile, run: int, lumi: int, *, is_run: bool) -> Principal:
        """The principal of a luminosity block of the file, or of a run that has none."""
        if self._run is None or self._run.key != (run, 0):
            self._run = self._begin(file, (run, 0), None)
            self._lumi = None
        self._join(self._run, file)
        if is_run:
            return self._run.principal
        if self._lumi is None or self._lumi.key != (run, lumi):
            self._lumi = self._begin(file, (run, lumi), self._run.principal)
        self._join(self._lumi, file)
        return self._lumi.principal

    def _begin(self, file: OpenFile, key: Lumi, parent: Principal | None) -> _Current:
        lazy: dict[BranchDescription, LazyProduct] = {
            branch: partial(_one, file, branch, key) for branch in self._of_level(file, parent)
        }
        store = SummaryStore(lazy)
        release = weakref.finalize(store, file.hold())
        release.atexit = False
        store.release = release
        return _Current(key, Principal(key[0] + self._offset, key[1], store, parent), store, file)

    def _join(self, current: _Current, file: OpenFile) -> None:
        if file is current.file:
            return
        run, lumi = current.key
        what = f"run {run}" + (f" luminosity block {lumi}" if lumi else "")
        what += f" in {current.file.name.lfn} and {file.name.lfn}"
        current.store.settle()
        for branch in self._of_level(file, current.principal.parent):
            part = file.read_summary(branch, run, lumi)
            if part is not None:
                current.store.join(branch, part, merge_rule(branch, file.file.merges), what)
        current.file = file

    def _of_level(self, file: OpenFile, parent: Principal | None) -> list[BranchDescription]:
        level, held = "LuminosityBlock" if parent else "Run", set(file.file.branches)
        return [branch for branch in self._branches if branch.level == level and branch in held]


class _Current:
    """A run or luminosity block, and the last file that has a part of it."""

    def __init__(self, key: Lumi, principal: Principal, store: SummaryStore, file: OpenFile) -> None:
        self.key, self.principal, self.store, self.file = key, principal, store, file


def _one(file: OpenFile, branch: BranchDescription, key: Lumi) -> tuple[Array, Mask | None]:
    array = file.read_summary(branch, *key)
    return (np.zeros(1), np.zeros(1, dtype=np.bool_)) if array is None else (array, None)
