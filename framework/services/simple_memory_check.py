"""SimpleMemoryCheck: how the size of the process grows.

The text and the metrics are those of CMSSW's service of this name. What is measured is the whole process: with several
streams, what others allocate meanwhile counts too, as there. An event stands for its block.
"""

from __future__ import annotations

import heapq
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import attrs

from ..plugins import parameters as param
from ..plugins.registry import plugin
from ..service import JobContext, ModuleCall, Service
from .process_memory import ProcessMemory, heap, process_memory, set_allocator, shared_memory, system_memory

if TYPE_CHECKING:
    from ..event.block import EventBlock
    from ..event.branch import BranchDescription
    from ..event.store import Array

_MALLOPT = {"M_TRIM_THRESHOLD": -1, "M_TOP_PAD": -2, "M_MMAP_THRESHOLD": -3, "M_MMAP_MAX": -4}  # malloc.h
_RANKS = (("Largest", "T1"), ("SecondLargest", "T2"), ("ThirdLargest", "T3"))


@attrs.frozen
class _Sample:
    """The sizes after a block, and by how much it is larger than any before."""

    count: int
    run: int
    lumi: int
    event: int
    memory: ProcessMemory
    delta: ProcessMemory
    shared: tuple[float, float] | None = None

    def __str__(self) -> str:
        text = (
            f"[{self.count}] run: {self.run} lumi: {self.lumi} event: {self.event}  vsize = {self.memory.vsize:g} "
            f"deltaVsize = {self.delta.vsize:g} rss = {self.memory.rss:g} delta = {self.delta.rss:g}"
        )
        return text if self.shared is None else f"{text} private = {self.shared[0]:g} pss = {self.shared[1]:g}"

    def metrics(self, title: str) -> dict[str, str]:
        values = [("a-COUNT", self.count), ("b-RUN", self.run), ("c-EVENT", self.event), ("d-VSIZE", self.memory.vsize),
                  ("e-DELTV", self.delta.vsize), ("f-RSS", self.memory.rss)]  # fmt: skip
        if self.shared is not None:
            values += [("g-PRIVATE", self.shared[0]), ("h-PSS", self.shared[1])]
        return {f"{title}-{name}": f"{value:g}" if isinstance(value, float) else str(value) for name, value in values}


@attrs.define
class _Module:
    """How the process has grown during the calls of one module, in MB."""

    calls: int = 0
    total: float = 0.0
    largest: float = 0.0
    event: str = "run: 0 lumi: 0 event: 0"
    early_total: float = 0.0
    early_largest: float = 0.0


