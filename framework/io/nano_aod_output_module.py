"""Selected events and tables, written as NanoAOD."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence

import attrs
import numpy as np

from ..event.branch import BranchDescription, Level
from ..event.ids import EventIDs
from ..event.principal import Principal
from ..event.provenance import FileRecord, InputFile, JobRecord
from ..event.store import Array, Mask
from ..event.trigger_results import TRIGGER_RESULTS
from ..output_module import OutputModule
from ..plugins import parameters as param
from ..plugins.registry import plugin
from .event_selector import EventSelector, States
from .metadata import FileMetadata
from .nano_file_writer import COMPRESSIONS, NanoFileWriter
from .pool_output_module import Dataset, SelectEvents
from .product_selector import ProductSelector

_KEPT = ["drop *", "keep nanoaodFlatTable_*_*_*", "keep edmTriggerResults_*_*_*",
         "keep nanoaodMergeableCounterTable_*_*_*"]  # fmt: skip


@plugin
class NanoAODOutputModule(OutputModule):
    """Writes tables as flat TTrees, which RDataFrame, coffea and NanoAODTools read; see `NanoTree`.

    The file has its name only when the job ends well. Luminosity blocks and runs are written whether any of their
    events is selected or not, as in CMSSW.
    """

    class Parameters(param.ParameterSet):
        fileName: str = param.untracked.string(doc="the file to write: 'x.root' or 'file:x.root'")
        outputCommands: list[str] = param.untracked.vstring(_KEPT, doc="keep and drop commands for the products")
        SelectEvents: SelectEvents = param.untracked.pset(SelectEvents, doc="which events to write")
        compressionAlgorithm: str = param.untracked.string("ZLIB", doc=", ".join(COMPRESSIONS))
        compressionLevel: int = param.untracked.int32(9, doc="how hard to compress, 1 to 9")
        autoFlush: int = param.untracked.int32(
            -10_000_000, doc="events to compress together or, if negative, bytes; pyrun counts them uncompressed"
        )
        saveProvenance: bool = param.untracked.bool(True, doc="write the process history and parameters as MetaData")
        fakeNameForCrab: bool = param.untracked.bool(False, doc="call the module PoolOutputModule in the job report")
        logicalFileName: str = param.untracked.string("", doc="the file's name in the job report")
        dataset: Dataset = param.untracked.pset(Dataset, doc="accepted for configurations of CMSSW, without effect")

    parameters: Parameters

    def declare(self, p: Parameters) -> None:
        self._products = ProductSelector(p.outputCommands)
        self._writer: NanoFileWriter | None = None
        self._events_of: dict[int, dict[int, int]] = {}
        self._job: JobRecord | None = None

    @property
    def destination(self) -> str:
        return os.path.abspath(self.parameters.fileName.removeprefix("file:"))

    def keep(self, branches: Sequence[BranchDescription]) -> list[BranchDescription]:
        self._with_results = {branch.process for branch in branches if branch.label == TRIGGER_RESULTS}
        return self._products.select(branches)

    def open(self, job: JobRecord) -> None:
        p, this = self.parameters, job.history[-1].name
        self._job = job
        paths = {process.name: process.trigger_paths for process in job.history}
        known = {process: names for process, names in paths.items() if process in {this, *self._with_results}}
        self._selector = EventSelector(p.SelectEvents.SelectEvents, known, this)
        self._needed_results = self._selector.processes - {this}
        for warning in self._selector.warnings:
            self.log.warning("Configuration", f"{self.label}: {warning}")
        self._writer = NanoFileWriter(
            self.destination,
            job.kept,
            paths,
            compression=(p.compressionAlgorithm, p.compressionLevel),
            auto_flush=p.autoFlush,
        )

    @property
    def needed_results(self) -> Collection[str]:
        return self._needed_results

    def select(self, trigger_results: Mapping[str, States]) -> Mask | None:
        return self._selector.select(trigger_results)

    def write(self, ids: EventIDs, products: Mapping[BranchDescription, tuple[Array | None, Mask]]) -> None:
        assert self._writer is not None
        self._writer.write(ids, products)
        lumis, counts = np.unique(np.stack([ids.run, ids.lumi]), axis=1, return_counts=True)
        for run, lumi, count in zip(*lumis.tolist(), counts.tolist(), strict=True):
            of_run = self._events_of.setdefault(run, {})
            of_run[lumi] = of_run.get(lumi, 0) + count

    def writeLuminosityBlock(self, lumi: Principal) -> None:
        assert self._writer is not None
        self._events_of.setdefault(lumi.run, {}).setdefault(lumi.lumi, 0)
        self._writer.write_lumi(lumi.run, lumi.lumi, self._products_of(lumi, "LuminosityBlock"))

    def writeRun(self, run: Principal) -> None:
        assert self._writer is not None
        self._events_of.setdefault(run.run, {})
        products = self._products_of(run, "Run")
        sums = next((array for branch, (array, _) in products.items() if branch.label == "genEventSumw"), None)
        for branch, (array, present) in products.items():
            if branch.label.endswith("Sumw") and getattr(array, "ndim", 1) == 2 and sums is not None:
                products[branch] = array / sums, present  # as in NanoAOD; see NanoFile.read_summary
        self._writer.write_run(run.run, products)

    def _products_of(self, principal: Principal, level: Level) -> dict[BranchDescription, tuple[Array | None, Mask]]:
        assert self._job is not None
        only = np.zeros(1, dtype=np.int64)
        return {branch: principal.products.get(branch, only) for branch in self._job.kept if branch.level == level}

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close(self._metadata() if self.parameters.saveProvenance else "")

    def _metadata(self) -> str:
        assert self._job is not None
        this = attrs.evolve(
            self._job.history[-1],
            software=self._job.software(),
            inputs=tuple(InputFile(file.lfn, file.guid, file.checksum) for file in self._job.inputs()),
            select_events=tuple(self.parameters.SelectEvents.SelectEvents),
        )
        parentage = {child.name: tuple(parent.name for parent in of) for child, of in self._job.parents.items()}
        return FileMetadata((*self._job.history[:-1], this), self._job.kept, parentage).to_json()

    def abort(self) -> None:
        if self._writer is not None:
            self._writer.abort()

    @property
    def files(self) -> Sequence[FileRecord]:
        if self._writer is None or self._job is None:
            return ()
        return [
            FileRecord(
                lfn=self.parameters.logicalFileName or self.destination,
                pfn=self.destination,
                module=self.label,
                module_class="PoolOutputModule" if self.parameters.fakeNameForCrab else type(self).__name__,
                events=sum(sum(lumis.values()) for lumis in self._events_of.values()),
                lumis=self._events_of,
                branches=tuple(branch.name for branch in self._job.kept),
                guid=self._writer.guid,
                inputs=tuple(file.pfn for file in self._job.inputs()),
            )
        ]
