"""Training one model: loss, learning rate, stopping, and what is kept."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import keras
import numpy as np
from keras import ops

from pyrun.framework.errors import ModelError

from ..data import Dataset
from ..models.config import Config, Training
from ..models.folder import load
from ..models.layers import CLASS_OUTPUT, REGRESSION_OUTPUT
from . import checkpoint, targets
from .batches import Batches
from .warm_start import take_weights

# LUTs of one effective bit operation, of da4ml's adders with softmax: 0.22 to 0.24 for networks of 200k to 1.1M EBOPs
LUTS_PER_EBOP = 0.225
LOSS = "val_task_loss"  # of the two outputs, without what the size of the network adds
Report = Callable[[int, dict[str, float]], None]


@attrs.frozen
class Outcome:
    """A trained network.

    Attributes
    ----------
    model : keras.Model
        With the weights of the best epoch, and with final bit widths if it has any.
    history : dict of str to list of float
    epochs, best_epoch : int
    ebops : int or None
        Effective bit operations, of a quantised network.
    """

    model: Any
    history: dict[str, list[float]]
    epochs: int
    best_epoch: int
    ebops: int | None


def train(
    config: Config, training: Dataset, validation: Dataset, folder: Path, identity: str, report: Report
) -> Outcome:
    """Train a model; checkpoints are written to `folder`, and gone on from if they are of the same `identity`.

    A resumed training gives the same bits as one that was not interrupted, on the same machine with the same number
    of threads.

    Parameters
    ----------
    report : callable
        Is told the number of epochs done and the numbers of the last one.

    Raises
    ------
    ModelError
        The loss is no number any more, or all bits have been trained away.
    """
    options = config.training_config
    keras.utils.set_random_seed(options.seed)
    metadata = training.metadata
    model = config.model_config.build(metadata["particles"], len(metadata["features"]), len(metadata["classes"]))
    compile_model(model, options.learning_rate, options.loss_weights)
    model.optimizer.build(model.trainable_variables)
    if options.start_from:
        take_weights(model, load(options.start_from).keras)
    state = checkpoint.read(folder, model, identity) or checkpoint.State()
    if not finished(state, options):
        target = targets.of(training, options.teacher, options.teacher_weight)
        batches = Batches(
            training, target, targets.weights(training, options), options.batch_size, options.seed, options.flip
        )
        save = functools.partial(checkpoint.write, folder, identity=identity)
        weight = targets.weights(validation, options)
        model.fit(
            batches,
            validation_data=(validation.inputs, (targets.of(validation), validation.pt_ratio), (weight, weight)),
            validation_batch_size=8192,
            initial_epoch=state.epoch,
            epochs=options.epochs,
            shuffle=False,
            verbose=0,
            callbacks=[_Watch(config, state, batches, save, report)],
        )
    for variable, value in zip(model.variables, state.best_weights, strict=True):
        variable.assign(value)
    ebops = _fix_widths(model, training) if config.model_config.quantized else None
    return Outcome(model, state.history, state.epoch, state.best_epoch, ebops)


def compile_model(model: Any, learning_rate: float, loss_weights: tuple[float, ...]) -> None:
    """Give it losses for both outputs, and an optimiser."""
    names = (CLASS_OUTPUT, REGRESSION_OUTPUT)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=dict(zip(names, (cross_entropy, keras.losses.LogCosh()), strict=True)),
        loss_weights=dict(zip(names, loss_weights, strict=True)),
        weighted_metrics={CLASS_OUTPUT: [keras.metrics.CategoricalAccuracy(name="accuracy")]},
        jit_compile=keras.config.backend() == "jax",  # tensorflow's own compiler refuses HGQ2's layers
    )


def cross_entropy(target: Any, scores: Any) -> Any:
    """Of scores that may be zero; those of a jet are held to a sum of one, which the firmware's softmax only nears."""
    surprise = ops.sum(target * ops.log(scores + 2.0**-10), axis=-1)
    return 10 * ops.square(ops.sum(scores, axis=-1) - 1) - surprise


