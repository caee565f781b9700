"""Running a process from its first block to its last."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from typing import Any

import attrs

from ..config.description import ProcessDescription
from ..errors import CMSException
from ..event.provenance import FileRecord, JobRecord
from ..service import JobContext, Service, Transition
from ..services.message_logger import MessageLogger
from .activity import ActivityRegistry
from .block_queue import BlockQueue, events_per_block
from .commits import Commits
from .construction import JobModules, construct, make_services
from .external import CPUTokens, ExternalWork
from .failure import Failure
from .interrupts import Interrupts
from .outputs import Outputs
from .provenance import process_record, software_of
from .report import StreamReport, time_report, trig_report
from .stream import BlockRun, JobTools, StreamSchedule
from .transitions import Transitions, explain
from .turns import Abandoned, Turns
from .worker import Worker

EXTERNAL_SIGNAL = 9000
_LOOK_UP = 0.2  # seconds: the system may give a signal to another thread, and then nothing wakes the main one


@attrs.frozen
class JobResult:
    """How a job ended.

    Attributes
    ----------
    exit_code : int
        0, or the full code of `failure`; 9000 if the job was interrupted and ended in good order.
    report : StreamReport
        What ran how often.
    failure : Failure or None
        Why it ended early.
    inputs, outputs : tuple of FileRecord
        What was read, and, unless it failed, what was written.
    interrupted : int
        The signal by which it was stopped; 0 if it was not.
    """

    exit_code: int
    report: StreamReport
    failure: Failure | None = None
    inputs: tuple[FileRecord, ...] = ()
    outputs: tuple[FileRecord, ...] = ()
    interrupted: int = 0


class Job:
    """One run of a process.

    Parameters
    ----------
    process : ProcessDescription
        What the configuration says.
    log : MessageLogger
        Where messages go.
    threads : int, optional
        Instead of numberOfThreads of the configuration; 0 for all CPUs.
    given : mapping, optional
        Modules of kind ``one`` and services that exist already, by label, used in place of new ones; the source's
        label is ``source``. Services that the process doesn't have listen as well.
    """

    def __init__(
        self,
        process: ProcessDescription,
        log: MessageLogger,
        threads: int | None = None,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        options = process.options
        self.process = process
        self.log = log
        self.given = given or {}
        self.threads = (options["numberOfThreads"] if threads is None else threads) or os.cpu_count() or 1
        self.streams = options["numberOfStreams"] or self.threads
        self.tokens = CPUTokens(self.threads)
        self.external = ExternalWork(self.tokens)
        self.turns = Turns(self.tokens)
        self.commits = Commits(self._write, self.turns, 2 * self.streams)
        self.interrupts = Interrupts(self.commits.stop, log)
        limit = process.max_events.get("input")
        self.max_events = -1 if limit is None else int(limit)

    def run(self) -> JobResult:
        """Run the job; a failure is told in the result, and leaves no output.

        Raises
        ------
        CMSException
            If the job can't start.
        KeyboardInterrupt
            A second signal ended it at once; no output is left.
        """
        result: JobResult | None = None
        failed: BaseException | None = None
        services: dict[str, Service] = {}
        with self.interrupts.watched():
            try:
                for name, service in make_services(self.process, self.log, self.given):
                    services[name] = service
                listeners = self._listeners(services)
                activity = ActivityRegistry(listeners.values())
                modules = construct(self.process, self.log, self.streams, services, activity, self.given)
                result = self._run(modules, listeners)
                return result
            except BaseException as error:
                failed = error
                raise
            finally:
                self.interrupts.too_late = True
                self.external.close()
                ActivityRegistry(self._listeners(services).values()).tell_end(result, failed, self.log)

    def _listeners(self, services: Mapping[str, Service]) -> dict[str, Service]:
        """The services of the process, and those given that it doesn't have."""
        return {**services, **{name: given for name, given in self.given.items() if isinstance(given, Service)}}

    def _run(self, modules: JobModules, services: Mapping[str, Service]) -> JobResult:
        self._outputs = Outputs(modules.outputs, self.process.max_events)
        self._activity = modules.activity
        finished = False
        try:
            self._begin(modules, services)
            result = self._loop(modules)
            finished = result.failure is None
            return result
        finally:
            self.interrupts.too_late = True
            if not finished:
                self._outputs.abort()
            modules.source.close()

    def _begin(self, modules: JobModules, services: Mapping[str, Service]) -> None:
        """Open the outputs and begin the job for services and modules."""
        source, wiring = modules.source, modules.wiring
        record = process_record(self.process, wiring.modules, (path.name for path in wiring.trigger_paths))
        history, parents = (*source.history, record), {**source.parents, **wiring.parents()}
        software = software_of(record)
        for output in modules.outputs:
            kept = tuple(modules.kept[output.label])
            output.open(JobRecord(history, kept, parents, lambda: source.files, software, self.tokens.helpers))
        context = JobContext(
            self.process, wiring, self.threads, self.streams, self.max_events, source.size(self.max_events), services
        )
        modules.activity.tell("preBeginJob", context)
        for stream, worker in modules.instances():
            self._tell(worker, "beginJob", stream)
        modules.activity.tell("postBeginJob")
        for stream, worker in modules.instances():
            if stream >= 0:
                self._tell(worker, "beginStream", stream, stream)

    def _tell(self, worker: Worker, transition: Transition, stream: int, *arguments: Any) -> None:
        """Call a method of the beginning or the end of a job."""
        try:
            moment = "pre-events" if transition.startswith("begin") else "PostEndRun"
            worker.call(transition, stream, moment, getattr(worker.module, transition), *arguments)
        except CMSException as error:
            error.add_context(f"Calling {transition} for module {worker.name}")
            raise

    def _loop(self, modules: JobModules) -> JobResult:
        began, began_cpu = time.perf_counter(), time.process_time()
        transitions = Transitions(modules.wiring, modules.streams, modules.activity, modules.conditions)
        tools = JobTools(
            self.external, self.turns, modules.policy, modules.activity, self.log, modules.conditions
        )  # fmt: skip
        schedules = [
            StreamSchedule(modules.wiring, workers, modules.empty_report(), stream, tools)
            for stream, workers in enumerate(modules.streams)
        ]
        self._run_streams(schedules, self._queue(modules, transitions))
        interrupted = self.interrupts.received  # what comes later finds all events done
        self._end(modules, transitions)
        report = self._add_up(schedules, modules)
        failure = self.commits.failure
        if failure is None and self.process.options["wantSummary"]:
            real, cpu = time.perf_counter() - began, time.process_time() - began_cpu
            self.log.verbatim("\n" + "\n".join(trig_report(report)) + "\n")
            self.log.verbatim("\n".join(time_report(report, cpu, real, self.threads)))
        written = () if failure else tuple(file for output in modules.outputs for file in output.files)
        code = failure.exit_code if failure else EXTERNAL_SIGNAL if interrupted else 0
        return JobResult(code, report, failure, tuple(modules.source.files), written, interrupted)

    def _queue(self, modules: JobModules, transitions: Transitions) -> BlockQueue:
        configured = int(self.process.options.get("eventsPerBlock", 0))
        source = modules.source
        size = events_per_block(configured, source.events_per_block, source.size(self.max_events), self.streams)
        lumis = int(self.process.max_lumis)
        return BlockQueue(modules.source, self.max_events, lumis, size, self.commits, transitions, self.tokens)

    def _run_streams(self, schedules: list[StreamSchedule], blocks: BlockQueue) -> None:
        if len(schedules) == 1:
            self._stream(schedules[0], blocks)
            return
        threads = [
            threading.Thread(
                target=self._stream, args=(schedule, blocks), name=f"stream-{schedule.stream}", daemon=True
            )
            for schedule in schedules
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(_LOOK_UP)
        except KeyboardInterrupt as interrupt:
            self.commits.give_up(Failure.of(interrupt))  # so that the streams stop
            raise

    def _stream(self, schedule: StreamSchedule, blocks: BlockQueue) -> None:
        """Process blocks until there are none left."""
        try:
            while (block := blocks.take()) is not None:
                with self.tokens.held(block.index):
                    began = time.perf_counter()
                    self.log.announce(block.ids, block.first_record, schedule.stream)
                    run = schedule.process(block)
                    schedule.report.real += time.perf_counter() - began
                self.commits.hand_in(block.index, run)
        except Abandoned:
            return
        except BaseException as error:  # of the source, a transition or the engine: no event can be blamed
            self.commits.fail(explain(error, Failure.of))
            if isinstance(error, KeyboardInterrupt):
                raise

    def _write(self, run: BlockRun) -> None:
        self._outputs.write(run)
        self._activity.tell("blockWritten", run.block)
        if self._outputs.full:
            self.commits.stop()

    def _end(self, modules: JobModules, transitions: Transitions) -> None:
        """End runs, streams and the job, and close the outputs, unless the job has failed."""
        if self.commits.failed:
            return
        try:
            transitions.finish()
            self._outputs.finish()
            for transition in ("endStream", "endJob"):
                for stream, worker in modules.instances():
                    if transition == "endJob" or stream >= 0:
                        self._tell(worker, transition, stream)
            self.interrupts.too_late = True  # all outputs appear or none
            self._outputs.close()
            modules.activity.tell("postEndJob")
        except Exception as error:
            self.commits.fail(explain(error, Failure.of))

    def _add_up(self, schedules: list[StreamSchedule], modules: JobModules) -> StreamReport:
        report = modules.empty_report()
        for schedule in schedules:
            report.add(schedule.report)
        for worker in modules.all_workers():
            report.modules[worker.label].cpu += worker.times.cpu
            report.modules[worker.label].real += worker.times.real
        report.complete()
        return report
