"""What a second thread brings: the MiniAOD job with one and with two, against what the machine can do.

    python benchmarks/threads.py [--files 8] [--repeats 5] [--quick]

The shipped file is read several times over, so that there are blocks enough. The peer is the machine's own limit: two
processes of one thread each that do half of the work each at the same time, which share nothing but the processor's
caches, its clock and its memory. Times are those of the event loop and the writing of the output, in processes that
have run the job once before; CPUs is the CPU time of that over the wall time: more than the number of threads would
mean that a library starts threads of its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import time
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import NamedTuple

INPUT = "data/ttbar_pu30_aodsim.root"
EVENTS_IN_FILE = 465


class Measured(NamedTuple):
    """Seconds of wall and of CPU time of one run, in all its processes."""

    real: float
    cpu: float


def work(barrier: Barrier, results: Connection, files: int, threads: int, events: int, output: str) -> None:
    """Run the job twice in this process, and tell what the second run took, begun together with the others'."""
    run_job(1, threads, min(events, 100), output)
    barrier.wait()
    began, began_cpu = time.perf_counter(), time.process_time()
    run_job(files, threads, events, output)
    results.send(Measured(time.perf_counter() - began, time.process_time() - began_cpu))


def run_job(files: int, threads: int, events: int, output: str) -> None:
    """The MiniAOD job on its input, read `files` times over."""
    import pyrun.framework.config as cms
    from pyrun.framework.config.description import describe
    from pyrun.framework.config.loading import load_process
    from pyrun.framework.engine.job import Job
    from pyrun.framework.resources import file_in_path
    from pyrun.framework.services.message_logger import MessageLogger

    path = file_in_path(INPUT)
    options = [f"inputFiles=file:{path}"] * files + [
        f"maxEvents={events}",
        f"threads={threads}",
        f"outputFile={output}",
    ]
    process = load_process(str(file_in_path("cfg/miniaod_cfg.py")), options)
    process.source.duplicateCheckMode = cms.untracked.string("noDuplicateCheck")
    process.options.wantSummary = False
    result = Job(describe(process), MessageLogger([])).run()
    if result.failure is not None:
        raise SystemExit(result.failure.fatal_print())
    if result.report.events != events:
        raise SystemExit(f"The job read {result.report.events} events, not {events}")


def measure(processes: int, threads: int, files: int, events: int, folder: str) -> Measured:
    """The wall time until the last of the processes is done, and the CPU time of all."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(processes)
    children, receivers = [], []
    for number in range(processes):
        receiver, sender = context.Pipe(duplex=False)
        share = (files // processes, threads, events // processes, f"{folder}/{number}.root")
        children.append(context.Process(target=work, args=(barrier, sender, *share), daemon=True))
        children[-1].start()
        sender.close()  # the child has its own: once that is gone too, receiving fails
        receivers.append(receiver)
    try:
        measured = [receiver.recv() for receiver in receivers]
    except EOFError:
        raise SystemExit("A job failed; its message is above") from None
    for child in children:
        child.join()
    return Measured(max(one.real for one in measured), sum(one.cpu for one in measured))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=8, help="how often the file is read; an even number")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="few events, once: to see that it works")
    arguments = parser.parse_args()
    files, repeats = (2, 1) if arguments.quick else (arguments.files, arguments.repeats)
    events = 200 if arguments.quick else files * EVENTS_IN_FILE
    ways = {"1 thread": (1, 1), "2 threads": (1, 2), "2 processes of 1 thread": (2, 1)}
    runs: dict[str, list[Measured]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(repeats):
            for name, (processes, threads) in ways.items():
                runs[name].append(measure(processes, threads, files, events, folder))
    report(runs, events)


def report(runs: dict[str, list[Measured]], events: int) -> None:
    """Print medians; speed-ups are the medians of the ratios of neighbouring runs."""
    print(f"{events} events, median of {len(runs['1 thread'])}")
    print(f"{'':26s}{'s':>8s}{'ms/event':>10s}{'events/s':>10s}{'CPUs':>7s}{'speed-up':>10s}")
    alone = runs["1 thread"]
    for name, measured in runs.items():
        seconds = statistics.median(one.real for one in measured)
        cpus = statistics.median(one.cpu / one.real for one in measured)
        gains = [first.real / one.real for first, one in zip(alone, measured, strict=True)]
        print(
            f"{name:26s}{seconds:8.2f}{1e3 * seconds / events:10.2f}{events / seconds:10.1f}{cpus:7.2f}"
            f"{statistics.median(gains):10.2f}  ({min(gains):.2f} to {max(gains):.2f})"
        )


if __name__ == "__main__":
    main()