def finished(state: checkpoint.State, options: Training) -> bool:
    """Whether all epochs are done or the loss has stopped to become better."""
    return state.epoch >= options.epochs or state.since_best >= options.EarlyStopping_patience


def cosine(epoch: int, options: Training) -> float:
    """Learning rate of an epoch, counted from 0, that falls along half a period of a cosine."""
    least = options.ReduceLROnPlateau_min_lr
    return least + (options.learning_rate - least) * 0.5 * (1 + math.cos(math.pi * epoch / options.epochs))


def ebops(model: Any) -> int:
    """Effective bit operations of a quantised network, as of the last batch of training."""
    return int(sum(float(getattr(layer, "ebops", 0)) for layer in model.layers))


def _fix_widths(model: Any, training: Dataset) -> int:
    """Let the numbers that occur decide how many bits are before the point."""
    from hgq.utils import trace_minmax

    return int(trace_minmax(model, training.inputs, batch_size=8192, verbose=False))


class _Watch(keras.callbacks.Callback):
    """Looks at the loss after each epoch: learning rate, end, best weights, history, checkpoint."""

    def __init__(
        self, config: Config, state: checkpoint.State, batches: Batches, save: Callable[..., None], report: Report
    ) -> None:
        super().__init__()
        self._options, self._quantized = config.training_config, config.model_config.quantized
        self._state, self._batches, self._save, self._report = state, batches, save, report

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._batches.start(epoch)
        if self._options.learning_rate_schedule == "cosine":
            self.model.optimizer.learning_rate.assign(cosine(epoch, self._options))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        numbers = {name: float(value) for name, value in (logs or {}).items()}
        numbers[LOSS] = self._of_outputs(numbers, "val_")
        numbers["learning_rate"] = float(np.asarray(self.model.optimizer.learning_rate))
        if self._quantized:
            numbers["ebops"] = float(ebops(self.model))
            numbers["luts"] = LUTS_PER_EBOP * numbers["ebops"]
        self._check(epoch, numbers)
        self._judge(numbers[LOSS] + self._cost_of_size(numbers))
        for name, value in numbers.items():
            self._state.history.setdefault(name, []).append(value)
        self._state.epoch = epoch + 1
        self._save(self.model, self._state)
        self._report(self._state.epoch, numbers)
        self.model.stop_training = finished(self._state, self._options)

    def _cost_of_size(self, numbers: dict[str, float]) -> float:
        """What the training's loss has beyond those of the outputs. Without it the first epoch would often be the best:
        a quantised network has most bits at its beginning.
        """
        return numbers["loss"] - self._of_outputs(numbers)

    def _of_outputs(self, numbers: dict[str, float], part: str = "") -> float:
        losses = (numbers[f"{part}{name}_loss"] for name in (CLASS_OUTPUT, REGRESSION_OUTPUT))
        return sum(w * x for w, x in zip(self._options.loss_weights, losses, strict=True))

    def _check(self, epoch: int, numbers: dict[str, float]) -> None:
        if not np.isfinite(numbers["loss"]):
            raise ModelError(f"The loss of epoch {epoch + 1} is {numbers['loss']}: try a smaller learning_rate.")
        if self._quantized and numbers["ebops"] == 0:
            raise ModelError(
                f"All bits have been trained away in epoch {epoch + 1}: try a smaller beta or learning_rate."
            )

    def _judge(self, loss: float) -> None:
        state, options = self._state, self._options
        state.since_best, state.since_drop = state.since_best + 1, state.since_drop + 1
        if loss < state.best:
            state.best, state.best_epoch, state.since_best, state.since_drop = loss, state.epoch + 1, 0, 0
            state.best_weights = [np.asarray(x) for x in self.model.variables]
        elif options.learning_rate_schedule == "plateau" and state.since_drop >= options.ReduceLROnPlateau_patience:
            rate = float(np.asarray(self.model.optimizer.learning_rate)) * options.ReduceLROnPlateau_factor
            self.model.optimizer.learning_rate.assign(max(rate, options.ReduceLROnPlateau_min_lr))
            state.since_drop = 0
