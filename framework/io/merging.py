"""Making one event file of several, such as the outputs of jobs that each did a part of the work."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import attrs
import numpy as np

from ..errors import Configuration, MismatchedInputFiles
from ..event.branch import BranchDescription
from ..event.provenance import FileRecord, InputFile, ProcessRecord
from ..event.store import Array
from .event_file_reader import EventFileReader
from .event_file_writer import EventFileWriter
from .file_index import Lumi
from .metadata import FileMetadata
from .summaries import combine, merge_rule

_EVENTS_AT_A_TIME = 1000
_Item = TypeVar("_Item")


def merge_event_files(
    inputs: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str],
    *,
    format: str = "RNTuple",
    compression: tuple[str, int] = ("ZSTD", 4),
    events_per_cluster: int = 1000,
    configuration: str | None = None,
) -> FileRecord:
    """Write the events of all `inputs`, in their order, to one file.

    What is written is what one job would have written that read all the events: the same events, products, clusters and
    checksums, and one entry for each run and luminosity block, also if several inputs have a part of it (FULLMERGE).
    Products of runs and luminosity blocks that have parts in several inputs are added if they are of a type that can
    be, and must be equal otherwise. Events of one cluster are in memory at a time.

    Parameters
    ----------
    inputs : sequence of str or Path
        Event files with the same history, except for what is untracked. A product that some of them lack is missing
        for their events.
    output : str or Path
        The file to write; it has its name only when it is complete.
    format, compression, events_per_cluster
        See `EventFileWriter`.
    configuration : str, optional
        The configuration of the last process, instead of that of the first input: of the job that the inputs are
        parts of.

    Returns
    -------
    FileRecord
        What has been written.

    Raises
    ------
    Configuration
        There are no inputs, or one of them is the output.
    FileOpenError, FileReadError
        An input is missing or damaged.
    MismatchedInputFiles
        The histories differ, or products of the same run or luminosity block.
    FileWriteError
        The output can't be written.
    """
    names = [os.fspath(name) for name in inputs]
    _check_names(names, Path(output))
    metadata, summary = _survey(names, configuration)
    with EventFileWriter(
        output,
        metadata.branches,
        metadata,
        format=format,
        compression=compression,
        events_per_cluster=events_per_cluster,
    ) as writer:
        lumis: dict[int, dict[int, int]] = {run: {} for run in summary.runs}
        for run, lumi in summary.lumis:
            lumis.setdefault(run, {})[lumi] = 0
        for name in names:
            with EventFileReader(name) as reader:
                for start in range(0, reader.num_entries, _EVENTS_AT_A_TIME):
                    _copy(reader, writer, start, min(start + _EVENTS_AT_A_TIME, reader.num_entries))
                _count(reader, lumis)
        for (run, lumi), products in summary.lumis.items():
            writer.write_lumi(run, lumi, {branch: (parts.whole(), None) for branch, parts in products.items()})
        for run, products in summary.runs.items():
            writer.write_run(run, {branch: (parts.whole(), None) for branch, parts in products.items()})
    return FileRecord(
        lfn=os.fspath(output),
        pfn=os.path.abspath(output),
        module="merge_event_files",
        module_class="EventFileWriter",
        events=sum(sum(counts.values()) for counts in lumis.values()),
        lumis=lumis,
        branches=tuple(branch.name for branch in metadata.branches),
        guid=writer.guid,
        checksum=writer.checksum,
        inputs=tuple(names),
    )


@attrs.define(eq=False)
class _Summary:
    """Runs and luminosity blocks of all inputs, in order of first appearance, with their products.

    Each product is kept with the files that the job which wrote it had read. Two jobs that read the same file both
    copied what an earlier process had put into it: such copies count once, also if products of the type are added.
    """

    merges: Mapping[str, str] = attrs.Factory(dict)
    lumis: dict[Lumi, dict[BranchDescription, _Parts]] = attrs.Factory(dict)
    runs: dict[int, dict[BranchDescription, _Parts]] = attrs.Factory(dict)

    def add(self, reader: EventFileReader) -> None:
        """Take over what one input has."""
        of_lumis, of_runs = ([b for b in reader.branches if b.level == level] for level in ("LuminosityBlock", "Run"))
        for run, lumi in dict.fromkeys(reader.lumis):
            self._join(self.lumis.setdefault((run, lumi), {}), of_lumis, reader, (run, lumi))
        for run in dict.fromkeys(reader.runs):
            self._join(self.runs.setdefault(run, {}), of_runs, reader, (run, 0))

    def _join(
        self,
        products: dict[BranchDescription, _Parts],
        branches: Iterable[BranchDescription],
        reader: EventFileReader,
        key: Lumi,
    ) -> None:
        run, lumi = key
        what = f"run {run}" + (f" luminosity block {lumi}" if lumi else "") + f" in {reader.path} and before"
        last = reader.metadata.processes[-1] if reader.metadata.processes else None
        for branch in branches:
            part = reader.read_summary(branch, run, lumi)
            if part is not None:
                copied = last is not None and branch.process != last.name
                origins = frozenset(file.guid or file.name for file in last.inputs) if last and copied else frozenset()
                rule = merge_rule(branch, self.merges)
                products.setdefault(branch, _Parts(branch, rule)).add(part, origins, what)


@attrs.define(eq=False)
class _Parts:
    """A product of a run or luminosity block: one array for each set of files from which it was copied."""

    branch: BranchDescription
    rule: str | None
    parts: dict[frozenset[str], Array] = attrs.Factory(dict)

    def add(self, part: Array, origins: frozenset[str], what: str) -> None:
        """Take one input's array. `what` tells errors where it comes from."""
        if self.rule is None:
            before, origins, rule = next(iter(self.parts.values()), None), frozenset(), None
        else:
            before, rule = self.parts.get(origins), None if origins else self.rule
            if before is None and any(origins & others for others in self.parts):
                raise MismatchedInputFiles(
                    f"The parts of {self.branch.name} can't be added for {what}: their jobs read some, but not all, of "
                    "the same files, whose share would count twice. Divide the input so that no job reads parts of "
                    "two files."
                )
        self.parts[origins] = part if before is None else combine(self.branch, before, part, rule, what)

    def whole(self) -> Array:
        """The product."""
        first, *others = self.parts.values()
        for other in others:
            first = combine(self.branch, first, other, self.rule, "several inputs")
        return first


