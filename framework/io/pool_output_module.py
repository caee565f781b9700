"""Selected events and products, written to a file, or to several if they get too large."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from ..event.branch import BranchDescription
from ..event.ids import EventIDs
from ..event.principal import Principal
from ..event.provenance import FileRecord, InputFile, JobRecord
from ..event.store import Array, Mask
from ..plugins import parameters as param
from ..plugins.registry import plugin
from .event_file_writer import EventFileWriter
from .file_output_module import FileOutputModule
from .metadata import FileMetadata
from .summaries import merge_rule


class SelectEvents(param.ParameterSet):
    SelectEvents: list[str] = param.vstring([], doc="ORed conditions on trigger paths; see EventSelector")


class Dataset(param.ParameterSet):
    allow_any = True


_NO_EFFECT = "accepted for configurations of CMSSW, without effect here"


@attrs.define(eq=False)
class _Part:
    """One of the files, and what it has of each luminosity block: events by run and number."""

    path: str
    logical_name: str
    writer: EventFileWriter
    lumis: dict[int, dict[int, int]] = attrs.Factory(dict)

    @property
    def events(self) -> int:
        return sum(count for lumis in self.lumis.values() for count in lumis.values())

    def count(self, ids: EventIDs) -> None:
        lumis, counts = np.unique(np.stack([ids.run, ids.lumi]), axis=1, return_counts=True)
        for run, lumi, count in zip(*lumis.tolist(), counts.tolist(), strict=True):
            of_run = self.lumis.setdefault(run, {})
            of_run[lumi] = of_run.get(lumi, 0) + count


@plugin
class PoolOutputModule(FileOutputModule):
    """Writes the events that pass SelectEvents, with the products that outputCommands keep.

    The files have their names only when the job ends well. When one has reached maxSize, the next luminosity block
    goes to a new one: after ``name.root`` come ``name001.root``, ``name002.root`` ... A run that continues has an
    entry, with its products, in each.
    """

    class Parameters(param.ParameterSet):
        fileName: str = param.untracked.string(doc="the file to write: 'x.root' or 'file:x.root'")
        outputCommands: list[str] = param.untracked.vstring(["keep *"], doc="keep and drop commands for the products")
        SelectEvents: SelectEvents = param.untracked.pset(SelectEvents, doc="which events to write")
        compressionAlgorithm: str = param.untracked.string("ZSTD", doc="ZSTD, LZMA, ZLIB or LZ4")
        compressionLevel: int = param.untracked.int32(4, doc="how hard to compress, 1 to 9")
        format: str = param.untracked.string("RNTuple", doc="RNTuple, or TTree for products without nested lists")
        eventsPerCluster: int = param.untracked.int32(1000, doc="the most events compressed and read together")
        maxSize: int = param.untracked.int32(
            0x7F000000, doc="size in kB after which the next luminosity block goes to a new file"
        )
        logicalFileName: str = param.untracked.string("", doc="the file's name in the job report")
        catalog: str = param.untracked.string("", doc="the catalog's name in the job report")
        dataset: Dataset = param.untracked.pset(Dataset, doc=_NO_EFFECT)
        dropMetaData: str = param.untracked.string("NONE", doc=_NO_EFFECT)
        splitLevel: int = param.untracked.int32(99, doc=_NO_EFFECT)
        basketSize: int = param.untracked.int32(16384, doc=_NO_EFFECT)
        eventAutoFlushCompressedSize: int = param.untracked.int32(20 * 1024 * 1024, doc=_NO_EFFECT)
        treeMaxVirtualSize: int = param.untracked.int32(-1, doc=_NO_EFFECT)
        fastCloning: bool = param.untracked.bool(True, doc=_NO_EFFECT)
        overrideInputFileSplitLevels: bool = param.untracked.bool(False, doc=_NO_EFFECT)

    parameters: Parameters

    def declare(self, p: Parameters) -> None:
        super().declare(p)
        self._parts: list[_Part] = []
        self._last: tuple[int, int] | None = None

    def open(self, job: JobRecord) -> None:
        super().open(job)
        self._open_part()

    def _open_part(self) -> None:
        p, number = self.parameters, len(self._parts)
        base, extension = os.path.splitext(self.destination)
        path = f"{base}{number:03}{extension}" if number else self.destination
        logical_name = f"{p.logicalFileName}{number:03}" if number and p.logicalFileName else p.logicalFileName
        writer = EventFileWriter(
            path,
            self._job.kept,
            FileMetadata(),  # complete only at the end
            format=p.format,
            compression=(p.compressionAlgorithm, p.compressionLevel),
            events_per_cluster=p.eventsPerCluster,
            helpers=self._job.helpers,
        )
        self._parts.append(_Part(path, logical_name or path, writer))

    def write(self, ids: EventIDs, products: Mapping[BranchDescription, tuple[Array | None, Mask]]) -> None:
        part = self._part_for(int(ids.run[0]), int(ids.lumi[0]))
        part.writer.write(ids, products)
        part.count(ids)

    def writeLuminosityBlock(self, lumi: Principal) -> None:
        part = self._part_for(lumi.run, lumi.lumi)
        part.lumis.setdefault(lumi.run, {}).setdefault(lumi.lumi, 0)
        part.writer.write_lumi(lumi.run, lumi.lumi, self._products_of(lumi, "LuminosityBlock"))

    def writeRun(self, run: Principal) -> None:
        self._part_for(run.run, 0).lumis.setdefault(run.run, {})
        products = self._products_of(run, "Run")
        once = {branch: entry for branch, entry in products.items() if merge_rule(branch, {}) is None}
        for part in self._parts:
            if run.run in part.lumis:  # what is added when files are merged must be in one of them only
                part.writer.write_run(run.run, products if part is self._parts[-1] else once)

    def _part_for(self, run: int, lumi: int) -> _Part:
        """The file that a luminosity block goes to: a new one if the last is full and this is another one."""
        if lumi and (run, lumi) != self._last:
            if self._last is not None and self._parts[-1].writer.size >= 1024 * self.parameters.maxSize:
                self._open_part()
            self._last = (run, lumi)
        return self._parts[-1]

    def close(self) -> None:
        metadata = self._metadata()
        for part in self._parts:
            part.writer.metadata = metadata
            part.writer.finish()
        for part in self._parts:
            part.writer.close()

    def _metadata(self) -> FileMetadata:
        """What the files say, now that the job has read and loaded all it needs."""
        job = self._job
        this = attrs.evolve(
            job.history[-1],
            software=job.software(),
            inputs=tuple(InputFile(file.lfn, file.guid, file.checksum) for file in job.inputs()),
            select_events=tuple(self.parameters.SelectEvents.SelectEvents),
        )
        parentage = {child.name: tuple(parent.name for parent in of) for child, of in job.parents.items()}
        return FileMetadata((*job.history[:-1], this), parentage=parentage)

    def abort(self) -> None:
        for part in self._parts:
            part.writer.abort()

    @property
    def files(self) -> Sequence[FileRecord]:
        names = tuple(branch.name for branch in self._job.kept) if self._parts else ()
        return [
            FileRecord(
                lfn=part.logical_name,
                pfn=part.path,
                module=self.label,
                module_class=type(self).__name__,
                events=part.events,
                lumis=part.lumis,
                branches=names,
                guid=part.writer.guid,
                checksum=part.writer.checksum,
                inputs=tuple(file.pfn for file in self._job.inputs()),
                more={"Catalog": self.parameters.catalog},
            )
            for part in self._parts
        ]
