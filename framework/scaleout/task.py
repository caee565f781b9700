"""What a worker does: run the job on one part of the input."""

from __future__ import annotations

import os
import pickle
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import attrs

from ..config.description import ProcessDescription
from ..engine.failure import Failure
from ..engine.job import Job
from ..engine.report import StreamReport
from ..errors import CMSException
from ..event.provenance import FileRecord
from ..io.memory import COLLECT, Collected, CollectingOutputModule, with_collector
from ..services.message_logger import MessageLogger
from ..services.messages import Destination, Message
from ..source import Source
from .division import Part
from .outputs import make_source, part_outputs, redirected_services
from .recording import Recording, RecordingOutputModule
from .shipping import Shipment, read_shipment

WATCH_INTERVAL = 1.0  # seconds
_ONE_AT_A_TIME = threading.Lock()  # a job changes the working folder, which all threads of a worker share


@attrs.frozen
class PartResult:
    """What became of one part.

    Attributes
    ----------
    folder : str
        Where its output files are.
    report : StreamReport or None
        What ran how often; None if the job could not start.
    failure : Failure or None
        Why it ended early.
    messages : list of Message
        What the job said.
    inputs : sequence of FileRecord
        The files it read.
    recordings : mapping
        Of its output modules whose files can't be merged as they are, by label.
    collected : Collected or None
        Products to bring back in memory.
    cpu, real : float
        Seconds.
    """

    folder: str
    report: StreamReport | None = None
    failure: Failure | None = None
    messages: Sequence[Message] = ()
    inputs: Sequence[FileRecord] = ()
    recordings: Mapping[str, Recording] = attrs.field(factory=dict)
    collected: Collected | None = None
    cpu: float = 0.0
    real: float = 0.0


class _Recorder(Destination):
    """Keeps messages instead of writing them."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []

    def log(self, message: Message) -> bool:
        self.messages.append(message)
        return True


def run_part(scratch: str, number: int, part: Part) -> PartResult:
    """Run the job on a part of the input, in a folder of its own inside the scratch folder.

    May be called again for the same part, by another worker, whether or not the first call has ended: each call has
    a folder of its own.

    Parameters
    ----------
    scratch : str
        Where the `Shipment` is.
    number : int
        Of the part, for the folder's name.
    part : tuple of Segment
        What to read.
    """
    with _ONE_AT_A_TIME:
        began, began_cpu = time.perf_counter(), time.process_time()
        recorder = _Recorder()
        log = MessageLogger([recorder])
        log.announcing = False  # which record of the job an event is, only the whole job knows
        result = PartResult("")
        try:
            shipment = read_shipment(scratch)
            folder = tempfile.mkdtemp(prefix=part_prefix(number), dir=scratch)
            with shipment.unpacked():
                result = _run(shipment, part, folder, log)
        except CMSException as error:
            result = PartResult("", failure=_portable(Failure.of(error)))
        real, cpu = time.perf_counter() - began, time.process_time() - began_cpu
        return attrs.evolve(result, messages=recorder.messages, real=real, cpu=cpu)


def part_prefix(number: int) -> str:
    """How the names of a part's folders begin; there is one for each time that it was begun."""
    return f"part{number:05d}-"


def _run(shipment: Shipment, part: Part, folder: str, log: MessageLogger) -> PartResult:
    options = {**shipment.process.options, "wantSummary": False}
    process = attrs.evolve(shipment.process, options=options, max_lumis=-1)  # the parts are within the limit
    source, outputs = _source(process, part), part_outputs(process, folder, log)
    given: dict[str, Any] = {"source": source, **outputs, **redirected_services(process, folder, log)}
    collector = None
    if shipment.products is not None:
        collector = CollectingOutputModule(process.name, shipment.products)
        collector.log = log
        given[COLLECT] = collector
        process = with_collector(process)
    job = Job(process, log, shipment.threads, given)
    with _while_wanted(job, folder):
        result = job.run()
    return PartResult(
        folder,
        result.report,
        None if result.failure is None else _portable(result.failure),
        inputs=tuple(source.files),
        recordings={
            label: output.recording for label, output in outputs.items() if isinstance(output, RecordingOutputModule)
        },
        collected=collector.collected() if collector else None,
    )


@contextmanager
def _while_wanted(job: Job, folder: str) -> Iterator[None]:
    """Let the job end soon if its folder is removed, which tells that its result is of no use any more.

    Dask can't stop a task that has begun, and the worker may be wanted by others.
    """
    over = threading.Event()

    def watch() -> None:
        while not over.wait(WATCH_INTERVAL):
            if not os.path.isdir(folder):
                job.commits.fail(Failure.of(KeyboardInterrupt()))
                return

    watcher = threading.Thread(target=watch, name="watch-scratch-folder", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _source(process: ProcessDescription, part: Part) -> Source:
    """The source of a part; what it has to say of its files, the plan has said."""
    source = make_source(process, MessageLogger([]))
    source.restrict(part)
    return source


def _portable(failure: Failure) -> Failure:
    """The failure with a cause that can be sent: another interpreter may not know the user's exceptions."""
    try:
        pickle.loads(pickle.dumps(failure.cause))
    except Exception:  # whatever the exception's own methods raise
        cause = CMSException(failure.message, category=failure.category)
        cause.exit_code = failure.exit_code
        return attrs.evolve(failure, cause=cause)
    return failure
