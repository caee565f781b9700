"""How a SONIC job bears a long way to its server: events per second with 0, 50, 200 and 400 ms added to each request.

    python benchmarks/sonic_delay.py [--streams 1 2 4 8] [--delays 0 50 200 400] [--threads 1] [--files 4]
                                     [--events-per-block 100] [--repeats 5] [--quick]

The MiniAOD job gets its ParticleTransformer scores from a server of this machine, by messages, through a TCP proxy
that holds everything back: half of the time on the way there, half on the way back. The peer is the same job through
the same proxy without delay, in the same round. A stream that waits for an answer leaves its core to the others: with
enough streams there is always something to compute. The whole job counts, its beginning and its end included.

CPUs are those that the job uses, its CPU time by its time: their ratio is the same on a machine whose speed changes
from run to run. MB is the peak of resident memory, of the process and so also of what the runs before have left there.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sonic_throughput import EVENTS_IN_FILE, INPUT, MODEL, run_process, timed

from pyrun.framework.resources import file_in_path
from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions

PROXY = Path(__file__).parents[1] / "tests" / "modules" / "sonic" / "delay_proxy.py"


class Run(NamedTuple):
    """What came of a job: events per second, CPUs in use, the peak of resident memory in MB."""

    rate: float
    cpus: float
    memory: float


@contextmanager
def proxy(port: int, delay: float):
    """A way to the server on `port`, in a process of its own, that adds `delay` ms to each request; its port."""
    command = [sys.executable, str(PROXY), "--to", str(port), "--delay", str(delay / 2e3)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def job(port: int, streams: int, options: argparse.Namespace, output: str) -> Any:
    """The MiniAOD job on its input, read several times over."""
    import pyrun.framework.config as cms
    from pyrun.framework import load

    inputs = ",".join([f"file:{file_in_path(INPUT)}"] * options.files)
    words = [f"threads={options.threads}", f"streams={streams}", f"address=127.0.0.1:{port}", "shm=False"]
    words += [f"maxEvents={options.files * EVENTS_IN_FILE}", f"inputFiles={inputs}", f"outputFile={output}"]
    process = load("cfg/run.py", *words)
    process.source.duplicateCheckMode = cms.untracked.string("noDuplicateCheck")
    process.options.eventsPerBlock = options.events_per_block
    process.options.wantSummary = False
    process.TritonService.fallback.enable = False  # which would hide that the proxy or the server is lost
    return process


def run_once(port: int, streams: int, options: argparse.Namespace, output: str) -> Run:
    """Run the job."""
    process = job(port, streams, options, output)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here on
    began = time.process_time()
    seconds = timed(lambda: run_process(process))
    cpus = (time.process_time() - began) / seconds
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return Run(options.files * EVENTS_IN_FILE / seconds, cpus, int(peak[1]) / 1024)


def measure(ports: dict[float, int], options: argparse.Namespace, output: str) -> dict[tuple[int, float], list[Run]]:
    """All runs, by streams and delay, after one that warms up."""
    run_once(next(iter(ports.values())), options.streams[0], argparse.Namespace(**vars(options) | {"files": 1}), output)
    runs: dict[tuple[int, float], list[Run]] = {(s, delay): [] for s in options.streams for delay in ports}
    for _ in range(options.repeats):
        for (streams, delay), done in runs.items():
            done.append(run_once(ports[delay], streams, options, output))
    return runs


def report(runs: dict[tuple[int, float], list[Run]], options: argparse.Namespace) -> None:
    """Print medians; the ratios are those to the run without delay of the same round and with as many streams."""
    print(f"Triton 2.51, python backend, CPU: MiniAOD of {options.files * EVENTS_IN_FILE} events in blocks of "
          f"{options.events_per_block}, {options.threads} thread(s); median of {options.repeats}")  # fmt: skip
    print(f"{'streams':>7s}{'added to each request':>23s}{'events/s':>10s}{'CPUs':>7s}{'MB':>7s}   "
          "of those without delay: events/s, CPUs")  # fmt: skip
    for (streams, delay), done in runs.items():
        pairs = list(zip(done, runs[streams, 0.0], strict=True))
        rates, cpus = [run.rate / peer.rate for run, peer in pairs], [run.cpus / peer.cpus for run, peer in pairs]
        rate, used, memory = (statistics.median(values) for values in zip(*done, strict=True))
        print(f"{streams:7d}{delay:20.0f} ms{rate:10.1f}{used:7.2f}{memory:7.0f}   "
              f"{statistics.median(rates):.3f} ({min(rates):.3f} to {max(rates):.3f}), "
              f"{statistics.median(cpus):.3f} ({min(cpus):.3f} to {max(cpus):.3f})")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--delays", type=float, nargs="+", default=[0, 50, 200, 400], help="ms added to each request")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--files", type=int, default=4, help="how often the shipped file is read")
    parser.add_argument("--events-per-block", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one file, two streams, once: to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.streams, options.delays, options.files, options.repeats = [2], [0, 50], 1, 1
    options.delays = sorted({0.0, *options.delays})
    with ExitStack() as until_the_end:
        folder = until_the_end.enter_context(tempfile.TemporaryDirectory())
        server = until_the_end.enter_context(
            LocalServer.start(ServerOptions(models=[file_in_path(f"models/{MODEL}")], temp=folder))
        )
        ports = {delay: until_the_end.enter_context(proxy(server.grpc_port, delay)) for delay in options.delays}
        report(measure(ports, options, f"{folder}/out.root"), options)


if __name__ == "__main__":
    main()