@plugin
class SimpleMemoryCheck(Service):
    """Watches the size of the process."""

    class Parameters(param.ParameterSet):
        ignoreTotal: int = param.untracked.int32(1, doc="so many events pass before growth is reported")
        showMallocInfo: bool = param.untracked.bool(False, doc="whether messages tell of the heap")
        oncePerEventMode: bool = param.untracked.bool(False, doc="report after each block, not where memory grows")
        jobReportOutputOnly: bool = param.untracked.bool(False, doc="no messages, only the job report")
        monitorPssAndPrivate: bool = param.untracked.bool(False, doc="whether shared memory is measured as well")
        moduleMemorySummary: bool = param.untracked.bool(False, doc="a summary of each module at the end")
        M_MMAP_MAX: int = param.untracked.int32(-1, doc="option of malloc; negative to leave it")
        M_TRIM_THRESHOLD: int = param.untracked.int32(-1, doc="option of malloc; negative to leave it")
        M_TOP_PAD: int = param.untracked.int32(-1, doc="option of malloc; negative to leave it")
        M_MMAP_THRESHOLD: int = param.untracked.int32(-1, doc="option of malloc; negative to leave it")
        dump: bool = param.untracked.bool(False, doc="print the options of malloc")

    parameters: Parameters

    def __init__(self, label: str, parameters: Parameters) -> None:
        super().__init__(label, parameters)
        self._lock = threading.Lock()
        self._local = threading.local()
        self._count = 0
        self._first: ProcessMemory | None = None
        self._now = self._largest = ProcessMemory(0.0, 0.0)
        self._top: dict[str, list[_Sample]] = {"vsize": [], "deltaVsize": [], "rss": [], "deltaRss": []}
        self._modules: dict[str, _Module] = {}
        self._metrics: dict[str, dict[str, str]] = {}

    def preBeginJob(self, job: JobContext) -> None:
        if not sys.platform.startswith("linux"):
            self.log.warning("MemoryCheck", "The sizes of a process are known only on Linux: nothing is measured")
        options = {name: getattr(self.parameters, name) for name in _MALLOPT}
        for name, value in options.items():
            if value >= 0 and not set_allocator(_MALLOPT[name], value):
                self.log.warning("MemoryCheck", f"malloc does not take {name} = {value}")
        if self.parameters.dump:
            self.log.warning("MemoryCheck", f"Malloc options: {' '.join(f'{n}={v}' for n, v in options.items())}")
        self._update()

    def preModule(self, call: ModuleCall) -> None:
        if self.parameters.moduleMemorySummary:
            self._local.before = self._measure().vsize

    def postModule(
        self, call: ModuleCall, products: Mapping[BranchDescription, Array], error: Exception | None
    ) -> None:
        memory = self._measure()
        with self._lock:
            if not self.parameters.oncePerEventMode:
                kind = "module" if call.transition in ("event", "write") else call.transition
                self._print(kind, f"{call.type}:{call.label}", memory, call.block)
            if self.parameters.moduleMemorySummary and call.transition in ("event", "write"):
                self._note_module(call, memory.vsize - self._local.before)

    def postBlock(self, stream: int, block: EventBlock) -> None:
        if not len(block):
            return
        memory = self._measure()
        shared = shared_memory() if self.parameters.monitorPssAndPrivate else None
        with self._lock:
            self._count += len(block)
            tops = self._top
            before = tops["vsize"][0].memory if tops["vsize"] else memory
            before_rss = tops["rss"][0].memory if tops["rss"] else memory
            delta = ProcessMemory(memory.vsize - before.vsize, memory.rss - before_rss.rss)
            ids = block.ids
            sample = _Sample(
                self._count, int(ids.run[-1]), int(ids.lumi[-1]), int(ids.event[-1]), memory, delta, shared
            )
            if self._count >= self.parameters.ignoreTotal:
                self._first = self._first or memory
                self._rank(sample)
            if self.parameters.oncePerEventMode:
                self._print("event", ":", memory, block)

    def postEndJob(self) -> None:
        if not self.parameters.jobReportOutputOnly:
            self.log.verbatim("\n".join(self._summary()), "MemoryReport")
            if self.parameters.moduleMemorySummary:
                self.log.verbatim("\n".join(self._module_summary()), "ModuleMemoryReport")
        self._metrics = {
            "ApplicationMemory": self._application(),
            "SystemMemory": {name: str(size) for name, size in system_memory().items()},
        }

    def performance(self) -> Mapping[str, Mapping[str, str]]:
        return self._metrics

    def _measure(self) -> ProcessMemory:
        return process_memory() if sys.platform.startswith("linux") else ProcessMemory(0.0, 0.0)

    def _update(self) -> None:
        self._now = self._measure()
        largest = self._largest
        self._largest = ProcessMemory(max(self._now.vsize, largest.vsize), max(self._now.rss, largest.rss))

    def _print(self, kind: str, module: str, memory: ProcessMemory, block: EventBlock | None) -> None:
        """Tell of the sizes, if one is larger than ever or every block is told of."""
        largest, self._now = self._largest, memory
        grown = memory.vsize > largest.vsize or memory.rss > largest.rss
        self._largest = ProcessMemory(max(memory.vsize, largest.vsize), max(memory.rss, largest.rss))
        if self.parameters.jobReportOutputOnly or not (grown or self.parameters.oncePerEventMode):
            return
        if self._count < self.parameters.ignoreTotal and block is not None:
            return
        text = (
            f"MemoryCheck: {kind} {module} VSIZE {memory.vsize:g} {memory.vsize - largest.vsize:g} "
            f"RSS {memory.rss:g} {memory.rss - largest.rss:g}"
        )
        if self.parameters.showMallocInfo:
            text += _heap_text()
        when = (
            "pre-events"
            if block is None or not len(block)
            else f"Run: {block.ids.run[-1]} Event: {block.ids.event[-1]}"
        )
        with self.log.within("PostModule" if kind != "event" else "PostEvent", when):
            self.log.warning("MemoryCheck", text)

    def _rank(self, sample: _Sample) -> None:
        keys: dict[str, tuple[int, Callable[[_Sample], float]]] = {
            "vsize": (3, lambda s: s.memory.vsize), "deltaVsize": (5, lambda s: s.delta.vsize),
            "rss": (3, lambda s: s.memory.rss), "deltaRss": (3, lambda s: s.delta.rss),
        }  # fmt: skip
        for name, (number, key) in keys.items():
            self._top[name] = heapq.nlargest(number, [*self._top[name], sample], key=key)

    def _note_module(self, call: ModuleCall, grown: float) -> None:
        module = self._modules.setdefault(call.label, _Module())
        if self._count < self.parameters.ignoreTotal:
            module.early_total += grown
            module.early_largest = max(module.early_largest, grown)
            return
        module.calls += 1
        module.total += grown
        if grown > module.largest and call.block is not None:
            ids = call.block.ids
            module.largest, module.event = grown, f"run: {ids.run[0]} lumi: {ids.lumi[0]} event: {ids.event[0]}"

    def _summary(self) -> list[str]:
        top = self._top
        peak_vsize = top["vsize"][0].memory.vsize if top["vsize"] else self._largest.vsize
        peak_rss = top["rss"][0].memory.rss if top["rss"] else self._largest.rss
        return [
            f"MemoryReport> Peak virtual size {peak_vsize:g} Mbytes",
            " Key events increasing vsize: ",
            *map(str, reversed(top["deltaVsize"])),
            *map(str, reversed(top["vsize"])),
            f"MemoryReport> Peak rss size {peak_rss:g} Mbytes",
            " Key events increasing rss:",
            *map(str, reversed(top["rss"])),
            *map(str, reversed(top["deltaRss"])),
        ]

    def _module_summary(self) -> list[str]:
        lines = [
            "ModuleMemoryReport> Each line has module label and: ",
            "  (after early ignored events) ",
            "    count of times module executed; average increase in vsize ",
            "    maximum increase in vsize; event on which maximum occurred ",
            "  (during early ignored events) ",
            "    total and maximum vsize increases ",
        ]
        for label, module in sorted(self._modules.items()):
            if module.total or module.early_total:
                average = f" avg = {module.total / module.calls:g}" if module.calls else ""
                line = f"{label}: n = {module.calls}{average} max = {module.largest:g} {module.event}"
                if module.early_total:
                    line += f" early total: {module.early_total:g} max: {module.early_largest:g}"
                lines.append(line)
        return lines

    def _application(self) -> dict[str, str]:
        """The metrics of the group ApplicationMemory."""
        top, metrics = self._top, {}
        for (rank, place), sample in zip(_RANKS, top["vsize"], strict=False):
            metrics.update(sample.metrics(f"{rank}VsizeEvent{place}"))
        for (rank, _), sample in zip(_RANKS, top["rss"], strict=False):
            metrics.update(sample.metrics(f"{rank}RssEvent"))
        for name, kind in (("deltaVsize", "Vsize"), ("deltaRss", "Rss")):
            if top[name]:
                metrics.update(top[name][0].metrics(f"Largest{kind}IncreaseEvent"))
        metrics |= {name: str(value) for name, value in heap().items()}
        first, last = self._first or self._now, self._measure()
        count = max(self._count, 1)
        metrics["AverageGrowthRateVsize"] = f"{(last.vsize - first.vsize) / count:g}"
        metrics["AverageGrowthRateRss"] = f"{(last.rss - first.rss) / count:g}"
        metrics["PeakValueVsize"] = f"{max([s.memory.vsize for s in top['vsize']], default=last.vsize):g}"
        metrics["PeakValueRss"] = f"{max([s.memory.rss for s in top['rss']], default=last.rss):g}"
        return metrics


def _heap_text() -> str:
    sizes = heap()
    if not sizes:
        return ""
    return (
        f" HEAP-ARENA [ SIZE-BYTES {sizes['HEAP_ARENA_SIZE_BYTES']} "
        f"N-UNUSED-CHUNKS {sizes['HEAP_ARENA_N_UNUSED_CHUNKS']} TOP-FREE-BYTES {sizes['HEAP_TOP_FREE_BYTES']} ] "
        f"HEAP-MAPPED [ SIZE-BYTES {sizes['HEAP_MAPPED_SIZE_BYTES']} N-CHUNKS {sizes['HEAP_MAPPED_N_CHUNKS']} ] "
        f"HEAP-USED-BYTES {sizes['HEAP_USED_BYTES']} HEAP-UNUSED-BYTES {sizes['HEAP_UNUSED_BYTES']}"
    )
