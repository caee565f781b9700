"""Taking one block of events through all paths.

The rules are cmsRun's, per event: a module runs at most once for an event, and only if a path reaches it there or
something that runs there asks for its product. Which events those are is kept in sets of the block's events.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence

import attrs
import numpy as np
import numpy.typing as npt

from ..config.description import PathDescription, PathEntry
from ..errors import ProductNotFound
from ..event.block import EventBlock
from ..event.branch import BranchDescription
from ..event.event_set import EventSet, set_of
from ..event.store import Array, Indices, Mask
from ..event.trigger_results import TRIGGER_RESULTS, path_status
from ..eventsetup.provider import EventSetupProvider
from ..output_module import OutputModule
from ..services.message_logger import MessageLogger
from .activity import ActivityRegistry
from .execution import Execution, Progress
from .external import ExternalWork
from .failure import Failure
from .path_state import PathOutcomes, PathState, Place, deciding_positions, path_states
from .policy import ExceptionPolicy
from .report import ModuleCounts, StreamReport
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
    external: bool = attrs.field(init=False)
    is_output: bool = attrs.field(init=False)
    is_filter: bool = attrs.field(init=False)
    in_order: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        module = self.worker.module
        self.external = self.worker.external
        self.is_output, self.is_filter = isinstance(module, OutputModule), module.base == "EDFilter"
        self.in_order = module.kind == "one" and not self.is_output


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
        self.places = {path.name: [self._place(entry) for entry in path.entries] for path in self.paths}

    def _place(self, entry: PathEntry) -> Place:
        plan = self.plans[entry.label]
        decides = plan.is_filter and not entry.ignored
        return Place(plan, entry.label, decides, entry.inverted, entry.wait, plan.in_order)

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
    written : list of Written
        What the output modules get, in the order of the end paths.
    """

    def __init__(self, schedule: StreamSchedule, block: EventBlock) -> None:
        self.schedule = schedule
        self.block = block
        self.execution = Execution(schedule, block, weakref.proxy(self))
        self.written: list[Written] = []
        self._continues = schedule.policy.continues
        counts, all_events, number = schedule.report.paths, self.execution.alive, len(block)
        self._paths = {
            path.name: PathState(schedule.places[path.name], counts[path.name], all_events, number)
            for path in schedule.paths
        }

    @property
    def failure(self) -> Failure | None:
        """What ended the job, if anything did; the events before it are complete."""
        return self.execution.failure

    def process(self) -> None:
        """Run the trigger paths, put their results, run the end paths, and count."""
        wiring = self.schedule.wiring
        self._complete(wiring.trigger_paths)
        self._put_trigger_results()
        self._complete(wiring.end_paths)
        self._count_events()

    def _complete(self, paths: Sequence[PathDescription]) -> None:
        """Bring paths to their ends."""
        for path in paths:
            self.advance(path.name, len(path.entries))
        self.execution.finish_all()
        if self._continues:
            for path in paths:
                self._end_segment(self._paths[path.name])

    def _count_events(self) -> None:
        """Count the events and those that passed: any trigger path, or all if there is none; and so for each path."""
        report, alive, trigger_paths = self.schedule.report, self.execution.alive, self.schedule.wiring.trigger_paths
        passed = 0 if trigger_paths else alive
        for path in trigger_paths:
            passed |= self._paths[path.name].active
        events = alive.bit_count()
        report.events += events
        report.events_passed += (passed & alive).bit_count()
        for state in self._paths.values():
            state.counts.events += events
            state.counts.events_passed += (state.active & alive).bit_count()

    def _put_trigger_results(self) -> None:
        """Put TriggerResults, which are made only if something reads them."""
        wiring = self.schedule.wiring
        paths = [self._paths[path.name] for path in wiring.trigger_paths]
        self._outcomes = PathOutcomes(paths, len(self.block), self.execution.alive)
        if paths:
            branch = BranchDescription("edmTriggerResults", TRIGGER_RESULTS, "", wiring.process)
            self.block.products.put_lazy(branch, self._outcomes.trigger_results)

    def put_status(self, name: str) -> None:
        """Bring a path to its end and put its status, for a module that asks for it."""
        state = self._paths[name]
        self.advance(name, len(state.places))
        for place in state.places:
            self.execution.finish(place.label)
        self._end_segment(state)
        if not state.has_status:
            state.has_status = True
            where, size = self.execution.positions(self.execution.alive), len(self.block)
            status = path_status(path_states([state], size)[0, where], deciding_positions([state], size)[0, where])
            self.block.products.put(self.schedule.wiring.statuses[name], where, status)

    def advance(self, name: str, end: int) -> None:
        """Run the modules of a path up to, and without, position `end`."""
        state, execution, continues = self._paths[name], self.execution, self._continues
        places, counts = state.places, state.counts
        while state.cursor < end:
            position = state.cursor
            place = places[position]
            state.cursor = position + 1
            if execution.failure is not None:  # some have died
                state.keep(state.active & execution.alive)
            active, visited = state.active, state.left
            if visited:
                counts.visited[position] += visited
                progress = execution.progress[place.label]
                if active | progress.begun != progress.begun or place.wait:
                    self._run(name, place, active)
                if place.decides:
                    self._apply_verdict(state, place, progress)
                left = state.left
                if execution.failure is not None:  # those that have died meanwhile don't count
                    visited = (active & execution.alive).bit_count()
                    left = (state.active & execution.alive).bit_count()
                counts.passed[position] += left
                if left != visited:
                    counts.failed[position] += visited - left
                if continues and (place.decides or place.wait):
                    self._end_segment(state, active)
            if place.in_order:
                self._pass_turn(place.plan)

    def _run(self, name: str, place: Place, active: EventSet) -> None:
        """Run the module at a place of a path."""
        execution = self.execution
        before, execution.context = execution.context, (name,)
        if place.plan.is_output:
            self._collect(place.plan, active)
        else:
            execution.run(place.plan, active)
        if place.wait:
            execution.finish(place.label)
        execution.context = before

    def _pass_turn(self, plan: ModulePlan) -> None:
        """Let the next block's module of kind ``one`` run, if this block's can't any more."""
        if all(self._paths[name].cursor > position for name, position in plan.places):
            self.execution.finish(plan.label)
            self.schedule.turns.passed(plan.label, self.block.index)

    def _apply_verdict(self, state: PathState, place: Place, progress: Progress) -> None:
        """Take the events that a filter rejects off the path."""
        if place.plan.external:
            self.execution.finish(place.label)
        before = state.left
        state.keep(state.active & ~progress.passed if place.inverted else state.active & progress.passed)
        if state.left != before:
            state.steps += ((state.cursor - 1, state.active),)

    def _end_segment(self, state: PathState, active: EventSet | None = None) -> None:
        """Take the events off the path for which a module since the last filter failed.

        `active` are the events that came to the filter that ends the segment, if one does.
        """
        if not self._continues or state.segment == state.cursor:
            return
        candidates = (state.active if active is None else active) & self.execution.alive
        stopped = 0
        for position in range(state.segment, state.cursor):
            new = self.execution.failed(state.places[position].label) & candidates & ~stopped
            if new:
                stopped |= new
                state.stops += ((position, new),)
                counted_as_passed = new if position < state.cursor - 1 else new & state.active
                state.counts.passed[position] -= counted_as_passed.bit_count()
                state.counts.failed[position] -= (new & ~counted_as_passed).bit_count()
                state.counts.error[position] += new.bit_count()
        state.segment = state.cursor
        if stopped:
            state.keep(state.active & ~stopped)

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

    def _collect(self, plan: ModulePlan, wanted: EventSet) -> None:
        """Gather what an output module writes: its kept products, for the events it selects."""
        module = plan.worker.module
        assert isinstance(module, OutputModule)
        results = {self.schedule.wiring.process: self._outcomes.states}
        results.update((process, self._earlier_states(process)) for process in module.needed_results)
        selected = module.select(results)
        todo = self.execution.begin(plan, wanted if selected is None else wanted & set_of(selected))
        where = self.execution.positions(todo)
        products = {
            branch: self.block.products.get(branch, where)
            for branches in plan.worker.inputs.values()
            for branch in branches
            if branch.level == "Event"
        }
        self.execution.conclude(plan, where, np.ones(len(where), dtype=np.bool_))
        self.written.append(Written(plan.worker, where, products))
