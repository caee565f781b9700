"""The network of ParticleTransformerAK4, in Keras 3 with backend-independent operations.

After H. Qu, C. Li, S. Qian, "Particle Transformer for Jet Tagging", arXiv:2202.03772, with the interface of CMS's
ParticleTransformerAK4: six inputs, of which three are features and three four-momenta (px, py, pz, E) of charged
candidates, neutral candidates and secondary vertices. There is no input for a mask: a row whose energy is zero is
padding, and padding changes no score.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

from pyrun.modules.btag.features import CLASSES, FEATURES

MASKED = -60.0
"""The attention's bias towards padding. Its exponential is far below what single precision can add to 1, yet no
denormal number: with -1e9, a third of onnxruntime's time goes into exponentials that come out denormal."""

SMALLEST = 1e-6
"""Lower end of what a logarithm is taken of."""

LOGARITHMIC = {
    "btagPf_trackPPar": 1.0,
    "btagPf_trackSip2dVal": 0.01,
    "btagPf_trackSip2dSig": 1.0,
    "btagPf_trackSip3dVal": 0.01,
    "btagPf_trackSip3dSig": 1.0,
    "btagPf_trackJetDistVal": 0.01,
    "chi2": 1.0,
    "pt": 1.0,
    "mass": 1.0,
    "ntracks": 1.0,
    "normchi2": 1.0,
    "dxy": 0.1,
    "dxysig": 1.0,
    "d3d": 0.1,
    "d3dsig": 1.0,
}
"""Features with a long tail, and the unit in which `Scale` takes their logarithm."""


