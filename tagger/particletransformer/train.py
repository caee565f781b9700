"""Train ParticleTransformerAK4: ``python -m pyrun.tagger.particletransformer.train FILE... --output FOLDER``.

Writes into the folder: ``model.keras`` (the weights of the best epoch), ``history.json`` and ``loss.png``,
``metadata.json``. The network's seed, the order of the batches and the split of the events are fixed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from pyrun.modules.btag.batching import SHAPES
from pyrun.modules.btag.features import CLASSES, FEATURES

from .network import Scale, build_network
from .prepare import Sample, read, scaling, weights


def main() -> None:
    """Entry point of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, help="files written by cfg/parttraining_cfg.py")
    parser.add_argument("--output", type=Path, required=True, help="folder for the results")
    parser.add_argument("--epochs", type=int, default=18, help="passes through the training jets")
    parser.add_argument("--batch-size", type=int, default=256, help="jets per step")
    parser.add_argument("--learning-rate", type=float, default=2e-3, help="largest learning rate")
    parser.add_argument("--dropout", type=float, default=0.1, help="share of each block's output dropped in training")
    parser.add_argument("--seed", type=int, default=1, help="seed of the weights and of the batches' order")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    sample = read(arguments.files)
    keras.utils.set_random_seed(arguments.seed)
    train(build_network(dropout=arguments.dropout), sample, arguments)


def train(network: keras.Model, sample: Sample, arguments: argparse.Namespace) -> keras.Model:
    """Train a network and write the results; returns it with the weights of the best epoch."""
    jets = {part: sample.part(part) for part in ("train", "validation")}
    for part, chosen in jets.items():
        counts = np.bincount(sample.label[chosen], minlength=len(CLASSES))
        print(part, len(chosen), "jets:", ", ".join(f"{n} {name[4:]}" for n, name in zip(counts, CLASSES, strict=True)))
    fit_scales(network, sample, jets["train"])

    batches = Batches(sample, jets["train"], arguments.batch_size, arguments.seed)
    validation = Batches(sample, jets["validation"], 4 * arguments.batch_size, arguments.seed)
    schedule = OneCycle(arguments.learning_rate, arguments.epochs * batches.count)
    network.compile(
        optimizer=keras.optimizers.AdamW(arguments.learning_rate, weight_decay=0.01, clipnorm=1.0),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        jit_compile=False,  # measured: XLA gains nothing on CPUs, and would compile once per shape of batch
    )
    best = arguments.output / "model.keras"
    begun = time.time()
    history = network.fit(
        batches.dataset(shuffle=True),
        steps_per_epoch=batches.count,
        epochs=arguments.epochs,
        shuffle=False,  # the batches come shuffled
        validation_data=validation.dataset(shuffle=False),
        validation_steps=validation.count,
        callbacks=[
            schedule,
            keras.callbacks.ModelCheckpoint(best, save_best_only=True),
            keras.callbacks.ModelCheckpoint(arguments.output / "last.keras"),
            keras.callbacks.EarlyStopping(patience=5),
            keras.callbacks.CSVLogger(arguments.output / "epochs.csv"),
        ],
        verbose=2,
    ).history
    write_history(history, arguments.output)
    write_metadata(sample, network, arguments, len(history["loss"]), time.time() - begun)
    return keras.models.load_model(best)


