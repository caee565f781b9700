"""An epoch of the tagger's shipped trainings by TensorFlow and by JAX, taken in turn on the same toy jets.

    python benchmarks/l1_training.py [baseline float teacher]

Needs the extras "tagger" and "jax". The first epoch of each training is told apart: it compiles.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from child_process import result_of

from pyrun.tagger.l1jet.data import making
from pyrun.tagger.l1jet.train import BACKENDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=["baseline", "float", "teacher"])
    parser.add_argument("--jets", type=int, default=100_000)
    parser.add_argument("--epochs", type=int, default=3, help="of a training, besides the first")
    parser.add_argument("--repeats", type=int, default=2, help="trainings by each")
    parser.add_argument("--quick", action="store_true", help="few jets, once: to see that it runs")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.names, arguments.jets, arguments.epochs, arguments.repeats = ["float"], 2000, 1, 1

    with tempfile.TemporaryDirectory() as folder:
        data, options = Path(folder), making.Options()
        making.make(making.sources([f"toy:{arguments.jets}"], options), data, options, lambda *_: None)
        print(f"{'':12}{'backend':12}{'first epoch':>12}{'an epoch':>12}{'of tensorflow':>15}")
        for name in arguments.names:
            compare(name, data, arguments.epochs, arguments.repeats)


def compare(name: str, data: Path, epochs: int, repeats: int) -> None:
    first: dict[str, list[float]] = {backend: [] for backend in BACKENDS}
    further: dict[str, list[float]] = {backend: [] for backend in BACKENDS}
    for _ in range(repeats):
        for backend in BACKENDS:
            seconds = result_of(epoch_times, name, data, epochs + 1, backend)
            first[backend].append(seconds[0])
            further[backend] += seconds[1:]
    reference = statistics.median(further[BACKENDS[0]])
    for backend in BACKENDS:
        median = statistics.median(further[backend])
        spread = f"({min(further[backend]):.1f}-{max(further[backend]):.1f})"
        print(f"{name:12}{backend:12}{statistics.median(first[backend]):10.1f} s{median:10.2f} s", end="")
        print(f"{median / reference:15.2f}  {spread}")


def epoch_times(connection: Connection, name: str, data: Path, epochs: int, backend: str) -> None:
    """Seconds of each epoch, the first with all that comes before it."""
    from pyrun.tagger.l1jet.models import config
    from pyrun.tagger.l1jet.train import train

    ends = [time.perf_counter()]

    def note(epoch: int, numbers: dict[str, float]) -> None:
        ends.append(time.perf_counter())

    chosen = config.read(name).with_training(epochs=epochs)
    with tempfile.TemporaryDirectory() as output:
        train(chosen, data, Path(output) / "model", report=note, backend=backend)
    connection.send([end - begin for begin, end in zip(ends, ends[1:], strict=False)])


if __name__ == "__main__":
    main()