def _check_names(names: Sequence[str], output: Path) -> None:
    if not names:
        raise Configuration(f"There is nothing to merge into {str(output)!r}: name at least one input file")
    if any(Path(name).resolve() == output.resolve() for name in names):
        raise Configuration(f"{str(output)!r} is to be merged into itself: give the output another name")


def _survey(names: Sequence[str], configuration: str | None) -> tuple[FileMetadata, _Summary]:
    """See that the inputs fit together; return what the output says, and its runs and luminosity blocks."""
    parts: list[FileMetadata] = []
    summary = _Summary()
    for name in names:
        with EventFileReader(name) as reader:
            parts.append(reader.metadata)
            _check_history(parts[0].processes, reader.metadata.processes, names[0], name)
            summary.merges = {**summary.merges, **reader.metadata.merges}
            summary.add(reader)
    processes = [_merged(records) for records in zip(*(part.processes for part in parts), strict=True)]
    if configuration is not None and processes:
        processes[-1] = attrs.evolve(processes[-1], configuration=configuration)
    parentage: dict[str, tuple[str, ...]] = {}
    for part in parts:
        for child, parents in part.parentage.items():
            parentage[child] = _union([parentage.get(child, ()), parents])
    branches = _union(part.branches for part in parts)
    return FileMetadata(tuple(processes), branches, parentage, summary.merges), summary


def _check_history(first: Sequence[ProcessRecord], other: Sequence[ProcessRecord], name: str, other_name: str) -> None:
    names, other_names = [process.name for process in first], [process.name for process in other]
    if names != other_names:
        raise MismatchedInputFiles(
            f"{other_name!r} comes from the processes {', '.join(other_names) or '(none)'}, "
            f"{name!r} from {', '.join(names) or '(none)'}: they can't be merged"
        )
    for one, two in zip(first, other, strict=True):
        if one.trigger_paths != two.trigger_paths or (one.modules and two.modules and one.id != two.id):
            what = "tracked parameters" if one.trigger_paths == two.trigger_paths else "trigger paths"
            raise MismatchedInputFiles(
                f"The process {one.name} had other {what} for {other_name!r} than for {name!r}: they can't be merged. "
                "edmProvDump tells the parameters."
            )


def _merged(records: Sequence[ProcessRecord]) -> ProcessRecord:
    """One record for the same process in all inputs: the first's, with the input files and software of all."""
    software: dict[str, tuple[str, ...]] = {}
    for record in records:
        for name, version in record.software.items():
            software[name] = _union([software.get(name, ()), [version]])
    inputs: tuple[InputFile, ...] = _union(record.inputs for record in records)
    versions = {name: ", ".join(found) for name, found in software.items()}
    return attrs.evolve(records[0], software=versions, inputs=inputs)


def _union(parts: Iterable[Iterable[_Item]]) -> tuple[_Item, ...]:
    """All items once, in order of first appearance."""
    return tuple(dict.fromkeys(item for part in parts for item in part))


def _copy(reader: EventFileReader, writer: EventFileWriter, start: int, stop: int) -> None:
    events = (branch for branch in reader.branches if branch.level == "Event")
    writer.write(reader.ids[start:stop], {branch: reader.read(branch, start, stop) for branch in events})


def _count(reader: EventFileReader, lumis: dict[int, dict[int, int]]) -> None:
    for run, lumi, count in _counts(reader):
        lumis[run][lumi] += count


def _counts(reader: EventFileReader) -> Iterator[tuple[int, int, int]]:
    numbers, counts = np.unique(np.stack([reader.ids.run, reader.ids.lumi]), axis=1, return_counts=True)
    yield from zip(*numbers.tolist(), counts.tolist(), strict=True)
