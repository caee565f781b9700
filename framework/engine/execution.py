"""Running modules on the events of one block, each at most once per event, and isolating the events that fail."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from ..errors import ExternalFailure
from ..event.block import EventBlock
from ..event.event_set import EventSet, all_events, positions_of, set_at
from ..event.store import Indices, Mask
from ..event.view import EventView
from ..per_event import StoppedAt
from .failure import Failure, describe

if TYPE_CHECKING:
    from .stream import BlockRun, ModulePlan, StreamSchedule

Context = tuple["str | ModulePlan", ...]
"""What led to a module: the name of a path, then the modules that asked for products."""


@attrs.define(eq=False)
class Progress:
    """How far a module has come in a block.

    Attributes
    ----------
    begun : EventSet
        The events on which it has run, or is running.
    passed : EventSet
        Those that it has passed.
    failed : EventSet
        Those for which it failed, or something that it depends on.
    fetched : bool
        Whether all paths with it have come past it.
    """

    begun: EventSet = 0
    passed: EventSet = 0
    failed: EventSet = 0
    fetched: bool = False


class Execution:
    """The modules of one stream at work on one block.

    Parameters
    ----------
    schedule : StreamSchedule
        The stream's modules.
    block : EventBlock
        The events.
    paths : BlockRun
        Its `advance` and `put_status` are called for products of modules that stand on paths. It owns this object, so
        it should be a weak proxy: in a reference cycle the block would stay in memory, and its file open, until
        Python looks for cycles.

    Attributes
    ----------
    alive : EventSet
        The events still worked on: those before the first whose failure ends the job.
    failure : Failure or None
        That failure.
    progress : dict
        By label, how far each module has come.
    """

    def __init__(self, schedule: StreamSchedule, block: EventBlock, paths: BlockRun) -> None:
        self.alive = self._all = all_events(len(block))
        self.failure: Failure | None = None
        self.progress = {label: Progress() for label in schedule.plans}
        self.context: Context = ()
        self._schedule = schedule
        self._block = block
        self._size = len(block)
        self._everywhere = np.arange(len(block))
        self._paths = paths
        self._settled = 0  # how many failures have been dealt with
        self._pending: dict[str, list[tuple[EventView, Future[Any], Context]]] = {}

    def failed(self, label: str) -> EventSet:
        """The events for which a module failed, or something it depends on."""
        if label in self._pending:
            self.finish(label)
        return self.progress[label].failed

    def positions(self, events: EventSet) -> Indices:
        """Where in the block these events are."""
        return self._everywhere if events == self._all else positions_of(events, self._size)

    def run(self, plan: ModulePlan, wanted: EventSet) -> None:
        """Run a module on those of the `wanted` events on which it has not run yet."""
        todo = self.begin(plan, wanted)
        if not todo:
            return
        if plan.in_order:
            self._schedule.turns.wait(plan.label, self._block.index)
        view = plan.worker.view(self._block, self.positions(todo))
        try:
            result = self._acquire(plan, view) if plan.external else plan.worker.run(view)
        except Exception as error:
            self._isolate(plan, view, error)
        else:
            if isinstance(result, Future):
                self._pending.setdefault(plan.label, []).append((view, result, self.context))
            else:
                self.conclude(plan, view.where, result)

    def begin(self, plan: ModulePlan, wanted: EventSet) -> EventSet:
        """Make what a module consumes; return those of the `wanted` events on which it is to run now."""
        progress = self.progress[plan.label]
        todo = wanted & self.alive & ~progress.begun
        if todo:
            progress.begun |= todo
            if plan.producers or plan.status_paths:
                self._prefetch(plan, todo)
                if self._settled:
                    todo = self._without_failed_inputs(plan, todo & self.alive)
        return todo

    def conclude(self, plan: ModulePlan, where: Indices, verdict: Mask) -> None:
        """Note that a module has run, and its verdicts."""
        passed = set_at(where, verdict, self._size)
        self.progress[plan.label].passed |= passed
        counts = plan.counts
        counts.executed += len(where)
        if plan.is_filter:
            counts.failed += len(where) - passed.bit_count()

    def finish(self, label: str) -> None:
        """Complete the external work of a module, if any is under way."""
        if label not in self._pending:
            return
        plan, before = self._schedule.plans[label], self.context
        for view, promise, context in self._pending.pop(label):
            self.context = context
            try:
                verdict = plan.worker.run(view, self._schedule.external.result(promise))
            except Exception as error:
                self._isolate(plan, view, error)
            else:
                self.conclude(plan, view.where, verdict)
        self.context = before

    def finish_all(self) -> None:
        """Complete all external work."""
        for label in list(self._pending):
            self.finish(label)

    def _prefetch(self, plan: ModulePlan, wanted: EventSet) -> None:
        """Make what the module consumes: run producers on demand, advance the paths that hold the others.

        External work is awaited when all of it has been started.
        """
        before, self.context = self.context, (*self.context, plan)
        for name in plan.status_paths:
            self._paths.put_status(name)
        for producer in plan.producers:
            progress = self.progress[producer.label]
            if not progress.fetched and wanted & ~progress.begun:
                if producer.places:
                    for path, position in producer.places:
                        self._paths.advance(path, position + 1)
                    progress.fetched = True
                else:
                    self.run(producer, wanted)
        for producer in plan.producers:
            if producer.external:
                self.finish(producer.label)
        self.context = before

    def _without_failed_inputs(self, plan: ModulePlan, todo: EventSet) -> EventSet:
        """Take out the events for which something that the module consumes has failed, unless it is to run anyway."""
        failed = 0
        for producer in plan.producers:
            failed |= self.progress[producer.label].failed
        failed &= todo
        if not failed:
            return todo
        if plan.tolerant:
            self._warn(plan, self.positions(failed), "TryToContinue", "The module runs although its inputs failed")
            return todo
        self.progress[plan.label].failed |= failed
        return todo & ~failed

    def _acquire(self, plan: ModulePlan, view: EventView) -> Future[Any]:
        return self._schedule.external.start(plan.worker.acquire(view), plan.worker.name)

    def _isolate(self, plan: ModulePlan, view: EventView, error: Exception) -> None:
        """Find the events that fail, and do about each what the policy says.

        The module is run again on ever smaller parts of the view; parts that succeed keep their products, so that
        the other events are processed as if the failing ones had not been there.
        """
        where = view.where
        alive = self._living(where)
        if isinstance(error, StoppedAt):
            self._retry(plan, self._settle_stop(plan, view, error))
        elif len(alive) < len(where):  # pending work: the error may be of an event that was given up meanwhile
            self._retry(plan, alive)
        elif len(where) == 1 or self._ends_job_anywhere(error):
            self._settle(plan, int(where[0]), error)
        else:
            settled = self._settled
            half = len(where) // 2
            for part in (where[:half], where[half:]):
                self._retry(plan, part)
            if settled == self._settled:
                # the parts succeed where the whole failed: the error is about the whole
                self._settle_whole(plan, int(where[0]), error)

    def _ends_job_anywhere(self, error: Exception) -> bool:
        """Whether the job ends whichever event it was: to find that would try a lost server again and again."""
        return isinstance(error, ExternalFailure) and self._schedule.policy.action(error) == "Rethrow"

    def _settle_stop(self, plan: ModulePlan, view: EventView, stop: StoppedAt) -> Indices:
        """A module that works event by event has done all events before the one that failed; return those after it."""
        where, position = view.where, stop.position
        done = plan.worker.view(self._block, where[:position])
        done.made = stop.made
        done.commit()
        self.conclude(plan, done.where, stop.verdict)
        if where[position] < self.alive.bit_length():
            self._settle(plan, int(where[position]), stop.error)
        return where[position + 1 :]

    def _living(self, where: Indices) -> Indices:
        """Those of the events at positions `where` that are still worked on."""
        return where[: np.searchsorted(where, self.alive.bit_length())]  # they are the first ones of the block

    def _retry(self, plan: ModulePlan, where: Indices) -> None:
        while (failed := self._attempt(plan, where)) is not None:
            view, error = failed
            if not isinstance(error, StoppedAt):
                self._isolate(plan, view, error)
                return
            where = self._settle_stop(plan, view, error)  # in a loop: every event may fail

    def _attempt(self, plan: ModulePlan, where: Indices) -> tuple[EventView, Exception] | None:
        """Run a module again on some of its events; return the view for which it failed, if it did."""
        where = self._living(where)
        if not len(where):
            return None
        view = plan.worker.view(self._block, where)
        try:
            result = (self._schedule.external.result(self._acquire(plan, view)),) if plan.external else ()
            verdict = plan.worker.run(view, *result)
        except Exception as error:
            return view, error
        self.conclude(plan, where, verdict)
        return None

    def _settle(self, plan: ModulePlan, position: int, error: Exception) -> None:
        """Do what the policy says about a module that fails on one event."""
        action = self._schedule.policy.action(error)
        where = np.array([position])
        plan.counts.executed += 1
        self._settled += 1
        if action == "Rethrow" or (action == "TryToContinue" and not plan.tolerant):
            plan.counts.error += 1
        if action == "Rethrow":
            self.alive &= all_events(position)
            self.failure = self._describe(plan, position, error)
            return
        self._warn(plan, where, action, self._describe(plan, position, error).summary())
        progress = self.progress[plan.label]
        if action == "IgnoreCompletely" or plan.tolerant:
            progress.passed |= 1 << position
        else:
            progress.failed |= 1 << position

    def _settle_whole(self, plan: ModulePlan, first: int, error: Exception) -> None:
        """The module failed once, and not again on the parts of the view."""
        if self._schedule.policy.action(error) == "Rethrow":
            self._settle(plan, first, error)
            return
        text = self._describe(plan, first, error).summary()
        where = np.array([first])
        self._warn(plan, where, "Retry", f"The module succeeded when it was called again.\n{text}")

    def _warn(self, plan: ModulePlan, where: Indices, category: str, text: str) -> None:
        """A warning about a module on some events."""
        module = plan.worker.module
        with module.log.within(f"{type(module).__name__}:{plan.label}", plan.worker.view(self._block, where)):
            module.log.warning(category, text)

    def _describe(self, plan: ModulePlan, position: int, error: Exception) -> Failure:
        steps = [
            f"Running path '{step}'" if isinstance(step, str) else f"Prefetching for module {step.worker.name}"
            for step in self.context
        ]
        calling = f"Calling method for module {plan.worker.name}"
        return describe(error, self._block, position, self._schedule.stream, *steps, calling)
