"""What ``--profile`` costs while the job runs: the MiniAOD job, and a menu with very many short module calls.

    python benchmarks/profiling_overhead.py [--repeats 5] [--quick]

Times are those of the event loop, the peer being the same job without the profiler, run in turn in this interpreter
after an uncounted round. Writing the page at the end is told apart.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import menu  # its modules

from pyrun.framework.config.description import describe
from pyrun.framework.config.loading import load_process
from pyrun.framework.engine.job import Job
from pyrun.framework.profiling.command import add_profiler
from pyrun.framework.profiling.profiler import Profiler
from pyrun.framework.resources import file_in_path
from pyrun.framework.services.message_logger import MessageLogger


def run(configuration: str, options: list[str], profile: str | None) -> tuple[float, float, int]:
    """Seconds in the event loop, seconds to write the profile, and module calls, for the job with or without it."""
    process = describe(load_process(configuration, options))
    if profile is not None:
        add_profiler(process, profile, configuration)
    process.options["wantSummary"] = False
    writing, calls = 0.0, 0
    write = Profiler.jobEnded

    def timed(profiler: Profiler, *arguments: object) -> None:
        nonlocal writing, calls
        calls = len(profiler.calls)
        began = time.perf_counter()
        write(profiler, *arguments)
        writing = time.perf_counter() - began

    Profiler.jobEnded = timed
    try:
        result = Job(process, MessageLogger([])).run()
    finally:
        Profiler.jobEnded = write
    if result.failure is not None:
        raise SystemExit(result.failure.fatal_print())
    return result.report.real, writing, calls


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
        print(
            f"{'median of ' + str(repeats):14s}{'s':>8s}{'profiled':>10s}{'ratio':>8s}{'calls':>8s}{'us/call':>9s}{'page s':>8s}"
        )
        for name, (configuration, options) in jobs.items():
            rounds = [
                (run(configuration, options, None), run(configuration, options, str(Path(folder) / name)))
                for _ in range(repeats + 1)
            ][1 if repeats > 1 else 0 :]
            off, on = (statistics.median(one[which][0] for one in rounds) for which in (0, 1))
            ratio = statistics.median(one[1][0] / one[0][0] for one in rounds)
            writing, calls = statistics.median(one[1][1] for one in rounds), rounds[0][1][2]
            print(
                f"{name:14s}{off:8.2f}{on:10.2f}{ratio:8.3f}{calls:8d}{1e6 * (ratio - 1) * off / max(calls, 1):9.1f}{writing:8.2f}"
            )


if __name__ == "__main__":
    main()
