"""Taking one block of events through all paths.

The rules are cmsRun's, per event: a module runs at most once for an event, and only if a path reaches it there or
something that runs there asks for its product. Which events those are is kept in boolean arrays over the block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from ..config.description import PathDescription
from ..errors import ProductNotFound
from ..event.block import EventBlock
from ..event.branch import BranchDescription
from ..event.store import Array, Indices, Mask
from ..event.trigger_results import FAIL, PASS, TRIGGER_RESULTS, trigger_results
from ..event.view import EventView
from ..eventsetup.provider import EventSetupProvider
from .external import ExternalWork
from .failure import Failure, describe
from .report import PathCounts, StreamReport
from .wiring import Wiring
from .worker import Worker


@attrs.define(eq=False)
class _PathState:
    """How far a path has come in the block."""

    path: PathDescription
    counts: PathCounts
    active: Mask
    last: npt.NDArray[np.uint16]  # the module that decided, per event
    cursor: int = 0


@attrs.frozen(eq=False)
class Written:
    """What an output module gets of a block: the selected events and their kept products."""

    worker: Worker
    where: Indices
    products: Mapping[BranchDescription, tuple[Array | None, Mask]]


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
    external : ExternalWork
        Starts and awaits what ``acquire`` returns.
    wait_for_turn : callable
        Waits until all blocks before the given one are finished.
    conditions : EventSetupProvider, optional
        Gives each block its event setup.
    """

    def __init__(
        self,
        wiring: Wiring,
        workers: Mapping[str, Worker],
        report: StreamReport,
        stream: int,
        external: ExternalWork,
        wait_for_turn: Callable[[int], None],
        conditions: EventSetupProvider | None = None,
    ) -> None:
        self.wiring = wiring
        self.workers = workers
        self.report = report
        self.stream = stream
        self.external = external
        self.wait_for_turn = wait_for_turn
        self.conditions = conditions
        self.producers = {label: wiring.producers(worker.module) for label, worker in workers.items()}
        self.places: dict[str, list[tuple[str, int]]] = {}
        for path in (*wiring.trigger_paths, *wiring.end_paths):
            for position, entry in enumerate(path.entries):
                self.places.setdefault(entry.label, []).append((path.name, position))

    def process(self, block: EventBlock) -> BlockRun:
        """Run all paths, then all end paths, on a block."""
        if self.conditions is not None and len(block):
            block.setup = self.conditions.setup_for(block.ids.run[0], block.ids.lumi[0])
        run = BlockRun(self, block)
        run.process()
        return run


