"""How a SONIC job bears a long way to its server: events per second with 0, 50 and 200 ms of delay in each direction.

    python benchmarks/sonic_delay.py [--streams 1 2 4 8] [--threads 1] [--files 4] [--events-per-block 100]
                                     [--repeats 5] [--quick]

The MiniAOD job gets its ParticleTransformer scores from a server of this machine, by messages, through a TCP proxy
that holds everything back for the given time in each direction, so that each request takes twice that longer. The peer
is the same job through the same proxy without delay, in the same round. A stream that waits for an answer leaves its
core to the others: with enough streams there is always something to compute.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sonic_throughput import EVENTS_IN_FILE, INPUT, MODEL, run_process, timed

from pyrun.framework.resources import file_in_path
from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions

PROXY = Path(__file__).parents[1] / "tests" / "modules" / "sonic" / "delay_proxy.py"
DELAYS = (0.0, 0.05, 0.2)  # seconds in each direction


@contextmanager
def proxy(port: int, delay: float):
    """A way to the server on `port`, in a process of its own; its port."""
    command = [sys.executable, str(PROXY), "--to", str(port), "--delay", str(delay)]
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


def measure(ports: dict[float, int], options: argparse.Namespace, output: str) -> dict[tuple[int, float], list[float]]:
    """Events per second of each run, by streams and delay; the first round is not counted."""
    events = options.files * EVENTS_IN_FILE
    runs: dict[tuple[int, float], list[float]] = {(s, delay): [] for s in options.streams for delay in ports}
    for number in range(options.repeats + 1):
        for (streams, delay), rates in runs.items():
            process = job(ports[delay], streams, options, output)
            rate = events / timed(lambda process=process: run_process(process))
            if number:
                rates.append(rate)
            elif not options.quick:
                break  # one run warms up as well as all
    return runs


def report(runs: dict[tuple[int, float], list[float]], options: argparse.Namespace) -> None:
    """Print medians; the ratios are those to the run without delay of the same round and with as many streams."""
    print(f"Triton 2.51, python backend, CPU: MiniAOD of {options.files * EVENTS_IN_FILE} events in blocks of "
          f"{options.events_per_block}, {options.threads} thread(s); median of {options.repeats}")  # fmt: skip
    print(f"{'streams':>7s}{'delay each way':>16s}{'events/s':>10s}{'of that without delay':>24s}")
    for (streams, delay), rates in runs.items():
        ratios = [rate / peer for rate, peer in zip(rates, runs[streams, 0.0], strict=True)]
        print(f"{streams:7d}{1e3 * delay:13.0f} ms{statistics.median(rates):10.1f}{statistics.median(ratios):24.3f}"
              f"  ({min(ratios):.3f} to {max(ratios):.3f})")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--files", type=int, default=4, help="how often the shipped file is read")
    parser.add_argument("--events-per-block", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one file, two streams, once: to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.streams, options.files, options.repeats = [2], 1, 1
    with ExitStack() as until_the_end:
        folder = until_the_end.enter_context(tempfile.TemporaryDirectory())
        server = until_the_end.enter_context(
            LocalServer.start(ServerOptions(models=[file_in_path(f"models/{MODEL}")], temp=folder))
        )
        ports = {delay: until_the_end.enter_context(proxy(server.grpc_port, delay)) for delay in DELAYS}
        report(measure(ports, options, f"{folder}/out.root"), options)


if __name__ == "__main__":
    main()
