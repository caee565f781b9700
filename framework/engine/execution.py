"""Running modules on the events of one block, each at most once per event, and isolating the events that fail."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import numpy as np

from ..event.block import EventBlock
from ..event.store import Indices, Mask
from ..event.view import EventView
from ..per_event import StoppedAt
from .failure import Failure, describe

if TYPE_CHECKING:
    from .stream import BlockRun, ModulePlan, StreamSchedule

Context = tuple["str | ModulePlan", ...]
"""What led to a module: the name of a path, then the modules that asked for products."""


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
    alive : numpy.ndarray of bool
        The events still worked on: those before the first whose failure ends the job.
    failure : Failure or None
        That failure.
    complete : set of str
        The modules that have begun on all events of the block.
    """

    def __init__(self, schedule: StreamSchedule, block: EventBlock, paths: BlockRun) -> None:
        self.alive = np.ones(len(block), dtype=np.bool_)
        self.failure: Failure | None = None
        self.complete: set[str] = set()
        self.context: Context = ()
        self._schedule = schedule
        self._block = block
        self._paths = paths
        self._settled = 0  # how many failures have been dealt with
        self._ran: dict[str, Mask] = {}
        self._left: dict[str, int] = {}  # on how many events each module that has begun has not
        self._fetched: set[str] = set()  # the producers whose paths have come past them
        self._verdicts: dict[str, Mask] = {}
        self._errors: dict[str, Mask] = {}
        self._pending: dict[str, list[tuple[EventView, Future[Any], Context]]] = {}

    def verdicts(self, label: str) -> Mask:
        """For each event of the block, whether a module has run and passed it."""
        if label in self._pending:
            self.finish(label)
        return self._verdicts[label]

    def errors(self, label: str) -> Mask | None:
        """The events for which a module failed, or something it depends on; None if there are none."""
        if label in self._pending:
            self.finish(label)
        return self._errors.get(label)

    def run(self, plan: ModulePlan, wanted: Mask) -> None:
        """Run a module on those of the `wanted` events on which it has not run yet."""
        todo = self.begin(plan, wanted)
        if todo is None:
            return
        where = todo.nonzero()[0]
        if not len(where):
            return
        if plan.in_order:
            self._schedule.turns.wait(plan.label, self._block.index)
        if plan.worker.external:
            view = plan.worker.view(self._block, where)
            try:
                started = (view, self._acquire(plan, view), self.context)
            except Exception as error:
                self._isolate(plan, view, error)
            else:
                self._pending.setdefault(plan.label, []).append(started)
        else:
            self._call(plan, where)

    def begin(self, plan: ModulePlan, wanted: Mask) -> Mask | None:
        """Make what a module consumes; return the events on which it is to run, None if it has run on all wanted."""
        label = plan.label
        if label in self.complete:
            return None
        ran = self._ran.get(label)
        if ran is None:
            ran = self._ran[label] = np.zeros(len(self._block), dtype=np.bool_)
            self._verdicts[label] = np.zeros(len(self._block), dtype=np.bool_)
            self._left[label] = len(self._block)
        todo = wanted > ran
        if self.failure is not None:
            todo &= self.alive
        number = int(np.count_nonzero(todo))
        if not number:
            return None
        ran |= todo
        self._left[label] -= number
        if not self._left[label]:
            self.complete.add(label)
        if plan.producers or plan.status_paths:
            self._prefetch(plan, todo)
            if self.failure is not None:
                todo = todo & self.alive
            if self._errors:
                todo = self._without_failed_inputs(plan, todo)
        return todo

    def conclude(self, plan: ModulePlan, where: Indices, verdict: Mask) -> None:
        """Note that a module has run, and its verdicts."""
        self._verdicts[plan.label][where] = verdict
        counts = plan.counts
        counts.executed += len(where)
        if plan.is_filter:
            counts.failed += len(where) - int(np.count_nonzero(verdict))

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

    def _prefetch(self, plan: ModulePlan, wanted: Mask) -> None:
        """Make what the module consumes: run producers on demand, advance the paths that hold the others."""
        before, self.context = self.context, (*self.context, plan)
        for name in plan.status_paths:
            self._paths.put_status(name)
        for producer in plan.producers:
            if producer.label in self._fetched or self._has_run(producer.label, wanted):
                pass
            elif producer.places:
                for path, position in producer.places:
                    self._paths.advance(path, position + 1)
                self._fetched.add(producer.label)
            else:
                self.run(producer, wanted)
            if producer.label in self._pending:
                self.finish(producer.label)
        self.context = before

    def _has_run(self, label: str, wanted: Mask) -> bool:
        """Whether a module has had its turn on all wanted events: no path need be looked at for it."""
        ran = self._ran.get(label)
        return ran is not None and (label in self.complete or not np.count_nonzero(wanted > ran))

    def _without_failed_inputs(self, plan: ModulePlan, todo: Mask) -> Mask:
        """Take out the events for which something that the module consumes has failed, unless it is to run anyway."""
        failed = np.zeros_like(todo)
        for producer in plan.producers:
            if producer.label in self._errors:
                failed |= self._errors[producer.label]
        failed &= todo
        if not failed.any():
            return todo
        if plan.tolerant:
            self._warn(plan, np.flatnonzero(failed), "TryToContinue", "The module runs although its inputs failed")
            return todo
        self._add_errors(plan, failed)
        return todo & ~failed

    def _add_errors(self, plan: ModulePlan, failed: Mask) -> None:
        known = self._errors.get(plan.label)
        self._errors[plan.label] = failed if known is None else known | failed

    def _acquire(self, plan: ModulePlan, view: EventView) -> Future[Any]:
        return self._schedule.external.start(plan.worker.acquire(view), plan.worker.name)

    def _call(self, plan: ModulePlan, where: Indices) -> None:
        view = plan.worker.view(self._block, where)
        try:
            verdict = plan.worker.run(view)
        except Exception as error:
            self._isolate(plan, view, error)
        else:
            self.conclude(plan, where, verdict)

    def _isolate(self, plan: ModulePlan, view: EventView, error: Exception) -> None:
        """Find the events that fail, and do about each what the policy says.

        The module is run again on ever smaller parts of the view; parts that succeed keep their products, so that
        the other events are processed as if the failing ones had not been there.
        """
        where = view.where
        alive = where[self.alive[where]]
        if isinstance(error, StoppedAt):
            self._retry(plan, self._settle_stop(plan, view, error))
        elif len(alive) < len(where):  # pending work: the error may be of an event that was given up meanwhile
            self._retry(plan, alive)
        elif len(where) == 1:
            self._settle(plan, int(where[0]), error)
        else:
            settled = self._settled
            half = len(where) // 2
            for part in (where[:half], where[half:]):
                self._retry(plan, part)
            if settled == self._settled:
                # the parts succeed where the whole failed: the error is about the whole
                self._settle_whole(plan, int(where[0]), error)

    def _settle_stop(self, plan: ModulePlan, view: EventView, stop: StoppedAt) -> Indices:
        """A module that works event by event has done all events before the one that failed; return those after it."""
        where, position = view.where, stop.position
        done = plan.worker.view(self._block, where[:position])
        done.made = stop.made
        done.commit()
        self.conclude(plan, done.where, stop.verdict)
        if self.alive[where[position]]:
            self._settle(plan, int(where[position]), stop.error)
        return where[position + 1 :]

    def _retry(self, plan: ModulePlan, where: Indices) -> None:
        while (failed := self._attempt(plan, where)) is not None:
            view, error = failed
            if not isinstance(error, StoppedAt):
                self._isolate(plan, view, error)
                return
            where = self._settle_stop(plan, view, error)  # in a loop: every event may fail

    def _attempt(self, plan: ModulePlan, where: Indices) -> tuple[EventView, Exception] | None:
        """Run a module again on some of its events; return the view for which it failed, if it did."""
        where = where[self.alive[where]]
        if not len(where):
            return None
        view = plan.worker.view(self._block, where)
        try:
            result = (self._schedule.external.result(self._acquire(plan, view)),) if plan.worker.external else ()
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
            self.alive[position:] = False
            self.failure = self._describe(plan, position, error)
            return
        self._warn(plan, where, action, self._describe(plan, position, error).summary())
        if action == "IgnoreCompletely" or plan.tolerant:
            self._verdicts[plan.label][where] = True
            return
        failed = np.zeros(len(self._block), dtype=np.bool_)
        failed[position] = True
        self._add_errors(plan, failed)

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
