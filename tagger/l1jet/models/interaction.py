"""Interaction network (arXiv:1908.05318): effects of pairs of particles, summed at each, then DeepSets."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from .deepsets import WIDTHS
from .registry import register


@register("interaction_network")
@attrs.frozen
class InteractionNetwork:
    """In floating point.

    Attributes
    ----------
    effects_layers : tuple of int
        Widths of the layers for each pair of particles.
    objects_layers : tuple of int
        For each particle with the mean of its effects.
    classification_layers, regression_layers : tuple of int
        As of `deepsets`.
    relative_z0 : bool
        As of `deepsets`.
    """

    quantized: ClassVar[bool] = False

    effects_layers: tuple[int, ...] = attrs.field(default=(16, 16, 16), validator=WIDTHS)
    objects_layers: tuple[int, ...] = attrs.field(default=(16,), validator=WIDTHS)
    classification_layers: tuple[int, ...] = attrs.field(default=(32, 16), validator=WIDTHS)
    regression_layers: tuple[int, ...] = attrs.field(default=(10,), validator=WIDTHS)
    relative_z0: bool = False

    def build(self, particles: int, features: int, classes: int) -> Any:
        """A keras.Model."""
        import keras
        import numpy as np
        from keras import layers as kl
        from keras import ops

        from .layers import Plain, heads

        layers = Plain()
        inputs = keras.Input((particles, features), name="candidates")
        x = layers.entry(inputs)
        if self.relative_z0:
            x = layers.with_relative_z0(x)
        first, *others = self.effects_layers
        # a layer of both particles' inputs is the sum of one of each: 16 x 2 products, not 16 x 15 x 2
        receiver = kl.Dense(first, name="receiver")(x)
        sender = kl.Dense(first, use_bias=False, name="sender")(x)
        effect = ops.relu(ops.expand_dims(receiver, 2) + ops.expand_dims(sender, 1))
        for k, width in enumerate(others):
            effect = kl.Dense(width, activation="relu", name=f"effect_{k + 1}")(effect)
        others_only = (1 - np.eye(particles, dtype="float32"))[None, :, :, None] / (particles - 1)
        seen = ops.sum(effect * others_only, axis=2)
        x = kl.Concatenate(name="objects")([x, seen])
        for k, width in enumerate(self.objects_layers):
            x = layers.per_particle(x, width, f"object_{k}")
        outputs = heads(layers, layers.mean(x), classes, self.classification_layers, self.regression_layers)
        return keras.Model(inputs, list(outputs), name="L1TSC4NGJetModel")
