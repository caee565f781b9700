"""Train the Level-1 jet tagger.

python -m pyrun.tagger.l1jet.train --jets toy --output tagger.keras
"""

from __future__ import annotations

import functools
import glob
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import numpy.typing as npt

from pyrun.modules.l1t.ng_inputs import QUIRKS, tagger_inputs

from . import ntuple
from .toy_jets import CLASSES, LabelledJets, toy_jets

RATIO_RANGE = (0.3, 2.0)


class Sample(NamedTuple):
    """What the network is trained with, arrays of one entry per jet."""

    inputs: npt.NDArray[np.float32]
    label: npt.NDArray[np.int64]
    pt_ratio: npt.NDArray[np.float32]

    @classmethod
    def of(cls, jets: LabelledJets, quirks: str) -> Sample:
        """The inputs that the trigger would compute for these jets."""
        inputs = tagger_inputs(jets.words, np.arange(len(jets.words)), jets.offsets, jets.jet_words, quirks)
        ratio = np.clip(jets.pt_ratio, *RATIO_RANGE)
        return cls(inputs.candidates.astype(np.float32), jets.label, ratio.astype(np.float32))

    @classmethod
    def read(cls, jets: str, number: int, seed: int, quirks: str) -> Sample:
        """Of "toy" jets, or of the ntuple's files that a pattern names."""
        if jets == "toy":
            return cls.of(toy_jets(number, seed), quirks)
        found = sorted(glob.glob(jets))
        if not found:
            raise click.ClickException(f"No file is called {jets}")
        inputs, label, ratio = ntuple.read(found, quirks)
        return cls(inputs, label, np.clip(ratio, *RATIO_RANGE).astype(np.float32))

    def split(self, fraction: float) -> tuple[Sample, Sample]:
        """The first jets, and the last `fraction` of them."""
        cut = round(len(self.label) * (1 - fraction))
        return Sample(*(x[:cut] for x in self)), Sample(*(x[cut:] for x in self))

    def weights(self) -> npt.NDArray[np.float32]:
        """The same sum for each class that occurs."""
        counts = np.bincount(self.label, minlength=len(CLASSES))
        present = counts > 0
        return (len(self.label) / (present.sum() * np.maximum(counts, 1)))[self.label].astype(np.float32)


def train(sample: Sample, epochs: int, batch: int, beta: float, learning_rate: float, seed: int):
    """A trained network whose bit widths are fixed, and its accuracy and pt resolution on the last tenth."""
    import keras
    from hgq.utils import trace_minmax

    from . import network

    keras.utils.set_random_seed(seed)
    training, validation = sample.split(0.1)
    model = network.build(*sample.inputs.shape[1:], len(CLASSES), beta=beta)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss={network.CLASS_OUTPUT: _cross_entropy, network.REGRESSION_OUTPUT: keras.losses.LogCosh()},
        weighted_metrics={network.CLASS_OUTPUT: ["sparse_categorical_accuracy"]},
        jit_compile=False,
    )
    weights = training.weights()
    model.fit(
        training.inputs,
        [training.label, training.pt_ratio],
        sample_weight=[weights, weights],
        validation_data=(validation.inputs, [validation.label, validation.pt_ratio]),
        batch_size=batch,
        epochs=epochs,
        verbose=2,
        callbacks=[
            keras.callbacks.ReduceLROnPlateau(patience=5, factor=0.5),
            keras.callbacks.EarlyStopping(patience=10),
            keras.callbacks.LambdaCallback(on_epoch_end=functools.partial(_check_size, model)),
        ],
    )
    trace_minmax(model, sample.inputs, batch_size=8192, verbose=False)
    return model


def _cross_entropy(label, scores):
    """Of scores that may be zero; those of a jet are held to a sum of one, which the firmware's softmax only nears."""
    from keras import ops

    label = ops.cast(ops.reshape(label, (-1,)), "int32")
    chosen = ops.take_along_axis(scores, label[:, None], axis=-1)[:, 0]
    return 10 * ops.square(ops.sum(scores, axis=-1) - 1) - ops.log(chosen + 2.0**-10)


def _check_size(model, epoch, logs):
    """A network whose last bit has been trained away does not come back."""
    size = sum(getattr(layer, "ebops", 0) for layer in model.layers)
    print(f"epoch {epoch}: {size} effective bit operations", flush=True)
    if size == 0:
        raise click.ClickException("All bits have been trained away: train with a smaller --beta or --learning-rate")


@click.command()
@click.option("--jets", default="toy", show_default=True, help='"toy", or files of the ntuple, like "jets_*.root"')
@click.option("--number", default=400_000, show_default=True, help="toy jets to make")
@click.option("--quirks", type=click.Choice(list(QUIRKS)), default="exact", show_default=True)
@click.option("--epochs", default=20, show_default=True)
@click.option("--batch", default=1024, show_default=True)
@click.option("--beta", default=2e-6, show_default=True, help="weight of the network's size in the loss")
@click.option("--learning-rate", default=3e-3, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--output", type=click.Path(path_type=Path), default=Path("tagger.keras"), show_default=True)
def main(jets, number, quirks, epochs, batch, beta, learning_rate, seed, output):
    """Train the Level-1 jet tagger and write it as a keras file."""
    sample = Sample.read(jets, number, seed, quirks)
    counts = np.bincount(sample.label, minlength=len(CLASSES))
    print(", ".join(f"{count} {name}" for name, count in zip(CLASSES, counts, strict=True)), flush=True)
    model = train(sample, epochs, batch, beta, learning_rate, seed)
    model.save(output)
    print(f"{output} written; next: python -m pyrun.tagger.l1jet.export {output} FOLDER --quirks {quirks}")


if __name__ == "__main__":
    main()
