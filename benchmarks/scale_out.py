"""What dividing a job costs: the MiniAOD job in threads here, and in parts on Dask workers.

    python benchmarks/scale_out.py [--files 4] [--repeats 5]

The input is the shipped sample of 465 events, several times. All ways run in turn in each round, after one uncounted
round, on a cluster of local processes that stays up; its start is told apart. "merging" joins one such output again.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable

from pyrun.framework import cms, load, run
from pyrun.framework.config.process import Process
from pyrun.framework.io.merging import merge_event_files
from pyrun.framework.resources import file_in_path


def job(folder: str, files: int) -> Process:
    """The configuration, with one file several times."""
    inputs = [f"file:{file_in_path('data/ttbar_pu30_aodsim.root')}"] * files
    process = load("cfg/miniaod_cfg.py", inputFiles=inputs, outputFile=f"{folder}/out.root")
    process.source.duplicateCheckMode = cms.untracked.string("noDuplicateCheck")
    process.options.wantSummary = False
    return process


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    with contextlib.redirect_stderr(io.StringIO()):
        work()
    return time.perf_counter() - began


def main() -> None:
    from distributed import LocalCluster

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    began = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs="ERROR") as cluster,
        cluster.get_client() as client,
    ):
        print(f"starting 2 workers: {time.perf_counter() - began:.1f} s")
        process, output = job(folder, arguments.files), f"{folder}/out.root"
        events = run(process, threads=2).trig_report.events
        ways: dict[str, Callable[[], object]] = {
            "1 thread": lambda: run(process, threads=1),
            "1 part, Dask": lambda: run(process, client=client, events_per_task=events),
            "2 threads": lambda: run(process, threads=2),
        }
        for parts in (2, 4, 8):
            size = -(-events // parts)
            ways[f"{parts} parts, 2 workers"] = lambda size=size: run(process, client=client, events_per_task=size)
        ways["merging"] = lambda: merge_event_files([output], f"{folder}/again.root")
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(arguments.repeats + 1):
            for name, work in ways.items():
                times[name].append(timed(work))
        megabytes = os.path.getsize(output) / 1e6
    report({name: values[1:] for name, values in times.items()}, events, megabytes)


def report(times: dict[str, list[float]], events: int, megabytes: float) -> None:
    """Print the medians, and the range."""
    print(f"{events} events, output of {megabytes:.1f} MB, {len(times['merging'])} rounds")
    print(f"{'':22s}{'median s':>10s}{'ms/event':>10s}{'from':>8s}{'to':>8s}")
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:22s}{median:10.2f}{1e3 * median / events:10.2f}{min(values):8.2f}{max(values):8.2f}")


if __name__ == "__main__":
    main()
