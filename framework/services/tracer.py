"""Tracer: says what the framework does while it does it, in the words of CMSSW's service of this name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from ..plugins import parameters as param
from ..plugins.registry import plugin
from ..service import JobContext, ModuleCall, Service
from .messages import timestamp

if TYPE_CHECKING:
    from ..event.block import EventBlock
    from ..event.branch import BranchDescription
    from ..event.principal import Principal
    from ..event.store import Array

_MOMENTS = {
    "beginJob": "begin job", "endJob": "end job", "beginStream": "begin stream", "endStream": "end stream",
    "beginRun": "begin run", "endRun": "end run", "beginLuminosityBlock": "begin lumi",
    "endLuminosityBlock": "end lumi", "event": "processing event", "acquire": "processing event acquire",
    "write": "writing event",
}  # fmt: skip


@plugin
class Tracer(Service):
    """Writes a line at the start and the end of each step."""

    class Parameters(param.ParameterSet):
        indention: str = param.untracked.string("++", doc="what lines begin with, more often the deeper the step")
        dumpContextForLabels: list[str] = param.untracked.vstring([], doc="modules whose calls are told of in full")
        dumpNonModuleContext: bool = param.untracked.bool(False, doc="whether blocks are told of in full")
        dumpPathsAndConsumes: bool = param.untracked.bool(False, doc="whether paths and what modules read is listed")
        printTimestamps: bool = param.untracked.bool(False, doc="whether lines begin with the time")

    parameters: Parameters

    def preBeginJob(self, job: JobContext) -> None:
        self._say(1, f"preallocate: {job.streams} streams, {job.threads} threads")
        self._say(1, "starting: begin job")
        if self.parameters.dumpPathsAndConsumes:
            for path in (*job.wiring.trigger_paths, *job.wiring.end_paths):
                self.log.verbatim(f"path {path.name}: {' '.join(entry.label for entry in path.entries)}", "Tracer")
            for label, module in job.wiring.modules.items():
                read = " ".join(sorted({str(token.tag) for token in module.consumed}))
                self.log.verbatim(f"module {label} consumes: {read or 'nothing'}", "Tracer")

    def postBeginJob(self) -> None:
        self._say(1, "finished: begin job")

    def preModule(self, call: ModuleCall) -> None:
        self._module("starting", call)

    def postModule(
        self, call: ModuleCall, products: Mapping[BranchDescription, Array], error: Exception | None
    ) -> None:
        self._module("finished", call, "" if error is None else f" : {type(error).__name__} was raised")

    def preBlock(self, stream: int, block: EventBlock) -> None:
        self._block("starting", stream, block)

    def postBlock(self, stream: int, block: EventBlock) -> None:
        self._block("finished", stream, block)

    def postGlobalBeginTransition(self, principal: Principal) -> None:
        self._transition("finished: global begin", principal)

    def preGlobalEndTransition(self, principal: Principal) -> None:
        self._transition("starting: global end", principal)

    def postEndJob(self) -> None:
        self._say(1, "finished: end job")

    def _module(self, step: str, call: ModuleCall, more: str = "") -> None:
        events = f" events = {call.events}" if call.block is not None else ""
        where = f"stream = {call.stream} " if call.stream >= 0 else ""
        self._say(4, f"{step}: {_MOMENTS[call.transition]} for module: {where}label = '{call.label}'{events}{more}")
        if call.label in self.parameters.dumpContextForLabels:
            known = attrs.asdict(call, recurse=False, filter=lambda field, _: field.name != "block")
            self.log.verbatim(f"{known | {'events': list(call.block.ids.event) if call.block else []}}", "Tracer")

    def _block(self, step: str, stream: int, block: EventBlock) -> None:
        if not len(block):
            return
        ids = block.ids
        events = f"{ids.event[0]}" if len(block) == 1 else f"{ids.event[0]}-{ids.event[-1]}"
        self._say(
            2, f"{step}: processing event : stream = {stream} run = {ids.run[0]} lumi = {ids.lumi[0]} event = {events}"
        )
        if self.parameters.dumpNonModuleContext:
            self.log.verbatim(f"block {block.index}: events {ids.event.tolist()}", "Tracer")

    def _transition(self, step: str, principal: Principal) -> None:
        kind = "run" if principal.parent is None else "lumi"
        lumi = "" if principal.parent is None else f" lumi = {principal.lumi}"
        self._say(2, f"{step} {kind}: run = {principal.run}{lumi}")

    def _say(self, depth: int, text: str) -> None:
        when = f"{timestamp(milliseconds=True)}  " if self.parameters.printTimestamps else ""
        self.log.verbatim(f"{when}{self.parameters.indention * depth} {text}", "Tracer")
