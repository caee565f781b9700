"""Timing: how long events and modules take.

The text and the metrics are those of CMSSW's service of this name. Modules see blocks of events at once, so an event's
time is its share of its block's.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..plugins import parameters as param
from ..plugins.registry import plugin
from ..service import JobContext, ModuleCall, Service
from .messages import ERROR, WARNING

if TYPE_CHECKING:
    from ..event.block import EventBlock
    from ..event.branch import BranchDescription
    from ..event.principal import Principal
    from ..event.store import Array


class _Clock:
    """Wall-clock time and CPU time of the process, both from the start of the clock, in seconds."""

    def __init__(self) -> None:
        self._began, self._began_cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self._began, time.process_time() - self._began_cpu


def children_cpu() -> float:
    """CPU seconds of the processes that this one has started and that have ended."""
    times = os.times()
    return times.children_user + times.children_system


@plugin
class Timing(Service):
    """Reports the time of each event and module call, and sums at the end of the job."""

    class Parameters(param.ParameterSet):
        summaryOnly: bool = param.untracked.bool(False, doc="whether single events and modules are left out")
        useJobReport: bool = param.untracked.bool(True, doc="whether the job report gets the summary")
        excessiveTimeThreshold: float = param.untracked.double(
            0.0, doc="seconds per event above which a module call is reported as an error; 0 for never"
        )

    parameters: Parameters

    def __init__(self, label: str, parameters: Parameters) -> None:
        super().__init__(label, parameters)
        self._clock = _Clock()
        self._lock = threading.Lock()
        self._local = threading.local()
        self._blocks: dict[int, float] = {}  # per stream, when its block began
        self._loop_began = self._loop_ended = (0.0, 0.0)
        self._fastest, self._slowest, self._total = float("inf"), 0.0, 0.0
        self._events = self._runs = self._lumis = 0
        self._streams = self._threads = 1
        self._metrics: dict[str, dict[str, str]] = {}

    def preBeginJob(self, job: JobContext) -> None:
        self._streams, self._threads = job.streams, job.threads

    def postBeginJob(self) -> None:
        self._loop_began = self._loop_ended = real, cpu = self._clock.read()
        if not self.parameters.summaryOnly:
            self._say(
                "TimeReport",
                "TimeReport> Report activated\n"
                "TimeReport> Report columns headings for events: eventnum runnum timetaken\n"
                "TimeReport> Report columns headings for modules: eventnum runnum modulelabel modulename timetaken\n"
                f"TimeReport> JobTime={real:g} JobCPU={cpu:g}\n",
                ERROR,
            )

    def preBlock(self, stream: int, block: EventBlock) -> None:
        self._blocks[stream] = time.perf_counter()

    def postBlock(self, stream: int, block: EventBlock) -> None:
        spent = time.perf_counter() - self._blocks.pop(stream)
        if not len(block):
            return
        each = spent / len(block)
        with self._lock:
            self._loop_ended = self._clock.read()
            self._events += len(block)
            self._total += spent
            self._fastest, self._slowest = min(self._fastest, each), max(self._slowest, each)
        if not self.parameters.summaryOnly:
            events = zip(block.ids.event, block.ids.run, strict=True)
            self._say("TimeEvent", "\n".join(f"TimeEvent> {event} {run} {each:g}" for event, run in events))

    def preModule(self, call: ModuleCall) -> None:
        self._local.began = time.perf_counter()

    def postModule(
        self, call: ModuleCall, products: Mapping[BranchDescription, Array], error: Exception | None
    ) -> None:
        spent = time.perf_counter() - self._local.began
        if call.transition not in ("event", "write") or call.block is None or not call.events:
            return
        where = f"{call.block.ids.event[0]} {call.block.ids.run[0]} {call.label} {call.type}"
        each, threshold = spent / call.events, self.parameters.excessiveTimeThreshold
        if 0 < threshold < each:
            self.log.error(
                "TimeModule",
                f"ExcessiveTime> {where} {each:g} secs exceeds excessive time threshold {threshold:g} secs.",
            )
        if not self.parameters.summaryOnly:
            many = f" for {call.events} events" if call.events > 1 else ""
            self._say("TimeModule", f"TimeModule> {where} {spent:g}{many}")

    def postGlobalBeginTransition(self, principal: Principal) -> None:
        if principal.parent is None:
            self._runs += 1
        else:
            self._lumis += 1

    def postEndJob(self) -> None:
        (real, cpu), (init, init_cpu), children = self._clock.read(), self._loop_began, children_cpu()
        loop, loop_cpu = (end - begin for begin, end in zip(self._loop_began, self._loop_ended, strict=True))
        fastest = self._fastest if self._events else 0.0
        average = self._total / self._events if self._events else 0.0
        throughput = self._events / loop if loop else 0.0
        self._say(
            "TimeReport",
            f"TimeReport> Time report complete in {real:g} seconds\n"
            " Time Summary: \n"
            f" - Min event:   {fastest:g}\n - Max event:   {self._slowest:g}\n - Avg event:   {average:g}\n"
            f" - Total loop:  {loop:g}\n - Total init:  {init:g}\n - Total job:   {real:g}\n"
            f" Event Throughput: {throughput:g} ev/s\n"
            " CPU Summary: \n"
            f" - Total loop:     {loop_cpu:g}\n - Total init:     {init_cpu:g}\n"
            f" - Total children: {children:g}\n - Total job:      {cpu:g}\n"
            " Processing Summary: \n"
            f" - Number of Events:  {self._events}\n"
            f" - Number of Global Begin Lumi Calls:  {self._lumis}\n"
            f" - Number of Global Begin Run Calls: {self._runs}\n",
            ERROR,
        )
        if self.parameters.useJobReport:
            times = {
                "MinEventTime": fastest, "MaxEventTime": self._slowest, "AvgEventTime": average,
                "EventThroughput": throughput, "TotalJobTime": real, "TotalJobCPU": cpu,
                "TotalJobChildrenCPU": children, "TotalLoopTime": loop, "TotalLoopCPU": loop_cpu,
                "TotalInitTime": init, "TotalInitCPU": init_cpu,
                "NumberOfStreams": self._streams, "NumberOfThreads": self._threads,
            }  # fmt: skip
            counts = {
                "NumberEvents": self._events,
                "NumberBeginLumiCalls": self._lumis,
                "NumberBeginRunCalls": self._runs,
            }
            self._metrics = {
                "Timing": {name: f"{value:g}" for name, value in times.items()},
                "ProcessingSummary": {name: str(value) for name, value in counts.items()},
            }

    def performance(self) -> Mapping[str, Mapping[str, str]]:
        return self._metrics

    def _say(self, category: str, text: str, severity: int = WARNING) -> None:
        self.log.verbatim(text, category, severity)
