"""The layers that the tagger's networks consist of, in floating point or with trained bit widths (HGQ2)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import hgq  # noqa: F401  registers the layers with keras
import keras
import numpy as np
import numpy.typing as npt
from hgq.config import LayerConfigScope, QuantizerConfig, QuantizerConfigScope
from hgq.constraints import MinMax
from hgq.layers import (
    QAdd,
    QDense,
    QEinsumDense,
    QEinsumDenseBatchnorm,
    QGlobalAveragePooling1D,
    QMultiply,
    QSoftmax,
    QSubtract,
    Quantizer,
    QUnaryFunctionLUT,
)

from pyrun.modules.l1t.ng_inputs import ABS_ETA, FEATURES

CLASS_OUTPUT, REGRESSION_OUTPUT = OUTPUTS = ("jet_id_output", "pT_output")

EXPONENTS = {
    **{"pt": -4, "pt_rel": 3, "deta": -4, "dphi": -4, "mass": 2, "z0": -5, "dxy": -2, "emid": -2, "quality": -2},
    **dict.fromkeys(("isElectronPlus", "isElectronMinus", "isMuonPlus", "isMuonMinus"), 2),
    ABS_ETA: -8,
}
CHARGED = tuple(f"is{kind}{sign}" for kind in ("Electron", "Muon", "ChargedHadron") for sign in ("Plus", "Minus"))
Z0_RANGE = 8  # steps of z0 (0.05 cm) from the jet's mean, beyond which it makes less and less difference how far
FIXED = {"enable_iq": False, "enable_ebops": False}  # a layer of HGQ2 without bits to train
MOMENTUM = 0.9  # of the normalisation after a layer: the jets for validation see what a hundred batches have been


@keras.saving.register_keras_serializable("pyrun")
def one_over_count(x: Any) -> Any:
    """1 / x, and 1 where x is 0."""
    return 1 / keras.ops.maximum(x, 1)


class Plain:
    """Layers of keras."""

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Where layers have to be made."""
        yield

    def entry(self, x: Any) -> Any:
        """What comes before the first layer: brings the inputs to about the same size."""
        return keras.layers.Rescaling(scales(x.shape[-1]).tolist(), name="scale")(x)

    def with_relative_z0(self, x: Any) -> Any:
        """One input more: the tanh of how far a charged particle is in z0 from the mean of the jet's charged ones."""
        columns = _columns(x.shape[-1])
        charged = keras.ops.matmul(x, columns["charged"])
        z0 = keras.ops.matmul(x, columns["z0"])
        mean = keras.ops.sum(z0, 1, keepdims=True) * one_over_count(keras.ops.sum(charged, 1, keepdims=True))
        return keras.ops.concatenate([x, keras.ops.tanh(z0 - charged * mean)], -1)

    def per_particle(self, x: Any, width: int, name: str, context: int = 0) -> Any:
        """The same layer for each particle of (particles, inputs), which may see the first `context` ones as well."""
        own = keras.layers.EinsumDense("bnc,cd->bnd", (x.shape[1], width), bias_axes="d", name=name)(x)
        own = keras.layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_norm")(own)
        if context:
            seen = keras.layers.EinsumDense("bkc,kcd->bd", (width,), name=f"{name}_context")(x[:, :context])
            own = keras.layers.Add(name=f"{name}_sum")([own, keras.layers.Reshape((1, width))(seen)])
        return keras.layers.Activation("relu", name=f"{name}_relu")(own)

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
        """The firmware's type; then powers of two, which are no work for the firmware: a matrix of shifts."""
        x = _rounded(x, 1, 11, 12, "input_type")
        return _constant("bnc,cd->bnd", x.shape[1:], x, np.diag(scales(x.shape[-1])), "scale")

    def with_relative_z0(self, x: Any) -> Any:
        particles, features = x.shape[1:]
        columns, each, one = _columns(features), (particles, 1), np.ones((particles, 1, 1))
        # as many bits as these inputs have in the jets: the type of all inputs is wider
        charged = _constant("bnc,cd->bnd", each, x, columns["charged"], "charged")
        charged = _rounded(charged, 0, 1, 0, "charged_bit")
        z0 = _rounded(_constant("bnc,cd->bnd", each, x, columns["z0"], "z0"), 1, 6, 3, "z0_bits")
        count = _constant("bnc,ncd->bd", (1,), charged, one, "charged_count")
        total = _constant("bnc,ncd->bd", (1,), z0, one, "z0_sum")
        over_count = _table(one_over_count, count, (0, 5, 0), (0, 1, 14), "one_over_count")
        mean = _rounded(QMultiply(**FIXED, name="z0_mean")([total, over_count]), 1, 6, 6, "z0_mean_bits")
        mean = _constant("bd,nd->bnd", each, mean, np.ones(each), "z0_mean_everywhere")
        mean = QMultiply(**FIXED, name="z0_mean_of_charged")([charged, mean])
        relative = QSubtract(**FIXED, name="z0_difference")([z0, mean])
        # hls4ml's tables are for one dimension
        relative = keras.layers.Reshape((particles,), name="z0_flat")(relative)
        relative = _table("tanh", relative, (1, 2, 5), (1, 0, 7), "relative_z0")
        relative = keras.layers.Reshape(each, name="relative_z0_each")(relative)
        # nothing of hls4ml and da4ml both puts two tensors side by side
        shape = (particles, features + 1)
        x = _constant("bnc,cd->bnd", shape, x, np.eye(features, features + 1), "z0_others")
        relative = _constant("bnc,cd->bnd", shape, relative, np.eye(1, features + 1, features), "z0_last")
        return QAdd(**FIXED, name="z0_and_others")([x, relative])

    def per_particle(self, x: Any, width: int, name: str, context: int = 0) -> Any:
        particles, features = x.shape[1:]
        shape, wanted = (particles, width), {"bias_axes": "d", "name": name}
        if not context:
            return QEinsumDenseBatchnorm("bnc,cd->bnd", shape, activation="relu", **wanted)(x)
        # hls4ml neither slices nor broadcasts, and it and da4ml have no layer for a ReLU in common: these are products
        # with zeros and ones, which cost the firmware nothing
        leading = _constant("bnc,nk->bkc", (context, features), x, np.eye(particles, context), f"{name}_leading")
        seen = QEinsumDense("bkc,kcd->bd", (width,), name=f"{name}_context")(leading)
        seen = _constant("bd,nd->bnd", shape, seen, np.ones(shape), f"{name}_everywhere")
        own = QEinsumDenseBatchnorm("bnc,cd->bnd", shape, **wanted)(x)
        both = QAdd(name=f"{name}_sum")([own, seen])
        return _constant("bnc,cd->bnd", shape, both, np.eye(width), f"{name}_relu", activation="relu")

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


