"""DeepSets with attention: the particles look at each other, and a learned weight takes the place of the mean."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
from attrs import validators as v

from .deepsets import WIDTHS
from .registry import register


@register("attention")
@attrs.frozen
class Attention:
    """In floating point; slots without a particle are not attended to.

    Attributes
    ----------
    conv1d_layers, classification_layers, regression_layers : tuple of int
        As of `deepsets`.
    heads : int
        Of the attention between particles; 0: there is none, only the weighted mean.
    """

    quantized: ClassVar[bool] = False

    conv1d_layers: tuple[int, ...] = attrs.field(default=(10, 10), validator=WIDTHS)
    heads: int = attrs.field(default=2, validator=v.ge(0))
    classification_layers: tuple[int, ...] = attrs.field(default=(32, 16), validator=WIDTHS)
    regression_layers: tuple[int, ...] = attrs.field(default=(10,), validator=WIDTHS)

    def build(self, particles: int, features: int, classes: int) -> Any:
        """A keras.Model."""
        import keras
        from keras import layers as kl

        from pyrun.modules.l1t.ng_inputs import FEATURES

        from .layers import Plain, heads

        layers, filled = Plain(), FEATURES.index("isfilled")
        inputs = keras.Input((particles, features), name="candidates")
        there = inputs[:, :, filled : filled + 1]
        x = layers.entry(inputs)
        for k, width in enumerate(self.conv1d_layers):
            x = layers.per_particle(x, width, f"particle_{k}")
        if self.heads:
            width = self.conv1d_layers[-1]
            mask = kl.Reshape((1, particles))(there)
            seen = kl.MultiHeadAttention(self.heads, max(1, width // self.heads), name="attention")(
                x, x, attention_mask=mask
            )
            x = kl.LayerNormalization(name="attention_norm")(kl.Add(name="attention_sum")([x, seen]))
        score = kl.Dense(1, name="pooling_score")(x) + (there - 1) * 1e4
        weight = kl.Softmax(axis=1, name="pooling_weight")(score)
        pooled = kl.Dot(axes=1, name="pooling")([x, weight])
        outputs = heads(layers, kl.Flatten()(pooled), classes, self.classification_layers, self.regression_layers)
        return keras.Model(inputs, list(outputs), name="L1TSC4NGJetModel")
