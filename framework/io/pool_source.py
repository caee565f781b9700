"""Events from files that PoolOutputModule wrote."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import Configuration, FileInPathError, FileOpenError
from ..event.block import EventBlock
from ..event.branch import BranchDescription
from ..event.ids import EventIDs
from ..event.provenance import ProcessRecord
from ..event.store import Mask
from ..plugins import parameters as param
from ..plugins.registry import plugin
from ..resources import file_in_path
from ..services.message_logger import MessageLogger, timestamp
from ..source import Source
from .event_file_reader import EventFileReader
from .product_selector import ProductSelector

CHECK_ALL, CHECK_EACH, CHECK_REAL_DATA, NO_CHECK = _CHECKS = (
    "checkAllFilesOpened",
    "checkEachFile",
    "checkEachRealDataFile",
    "noDuplicateCheck",
)


@plugin
class PoolSource(Source):
    """Reads event files one after the other, each product only when a module asks for it.

    A file stays open until the last block that came from it is done with.
    """

    class Parameters(param.ParameterSet):
        fileNames: list[str] = param.untracked.vstring(
            doc="the files: 'file:x.root' or 'x.root', looked for in the current folder and on PYRUN_SEARCH_PATH"
        )
        skipEvents: int = param.untracked.uint32(0, doc="how many events to skip at the beginning")
        inputCommands: list[str] = param.untracked.vstring(["keep *"], doc="keep and drop commands for the products")
        dropDescendantsOfDroppedBranches: bool = param.untracked.bool(
            True, doc="drop also the products that were made from dropped ones"
        )
        duplicateCheckMode: str = param.untracked.string(
            CHECK_ALL, doc="where to look for events that come twice, which are then skipped: " + ", ".join(_CHECKS)
        )
        skipBadFiles: bool = param.untracked.bool(False, doc="go on with the next file if one can't be opened")

    parameters: Parameters

    def declare(self, p: Parameters) -> None:
        if not p.fileNames:
            raise Configuration("PoolSource has no files: give at least one in fileNames")
        if p.duplicateCheckMode not in _CHECKS:
            raise Configuration(
                f"PoolSource has the duplicateCheckMode {p.duplicateCheckMode!r}; the modes are {', '.join(_CHECKS)}"
            )
        self._selector = ProductSelector(p.inputCommands, "inputCommands")
        self._waiting = list(p.fileNames)
        self._files: list[_InputFile] = []
        self._duplicates = _Duplicates(p.duplicateCheckMode)
        self._branches: list[BranchDescription] = []
        self._history: tuple[ProcessRecord, ...] = ()
        self._parents: dict[BranchDescription, tuple[BranchDescription, ...]] = {}

    def open(self) -> None:
        """Open the first file: its products and its history stand for those of all."""
        first = self._next_file()
        if first is None:
            raise FileOpenError("None of the input files could be opened")
        self._history = first.reader.metadata.processes
        of_name = BranchDescription.from_name
        self._parents = {
            of_name(child): tuple(of_name(parent) for parent in parents)
            for child, parents in first.reader.metadata.parentage.items()
        }
        self._branches = self._chosen(first.reader)

    @property
    def branches(self) -> Sequence[BranchDescription]:
        return self._branches

    @property
    def history(self) -> Sequence[ProcessRecord]:
        return self._history

    @property
    def parents(self) -> Mapping[BranchDescription, tuple[BranchDescription, ...]]:
        return self._parents

    def size(self, max_events: int) -> int | None:
        """Known if there is one file."""
        if self._waiting:
            return None
        left = max(self._files[0].reader.num_entries - self.parameters.skipEvents, 0)
        return left if max_events < 0 else min(left, max_events)

    def blocks(self, max_events: int, block_size: int) -> Iterator[EventBlock]:
        to_skip, read = self.parameters.skipEvents, 0
        file: _InputFile | None = self._files[0]
        while file is not None:
            wanted = self._duplicates.first_time(file.reader.ids)
            self._warn_of_duplicates(file, wanted)
            positions = np.flatnonzero(wanted)
            wanted[positions[:to_skip]] = False
            to_skip = max(to_skip - len(positions), 0)
            for start, stop in block_ranges(file.reader.ids, wanted, block_size):
                stop = stop if max_events < 0 else min(stop, start + max_events - read)
                if stop > start:
                    yield file.block(start, stop, read, self._branches)
                    read += stop - start
            file.finish()
            file = None if read == max_events else self._next_file()

    def close(self) -> None:
        for file in self._files:
            file.close()

    def _next_file(self) -> _InputFile | None:
        while self._waiting:
            name = self._waiting.pop(0)
            try:
                file = _InputFile(name, self.log)
            except FileOpenError as error:
                if not self.parameters.skipBadFiles:
                    error.add_context(f"Calling InputSource::readFile_ for {name}")
                    raise
                self.log.warning("FileOpenError", f"Skipping a file: {error}")
                continue
            self._files = [open_file for open_file in self._files if not open_file.closed] + [file]
            if self._history:
                self._check_history(file)
            return file
        return None

    def _chosen(self, reader: EventFileReader) -> list[BranchDescription]:
        """The file's products without those dropped, and without what was made from dropped ones."""
        kept = self._selector.select(reader.branches)
        if not self.parameters.dropDescendantsOfDroppedBranches:
            return kept
        parentage = reader.metadata.parentage
        dropped = {branch.name for branch in reader.branches} - {branch.name for branch in kept}
        grew = bool(dropped)
        while grew:
            children = {child for child, parents in parentage.items() if dropped & set(parents)} - dropped
            dropped |= children
            grew = bool(children)
        return [branch for branch in kept if branch.name not in dropped]

    def _check_history(self, file: _InputFile) -> None:
        """Refuse a file whose trigger results mean something else, and tell of products that are left out."""
        first, other = self._history, file.reader.metadata.processes
        if [(p.name, p.trigger_paths) for p in first] != [(p.name, p.trigger_paths) for p in other]:
            raise Configuration(
                f"The file {file.name} comes from the processes {', '.join(p.name for p in other)} with other trigger "
                f"paths than the first file's ({', '.join(p.name for p in first)}): read them in separate jobs"
            )
        unknown = set(self._chosen(file.reader)) - set(self._branches)
        if unknown:
            names = "\n".join(sorted(branch.name for branch in unknown))
            self.log.warning("BranchMismatch", f"{file.name} has products that the first file hasn't:\n{names}")

    def _warn_of_duplicates(self, file: _InputFile, wanted: Mask) -> None:
        again = np.flatnonzero(~wanted)
        if len(again):
            ids, where = file.reader.ids, again[0]
            self.log.warning(
                "DuplicateEvent",
                f"{file.name} has {len(again)} events that were read before and are skipped, first "
                f"run {ids.run[where]} lumi {ids.lumi[where]} event {ids.event[where]}",
            )