def scales(features: int) -> npt.NDArray[np.float64]:
    """A power of two for each input, near 1 over its size in the jets of a collision at pile-up 200."""
    return 2.0 ** np.array([EXPONENTS.get(name, 0) for name in _names(features)])


def _names(features: int) -> tuple[str, ...]:
    return (*FEATURES, ABS_ETA)[:features]


def _columns(features: int) -> dict[str, npt.NDArray[np.float32]]:
    """What makes one number of a particle's scaled inputs: whether it is charged, and z0 over its range."""
    names, scale = _names(features), scales(features)
    charged = np.array([[float(name in CHARGED)] for name in names]) / scale[:, None]
    z0 = np.array([[float(name == "z0")] for name in names]) / scale[:, None] / Z0_RANGE
    return {"charged": charged.astype(np.float32), "z0": z0.astype(np.float32)}


def _constant(
    equation: str,
    shape: tuple[int, ...],
    x: Any,
    kernel: npt.NDArray[np.float64],
    name: str,
    activation: str | None = None,
) -> Any:
    """A product with powers of two, 1 or 0, which are not trained: wires and shifts of the firmware."""
    layer = QEinsumDense(
        equation,
        shape,
        kq_conf=_saturating("weight", 0, 5, 8),
        name=name,
        activation=activation,
        trainable=False,
        **FIXED,
    )
    x = layer(x)
    layer.set_weights([kernel.astype(np.float32), *layer.get_weights()[1:]])
    return x


def _rounded(x: Any, sign: int, integer: int, fraction: int, name: str) -> Any:
    return Quantizer(_saturating("datalane", sign, integer, fraction), name=name)(x)


def _table(function: Any, x: Any, bits: tuple[int, int, int], table_bits: tuple[int, int, int], name: str) -> Any:
    """A function of one number by a table of all its values."""
    return QUnaryFunctionLUT(
        function,
        _saturating("datalane", *bits),
        _saturating("table", *table_bits),
        allow_heterogeneous_input=False,
        allow_heterogeneous_table=False,
        enable_ebops=False,
        name=name,
    )(x)


def _saturating(place: str, sign: int, integer: int, fraction: int) -> Any:
    """A quantiser that is not trained: so many bits, rounded and saturated. The next layer's own comes after it."""
    free = dict.fromkeys(("ic", "fc", "ir", "fr", "homogeneous_axis"))
    given = {"k0": sign, "i0": integer, "f0": fraction, "round_mode": "RND", "overflow_mode": "SAT"}
    return QuantizerConfig("kif", place, trainable=False, heterogeneous_axis=(), **free, **given)
