"""How long a local Triton server takes to start and stop, compared with the bare tritonserver with the same options.

Ready means that the server says so; stopped means that its processes and its shared memory are gone. The bare server
is stopped by SIGTERM. Medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import time
from pathlib import Path

from pyrun.modules.sonic.server import keeper
from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions

MODELS = Path(__file__).parents[1] / "models"


def with_keeper() -> tuple[float, float, float]:
    """Seconds of the start, of a stop at once, and of an orderly stop."""
    options = ServerOptions(models=[MODELS])
    begin = time.perf_counter()
    server = LocalServer.start(options)
    start = time.perf_counter() - begin
    begin = time.perf_counter()
    server.stop()
    stop = time.perf_counter() - begin
    server = LocalServer.start(options)
    begin = time.perf_counter()
    server.stop(now=False)
    return start, stop, time.perf_counter() - begin


def bare() -> tuple[float, float]:
    """Seconds of the start and of the end of the server's own process."""
    with LocalServer.start(ServerOptions(models=[MODELS])) as server:
        command, environment = server.state.command, {**os.environ, **server.state.environment}
        os.kill(server.pid, 9)  # its ports are needed; its folder stays until the end of the context
        while server.alive or keeper.identity(server.pid):
            time.sleep(0.01)
        repository = next(word for word in command if word.startswith("--model-repository"))
        repeat = ServerOptions(models=[MODELS], name=f"bare-{os.getpid()}")
        with LocalServer.start(repeat) as other:  # keeps its folder with the models
            command = [word.replace(str(server.state.folder), str(other.state.folder)) for word in command]
            assert repository not in command
            begin = time.perf_counter()
            with subprocess.Popen(
                command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as process:
                while not server.ready():
                    time.sleep(0.01)
                start = time.perf_counter() - begin
                begin = time.perf_counter()
                process.terminate()
                process.wait(30)
                return start, time.perf_counter() - begin


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure once instead of five times")
    repetitions = 1 if parser.parse_args().quick else 5
    results = [(*with_keeper(), *bare()) for _ in range(repetitions)]
    starts, stops, orderly, bare_starts, bare_stops = map(statistics.median, zip(*results, strict=True))
    print(f"{'':14}{'start':>8}{'stop':>8}{'stop at once':>14}  (seconds)")
    print(f"{'pysonic':14}{starts:8.2f}{orderly:8.2f}{stops:14.2f}")
    print(f"{'tritonserver':14}{bare_starts:8.2f}{bare_stops:8.2f}")


if __name__ == "__main__":
    main()
