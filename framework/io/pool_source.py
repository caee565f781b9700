"""Events from files that PoolOutputModule wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from ..errors import Configuration
from ..event.branch import BranchDescription
from ..event.ids import EventIDs
from ..event.provenance import FileRecord, ProcessRecord
from ..event.store import Array, LazyProduct, Mask
from ..plugins import parameters as param
from ..plugins.registry import plugin
from .event_file_reader import EventFileReader
from .file_source import FileSource, SourceFile
from .secondary_files import SecondaryFiles
from .storage import FileName, expand


@plugin
class PoolSource(FileSource):
    """Reads event files; see `FileSource`.

    With secondaryFileNames, products that the files lack are taken from others that have the same events, such as the
    AOD that a MiniAOD was made from.
    """

    class Parameters(FileSource.Parameters):
        secondaryFileNames: list[str] = param.untracked.vstring(
            [], doc="files with other products of the same events; named as in fileNames"
        )
        needSecondaryFileNames: bool = param.untracked.bool(False, doc="refuse to run without secondaryFileNames")

    parameters: Parameters

    def declare(self, p: FileSource.Parameters) -> None:
        super().declare(p)
        self._secondary: SecondaryFiles | None = None
        if self.parameters.needSecondaryFileNames and not self.parameters.secondaryFileNames:
            raise Configuration("PoolSource needs secondaryFileNames, as needSecondaryFileNames says, and has none")

    def open_file(self, name: FileName) -> SourceFile:
        return EventFile(name)

    def open(self) -> None:
        super().open()
        if self.parameters.secondaryFileNames:
            self._secondary = SecondaryFiles(expand(self.parameters.secondaryFileNames), self.open_file, self.history)
            more = self._selector.select(self._secondary.branches)
            self._from_secondary = [branch for branch in more if branch not in self._branches]

    @property
    def branches(self) -> Sequence[BranchDescription]:
        return [*self._branches, *self._from_secondary] if self._secondary else self._branches

    @property
    def parents(self) -> Mapping[BranchDescription, tuple[BranchDescription, ...]]:
        return {**self._secondary.parents, **super().parents} if self._secondary else super().parents

    @property
    def files(self) -> Sequence[FileRecord]:
        more = self._secondary.records(self.label, type(self).__name__) if self._secondary else []
        return [*super().files, *more]

    def more_products(self, ids: EventIDs) -> Mapping[BranchDescription, LazyProduct]:
        if self._secondary is None:
            return {}
        return {branch: partial(self._secondary.read, branch, ids) for branch in self._from_secondary}

    def close(self) -> None:
        super().close()
        if self._secondary is not None:
            self._secondary.close()


class EventFile(SourceFile):
    """An event file as `FileSource` sees it."""

    def __init__(self, name: FileName) -> None:
        self._reader = EventFileReader(name.location)
        metadata = self._reader.metadata
        self.branches = self._reader.branches
        self.ids = self._reader.ids
        self.history: tuple[ProcessRecord, ...] = metadata.processes
        of_name = BranchDescription.from_name
        self.parents: Mapping[BranchDescription, tuple[BranchDescription, ...]] = {
            of_name(child): tuple(of_name(parent) for parent in parents)
            for child, parents in metadata.parentage.items()
        }
        self.lumis, self.runs, self.merges = self._reader.lumis, self._reader.runs, metadata.merges
        self.guid, self.checksum = self._reader.guid, self._reader.checksum

    def read(self, branch: BranchDescription, start: int, stop: int) -> tuple[Array, Mask | None]:
        return self._reader.read(branch, start, stop)

    def read_summary(self, branch: BranchDescription, run: int, lumi: int) -> Array | None:
        return self._reader.read_summary(branch, run, lumi)

    def close(self) -> None:
        self._reader.close()