class BlockRun:
    """One block on its way through the schedule.

    Attributes
    ----------
    alive : numpy.ndarray of bool
        The events still worked on: those before the first one that failed.
    failure : Failure or None
        What ended the job, if anything did; the events before it are complete.
    written : list of Written
        What the output modules get, in the order of the end paths.
    """

    def __init__(self, schedule: StreamSchedule, block: EventBlock) -> None:
        self.schedule = schedule
        self.block = block
        self.alive = np.ones(len(block), dtype=np.bool_)
        self.failure: Failure | None = None
        self.written: list[Written] = []
        self._ran: dict[str, Mask] = {}
        self._verdicts: dict[str, Mask] = {}
        self._pending: dict[str, list[tuple[EventView, Future[Any]]]] = {}
        self._path_name: str | None = None
        counts = schedule.report.paths
        self._paths = {
            path.name: _PathState(path, counts[path.name], self.alive.copy(), np.zeros(len(block), dtype=np.uint16))
            for path in (*schedule.wiring.trigger_paths, *schedule.wiring.end_paths)
        }

    def process(self) -> None:
        """Run the trigger paths, put their results, run the end paths, and count."""
        wiring = self.schedule.wiring
        for path in wiring.trigger_paths:
            self._advance(path.name, len(path.entries))
        for label in list(self._pending):
            self._finish(label)
        states = self._put_trigger_results()
        for path in wiring.end_paths:
            self._advance(path.name, len(path.entries))
        for label in list(self._pending):
            self._finish(label)
        self.schedule.report.count_events(states if wiring.trigger_paths else None, self.alive)
        for state in self._paths.values():
            state.counts.finish(state.active, self.alive)

    def _put_trigger_results(self) -> npt.NDArray[np.uint8]:
        """Put TriggerResults; return the state of each trigger path (columns) for each event (rows)."""
        wiring = self.schedule.wiring
        states = np.full((len(self.block), len(wiring.trigger_paths)), FAIL, dtype=np.uint8)
        for column, path in enumerate(wiring.trigger_paths):
            states[self._paths[path.name].active, column] = PASS
        where = np.flatnonzero(self.alive)
        if wiring.trigger_paths and len(where):
            index = np.stack([self._paths[path.name].last for path in wiring.trigger_paths], axis=1)
            branch = BranchDescription("edmTriggerResults", TRIGGER_RESULTS, "", wiring.process)
            self.block.products.put(branch, where, trigger_results(states[where], index[where]))
        self._states = states
        return states

    def _advance(self, name: str, end: int) -> None:
        """Run the modules of a path up to, and without, position `end`."""
        state = self._paths[name]
        while state.cursor < end:
            position = state.cursor
            entry = state.path.entries[position]
            state.cursor += 1
            active = state.active & self.alive
            state.counts.visit(position, active)
            if not active.any():
                continue
            before, self._path_name = self._path_name, name
            self._run(entry.label, active)
            self._path_name = before
            if entry.wait:
                self._finish(entry.label)
            self._apply_verdict(state, position, active)

    def _apply_verdict(self, state: _PathState, position: int, active: Mask) -> None:
        """Take the events that a filter rejects off the path."""
        entry = state.path.entries[position]
        worker = self.schedule.workers[entry.label]
        passed = active
        if worker.module.base == "EDFilter" and not entry.ignored:
            self._finish(entry.label)
            passed = active & (self._verdicts[entry.label] ^ entry.inverted)
            state.last[active & ~passed] = position
        state.active = passed
        state.last[passed] = position
        state.counts.decide(position, active & self.alive, passed & self.alive)

    def _run(self, label: str, wanted: Mask) -> None:
        """Run a module on those of the `wanted` events on which it has not run yet."""
        ran = self._ran.setdefault(label, np.zeros(len(self.block), dtype=np.bool_))
        self._verdicts.setdefault(label, np.zeros(len(self.block), dtype=np.bool_))
        todo = wanted & self.alive & ~ran
        if not todo.any():
            return
        ran |= todo
        worker = self.schedule.workers[label]
        if worker.module.base == "OutputModule":
            self._collect(worker, todo)
            return
        self._prefetch(label, todo)
        where = np.flatnonzero(todo & self.alive)
        if not len(where):
            return
        if worker.module.kind == "one":
            self.schedule.wait_for_turn(self.block.index)
        if worker.external:
            view = worker.view(self.block, where)
            try:
                self._pending.setdefault(label, []).append((view, self._acquire(worker, view)))
            except Exception as error:
                self._fail(worker, where, error)
        else:
            self._call(worker, where)

    def _prefetch(self, label: str, wanted: Mask) -> None:
        """Make what the module consumes: run producers on demand, advance the paths that hold the others."""
        for producer in self.schedule.producers[label]:
            places = self.schedule.places.get(producer)
            if places is None:
                self._run(producer, wanted)
            else:
                for path, position in places:
                    self._advance(path, position + 1)
            self._finish(producer)

    def _acquire(self, worker: Worker, view: EventView) -> Future[Any]:
        return self.schedule.external.start(worker.acquire(view), worker.name)

    def _finish(self, label: str) -> None:
        """Complete the external work of a module, if any is under way."""
        worker = self.schedule.workers[label]
        for view, promise in self._pending.pop(label, ()):
            try:
                self._conclude(worker, view.where, worker.run(view, self.schedule.external.result(promise)))
            except Exception as error:
                self._fail(worker, view.where, error)

    def _call(self, worker: Worker, where: Indices) -> None:
        try:
            self._conclude(worker, where, worker.run(worker.view(self.block, where)))
        except Exception as error:
            self._fail(worker, where, error)

    def _conclude(self, worker: Worker, where: Indices, verdict: Mask) -> None:
        """Note that a module has run, and its verdicts."""
        self._verdicts[worker.label][where] = verdict
        counts = self.schedule.report.modules[worker.label]
        counts.executed += len(where)
        counts.failed += len(where) - int(verdict.sum())

    def _fail(self, worker: Worker, where: Indices, error: Exception) -> None:
        """Find the first event that fails, and give up on it and all later ones.

        The module is run again on ever smaller parts of the view; parts that succeed keep their products, so that
        the events before the failing one are processed as if it had not been there.
        """
        alive = where[self.alive[where]]
        if len(alive) < len(where):  # pending work: the error may be of an event that was given up meanwhile
            if len(alive):
                self._retry(worker, alive)
            return
        if len(where) > 1:
            half = len(where) // 2
            for part in (where[:half], where[half:]):
                part = part[self.alive[part]]
                if len(part):
                    self._retry(worker, part)
            if self.failure is not None:
                return
            # the parts succeed where the whole failed: the error is about the whole
        self._record(worker, int(where[0]), error)

    def _retry(self, worker: Worker, where: Indices) -> None:
        try:
            view = worker.view(self.block, where)
            result = (self.schedule.external.result(self._acquire(worker, view)),) if worker.external else ()
            self._conclude(worker, where, worker.run(view, *result))
        except Exception as error:
            self._fail(worker, where, error)

    def _record(self, worker: Worker, position: int, error: Exception) -> None:
        self.alive[position:] = False
        self.failure = describe(error, self.block, position, self.schedule.stream, worker.name, self._path_name)

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

    def _collect(self, worker: Worker, wanted: Mask) -> None:
        """Gather what an output module writes: its kept products, for the events it selects."""
        module: Any = worker.module
        results = {self.schedule.wiring.process: self._states}
        results.update((process, self._earlier_states(process)) for process in module.needed_results)
        selected = module.select(results)
        todo = wanted if selected is None else wanted & selected
        if todo.any():
            self._prefetch(worker.label, todo)
        where = np.flatnonzero(todo & self.alive)
        products = {
            branch: self.block.products.get(branch, where) for branches in worker.inputs.values() for branch in branches
        }
        self._conclude(worker, where, np.ones(len(where), dtype=np.bool_))
        self.written.append(Written(worker, where, products))
