"""What ``--profile`` costs while the job runs: the MiniAOD job, and a menu with very many short module calls.

    python benchmarks/profiling_overhead.py [--repeats 5] [--quick]

Times are CPU seconds of this process for the whole job, the peer being the same job without the profiler, run in turn
after an uncounted round. Writing the page at the end is told apart.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import menu  # its modules

from pyrun.framework.config.description import describe
from pyrun.framework.config.loading import load_process
from pyrun.framework.engine.job import Job
from pyrun.framework.profiling.command import add_profiler
from pyrun.framework.profiling.profiler import Profiler
from pyrun.framework.resources import file_in_path
from pyrun.framework.services.message_logger import MessageLogger


class Measured(NamedTuple):
    """CPU seconds of a job and of writing its profile, and its module calls."""

    job: float
    writing: float = 0.0
    calls: int = 0


def run(configuration: str, options: list[str], profile: str | None) -> Measured:
    """Run the job, with a profile in this folder or without."""
    process = describe(load_process(configuration, options))
    if profile is not None:
        add_profiler(process, profile, configuration)
    process.options["wantSummary"] = False
    writing, calls = 0.0, 0
    write = Profiler.jobEnded

    def timed(profiler: Profiler, *arguments: object) -> None:
        nonlocal writing, calls
        calls, began = len(profiler.calls), time.process_time()
        write(profiler, *arguments)
        writing = time.process_time() - began

    Profiler.jobEnded = timed
    began = time.process_time()
    try:
        result = Job(process, MessageLogger([])).run()
    finally:
        Profiler.jobEnded = write
    if result.failure is not None:
        raise SystemExit(result.failure.fatal_print())
    return Measured(time.process_time() - began - writing, writing, calls)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="few events, once: to see that it works")
    arguments = parser.parse_args()
    repeats = 1 if arguments.quick else arguments.repeats
    with tempfile.TemporaryDirectory() as folder:
        jobs = {
            "MiniAOD": (
                str(file_in_path("cfg/miniaod_cfg.py")),
                [
                    f"inputFiles=file:{file_in_path('data/ttbar_pu30_aodsim.root')}",
                    f"outputFile={folder}/miniaod.root",
                    f"maxEvents={20 if arguments.quick else 465}",
                ],
            ),
            "menu": (
                str(menu.CONFIGURATION),
                [*(menu.QUICK if arguments.quick else []), f"events={1000 if arguments.quick else 5000}"],
            ),
        }
        columns = ("s", "profiled", "ratio", "calls", "us/call", "page s")
        print(f"{'median of ' + str(repeats):14s}" + "".join(f"{column:>10s}" for column in columns))
        for name, (configuration, options) in jobs.items():
            rounds = [
                (run(configuration, options, None), run(configuration, options, str(Path(folder) / name)))
                for _ in range(repeats + 1)
            ][1:]
            off, on = (statistics.median(one[which].job for one in rounds) for which in (0, 1))
            ratio = statistics.median(one[1].job / one[0].job for one in rounds)
            more = statistics.median(one[1].job - one[0].job for one in rounds)
            writing, calls = statistics.median(one[1].writing for one in rounds), rounds[0][1].calls
            print(f"{name:14s}{off:10.2f}{on:10.2f}{ratio:10.3f}{calls:10d}{1e6 * more / calls:10.1f}{writing:10.2f}")


if __name__ == "__main__":
    main()
