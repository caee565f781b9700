"""The tagger's network with trainable bit widths: what is trained is what the firmware computes.

Per-particle layers, their mean over the particles, and two heads: eight classes and the correction of pt. The
"baseline" of CMS's training project, with the quantisation of HGQ2 (arXiv:2405.00645).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import hgq  # noqa: F401  registers the layers with keras
import keras
from hgq.config import LayerConfigScope, QuantizerConfig, QuantizerConfigScope
from hgq.layers import QDense, QEinsumDenseBatchnorm, QGlobalAveragePooling1D, QSoftmax, Quantizer

CLASS_OUTPUT, REGRESSION_OUTPUT = "jet_id_output", "pT_output"


def build(
    particles: int,
    features: int,
    classes: int,
    per_particle: Sequence[int] = (10, 10),
    classification: Sequence[int] = (32, 16),
    regression: Sequence[int] = (10,),
    beta: float = 1e-6,
) -> keras.Model:
    """A network for inputs of shape (particles, features) in ap_fixed<24,12,RND,SAT>.

    Parameters
    ----------
    per_particle, classification, regression : sequence of int
        Widths of the hidden layers.
    beta : float
        Weight in the loss of the effective bit operations: more makes the network smaller.
    """
    with (
        QuantizerConfigScope(place="all", default_q_type="kbi", overflow_mode="SAT_SYM"),
        QuantizerConfigScope(place="datalane", default_q_type="kif", overflow_mode="WRAP", f0=6, i0=4),
        LayerConfigScope(enable_ebops=True, beta0=beta),
    ):
        inputs = keras.Input((particles, features), name="candidates")
        x = Quantizer(_input_type(), name="input_type")(inputs)
        for k, width in enumerate(per_particle):
            x = QEinsumDenseBatchnorm(
                "bnc,cd->bnd", (particles, width), bias_axes="d", activation="relu", name=f"particle_{k}"
            )(x)
        x = QGlobalAveragePooling1D(name="mean")(x)
        y = x
        for k, width in enumerate(classification):
            y = QDense(width, activation="relu", name=f"class_{k}")(y)
        y = QSoftmax(name=CLASS_OUTPUT)(QDense(classes, name="class_logits")(y))
        z = x
        for k, width in enumerate(regression):
            z = QDense(width, activation="relu", name=f"pt_{k}")(z)
        z = QDense(1, name=REGRESSION_OUTPUT)(z)
    return keras.Model(inputs, [y, z], name="L1TSC4NGJetModel")


def _input_type() -> Any:
    """What CMSSW hands to the emulator. The next layer's own quantiser comes after it."""
    return QuantizerConfig(
        "kif", "datalane", k0=1, i0=11, f0=12, round_mode="RND", overflow_mode="SAT", trainable=False, ic=None, fc=None,
        ir=None, fr=None, homogeneous_axis=None, heterogeneous_axis=(),
    )  # fmt: skip
