"""Emulators of the tagger's network, and hls4ml's own predict(), in one run on one core: jets per second.

    python benchmarks/l1_tagger.py

Needs the extra "tagger" and g++.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

from pyrun.modules.l1t.emulators import BACKENDS, ModelFolder, load_emulator
from pyrun.modules.l1t.emulators.model_folder import find
from pyrun.modules.l1t.ng_inputs import tagger_inputs
from pyrun.tagger.l1jet.toy_jets import toy_jets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="L1TSC4NGJetModel")
    parser.add_argument("--jets", type=int, default=20_000, help="jets per measurement")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="few jets, once: to see that it runs")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.jets, arguments.repeats = 1000, 1

    folder = ModelFolder.open(find(arguments.model))
    jets = toy_jets(arguments.jets, seed=1)
    where = np.arange(len(jets.words))

    def inputs() -> np.ndarray:
        return tagger_inputs(jets.words, where, jets.offsets, jets.jet_words, folder.quirks).candidates

    x = inputs()
    contestants: dict[str, Callable[[], object]] = {"the inputs": inputs}
    for name in BACKENDS:
        contestants[name] = partial(load_emulator(folder.path, name), x)
    predict = hls4ml_predict(folder)
    contestants["hls4ml's predict()"] = lambda: predict(x.astype(np.float32))
    emulator, some = load_emulator(folder.path), x[:1000]
    same = np.array_equal(emulator.answers(np.hstack(predict(some.astype(np.float32)))).scores, emulator(some).scores)
    print(f"hls4ml's predict() and numba give the same scores: {same}")

    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(arguments.repeats):
        for name, run in contestants.items():
            start = time.process_time()
            run()
            seconds[name].append(time.process_time() - start)
    peer = statistics.median(seconds["hls4ml's predict()"])
    print(
        f"\n{'':<20} {'jets/s':>9} {'us/jet':>8} {'against predict()':>18}   (median of {arguments.repeats}, CPU time)"
    )
    for name, times in seconds.items():
        median = statistics.median(times)
        ratios = sorted(b / a for a, b in zip(times, seconds["hls4ml's predict()"], strict=True))
        print(
            f"{name:<20} {arguments.jets / median:9.0f} {1e6 * median / arguments.jets:8.2f} {peer / median:18.2f}"
            f"   {ratios[0]:.2f} to {ratios[-1]:.2f}"
        )


def hls4ml_predict(folder: ModelFolder) -> Callable[[np.ndarray], list[np.ndarray]]:
    """The function that users of hls4ml call, of the same network."""
    import hls4ml

    from pyrun.tagger.l1jet.models.folder import load_network

    network = load_network(folder.path / "model.keras")
    scratch = tempfile.mkdtemp(prefix="hls4ml_predict_")
    model = hls4ml.converters.convert_from_keras_model(
        network,
        hls_config={"Model": {"Precision": "ap_fixed<24,12>", "ReuseFactor": 1, "Strategy": "latency"}},
        backend="Vitis",
        io_type="io_parallel",
        output_dir=str(Path(scratch)),
    )
    model.compile()
    return model.predict


if __name__ == "__main__":
    main()
