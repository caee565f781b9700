"""Running a process from its first block to its last."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ..config.description import ProcessDescription
from ..errors import CMSException
from ..event.block import EventBlock
from ..event.provenance import FileRecord, JobRecord
from ..services.message_logger import MessageLogger
from ..source import Source
from .commits import Abandoned, Commits
from .construction import JobModules, construct
from .external import CPUTokens, ExternalWork
from .failure import Failure
from .provenance import process_record, software_versions
from .report import StreamReport, time_report, trig_report
from .stream import BlockRun, StreamSchedule

MOST_EVENTS_PER_BLOCK = 1000
ENOUGH_EVENTS_PER_BLOCK = 100  # in smaller blocks, what each block costs shows


@attrs.frozen
class JobResult:
    """How a job ended.

    Attributes
    ----------
    exit_code : int
        0, or the full code of `failure`.
    report : StreamReport
        What ran how often.
    failure : Failure or None
        Why it ended early.
    inputs, outputs : tuple of FileRecord
        What was read, and, unless it failed, what was written.
    """

    exit_code: int
    report: StreamReport
    failure: Failure | None = None
    inputs: tuple[FileRecord, ...] = ()
    outputs: tuple[FileRecord, ...] = ()


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
        label is ``source``.
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
        self.given = given
        self.threads = (options["numberOfThreads"] if threads is None else threads) or os.cpu_count() or 1
        self.streams = options["numberOfStreams"] or self.threads
        self.tokens = CPUTokens(self.threads)
        self.external = ExternalWork(self.tokens)
        self.commits = Commits(self._write, self.tokens, 2 * self.streams)

    def run(self) -> JobResult:
        """Run the job; a failure is told in the result, and leaves no output.

        Raises
        ------
        CMSException
            If the job can't start.
        """
        modules = construct(self.process, self.log, self.streams, {}, self.given)
        started = False
        try:
            self._open(modules)
            started = True
            result = self._loop(modules)
        finally:
            self.external.close()
            if not started:
                _give_up(modules)
        return result

    def _open(self, modules: JobModules) -> None:
        source, wiring = modules.source, modules.wiring
        record = process_record(self.process, wiring.modules, (path.name for path in wiring.trigger_paths))
        history, parents = (*source.history, record), {**source.parents, **wiring.parents()}
        for output in modules.outputs:
            kept = tuple(modules.kept[output.label])
            output.open(JobRecord(history, kept, parents, lambda: source.files, lambda: software_versions(record)))
        for worker in modules.all_workers():
            try:
                with self.log.within(f"{type(worker.module).__name__}:{worker.label}@beginJob"):
                    worker.module.beginJob()
            except CMSException as error:
                error.add_context(f"Calling beginJob for module {worker.name}")
                raise

    def _loop(self, modules: JobModules) -> JobResult:
        began, began_cpu = time.perf_counter(), time.process_time()
        schedules = [
            StreamSchedule(
                modules.wiring,
                workers,
                modules.empty_report(),
                stream,
                self.external,
                self.commits.wait_for_turn,
                modules.conditions,
            )
            for stream, workers in enumerate(modules.streams)
        ]
        blocks = _Blocks(modules.source, self._max_events(), self._block_size(modules.source))
        finished = False
        try:
            self._run_streams(schedules, blocks)
            self._end_job(modules)
            finished = self.commits.failure is None
        finally:
            if not finished:
                _give_up(modules)
            modules.source.close()
        report = self._add_up(schedules, modules)
        failure = self.commits.failure
        if failure is None and self.process.options["wantSummary"]:
            real, cpu = time.perf_counter() - began, time.process_time() - began_cpu
            self.log.verbatim("\n" + "\n".join(trig_report(report)) + "\n")
            self.log.verbatim("\n".join(time_report(report, cpu, real, self.threads)))
        written = () if failure else tuple(file for output in modules.outputs for file in output.files)
        code = 0 if failure is None else failure.exit_code
        return JobResult(code, report, failure, tuple(modules.source.files), written)

    def _run_streams(self, schedules: list[StreamSchedule], blocks: _Blocks) -> None:
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
                thread.join()
        except KeyboardInterrupt as interrupt:
            self.commits.fail(Failure.of(interrupt))  # so that the streams stop
            raise

    def _stream(self, schedule: StreamSchedule, blocks: _Blocks) -> None:
        """Process blocks until there are none left."""
        try:
            while (block := blocks.take(self.commits)) is not None:
                with self.tokens.held():
                    began = time.perf_counter()
                    self.log.announce(block.ids, block.first_record, schedule.stream)
                    run = schedule.process(block)
                    schedule.report.real += time.perf_counter() - began
                self.commits.hand_in(block.index, run)
        except Abandoned:
            return
        except Exception as error:  # of the source or the engine: no block can be blamed
            self.commits.fail(Failure.of(error))

    def _write(self, run: BlockRun) -> None:
        for written in run.written:
            output: Any = written.worker.module
            if len(written.where):
                output.write(run.block.ids[written.where], written.products)

    def _end_job(self, modules: JobModules) -> None:
        if self.commits.failure is not None:
            return
        try:
            for worker in modules.all_workers():
                worker.module.endJob()
            for output in modules.outputs:
                output.close()
        except Exception as error:
            self.commits.fail(Failure.of(error, "Calling endJob for the modules of the process"))

    def _add_up(self, schedules: list[StreamSchedule], modules: JobModules) -> StreamReport:
        report = modules.empty_report()
        for schedule in schedules:
            report.add(schedule.report)
        for worker in modules.all_workers():
            report.modules[worker.label].cpu += worker.times.cpu
            report.modules[worker.label].real += worker.times.real
        report.complete()
        return report

    def _max_events(self) -> int:
        limit = self.process.max_events.get("input")
        return -1 if limit is None else int(limit)

    def _block_size(self, source: Source) -> int:
        """Events per block: as configured, else enough blocks for every stream to have some."""
        configured = int(self.process.options.get("eventsPerBlock", 0))
        if configured:
            return configured
        events = source.size(self._max_events())
        if events is None or self.streams == 1:
            return MOST_EVENTS_PER_BLOCK
        a_share = math.ceil(events / self.streams)
        return max(1, min(a_share, max(ENOUGH_EVENTS_PER_BLOCK, min(a_share // 4, MOST_EVENTS_PER_BLOCK))))


class _Blocks:
    """The source's blocks, handed to one stream after the other."""

    def __init__(self, source: Source, max_events: int, block_size: int) -> None:
        self._iterator: Iterator[EventBlock] = source.blocks(max_events, block_size)
        self._lock = threading.Lock()
        self._taken = 0

    def take(self, commits: Commits) -> EventBlock | None:
        """The next block; None if there is none or the job has failed."""
        with self._lock:
            commits.wait_for_room(self._taken)
            if commits.stopped:
                return None
            block = next(self._iterator, None)
            if block is not None:
                block.index = self._taken
                self._taken += 1
            return block


def _give_up(modules: JobModules) -> None:
    for output in modules.outputs:
        output.abort()
