"""Selected events and products, written to a file."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence

from ..event.branch import BranchDescription
from ..event.ids import EventIDs
from ..event.provenance import JobRecord
from ..event.store import Array, Mask
from ..event.trigger_results import TRIGGER_RESULTS
from ..output_module import OutputModule
from ..plugins import parameters as param
from ..plugins.registry import plugin
from .event_file_writer import EventFileWriter
from .event_selector import EventSelector, States
from .metadata import FileMetadata
from .product_selector import ProductSelector


class SelectEvents(param.ParameterSet):
    SelectEvents: list[str] = param.vstring([], doc="ORed conditions on trigger paths; see EventSelector")


class Dataset(param.ParameterSet):
    allow_any = True


_NO_EFFECT = "accepted for configurations of CMSSW, without effect here"


@plugin
class PoolOutputModule(OutputModule):
    """Writes the events that pass SelectEvents, with the products that outputCommands keep.

    The file has its name only when the job ends well.
    """

    class Parameters(param.ParameterSet):
        fileName: str = param.untracked.string(doc="the file to write: 'x.root' or 'file:x.root'")
        outputCommands: list[str] = param.untracked.vstring(["keep *"], doc="keep and drop commands for the products")
        SelectEvents: SelectEvents = param.untracked.pset(SelectEvents, doc="which events to write")
        compressionAlgorithm: str = param.untracked.string("ZSTD", doc="ZSTD, LZMA, ZLIB or LZ4")
        compressionLevel: int = param.untracked.int32(4, doc="how hard to compress, 1 to 9")
        format: str = param.untracked.string("RNTuple", doc="RNTuple, or TTree for products without nested lists")
        eventsPerCluster: int = param.untracked.int32(1000, doc="the most events compressed and read together")
        dataset: Dataset = param.untracked.pset(Dataset, doc=_NO_EFFECT)
        logicalFileName: str = param.untracked.string("", doc=_NO_EFFECT)
        catalog: str = param.untracked.string("", doc=_NO_EFFECT)
        dropMetaData: str = param.untracked.string("NONE", doc=_NO_EFFECT)
        splitLevel: int = param.untracked.int32(99, doc=_NO_EFFECT)
        basketSize: int = param.untracked.int32(16384, doc=_NO_EFFECT)
        eventAutoFlushCompressedSize: int = param.untracked.int32(20 * 1024 * 1024, doc=_NO_EFFECT)
        treeMaxVirtualSize: int = param.untracked.int32(-1, doc=_NO_EFFECT)
        fastCloning: bool = param.untracked.bool(True, doc=_NO_EFFECT)
        overrideInputFileSplitLevels: bool = param.untracked.bool(False, doc=_NO_EFFECT)

    parameters: Parameters

    def declare(self, p: Parameters) -> None:
        self._products = ProductSelector(p.outputCommands)
        self._writer: EventFileWriter | None = None

    @property
    def destination(self) -> str:
        return os.path.abspath(self.parameters.fileName.removeprefix("file:"))

    def keep(self, branches: Sequence[BranchDescription]) -> list[BranchDescription]:
        self._with_results = {branch.process for branch in branches if branch.label == TRIGGER_RESULTS}
        return self._products.select(branches)

    def open(self, job: JobRecord) -> None:
        p = self.parameters
        this = job.history[-1].name
        paths = {process.name: process.trigger_paths for process in job.history}
        known = {process: names for process, names in paths.items() if process in {this, *self._with_results}}
        self._events = EventSelector(p.SelectEvents.SelectEvents, known, this)
        self._needed_results = self._events.processes - {this}
        for warning in self._events.warnings:
            self.log.warning("Configuration", f"{self.label}: {warning}")
        parentage = {child.name: tuple(parent.name for parent in of) for child, of in job.parents.items()}
        self._writer = EventFileWriter(
            self.destination,
            job.kept,
            FileMetadata(tuple(job.history), parentage=parentage),
            format=p.format,
            compression=(p.compressionAlgorithm, p.compressionLevel),
            events_per_cluster=p.eventsPerCluster,
        )

    @property
    def needed_results(self) -> Collection[str]:
        return self._needed_results

    def select(self, trigger_results: Mapping[str, States]) -> Mask | None:
        return self._events.select(trigger_results)

    def write(self, ids: EventIDs, products: Mapping[BranchDescription, tuple[Array | None, Mask]]) -> None:
        if self._writer is not None:
            self._writer.write(ids, products)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def abort(self) -> None:
        if self._writer is not None:
            self._writer.abort()
