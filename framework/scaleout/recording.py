"""Output modules of any kind in a job in parts: recorded by the parts, replayed to one module of the whole job."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

import attrs
import numpy as np

from ..event.branch import BranchDescription, Level
from ..event.ids import EventIDs
from ..event.principal import Principal
from ..event.provenance import FileRecord, InputFile, JobRecord
from ..event.store import Array, LazyProduct, Mask
from ..io.event_file_reader import EventFileReader
from ..io.event_file_writer import EventFileWriter
from ..io.file_index import Lumi
from ..io.metadata import FileMetadata
from ..output_module import OutputModule

COMPRESSION = ("LZ4", 1)  # of files that are soon read again
EVENTS_AT_A_TIME = 1000
_ONLY = np.zeros(1, dtype=np.int64)
_Step = tuple[int, int, tuple[int, int] | None]
"""Run, luminosity block and events, or no events for the end of the luminosity block, or of the run if that is 0."""


@attrs.frozen
class Recording:
    """What a replay needs beside the recorded file.

    Attributes
    ----------
    branches : tuple of BranchDescription
        The products among which the module chose.
    parents : mapping
        See `JobRecord`.
    """

    branches: tuple[BranchDescription, ...]
    parents: Mapping[BranchDescription, tuple[BranchDescription, ...]]


class RecordingOutputModule(OutputModule):
    """Stands for an output module in the job of a part: chooses as that does, and keeps in an event file what it gets.

    Parameters
    ----------
    inner : OutputModule
        The module it stands for, which must not be used otherwise. It is opened, and given up in the end.
    path : str
        The event file.
    """

    def __init__(self, inner: OutputModule, path: str) -> None:
        super().__init__(inner.label, inner.parameters)
        self._inner = inner
        self._path = path
        self._branches: tuple[BranchDescription, ...] = ()
        self._job: JobRecord | None = None
        self._writer: EventFileWriter | None = None

    @property
    def recording(self) -> Recording:
        """What there is to tell once the job is over."""
        return Recording(self._branches, {} if self._job is None else self._job.parents)

    def keep(self, branches: Sequence[BranchDescription]) -> list[BranchDescription]:
        self._branches = tuple(branches)
        return self._inner.keep(branches)

    def open(self, job: JobRecord) -> None:
        self._inner.open(job)
        self._job = job
        self._writer = EventFileWriter(self._path, job.kept, FileMetadata(), compression=COMPRESSION)

    @property
    def needed_results(self) -> Collection[str]:
        return self._inner.needed_results

    def select(self, trigger_results: Mapping[str, Array]) -> Mask | None:
        return self._inner.select(trigger_results)

    def write(self, ids: EventIDs, products: Mapping[BranchDescription, tuple[Array | None, Mask]]) -> None:
        assert self._writer is not None
        self._writer.write(ids, products)

    def writeLuminosityBlock(self, lumi: Principal) -> None:
        assert self._writer is not None
        self._writer.write_lumi(lumi.run, lumi.lumi, self._products_of(lumi, "LuminosityBlock"))

    def writeRun(self, run: Principal) -> None:
        assert self._writer is not None
        self._writer.write_run(run.run, self._products_of(run, "Run"))

    def _products_of(self, principal: Principal, level: Level) -> dict[BranchDescription, tuple[Array | None, Mask]]:
        assert self._job is not None
        return {branch: principal.products.get(branch, _ONLY) for branch in self._job.kept if branch.level == level}

    def close(self) -> None:
        assert self._writer is not None and self._job is not None
        inputs = tuple(InputFile(file.lfn, file.guid, file.checksum) for file in self._job.inputs())
        this = attrs.evolve(self._job.history[-1], software=self._job.software(), inputs=inputs)
        self._writer.metadata = FileMetadata((*self._job.history[:-1], this))
        self._writer.close()
        self._inner.abort()

    def abort(self) -> None:
        if self._writer is not None:
            self._writer.abort()
        self._inner.abort()


def replay(
    module: OutputModule, recording: Recording, path: str | os.PathLike[str], inputs: Sequence[FileRecord]
) -> list[FileRecord]:
    """Let an output module write what has been recorded, in the order of the input.

    Parameters
    ----------
    module : OutputModule
        Newly made.
    recording : Recording
        Of any of the parts.
    path : str or Path
        The recorded files of all parts, merged.
    inputs : sequence of FileRecord
        What the job has read.

    Returns
    -------
    list of FileRecord
        What the module says it has written.
    """
    with EventFileReader(path) as file:
        processes = file.metadata.processes
        kept = module.keep(recording.branches)
        module.open(
            JobRecord(processes, tuple(kept), recording.parents, lambda: inputs, lambda: processes[-1].software)
        )
        try:
            player = _Player(module, file, kept)
            for step in _steps(file):
                player.play(*step)
            module.close()
        except BaseException:
            module.abort()
            raise
    return list(module.files)


class _Player:
    def __init__(self, module: OutputModule, file: EventFileReader, kept: Sequence[BranchDescription]) -> None:
        self._module, self._file, self._kept = module, file, kept
        self._runs: dict[int, Principal] = {}

    def play(self, run: int, lumi: int, events: tuple[int, int] | None) -> None:
        """Take a step."""
        if events is not None:
            self._write(*events)
        elif lumi:
            lazy = self._lazy("LuminosityBlock", run, lumi)
            self._module.writeLuminosityBlock(Principal.of_lumi(self._run(run), lumi, lazy))
        else:
            self._module.writeRun(self._run(run))
            self._runs.pop(run)

    def _run(self, run: int) -> Principal:
        return self._runs.setdefault(run, Principal.of_run(run, self._lazy("Run", run)))

    def _write(self, start: int, stop: int) -> None:
        products: dict[BranchDescription, tuple[Array | None, Mask]] = {}
        for branch in self._kept:
            if branch.level == "Event":
                array, present = self._file.read(branch, start, stop)
                mask: Mask = np.ones(stop - start, dtype=np.bool_) if present is None else present
                products[branch] = (array if mask.all() else array[mask] if mask.any() else None), mask
        self._module.write(self._file.ids[start:stop], products)

    def _lazy(self, level: Level, run: int, lumi: int = 0) -> dict[BranchDescription, LazyProduct]:
        return {branch: partial(self._summary, branch, run, lumi) for branch in self._kept if branch.level == level}

    def _summary(self, branch: BranchDescription, run: int, lumi: int) -> tuple[Array, Mask | None]:
        array = self._file.read_summary(branch, run, lumi)
        return (np.zeros(1), np.zeros(1, dtype=np.bool_)) if array is None else (array, None)


def _steps(file: EventFileReader) -> Iterator[_Step]:
    """Events, ends of luminosity blocks and of runs, as a job meets them."""
    stretches = list(_stretches(file.ids))
    to_come = Counter((run, lumi) for run, lumi, _ in stretches)
    lumis_of_run = Counter(run for run, _ in file.lumis)
    waiting = dict.fromkeys(file.lumis)

    def end(lumi: Lumi) -> Iterator[_Step]:
        del waiting[lumi]
        yield *lumi, None
        lumis_of_run[lumi[0]] -= 1
        if not lumis_of_run[lumi[0]]:
            yield lumi[0], 0, None

    for run, lumi, (start, stop) in stretches:
        for empty in itertools.takewhile(lambda other: not to_come[other], list(waiting)):
            yield from end(empty)
        for first in range(start, stop, EVENTS_AT_A_TIME):
            yield run, lumi, (first, min(first + EVENTS_AT_A_TIME, stop))
        to_come[run, lumi] -= 1
        if not to_come[run, lumi]:
            yield from end((run, lumi))
    for lumi_left in list(waiting):
        yield from end(lumi_left)
    yield from ((run, 0, None) for run in file.runs if run not in lumis_of_run)


def _stretches(ids: EventIDs) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Run and luminosity block of consecutive events, and which these are."""
    change = np.flatnonzero((np.diff(ids.run) != 0) | (np.diff(ids.lumi) != 0)) + 1
    edges = [0, *change.tolist(), len(ids)] if len(ids) else []
    for start, stop in zip(edges, edges[1:], strict=False):
        yield int(ids.run[start]), int(ids.lumi[start]), (start, stop)