class Batches:
    """Batches of jets of one padded shape each, in an order that depends on seed and epoch only.

    Parameters
    ----------
    sample : Sample
        All jets.
    jets : numpy.ndarray of int
        The ones to use.
    size : int
        Jets per batch.
    seed : int
        For shuffling.
    """

    def __init__(self, sample: Sample, jets: npt.NDArray[np.int64], size: int, seed: int) -> None:
        self.sample, self.jets, self.size, self.seed = sample, jets, size, seed
        self.weight = np.zeros(len(sample.label), dtype=np.float32)
        self.weight[jets] = weights(sample, jets)
        self.shape_of = sample.inputs.shape_of()[jets]
        per_shape = np.bincount(self.shape_of, minlength=len(SHAPES))
        self.count = int((-(-per_shape // size)).sum())
        self.epoch = 0

    def __call__(self) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
        """One epoch: inputs, labels and weights of each batch."""
        rng = np.random.default_rng([self.seed, self.epoch])
        self.epoch += 1
        batches = []
        for index, shape in enumerate(SHAPES):
            mine = rng.permutation(self.jets[self.shape_of == index])
            batches += [(shape, mine[start : start + self.size]) for start in range(0, len(mine), self.size)]
        for i in rng.permutation(len(batches)):
            shape, chosen = batches[i]
            yield tuple(self.sample.inputs.batch(chosen, shape)), self.sample.label[chosen], self.weight[chosen]

    def dataset(self, *, shuffle: bool) -> tf.data.Dataset:
        """The batches as Keras takes them, without end if `shuffle`."""
        widths = [len(names) for names in FEATURES.values()] + [4, 4, 4]
        inputs = tuple(tf.TensorSpec((None, None, width), tf.float32) for width in widths)
        signature = (inputs, tf.TensorSpec((None,), tf.int64), tf.TensorSpec((None,), tf.float32))
        dataset = tf.data.Dataset.from_generator(self, output_signature=signature)
        return (dataset.repeat() if shuffle else dataset).prefetch(8)


class OneCycle(keras.callbacks.Callback):
    """Learning rate: up for a tenth of the steps, then down along a cosine.

    Parameters
    ----------
    peak : float
        Largest learning rate.
    steps : int
        Planned steps.
    """

    def __init__(self, peak: float, steps: int) -> None:
        super().__init__()
        self.peak, self.steps, self.step = peak, steps, 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        progress = min(self.step / self.steps, 1.0)
        if progress < 0.1:
            rate = 0.04 + 0.96 * progress / 0.1
        else:
            rate = 0.5 * (1.0 + np.cos(np.pi * (progress - 0.1) / 0.9))
        self.model.optimizer.learning_rate = self.peak * max(rate, 1e-3)
        self.step += 1


def fit_scales(network: keras.Model, sample: Sample, jets: npt.NDArray[np.int64]) -> None:
    """Set mean and width of the `Scale` layers to those of the training jets' features."""
    chosen = np.zeros(len(sample.label), dtype=bool)
    chosen[jets] = True
    for kind, particles in zip(FEATURES, sample.inputs.kinds, strict=True):
        layer: Scale = network.get_layer(f"{kind}_scale")
        mine = np.repeat(chosen, np.diff(particles.offsets))
        compressed = keras.ops.convert_to_numpy(layer.compress(keras.ops.convert_to_tensor(particles.features[mine])))
        for weight, value in zip((layer.mean, layer.width), scaling(compressed), strict=True):
            weight.assign(value)


def write_history(history: dict[str, list[float]], folder: Path) -> None:
    """The losses by epoch, as JSON and as a figure."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import matplotlib.ticker
    import mplhep

    history = {name: [float(x) for x in column] for name, column in history.items()}
    (folder / "history.json").write_text(json.dumps(history, indent=1) + "\n", encoding="utf-8")
    with plt.style.context(mplhep.style.CMS):
        figure, axes = plt.subplots()
        epochs = np.arange(1, len(history["loss"]) + 1)
        axes.plot(epochs, history["loss"], "o-", label="Training")
        axes.plot(epochs, history["val_loss"], "s--", label="Validation")
        axes.set(xlabel="Epoch", ylabel="Weighted cross-entropy")
        axes.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(integer=True))
        axes.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
        axes.legend()
        mplhep.cms.text("Simulation", ax=axes)
        figure.savefig(folder / "loss.png", dpi=100, bbox_inches="tight")
        plt.close(figure)


def write_metadata(sample: Sample, network: keras.Model, arguments: Any, epochs: int, seconds: float) -> None:
    """What the training was made of."""
    parts = ("train", "validation", "test")
    counts = {part: np.bincount(sample.label[sample.part(part)], minlength=len(CLASSES)).tolist() for part in parts}
    metadata = {
        "classes": CLASSES,
        "jets": counts,
        "files": [path.name for path in arguments.files],
        "parameters": network.count_params(),
        "epochs": epochs,
        "minutes": round(seconds / 60, 1),
        "seed": arguments.seed,
        "batch_size": arguments.batch_size,
        "learning_rate": arguments.learning_rate,
        "dropout": arguments.dropout,
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("keras", "tensorflow", "numpy", "awkward", "pyrun")},
    }
    (arguments.output / "metadata.json").write_text(json.dumps(metadata, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
