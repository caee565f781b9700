"""One job in parts on the workers of a Dask cluster, with the result of the same job here."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import attrs

from ..config.description import ProcessDescription
from ..engine.failure import Failure
from ..engine.job import JobResult
from ..engine.report import StreamReport, time_report, trig_report
from ..errors import Configuration, ExternalFailure, FileWriteError
from ..event.provenance import FileRecord
from ..io.memory import Collected
from ..plugins.factory import make_plugin
from ..services.message_logger import MessageLogger, timestamp
from .division import Boundary, Part, boundary_of, divide, events_per_part, first_lumis
from .outputs import Outputs, make_source, watching_services
from .shipping import Shipment
from .task import PartResult, part_prefix, run_part

if TYPE_CHECKING:
    from distributed import Client, Future

FEWEST_WORKERS = 8  # of a cluster that is not ours: more may join while the job runs


@attrs.frozen
class ScaleOut:
    """How a job is divided.

    Attributes
    ----------
    client : distributed.Client
        Connected to the scheduler.
    threads : int
        Threads of each part's job.
    events_per_task : int
        The size of parts; 0 to let the number of workers decide.
    scratch : str
        A folder that all workers see; empty for the folder of the first output.
    """

    client: Client
    threads: int = 1
    events_per_task: int = 0
    scratch: str = ""


def run_in_parts(
    process: ProcessDescription, log: MessageLogger, how: ScaleOut, products: Sequence[str] | None = None
) -> tuple[JobResult, Collected]:
    """Run a job on a cluster; a failure is told in the result, and leaves no output.

    Parameters
    ----------
    process : ProcessDescription
        The job.
    log : MessageLogger
        Where messages go; those of the workers come in the order of the input.
    how : ScaleOut
        Where and in how many parts.
    products : sequence of str, optional
        Tags of the products to bring back in memory; None for none, nor event numbers.

    Raises
    ------
    CMSException
        If the job can't start, or its input or outputs can't be divided.
    """
    if process.max_events.get("output") is not None:
        raise Configuration("process.maxEvents.output can't be kept by a job in parts: run without --executor")
    idle = watching_services(process)
    if idle:
        log.warning("Configuration", f"Without effect in a job in parts: the service {', '.join(idle)}")
    outputs = Outputs(process, log)
    parts = _parts(process, log, how)
    with _scratch_folder(how.scratch or outputs.folder) as scratch:
        Shipment.pack(process, how.threads, None if products is None else tuple(products)).write(scratch)
        began = time.perf_counter()
        results = _Run(how.client, scratch, parts, log).results()
        failure = results[-1].failure
        read = _joined_inputs(results)
        written: list[FileRecord] = []
        if failure is None:
            written = outputs.merge([result.folder for result in results], results[0].recordings, read)
        real = time.perf_counter() - began
    report = _add_up(results)
    if failure is None and process.options["wantSummary"]:
        cpu = sum(result.cpu for result in results)
        log.verbatim("\n" + "\n".join(trig_report(report)) + "\n")
        log.verbatim("\n".join(time_report(report, cpu, real, how.threads * _workers(how.client))))
    collected = [result.collected for result in results if result.collected is not None]
    result = JobResult(0 if failure is None else failure.exit_code, report, failure, tuple(read), tuple(written))
    return result, Collected.join(collected) if collected else Collected.empty()


def _parts(process: ProcessDescription, log: MessageLogger, how: ScaleOut) -> list[Part]:
    limit = process.max_events.get("input")
    source = make_source(process, log)
    try:
        segments = source.plan(-1 if limit is None else int(limit))
    finally:
        source.close()
    segments = first_lumis(segments, process.max_lumis)
    events = sum(len(segment) for segment in segments)
    workers = _workers(how.client)
    size = how.events_per_task or events_per_part(events, workers)
    return divide(segments, size, _boundary(process))


def _boundary(process: ProcessDescription) -> Boundary:
    """Between what the input may be cut, by what the modules of the job declare."""
    paths = (*process.trigger_paths, *process.end_paths)
    labels = set(process.scheduled_tasks)
    for path in paths:
        labels |= {entry.label for entry in path.entries} | path.on_demand | path.conditional
    silent = MessageLogger([])
    return boundary_of(make_plugin(process.modules[label], silent) for label in labels & process.modules.keys())


def _workers(client: Client) -> int:
    """How many workers to count on."""
    there = len(client.nthreads())
    return there if client.cluster is not None else max(there, FEWEST_WORKERS)


@contextmanager
def _scratch_folder(where: str) -> Iterator[Path]:
    """A hidden folder for the parts, removed in the end."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=".pyrun-", dir=where)).absolute()
    except OSError as error:
        raise FileWriteError(f"No scratch folder can be made in {where!r}: {error.strerror}") from error
    try:
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder in which a worker that is still to notice that the job is over may be writing."""
    for pause in (0.1, 0.5, 2.0):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(pause)
    shutil.rmtree(folder)


class _Run:
    """The parts on their way: submitted, collected as they are done, told of in the order of the input."""

    def __init__(self, client: Client, scratch: Path, parts: Sequence[Part], log: MessageLogger) -> None:
        self._client = client
        self._scratch = scratch
        self._log = log
        self._parts = parts
        self._done: dict[int, PartResult] = {}
        self._told = 0
        self._end = len(parts)  # the parts from here on are not wanted: one before has failed
        self._futures: dict[int, Future[Any]] = {
            number: client.submit(
                run_part, str(scratch), number, part, key=f"pyrun{scratch.name}-{number}", priority=-number, pure=False
            )
            for number, part in enumerate(parts)
        }

    def results(self) -> list[PartResult]:
        """The results in order, up to the first part that has failed."""
        numbers = {future.key: number for number, future in self._futures.items()}
        # distributed's as_completed shares a lock with its own thread: a Ctrl-C at the wrong moment locks it for ever
        ended: SimpleQueue[Future[Any]] = SimpleQueue()
        for future in self._futures.values():
            future.add_done_callback(ended.put)
        try:
            for _ in numbers:
                future = ended.get()
                self._take(numbers[future.key], future)
                if self._told == self._end:
                    break
        finally:
            self._client.cancel(list(self._futures.values()), reason="the job is over")
        return [self._done[number] for number in range(self._end)]

    def _take(self, number: int, future: Future[Any]) -> None:
        if number >= self._end:
            return
        self._done[number] = result = _outcome(number, future)
        del self._futures[number]  # so that the worker may forget the result
        if result.failure is not None:
            self._end = number + 1
            self._client.cancel([other for later, other in self._futures.items() if later > number])
        while self._told < self._end and self._told in self._done:
            self._tell(self._told)
            self._told += 1

    def _tell(self, number: int) -> None:
        result = self._done[number]
        for message in result.messages:
            self._log.replay(message)
        tries = len(list(self._scratch.glob(f"{part_prefix(number)}*")))
        if tries > 1:
            self._log.warning("Dask", f"Part {number + 1} was run again: its worker was lost ({tries} tries)")
        if result.failure is None and self._log.announcing:
            events = sum(len(segment) for segment in self._parts[number])
            self._log.verbatim(f"{timestamp()}  Part {number + 1} of {len(self._parts)} done, {events} events")


def _outcome(number: int, future: Future[Any]) -> PartResult:
    """The result of a part; what went wrong with its worker is a failure."""
    from distributed import KilledWorker

    try:
        result: PartResult = future.result()
    except KilledWorker as error:
        text = f"Its worker died {error.allowed_failures + 1} times, the last was {error.last_worker.address}"
        hint = "Perhaps it needs more memory than a worker has; see the logs of the workers."
        return _lost(number, f"{text}. {hint}")
    except Exception as error:  # of Dask, or of a worker that can't import pyrun
        return _lost(number, f"{type(error).__name__}: {error}")
    return result


def _lost(number: int, why: str) -> PartResult:
    error = ExternalFailure(f"Part {number + 1} of the job could not be run by a Dask worker. {why}")
    return PartResult("", failure=Failure.of(error))


def _joined_inputs(results: Sequence[PartResult]) -> list[FileRecord]:
    """What has been read of each file."""
    files: dict[str, FileRecord] = {}
    for record in (record for result in results for record in result.inputs):
        before = files.get(record.pfn)
        files[record.pfn] = record if before is None else _joined(before, record)
    return list(files.values())


def _joined(first: FileRecord, second: FileRecord) -> FileRecord:
    lumis = {run: dict(of_run) for run, of_run in first.lumis.items()}
    for run, of_run in second.lumis.items():
        for lumi, events in of_run.items():
            lumis.setdefault(run, {})[lumi] = lumis.get(run, {}).get(lumi, 0) + events
    branches = tuple(sorted({*first.branches, *second.branches}))
    return attrs.evolve(first, events=first.events + second.events, lumis=lumis, branches=branches)


def _add_up(results: Sequence[PartResult]) -> StreamReport:
    reports = [result.report for result in results if result.report is not None]
    if not reports:
        return StreamReport({}, {}, 0)
    for other in reports[1:]:
        reports[0].add(other)
    reports[0].complete()
    return reports[0]
