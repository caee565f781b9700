"""Taking one block of events through all paths.

The rules are cmsRun's, per event: a module runs at most once for an event, and only if a path reaches it there or
something that runs there asks for its product. Which events those are is kept in boolean arrays over the block.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
import numpy.typing as npt

from ..config.description import PathDescription
from ..errors import ProductNotFound
from ..event.block import EventBlock
from ..event.branch import BranchDescription
from ..event.store import Array, Indices, Mask
from ..event.trigger_results import EXCEPTION, FAIL, PASS, TRIGGER_RESULTS, path_status, trigger_results
from ..eventsetup.provider import EventSetupProvider
from ..output_module import OutputModule
from ..services.message_logger import MessageLogger
from .activity import ActivityRegistry
from .execution import Execution
from .external import ExternalWork
from .failure import Failure
from .policy import ExceptionPolicy
from .report import ModuleCounts, PathCounts, StreamReport
from .turns import Turns
from .wiring import Wiring
from .worker import Worker


@attrs.define(eq=False)
class ModulePlan:
    """What the schedule knows of one module.

    Attributes
    ----------
    worker : Worker
        This stream's instance.
    counts : ModuleCounts
        How often it ran in this stream.
    tolerant : bool
        Whether it runs where its inputs failed, and keeps failures to itself.
    places : list of (str, int)
        Where it stands on paths; empty if it runs on demand.
    producers : list of ModulePlan
        The modules whose products it consumes.
    status_paths : list of str
        The paths whose status it consumes.
    """

    label: str
    worker: Worker
    counts: ModuleCounts
    tolerant: bool
    places: list[tuple[str, int]] = attrs.Factory(list)
    producers: list[ModulePlan] = attrs.Factory(list)
    status_paths: list[str] = attrs.Factory(list)
    is_output: bool = attrs.field(init=False)
    is_filter: bool = attrs.field(init=False)
    in_order: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        module = self.worker.module
        self.is_output, self.is_filter = isinstance(module, OutputModule), module.base == "EDFilter"
        self.in_order = module.kind == "one" and not self.is_output


@attrs.define(eq=False)
class _PathState:
    """How far a path has come in the block.

    `failed` are the events that met an exception since the position `segment`, and so end here: modules that no filter
    separates from the one that failed still run, as cmsRun would have started them together.
    """

    path: PathDescription
    plans: list[ModulePlan]
    counts: PathCounts
    active: Mask
    left: int  # how many are active, dead ones included
    last: npt.NDArray[np.uint16]  # the module that took an event off the path; see `decided`
    cursor: int = 0
    segment: int = 0
    excepted: Mask | None = None
    has_status: bool = False

    def keep(self, active: Mask) -> None:
        """Let these events go on."""
        self.active, self.left = active, int(np.count_nonzero(active))

    def decided(self) -> npt.NDArray[np.uint16]:
        """The position of the module that decided about each event: for those still on the path the one reached."""
        return np.where(self.active, np.uint16(max(self.cursor - 1, 0)), self.last)


@attrs.frozen(eq=False)
class Written:
    """What an output module gets of a block: the selected events and their kept products."""

    worker: Worker
    where: Indices
    products: Mapping[BranchDescription, tuple[Array | None, Mask]]


@attrs.frozen(eq=False)
class JobTools:
    """What all streams of a job share.

    Attributes
    ----------
    external : ExternalWork
        Starts and awaits what ``acquire`` returns.
    turns : Turns
        Lets modules of kind ``one`` see the blocks in order.
    policy : ExceptionPolicy
        What exceptions do.
    activity : ActivityRegistry
        Tells the services.
    log : MessageLogger
        Where messages go.
    conditions : EventSetupProvider or None
        Gives each block its event setup.
    """

    external: ExternalWork
    turns: Turns
    policy: ExceptionPolicy
    activity: ActivityRegistry
    log: MessageLogger
    conditions: EventSetupProvider | None


class StreamSchedule:
    """All modules of one stream; processes blocks one after the other.

    Parameters
    ----------
    wiring : Wiring
        The job's schedule.
    workers : mapping
        This stream's workers, by label.
    report : StreamReport
        Counts what ran.
    stream : int
        The stream's number.
    tools : JobTools
        What it shares with the other streams.
    """

    def __init__(
        self, wiring: Wiring, workers: Mapping[str, Worker], report: StreamReport, stream: int, tools: JobTools
    ) -> None:
        self.wiring = wiring
        self.report = report
        self.stream = stream
        self.external, self.turns, self.policy = tools.external, tools.turns, tools.policy
        self.activity, self.log, self.conditions = tools.activity, tools.log, tools.conditions
        self.plans = {
            label: ModulePlan(label, worker, report.modules[label], label in tools.policy.tolerant)
            for label, worker in workers.items()
        }
        for plan in self.plans.values():
            module = plan.worker.module
            plan.producers = [self.plans[label] for label in wiring.producers(module)]
            plan.status_paths = wiring.paths_consumed(module)
        self.paths = (*wiring.trigger_paths, *wiring.end_paths)
        for path in self.paths:
            for position, entry in enumerate(path.entries):
                self.plans[entry.label].places.append((path.name, position))
        self.entries = {path.name: [self.plans[entry.label] for entry in path.entries] for path in self.paths}

    def process(self, block: EventBlock) -> BlockRun:
        """Run all paths, then all end paths, on a block."""
        if self.conditions is not None and len(block):
            block.setup = self.conditions.setup_for(block.ids.run[0], block.ids.lumi[0])
        run = BlockRun(self, block)
        if len(block):
            self.activity.tell("preBlock", self.stream, block)
            run.process()
            self.activity.tell("postBlock", self.stream, block)
        return run


class BlockRun:
    """One block on its way through the schedule.

    Attributes
    ----------
    alive : numpy.ndarray of bool
        The events still worked on: those before the first one that failed.
    written : list of Written
        What the output modules get, in the order of the end paths.
    """

    def __init__(self, schedule: StreamSchedule, block: EventBlock) -> None:
        self.schedule = schedule
        self.block = block
        self.execution = Execution(schedule, block, self._advance, self._put_status)
        self.alive = self.execution.alive
        self.written: list[Written] = []
        counts = schedule.report.paths
        self._paths = {
            path.name: _PathState(
                path,
                schedule.entries[path.name],
                counts[path.name],
                self.alive.copy(),
                len(block),
                np.zeros(len(block), dtype=np.uint16),
            )
            for path in schedule.paths
        }

    @property
    def failure(self) -> Failure | None:
        """What ended the job, if anything did; the events before it are complete."""
        return self.execution.failure

    def process(self) -> None:
        """Run the trigger paths, put their results, run the end paths, and count."""
        wiring = self.schedule.wiring
        for path in wiring.trigger_paths:
            self._advance(path.name, len(path.entries))
        self.execution.finish_all()
        for path in wiring.trigger_paths:
            self._end_segment(self._paths[path.name])
        states = self._put_trigger_results()
        for path in wiring.end_paths:
            self._advance(path.name, len(path.entries))
        self.execution.finish_all()
        for path in wiring.end_paths:
            self._end_segment(self._paths[path.name])
        self.schedule.report.count_events(states if wiring.trigger_paths else None, self.alive)
        for state in self._paths.values():
            state.counts.finish(state.active, self.alive)

    def _states(self, state: _PathState) -> npt.NDArray[np.uint8]:
        """What became of each event on a path that has come to its end."""
        states = np.where(state.active, PASS, FAIL).astype(np.uint8)
        if state.excepted is not None:
            states[state.excepted] = EXCEPTION
        return states

    def _put_trigger_results(self) -> npt.NDArray[np.uint8]:
        """Put TriggerResults; return the state of each trigger path (columns) for each event (rows)."""
        wiring = self.schedule.wiring
        rows = np.zeros((len(wiring.trigger_paths), len(self.block)), dtype=np.uint8)
        for row, path in zip(rows, wiring.trigger_paths, strict=True):
            row[:] = self._states(self._paths[path.name])
        states = np.ascontiguousarray(rows.T)
        where = np.flatnonzero(self.alive)
        if wiring.trigger_paths and len(where):
            index = np.array([self._paths[path.name].decided() for path in wiring.trigger_paths]).T
            branch = BranchDescription("edmTriggerResults", TRIGGER_RESULTS, "", wiring.process)
            self.block.products.put(branch, where, trigger_results(states[where], index[where]))
        self._trigger_states = states
        return states

    def _put_status(self, name: str) -> None:
        """Bring a path to its end and put its status, for a module that asks for it."""
        state = self._paths[name]
        self._advance(name, len(state.plans))
        for plan in state.plans:
            self.execution.finish(plan.label)
        self._end_segment(state)
        if not state.has_status:
            state.has_status = True
            where = np.flatnonzero(self.alive)
            status = path_status(self._states(state)[where], state.decided()[where])
            self.block.products.put(self.schedule.wiring.statuses[name], where, status)

    def _advance(self, name: str, end: int) -> None:
        """Run the modules of a path up to, and without, position `end`."""
        state = self._paths[name]
        while state.cursor < end:
            position = state.cursor
            entry, plan = state.path.entries[position], state.plans[position]
            state.cursor += 1
            active, visited = state.active, state.left
            if self.execution.failure is not None:  # some have died
                active = active & self.alive
                visited = int(np.count_nonzero(active))
            state.counts.visited[position] += visited
            if visited:
                before, self.execution.context = self.execution.context, (name,)
                if plan.is_output:
                    self._collect(plan, active)
                elif plan.label not in self.execution.complete:
                    self.execution.run(plan, active)
                if entry.wait:
                    self.execution.finish(plan.label)
                if plan.is_filter or entry.wait or self.execution.failure is not None:
                    self._apply_verdict(state, position, active, visited)
                else:
                    state.counts.passed[position] += visited
                self.execution.context = before
            if plan.in_order:
                self._pass_turn(plan)

    def _pass_turn(self, plan: ModulePlan) -> None:
        """Let the next block's module of kind ``one`` run, if this block's can't any more."""
        if all(self._paths[name].cursor > position for name, position in plan.places):
            self.execution.finish(plan.label)
            self.schedule.turns.passed(plan.label, self.block.index)

    def _apply_verdict(self, state: _PathState, position: int, active: Mask, visited: int) -> None:
        """Take the events that a filter rejects off the path."""
        entry, plan = state.path.entries[position], state.plans[position]
        decides = plan.is_filter and not entry.ignored
        if decides:
            verdict = self.execution.verdicts(plan.label)
            state.keep(active > verdict if entry.inverted else active & verdict)
            if state.left != visited:
                np.putmask(state.last, active ^ state.active, position)
        elif active is not state.active:
            state.keep(active)
        if self.execution.failure is None:
            state.counts.passed[position] += state.left
            state.counts.failed[position] += visited - state.left
        else:
            state.counts.decide(position, active & self.alive, state.active & self.alive)
        if decides or entry.wait:
            self._end_segment(state, active)

    def _end_segment(self, state: _PathState, active: Mask | None = None) -> None:
        """Take the events off the path for which a module since the last filter failed.

        `active` are the events that came to the filter that ends the segment, if one does.
        """
        if not self.schedule.policy.continues or state.segment == state.cursor:
            return
        candidates = (state.active if active is None else active) & self.alive
        stopped = np.zeros_like(candidates)
        for position in range(state.segment, state.cursor):
            errors = self.execution.errors(state.plans[position].label)
            if errors is not None:
                new = errors & candidates & ~stopped
                stopped |= new
                state.last[new] = position
                counted_as_passed = new if position < state.cursor - 1 else new & state.active
                state.counts.passed[position] -= int(np.count_nonzero(counted_as_passed))
                state.counts.failed[position] -= int(np.count_nonzero(new & ~counted_as_passed))
                state.counts.stop(position, new)
        state.segment = state.cursor
        if stopped.any():
            state.keep(state.active & ~stopped)
            state.excepted = stopped if state.excepted is None else state.excepted | stopped

    def _earlier_states(self, process: str) -> npt.NDArray[np.uint8]:
        """The states of an earlier process's trigger paths, from the input."""
        import awkward as ak

        branch = BranchDescription("edmTriggerResults", TRIGGER_RESULTS, "", process)
        results, present = self.block.products.get(branch, np.arange(len(self.block)))
        if results is None or not present.all():
            first = int(np.flatnonzero(~present)[0])
            raise ProductNotFound(f"The event {self.block.ids.event[first]} has no {branch.name} to select it by")
        states: npt.NDArray[np.uint8] = ak.to_numpy(results["state"])
        return states

    def _collect(self, plan: ModulePlan, wanted: Mask) -> None:
        """Gather what an output module writes: its kept products, for the events it selects."""
        module = plan.worker.module
        assert isinstance(module, OutputModule)
        results = {self.schedule.wiring.process: self._trigger_states}
        results.update((process, self._earlier_states(process)) for process in module.needed_results)
        selected = module.select(results)
        todo = self.execution.begin(plan, wanted if selected is None else wanted & selected)
        where = np.flatnonzero(todo & self.alive) if todo is not None else np.zeros(0, dtype=np.int64)
        products = {
            branch: self.block.products.get(branch, where)
            for branches in plan.worker.inputs.values()
            for branch in branches
            if branch.level == "Event"
        }
        self.execution.conclude(plan, where, np.ones(len(where), dtype=np.bool_))
        self.written.append(Written(plan.worker, where, products))