class _InputFile:
    """An open file, which closes when the source has finished with it and all its blocks are gone."""

    def __init__(self, name: str, log: MessageLogger) -> None:
        self.name = name if ":" in name else f"file:{name}"
        self.closed = False
        self._log = log
        self._lock = threading.RLock()
        self._users = 1  # the source, and each block
        self._say("Initiating request to open file")
        self.reader = EventFileReader(_resolve(self.name))
        self._say("Successfully opened file")

    def block(self, start: int, stop: int, first_record: int, branches: Sequence[BranchDescription]) -> EventBlock:
        """A block of the events from `start` up to `stop`."""
        held = set(self.reader.branches)
        lazy: dict[BranchDescription, Any] = {
            branch: partial(self.reader.read, branch, start, stop) for branch in branches if branch in held
        }
        block = EventBlock.make(self.reader.ids[start:stop], first_record=first_record, lazy=lazy)
        with self._lock:
            self._users += 1
        weakref.finalize(block.products, self.finish).atexit = False
        return block

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
                self.reader.close()
                self._say("Closed file")

    def _say(self, what: str) -> None:
        self._log.verbatim(f"{timestamp()}  {what} {self.name}")


class _Duplicates:
    """Remembers which events have been seen."""

    def __init__(self, mode: str) -> None:
        self._mode = mode
        self._seen: npt.NDArray[np.void] = _keys(EventIDs.concatenate([]))

    def first_time(self, ids: EventIDs) -> Mask:
        """For each event of a file, whether it is new."""
        if self._mode in (NO_CHECK, CHECK_REAL_DATA):  # there are no real data in this format
            return np.ones(len(ids), dtype=np.bool_)
        before = self._seen if self._mode == CHECK_ALL else self._seen[:0]
        self._seen, first = np.unique(np.concatenate([before, _keys(ids)]), return_index=True)
        new = np.zeros(len(before) + len(ids), dtype=np.bool_)
        new[first] = True
        return new[len(before) :]


def _keys(ids: EventIDs) -> npt.NDArray[np.void]:
    keys = np.empty(len(ids), dtype=[("run", "u4"), ("lumi", "u4"), ("event", "u8")])
    keys["run"], keys["lumi"], keys["event"] = ids.run, ids.lumi, ids.event
    return keys


def block_ranges(ids: EventIDs, wanted: Mask, block_size: int) -> Iterator[tuple[int, int]]:
    """Cut the wanted events of a file into ranges of at most `block_size` events of one luminosity block."""
    change = (np.diff(ids.run) != 0) | (np.diff(ids.lumi) != 0) | (wanted[1:] != wanted[:-1])
    edges = [0, *(np.flatnonzero(change) + 1).tolist(), len(ids)]
    for first, last in zip(edges, edges[1:], strict=False):
        if first < last and wanted[first]:
            yield from ((start, min(start + block_size, last)) for start in range(first, last, block_size))


def _resolve(name: str) -> Path:
    """The path of a file name with its prefix."""
    protocol, _, rest = name.partition(":")
    if protocol != "file":
        raise FileOpenError(f"The file {name!r} is not local: copy it first, e.g. with xrdcp, and name it 'file:...'")
    path = Path("/" + rest.lstrip("/") if rest.startswith("/") else rest)
    try:
        return file_in_path(path)
    except FileInPathError:
        return path  # opening it tells what is wrong
