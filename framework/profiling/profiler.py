"""The service that listens to the engine while a job runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import FileWriteError
from ..plugins import parameters as param
from ..plugins.registry import plugin
from ..service import JobContext, ModuleCall, Service
from .machine import Memory, Sampler, machine, peak_resident
from .profile import TRANSITIONS, JobFacts, Profile
from .sizes import nbytes
from .tables import BLOCK, CALL, PENDING, PRODUCT, READ, WRITTEN, Names, Table

if TYPE_CHECKING:
    from ..engine.job import JobResult
    from ..event.block import EventBlock
    from ..event.branch import BranchDescription
    from ..event.store import Array, LazyProduct, Mask


@attrs.define(eq=False)
class _Frame:
    """A module call that has not returned, and what was so when it began."""

    start: float
    cpu: float
    resident: int
    waited: float = 0.0
    reading: float = 0.0


class _Thread(threading.local):
    """What the profiler knows of a thread: calls under way, innermost last, when it last did something, its stream."""

    def __init__(self) -> None:
        self.frames: list[_Frame] = []
        self.last = 0.0
        self.stream = -1


@plugin
class Profiler(Service):
    """Measures every module call and writes, when the job ends, a folder with a trace, a page and the numbers.

    A profile is written as well when the job fails. The memory of a call is that of the whole process: with several
    threads, what others allocate meanwhile counts too.
    """

    class Parameters(param.ParameterSet):
        directory: str = param.untracked.string("profile", doc="the folder to write; made if it does not exist")
        interval: float = param.untracked.double(0.05, doc="seconds between samples of memory and CPU time")
        title: str = param.untracked.string("", doc="what the page is about; the process name if empty")

    parameters: Parameters

    def __init__(self, label: str, parameters: Parameters) -> None:
        super().__init__(label, parameters)
        self._directory = Path(parameters.directory)
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileWriteError(
                f"The profile can't be written to {self._directory}: {error.strerror or error}. "
                "Name a folder that can be made, --profile=FOLDER"
            ) from error
        self._began, self._began_at = time.perf_counter(), time.time()
        self._memory = Memory()
        self._sampler = Sampler(self._memory, self._clock, lambda: self._events, parameters.interval)
        self._threads = _Thread()
        self._lock = threading.Lock()
        self._events = 0
        self._job: JobContext | None = None
        self._modules, self._products = Names(), Names()
        self._types: dict[str, str] = {}
        self.calls, self._blocks, self._made = Table(CALL), Table(BLOCK), Table(PRODUCT)
        self._reads, self._pending, self._written = Table(READ), Table(PENDING), Table(WRITTEN)
        self._block_began: dict[int, float] = {}
        self._acquired: dict[tuple[str, int], list[float]] = {}

    def _clock(self) -> float:
        """Seconds since the profiler was made."""
        return time.perf_counter() - self._began

    def preBeginJob(self, job: JobContext) -> None:
        self._job = job
        self._sampler.start()

    def preModule(self, call: ModuleCall) -> None:
        thread, now = self._threads, self._clock()
        frame = _Frame(now, time.thread_time(), self._memory.resident(), now - thread.last if thread.last else 0.0)
        thread.frames.append(frame)
        if call.transition == "event" and call.block is not None and self._acquired:
            self._end_external(call, frame)
        frame.start = self._clock()

    def postModule(
        self, call: ModuleCall, products: Mapping[BranchDescription, Array], error: Exception | None
    ) -> None:
        stop, cpu = self._clock(), time.thread_time()
        frame = self._threads.frames.pop()
        resident = self._memory.resident()
        block = -1 if call.block is None else call.block.index
        made = 0
        for branch, array in products.items():
            size = nbytes(array)
            self._made.add(self._products.index(branch.name), block, len(array), size)
            made += size
        self._types.setdefault(call.label, call.type)
        # an output may write the blocks of other streams as well: the track is that of the thread
        stream = call.stream if call.block is None else self._threads.stream
        self.calls.add(
            self._modules.index(call.label), TRANSITIONS.index(call.transition), stream, block, call.events,
            frame.start, stop, cpu - frame.cpu, frame.reading, resident, resident - frame.resident, made,
            error is not None,
        )  # fmt: skip
        if call.transition == "acquire" and error is None:
            with self._lock:
                self._acquired.setdefault((call.label, block), []).append(stop)
        self._threads.last = self._clock()

    def _end_external(self, call: ModuleCall, frame: _Frame) -> None:
        """The work that ``acquire`` began has come back, since produce is about to be called with it."""
        assert call.block is not None
        with self._lock:
            starts = self._acquired.get((call.label, call.block.index))
            began = starts.pop(0) if starts else None
            if not starts:
                self._acquired.pop((call.label, call.block.index), None)
        if began is not None:
            waited = min(frame.waited, frame.start - began)
            self._pending.add(
                self._modules.index(call.label), call.stream, call.block.index, began, frame.start, waited
            )

    def preBlock(self, stream: int, block: EventBlock) -> None:
        self._threads.stream = stream
        self._threads.last = self._block_began[stream] = self._clock()
        block.products.watch_reads(lambda branch, read: self._timed_read(stream, block.index, branch, read))

    def _timed_read(self, stream: int, block: int, branch: BranchDescription, read: LazyProduct) -> LazyProduct:
        """`read`, noting how long it takes and how much it reads."""

        def timed() -> tuple[Array, Mask | None]:
            start = self._clock()
            array, present = read()
            stop = self._clock()
            size = nbytes(array)
            self._reads.add(self._products.index(branch.name), stream, block, start, stop, size)
            if self._threads.frames:
                self._threads.frames[-1].reading += stop - start
            return array, present

        return timed

    def postBlock(self, stream: int, block: EventBlock) -> None:
        ids = block.ids
        first = (int(ids.run[0]), int(ids.lumi[0]), int(ids.event[0])) if len(block) else (0, 0, 0)
        began = self._block_began.pop(stream)
        self._blocks.add(stream, block.index, len(block), *first, began, self._clock(), self._memory.resident())
        with self._lock:
            self._events += len(block)

    def blockWritten(self, block: EventBlock) -> None:
        self._written.add(block.index, self._clock())

    def jobEnded(self, result: JobResult | None, error: BaseException | None) -> None:
        self._sampler.finish()
        self._memory.close()
        profile = self._profile(result, error)
        from .page import write  # imports matplotlib, which must neither slow the job nor count as its memory

        try:
            write(profile, self._directory)
        except OSError as problem:
            self.log.error(
                "FileWriteError",
                f"The profile could not be written to {self._directory}: {problem.strerror or problem}",
            )
            return
        self.log.verbatim(f"Profile: {self._directory / 'report.html'}, {self._directory / 'trace.json'}")

    def _profile(self, result: JobResult | None, error: BaseException | None) -> Profile:
        """All that was heard."""
        job = self._job
        name = job.process.name if job else ""
        facts = JobFacts(
            process=name,
            title=self.parameters.title or name,
            began_at=self._began_at,
            seconds=self._clock(),
            threads=job.threads if job else 0,
            streams=job.streams if job else 0,
            exit_code=result.exit_code if result else None,
            failure=_what_failed(result, error),
            peak_resident=peak_resident(),
            machine=machine(),
        )
        tables: dict[str, Any] = {
            "calls": self.calls, "blocks": self._blocks, "made": self._made, "reads": self._reads,
            "pending": self._pending, "written": self._written, "samples": self._sampler.table,
        }  # fmt: skip
        return Profile(
            job=facts,
            modules=tuple(self._modules),
            types=tuple(self._types.get(label, "") for label in self._modules),
            products=tuple(self._products),
            **{name: table.rows() for name, table in tables.items()},
        )


def _what_failed(result: JobResult | None, error: BaseException | None) -> str:
    """Why the job ended early, in a line or two; empty if it did not."""
    if error is not None:
        return f"{type(error).__name__}: {error}"
    if result is not None and result.failure is not None:
        return f"{result.failure.category}: {result.failure.message}"
    return ""
