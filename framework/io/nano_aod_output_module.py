"""Selected events and tables, written as NanoAOD."""

from __future__ import annotations

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
from .file_output_module import FileOutputModule
from .metadata import FileMetadata
from .nano_file_writer import COMPRESSIONS, NanoFileWriter
from .pool_output_module import Dataset, SelectEvents

_KEPT = ["drop *", "keep nanoaodFlatTable_*_*_*", "keep edmTriggerResults_*_*_*",
         "keep nanoaodMergeableCounterTable_*_*_*"]  # fmt: skip


@plugin
class NanoAODOutputModule(FileOutputModule):
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
        super().declare(p)
        self._writer: NanoFileWriter | None = None
        self._events_of: dict[int, dict[int, int]] = {}

    def open(self, job: JobRecord) -> None:
        super().open(job)
        p = self.parameters
        paths = {process.name: process.trigger_paths for process in job.history}
        self._writer = NanoFileWriter(
            self.destination,
            job.kept,
            paths,
            compression=(p.compressionAlgorithm, p.compressionLevel),
            auto_flush=p.autoFlush,
        )

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

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close(self._metadata() if self.parameters.saveProvenance else "")

    def _metadata(self) -> str:
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
        if self._writer is None:
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
