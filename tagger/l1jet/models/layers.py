"""The layers that the tagger's networks consist of, in floating point or with trained bit widths (HGQ2)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import hgq  # noqa: F401  registers the layers with keras
import keras
from hgq.config import LayerConfigScope, QuantizerConfig, QuantizerConfigScope
from hgq.constraints import MinMax
from hgq.layers import QBatchNormalization, QDense, QEinsumDenseBatchnorm, QGlobalAveragePooling1D, QSoftmax, Quantizer

CLASS_OUTPUT, REGRESSION_OUTPUT = OUTPUTS = ("jet_id_output", "pT_output")


class Plain:
    """Layers of keras."""

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Where layers have to be made."""
        yield

    def entry(self, x: Any) -> Any:
        """What comes before the first layer: brings each input to a mean of 0 and a variance of 1."""
        return keras.layers.BatchNormalization(name="norm_input")(x)

    def per_particle(self, x: Any, width: int, name: str) -> Any:
        """The same layer for each particle of (particles, inputs)."""
        x = keras.layers.EinsumDense("bnc,cd->bnd", (x.shape[1], width), bias_axes="d", name=name)(x)
        x = keras.layers.BatchNormalization(name=f"{name}_norm")(x)
        return keras.layers.Activation("relu", name=f"{name}_relu")(x)

    def mean(self, x: Any) -> Any:
        """Over the particles."""
        return keras.layers.GlobalAveragePooling1D(name="mean")(x)

    def dense(self, x: Any, width: int, name: str, activation: str | None = "relu") -> Any:
        return keras.layers.Dense(width, activation=activation, name=name)(x)

    def softmax(self, x: Any, name: str) -> Any:
        return keras.layers.Activation("softmax", name=name)(x)


class Quantized(Plain):
    """Layers of HGQ2, for inputs in ap_fixed<24,12,RND,SAT>.

    Parameters
    ----------
    beta : float
        Weight in the loss of the effective bit operations (EBOPs): more makes the network smaller.
    weight_bits, weight_integer_bits : int
        Bits of a weight before training, sign aside; no weight gets more.
    fraction_bits, integer_bits : int
        Of what passes between layers, before training.
    """

    def __init__(
        self, beta: float, weight_bits: int, weight_integer_bits: int, fraction_bits: int, integer_bits: int
    ) -> None:
        weights = {"b0": weight_bits, "i0": weight_integer_bits, "bc": MinMax(0, weight_bits)}
        self._scopes = (
            QuantizerConfigScope(place="all", default_q_type="kbi", overflow_mode="SAT_SYM"),
            QuantizerConfigScope(place=("weight", "bias"), default_q_type="kbi", **weights),
            QuantizerConfigScope(
                place="datalane", default_q_type="kif", overflow_mode="WRAP", f0=fraction_bits, i0=integer_bits
            ),
            LayerConfigScope(enable_ebops=True, beta0=beta),
        )

    @contextmanager
    def scope(self) -> Iterator[None]:
        first, second, third, fourth = self._scopes
        with first, second, third, fourth:
            yield

    def entry(self, x: Any) -> Any:
        x = Quantizer(_input_type(), name="input_type")(x)
        return QBatchNormalization(name="norm_input")(x)

    def per_particle(self, x: Any, width: int, name: str) -> Any:
        return QEinsumDenseBatchnorm("bnc,cd->bnd", (x.shape[1], width), bias_axes="d", activation="relu", name=name)(x)

    def mean(self, x: Any) -> Any:
        return QGlobalAveragePooling1D(name="mean")(x)

    def dense(self, x: Any, width: int, name: str, activation: str | None = "relu") -> Any:
        return QDense(width, activation=activation, name=name)(x)

    def softmax(self, x: Any, name: str) -> Any:
        return QSoftmax(name=name)(x)


def heads(
    layers: Plain, x: Any, classes: int, classification: Sequence[int], regression: Sequence[int]
) -> tuple[Any, Any]:
    """Scores and pt factor from what is known of the jet."""
    y = x
    for k, width in enumerate(classification):
        y = layers.dense(y, width, f"class_{k}")
    scores = layers.softmax(layers.dense(y, classes, "class_logits", None), CLASS_OUTPUT)
    for k, width in enumerate(regression):
        x = layers.dense(x, width, f"pt_{k}")
    return scores, layers.dense(x, 1, REGRESSION_OUTPUT, None)


def _input_type() -> Any:
    """What CMSSW hands to the emulator. The next layer's own quantiser comes after it."""
    return QuantizerConfig(
        "kif", "datalane", k0=1, i0=11, f0=12, round_mode="RND", overflow_mode="SAT", trainable=False, ic=None, fc=None,
        ir=None, fr=None, homogeneous_axis=None, heterogeneous_axis=(),
    )  # fmt: skip
