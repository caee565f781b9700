"""Events from files that PoolOutputModule wrote."""

from __future__ import annotations

from collections.abc import Mapping

from ..event.branch import BranchDescription
from ..event.provenance import ProcessRecord
from ..event.store import Array, Mask
from ..plugins.registry import plugin
from .event_file_reader import EventFileReader
from .file_source import FileSource, SourceFile
from .storage import FileName


@plugin
class PoolSource(FileSource):
    """Reads event files; see `FileSource`."""

    def open_file(self, name: FileName) -> SourceFile:
        return EventFile(name)


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