@keras.saving.register_keras_serializable("pyrun")
class Scale(layers.Layer):
    """Bring raw features to about zero mean and unit width, and padding to zero.

    Features with a long tail are compressed first, x -> sign(x) ln(1 + |x| / unit). Mean and width are weights
    that training does not change; `prepare.scaling` measures them.

    Parameters
    ----------
    units : sequence of float
        Unit of each feature in the logarithm, 0 for features that are not compressed.
    """

    def __init__(self, units: Sequence[float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = tuple(units)

    def build(self, x_shape: Any, real_shape: Any) -> None:
        n = len(self.units)
        self.mean = self.add_weight(name="mean", shape=(n,), initializer="zeros", trainable=False)
        self.width = self.add_weight(name="width", shape=(n,), initializer="ones", trainable=False)

    def compress(self, x: Any) -> Any:
        compressed = ops.convert_to_tensor([float(unit > 0) for unit in self.units])
        inverse = ops.convert_to_tensor([1.0 / unit if unit > 0 else 1.0 for unit in self.units])
        return compressed * ops.sign(x) * ops.log(1.0 + ops.abs(x) * inverse) + (1.0 - compressed) * x

    def call(self, x: Any, real: Any) -> Any:
        return ops.clip((self.compress(x) - self.mean) / self.width, -5.0, 5.0) * real

    def compute_output_shape(self, x_shape: Any, real_shape: Any) -> Any:
        return x_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable("pyrun")
class PairFeatures(layers.Layer):
    """ln kT, ln z, ln Delta and ln m^2 of each pair of particles (arXiv:2202.03772, equation 3).

    [N, P, 4] -> [N, P, P, 4], standardised to about unit width. Two choices keep single precision safe: Delta phi is
    the chord 2 sin(Delta phi / 2), which needs no periodic difference, and m^2 = pT pT Delta^2 is that of massless
    particles at small angle, which has no cancellation.
    """

    centre = (-1.0, -1.5, -2.0, -1.0)
    width = (2.0, 1.0, 1.0, 3.0)

    def call(self, p4: Any) -> Any:
        px, py, pz, energy = (p4[..., i] for i in range(4))
        pt = ops.sqrt(ops.maximum(px * px + py * py, SMALLEST**2))
        rapidity = 0.5 * ops.log(ops.maximum(energy + pz, SMALLEST) / ops.maximum(energy - pz, SMALLEST))

        def square_difference(x: Any) -> Any:
            return ops.square(ops.expand_dims(x, 2) - ops.expand_dims(x, 1))

        delta2 = square_difference(rapidity) + square_difference(px / pt) + square_difference(py / pt)
        log_delta = 0.5 * ops.log(ops.maximum(delta2, SMALLEST))
        log_pt = ops.log(pt)
        log_first, log_second = ops.expand_dims(log_pt, 2), ops.expand_dims(log_pt, 1)
        log_softer = ops.minimum(log_first, log_second)
        log_sum = ops.log(ops.expand_dims(pt, 2) + ops.expand_dims(pt, 1))
        log_mass2 = log_first + log_second + 2.0 * log_delta
        pairs = ops.stack([log_softer + log_delta, log_softer - log_sum, log_delta, log_mass2], axis=-1)
        return (pairs - ops.convert_to_tensor(self.centre)) / ops.convert_to_tensor(self.width)

    def compute_output_shape(self, shape: Any) -> Any:
        return (shape[0], shape[1], shape[1], 4)


@keras.saving.register_keras_serializable("pyrun")
class Attention(layers.Layer):
    """Multi-head attention with a bias for each pair (the "P-MHA" of arXiv:2202.03772).

    Parameters
    ----------
    width, heads : int
        Size of the embedding and number of heads.
    """

    def __init__(self, width: int, heads: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.width, self.heads = width, heads
        self.query = layers.Dense(width, use_bias=False, name="query")
        self.key_value = layers.Dense(2 * width, use_bias=False, name="key_value")
        self.out = layers.Dense(width, name="out")

    def build(self, queries_shape: Any, keys_shape: Any, bias_shape: Any) -> None:
        self.query.build(queries_shape)
        self.key_value.build(keys_shape)
        self.out.build(queries_shape)

    def call(self, queries: Any, keys: Any, bias: Any) -> Any:
        key, value = ops.split(self.key_value(keys), 2, axis=-1)
        query = self._split(self.query(queries) * (self.width // self.heads) ** -0.5, (0, 2, 1, 3))
        weights = ops.softmax(ops.matmul(query, self._split(key, (0, 2, 3, 1))) + bias, axis=-1)
        mixed = ops.transpose(ops.matmul(weights, self._split(value, (0, 2, 1, 3))), (0, 2, 1, 3))
        return self.out(ops.reshape(mixed, (-1, ops.shape(queries)[1], self.width)))

    def _split(self, x: Any, order: tuple[int, ...]) -> Any:
        """[N, P, E] as [N, P, H, E / H] with its axes in this order."""
        return ops.transpose(ops.reshape(x, (-1, ops.shape(x)[1], self.heads, self.width // self.heads)), order)

    def compute_output_shape(self, queries_shape: Any, keys_shape: Any, bias_shape: Any) -> Any:
        return (*queries_shape[:2], self.width)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "width": self.width, "heads": self.heads}


@keras.saving.register_keras_serializable("pyrun")
class LayerNorm(layers.Layer):
    """Layer normalisation, spelled out so that onnxruntime recognises the exported pattern as one operation."""

    epsilon = 1e-5

    def build(self, shape: Any) -> None:
        self.gamma = self.add_weight(name="gamma", shape=(shape[-1],), initializer="ones")
        self.beta = self.add_weight(name="beta", shape=(shape[-1],), initializer="zeros")

    def call(self, x: Any) -> Any:
        x = x - ops.mean(x, axis=-1, keepdims=True)
        variance = ops.mean(ops.square(x), axis=-1, keepdims=True)
        return x * ops.rsqrt(variance + self.epsilon) * self.gamma + self.beta

    def compute_output_shape(self, shape: Any) -> Any:
        return shape


@keras.saving.register_keras_serializable("pyrun")
class ClassToken(layers.Layer):
    """A learned vector that collects what the particles say; [N, P, E] -> [N, 1, E]."""

    def build(self, shape: Any) -> None:
        self.token = self.add_weight(name="token", shape=(1, 1, shape[-1]), initializer="random_normal")

    def call(self, x: Any) -> Any:
        return self.token + ops.zeros_like(x[:, :1, :])

    def compute_output_shape(self, shape: Any) -> Any:
        return (shape[0], 1, shape[2])


@keras.saving.register_keras_serializable("pyrun")
class RealParticles(layers.Layer):
    """1 for a particle, 0 for padding; [N, P, 4] -> [N, P, 1]."""

    def call(self, p4: Any) -> Any:
        return ops.cast(p4[..., 3:4] > 0.0, p4.dtype)

    def compute_output_shape(self, shape: Any) -> Any:
        return (*shape[:2], 1)


@keras.saving.register_keras_serializable("pyrun")
class AttentionBias(layers.Layer):
    """What is added to the attention: the pairs' embedding for particles, `MASKED` for padding.

    real [N, P, 1] and pairs [N, P, P, H] -> [N, H, P, P]; real alone, for the class token -> [N, 1, 1, 1 + P].
    """

    def call(self, real: Any, pairs: Any = None) -> Any:
        real = ops.transpose(real, (0, 2, 1))[:, None]
        if pairs is not None:
            return ops.where(real > 0.0, ops.transpose(pairs, (0, 3, 1, 2)), MASKED)
        ignored = (1.0 - real) * MASKED
        return ops.concatenate([ops.zeros_like(ignored[..., :1]), ignored], axis=-1)

    def compute_output_shape(self, real_shape: Any, pairs_shape: Any = None) -> Any:
        if pairs_shape is None:
            return (real_shape[0], 1, 1, None)
        return (pairs_shape[0], pairs_shape[3], pairs_shape[1], pairs_shape[2])


def build_network(
    width: int = 64, heads: int = 4, blocks: int = 3, class_blocks: int = 1, dropout: float = 0.0
) -> keras.Model:
    """The untrained network.

    Parameters
    ----------
    width : int
        Size of a particle's embedding.
    heads : int
        Attention heads; `width` is a multiple of it.
    blocks, class_blocks : int
        Particle attention and class attention blocks.
    dropout : float
        Applied to what each block adds, in training.

    Returns
    -------
    keras.Model
        Inputs ``input_1`` to ``input_6`` ([N, any, 16], [N, any, 8], [N, any, 14] and three times [N, any, 4]), output
        ``softmax`` [N, 6] in the order of `CLASSES`.
    """
    features = [layers.Input((None, len(names)), name=f"input_{i + 1}") for i, names in enumerate(FEATURES.values())]
    momenta = [layers.Input((None, 4), name=f"input_{i + 4}") for i in range(3)]

    reals = [RealParticles(name=f"{kind}_real")(p4) for kind, p4 in zip(FEATURES, momenta, strict=True)]
    embedded = [_embed(*one, width) for one in zip(FEATURES, features, reals, strict=True)]
    x = layers.Concatenate(axis=1, name="particles")(embedded)
    real = layers.Concatenate(axis=1, name="real")(reals)

    pairs = PairFeatures(name="pairs")(layers.Concatenate(axis=1, name="momenta")(momenta))
    pairs = layers.Dense(2 * heads, activation="relu", name="pairs_embed_1")(pairs)
    pairs = layers.Dense(heads, use_bias=False, name="pairs_embed_2")(pairs)  # attention ignores what all pairs share
    bias = AttentionBias(name="bias")(real, pairs)
    for i in range(blocks):
        normed = LayerNorm(name=f"block_{i}_norm_1")(x)
        x = _add(x, Attention(width, heads, name=f"block_{i}_attention")(normed, normed, bias), dropout)
        x = _add(x, _feed_forward(x, width, f"block_{i}"), dropout)

    token = ClassToken(name="class_token")(x)
    bias = AttentionBias(name="class_bias")(real)
    for i in range(class_blocks):
        seen = layers.Concatenate(axis=1, name=f"class_{i}_seen")([token, x])
        seen = LayerNorm(name=f"class_{i}_norm_1")(seen)
        token = layers.Add()([token, Attention(width, heads, name=f"class_{i}_attention")(token, seen, bias)])
        token = layers.Add()([token, _feed_forward(token, width, f"class_{i}")])
    token = LayerNorm(name="class_norm")(layers.Reshape((width,), name="class")(token))
    output = layers.Dense(len(CLASSES), activation="softmax", name="softmax")(token)
    return keras.Model([*features, *momenta], output, name="particletransformer_AK4")


def _embed(kind: str, x: Any, real: Any, width: int) -> Any:
    x = Scale([LOGARITHMIC.get(name, 0.0) for name in FEATURES[kind]], name=f"{kind}_scale")(x, real)
    x = layers.Dense(width, activation="relu", name=f"{kind}_embed_1")(x)
    return layers.Dense(width, name=f"{kind}_embed_2")(x)


def _add(x: Any, update: Any, dropout: float) -> Any:
    if dropout:
        update = layers.Dropout(dropout)(update)
    return layers.Add()([x, update])


def _feed_forward(x: Any, width: int, name: str) -> Any:
    x = LayerNorm(name=f"{name}_norm_2")(x)
    x = layers.Dense(2 * width, activation="relu", name=f"{name}_widen")(x)
    return layers.Dense(width, name=f"{name}_narrow")(x)
