"""Whether a job needs more memory the longer it runs: resident memory from a thousand to a million events.

    python benchmarks/memory.py [--most 1000000] [--quick]

Three light jobs in blocks of 1000 events: new events, numpy numbers and a filter; the same, and the events that pass
are written; a file that is read again and again, numbers made of those read, a filter, and output. Each runs in a
process of its own. The peak is the kernel's, for the whole process; the steady value is the median over the second half
of the blocks. The peer is the same job with ten blocks: the script exits with 1 if the longest job's peak is more than
10% above.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import numpy as np
from child_process import result_of

from pyrun.framework import EDFilter, EDProducer, InputTag, parameters, plugin
from pyrun.framework.config.description import describe
from pyrun.framework.config.loading import load_process
from pyrun.framework.engine.job import Job
from pyrun.framework.profiling.machine import Memory, peak_resident
from pyrun.framework.services.message_logger import MessageLogger

CONFIGURATION = Path(__file__).with_name("memory_cfg.py")
TOLERANCE = 0.1
EVENTS_IN_FILE = 10_000
MEMORY = Memory()
RESIDENT: list[int] = []  # bytes, noted at each block


class NumbersParameters(parameters.ParameterSet):
    src: InputTag = parameters.inputTag(doc="the numbers to start from; empty for none")


@plugin
class MemoryProducer(EDProducer):
    """Puts a number per event."""

    Parameters = NumbersParameters

    def declare(self, p):
        self.source = self.consumes(p.src) if p.src.label else None
        self.numbers = self.produces("double")

    def produce(self, event, setup):
        RESIDENT.append(MEMORY.resident())
        seed = event.id if self.source is None else event.get(self.source)
        event.put(self.numbers, np.sin(seed * 700.0) ** 2)  # half of those that passed before pass again


@plugin
class MemoryFilter(EDFilter):
    """Passes half of the events."""

    Parameters = NumbersParameters

    def declare(self, p):
        self.numbers = self.consumes(p.src)

    def filter(self, event, setup):
        return event.get(self.numbers) > 0.5


class Measured(NamedTuple):
    """Bytes: the most, and the median of the second half of the event loop."""

    peak: int
    steady: int


def run_job(options: list[str], events: int) -> None:
    """Run the job; it must read so many events."""
    result = Job(describe(load_process(str(CONFIGURATION), options)), MessageLogger([])).run()
    if result.failure is not None:
        raise SystemExit(result.failure.fatal_print())
    if result.report.events != events:
        raise SystemExit(f"The job read {result.report.events} events, not {events}")
    if any(not events // 3 < file.events < events for file in result.outputs):
        raise SystemExit("The job did not write about half of the events")


def work(results: Connection, options: list[str], events: int) -> None:
    """Run the job in this process, and tell its memory."""
    run_job(options, events)
    results.send(Measured(peak_resident(), round(statistics.median(RESIDENT[len(RESIDENT) // 2 :]))))


def measure(options: list[str], events: int) -> Measured:
    """The memory of the job, in a process of its own."""
    return result_of(work, options, events)


def jobs(events: int, folder: str) -> dict[str, list[str]]:
    """The options of each job, for so many events."""
    make, output = [f"events={events}"], f"output={folder}/output.root"
    files = -(-events // EVENTS_IN_FILE)
    read = [*make, *[f"input=file:{folder}/input.root"] * files]
    return {"new events": make, "new events, written": [*make, output], "read and written": [*read, output]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, default=1_000_000, help="the most events")
    parser.add_argument("--quick", action="store_true", help="at most 20000 events")
    arguments = parser.parse_args()
    most = 20_000 if arguments.quick else arguments.most
    counts = [1000 * 10**power for power in range(4) if 1000 * 10**power < most] + [most]
    with tempfile.TemporaryDirectory() as folder:
        make_input(folder)
        runs = {name: [measure(jobs(count, folder)[name], count) for count in counts] for name in jobs(1, folder)}
    sys.exit(report(runs, counts))


def make_input(folder: str) -> None:
    """A file of `EVENTS_IN_FILE` events, all of which have numbers."""
    process = load_process(str(CONFIGURATION), [f"events={2 * EVENTS_IN_FILE}", f"output={folder}/input.root"])
    result = Job(describe(process), MessageLogger([])).run()
    if result.failure is not None:
        raise SystemExit(result.failure.fatal_print())


def report(runs: dict[str, list[Measured]], counts: list[int]) -> int:
    """Print the memory for each number of events; return 1 if a peak grew too much."""
    print(f"{'MB resident':24s}{'':8s}" + "".join(f"{count:>12,}".replace(",", " ") for count in counts) + "  events")
    grown = False
    for name, measured in runs.items():
        for what in ("peak", "steady"):
            values = [getattr(one, what) / 1e6 for one in measured]
            growth = values[-1] / values[min(1, len(values) - 2)] - 1
            grown |= what == "peak" and growth > TOLERANCE
            print(
                f"{name if what == 'peak' else '':24s}{what:8s}" + "".join(f"{value:12.1f}" for value in values), end=""
            )
            print(f"  {100 * growth:+.1f}% from {counts[min(1, len(counts) - 2)]} events on")
    return int(grown)


if __name__ == "__main__":
    main()
