"""What sources that read files have in common."""

from __future__ import annotations

import itertools
import os
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ..errors import Configuration, FileNameInconsistentWithGUID, FileOpenError, MismatchedInputFiles
from ..event.block import EventBlock
from ..event.branch import BranchDescription
from ..event.ids import EventIDs
from ..event.provenance import FileRecord, ProcessRecord
from ..event.store import LazyProduct
from ..plugins import parameters as param
from ..source import Source
from .file_index import Segment
from .input_plan import DUPLICATE_CHECKS, PROCESSING_MODES, Plan, PlanParameters
from .open_file import OpenFile, SourceFile, Summaries
from .product_selector import ProductSelector
from .storage import FileName, expand

__all__ = ["FileSource", "Segment", "SourceFile"]

_NO_EFFECT = "accepted for configurations of CMSSW, without effect here"


class FileSource(Source):
    """Reads files one after the other, each product only when a module asks for it.

    A subclass says in `open_file` how a file of its format is read. A file stays open until the last block that came
    from it is done with. The first file's products stand for those of all.
    """

    class Parameters(PlanParameters):
        fileNames: list[str] = param.untracked.vstring(
            doc="the files: 'file:x.root' or 'x.root', in the current folder or on PYRUN_SEARCH_PATH; wildcards; URLs"
        )
        setRunNumber: int = param.untracked.uint32(
            0, doc="if not 0: the number to give to the first run; the others are shifted as much. Simulation only"
        )
        skipBadFiles: bool = param.untracked.bool(False, doc="go on with the next file if one can't be opened")
        noEventSort: bool = param.untracked.bool(
            True, doc="keep the order of the file, with runs and luminosity blocks in one piece; else sort by numbers"
        )
        branchesMustMatch: str = param.untracked.string(
            "permissive", doc="'strict': refuse files whose products are not those of the first"
        )
        inputCommands: list[str] = param.untracked.vstring(["keep *"], doc="keep and drop commands for the products")
        dropDescendantsOfDroppedBranches: bool = param.untracked.bool(
            True, doc="drop also the products that were made from dropped ones"
        )
        enforceGUIDInFileName: bool = param.untracked.bool(False, doc="refuse a file that is not called after its GUID")
        labelRawDataLikeMC: bool = param.untracked.bool(True, doc=_NO_EFFECT)
        delayReadingEventProducts: bool = param.untracked.bool(True, doc=_NO_EFFECT + ": products are read on demand")
        cacheSize: int = param.untracked.uint32(20 * 1024 * 1024, doc=_NO_EFFECT)
        treeMaxVirtualSize: int = param.untracked.int32(-1, doc=_NO_EFFECT)
        bypassVersionCheck: bool = param.untracked.bool(False, doc=_NO_EFFECT)
        overrideCatalog: str = param.untracked.string("", doc=_NO_EFFECT)
        secondaryCatalog: str = param.untracked.string("", doc=_NO_EFFECT)

    parameters: Parameters

    def declare(self, p: Parameters) -> None:
        name = type(self).__name__
        if not p.fileNames:
            raise Configuration(f"{name} has no files: give at least one in fileNames")
        _check(name, "duplicateCheckMode", p.duplicateCheckMode, DUPLICATE_CHECKS)
        _check(name, "processingMode", p.processingMode, PROCESSING_MODES)
        _check(name, "branchesMustMatch", p.branchesMustMatch, ("permissive", "strict"))
        self._selector = ProductSelector(p.inputCommands, "inputCommands")
        self._restriction: list[Segment] | None = None
        self._names: list[FileName] = []
        self._first: OpenFile | None = None
        self._opened: list[OpenFile | FileRecord] = []  # of those closed, only what `files` tells
        self._branches: list[BranchDescription] = []
        self._run_offset = 0

    @abstractmethod
    def open_file(self, name: FileName) -> SourceFile:
        """Open a file of the source's format.

        Raises
        ------
        FileOpenError
            It is missing, or not such a file.
        """

    def more_products(self, ids: EventIDs) -> Mapping[BranchDescription, LazyProduct]:
        """Products of some events of a luminosity block that come from elsewhere than the file that has the events."""
        return {}

    # ---- what the job asks for

    def open(self) -> None:
        """Open the first file: its products and its history stand for those of all."""
        self._names = expand(self.parameters.fileNames)
        self._first = next(self._open_files(iter(self._names)), None)
        if self._first is None:
            raise FileOpenError("None of the input files could be opened")
        self._branches = self._chosen(self._first.file)

    @property
    def branches(self) -> Sequence[BranchDescription]:
        return self._branches

    @property
    def history(self) -> Sequence[ProcessRecord]:
        return self._first.history if self._first else ()

    @property
    def parents(self) -> Mapping[BranchDescription, tuple[BranchDescription, ...]]:
        return self._first.parents if self._first else {}

    @property
    def files(self) -> Sequence[FileRecord]:
        records = [self._record(file) for file in self._opened]
        return [record for record in records if record is not None]

    def size(self, max_events: int) -> int | None:
        """Known if there is one file, or after `restrict`."""
        if self._restriction is not None:
            return sum(map(len, self._restriction))
        if len(self._names) > 1 or self._first is None:
            return None
        return sum(
            len(segment) for segment in self._segments(self._first, Plan(self.parameters, max_events), quiet=True)
        )

    def plan(self, max_events: int = -1) -> list[Segment]:
        """What `blocks` would read of all files, in order: masks, skips and duplicates are taken into account.

        The files are opened one after the other for it. Parts of a segment (``attrs.evolve`` with other `start` and
        `stop`) may be given to `restrict` as well.
        """
        if self._first is None:
            self.open()
        plan, found = Plan(self.parameters, max_events), list[Segment]()
        for file in self._open_files(iter(self._names)):
            found += self._segments(file, plan)
            file.close()
            self._opened.remove(file)
            if plan.complete:
                break
        return found

    def restrict(self, segments: Sequence[Segment]) -> None:
        """Let `blocks` read exactly these events, in this order, instead of those that the parameters choose."""
        self._restriction = list(segments)

    def blocks(self, max_events: int, block_size: int) -> Iterator[EventBlock]:
        summaries = Summaries(self._branches, self._run_offset)
        read = 0
        for file, segments in self._planned(max_events):
            for (run, lumi), parts in itertools.groupby(segments, key=lambda part: (part.run, part.lumi)):
                positions = np.concatenate([np.arange(part.start, part.stop) for part in parts])
                principal = summaries.of(file, run, lumi, is_run=not lumi and not len(positions))
                for start in range(0, max(len(positions), 1), block_size):
                    block = file.block(
                        positions[start : start + block_size], self._branches, self._run_offset, self.more_products
                    )
                    block.first_record, block.luminosity_block = read, principal
                    read += len(block)
                    file.count(run + self._run_offset, lumi, len(block))
                    yield block
            file.finish()

    def close(self) -> None:
        for file in self._opened:
            if isinstance(file, OpenFile):
                file.close()

    # ---- files

    def _record(self, file: OpenFile | FileRecord) -> FileRecord | None:
        """What was read of a file; None if nothing was, nor will be."""
        if isinstance(file, FileRecord):
            return file
        return file.record(self.label, type(self).__name__) if file.used else None

    def _planned(self, max_events: int) -> Iterator[tuple[OpenFile, Sequence[Segment]]]:
        """The files that are read, and what is read of each."""
        assert self._first is not None
        if self._restriction is None:
            plan = Plan(self.parameters, max_events)
            rest = self._names[self._names.index(self._first.name) + 1 :]
            for file in itertools.chain([self._first], self._open_files(iter(rest))):
                yield file, list(self._segments(file, plan))
                if plan.complete:
                    return
            return
        known = {name.location: name for name in self._names}
        for location, segments in itertools.groupby(self._restriction, key=lambda segment: segment.file):
            if location == self._first.name.location and not self._first.closed:
                yield self._first, list(segments)
            else:
                yield self._open(known.get(location, FileName(location, location))), list(segments)

    def _segments(self, file: OpenFile, plan: Plan, *, quiet: bool = False) -> Iterator[Segment]:
        def warn(text: str) -> None:
            if not quiet:
                self.log.warning("DuplicateEvent", text)

        return plan.segments(file.name, file.index, real_data=file.file.real_data, warn=warn)

    def _open_files(self, names: Iterator[FileName]) -> Iterator[OpenFile]:
        for name in names:
            try:
                file = self._open(name)
            except FileOpenError as error:
                if not self.parameters.skipBadFiles:
                    error.add_context(f"Calling InputSource::readFile_ for {name.lfn}")
                    raise
                self.log.warning("FileOpenError", f"Skipping a file: {error}")
                continue
            yield file

    def _open(self, name: FileName) -> OpenFile:
        file = OpenFile(name, self.open_file, self.log, sort=not self.parameters.noEventSort)
        opened = [self._record(one) if isinstance(one, OpenFile) and one.closed else one for one in self._opened]
        self._opened = [*(one for one in opened if one is not None), file]
        guid = file.guid
        if self.parameters.enforceGUIDInFileName and os.path.splitext(os.path.basename(name.location))[0] != guid:
            raise FileNameInconsistentWithGUID(f"The file {name.lfn} has the GUID {guid or 'of no file'}")
        if self._first is None:
            self._shift_runs(file)
        else:
            self._check_against_first(file)
        return file

    def _shift_runs(self, file: OpenFile) -> None:
        wanted, stretches = self.parameters.setRunNumber, file.index.stretches
        if wanted and file.file.real_data:
            raise Configuration(f"setRunNumber is for simulation, but {file.name.lfn} holds real data")
        if wanted and stretches:
            self._run_offset = wanted - stretches[0].run

    def _chosen(self, file: SourceFile) -> list[BranchDescription]:
        """The file's products without those dropped, and without what was made from dropped ones."""
        kept = self._selector.select(file.branches)
        if not self.parameters.dropDescendantsOfDroppedBranches:
            return kept
        dropped = set(file.branches) - set(kept)
        grew = bool(dropped)
        while grew:
            children = {child for child, parents in file.parents.items() if dropped & set(parents)} - dropped
            dropped |= children
            grew = bool(children)
        return [branch for branch in kept if branch not in dropped]

    def _check_against_first(self, file: OpenFile) -> None:
        """Refuse a file whose trigger results mean something else, and tell of products that are left out."""
        first, other = self.history, file.history
        if [(p.name, p.trigger_paths) for p in first] != [(p.name, p.trigger_paths) for p in other]:
            raise Configuration(
                f"The file {file.name.lfn} comes from the processes {', '.join(p.name for p in other)} with other "
                f"trigger paths than the first file's ({', '.join(p.name for p in first)}): read them in separate jobs"
            )
        unknown = set(self._chosen(file.file)) - set(self._branches)
        missing = set(self._branches) - set(file.file.branches)
        if self.parameters.branchesMustMatch == "strict" and (unknown or missing):
            names = [
                f"  {b.name} is only in {n}" for n, bs in ((file.name.lfn, unknown), ("the first", missing)) for b in bs
            ]
            raise MismatchedInputFiles(
                f"{file.name.lfn} has not the same products as the first file, and branchesMustMatch is 'strict':\n"
                + "\n".join(sorted(names))
            )
        if unknown:
            listed = "\n".join(sorted(branch.name for branch in unknown))
            self.log.warning("BranchMismatch", f"{file.name.lfn} has products that the first file hasn't:\n{listed}")


def _check(source: str, parameter: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise Configuration(f"{source} has the {parameter} {value!r}; there are {', '.join(allowed)}")
