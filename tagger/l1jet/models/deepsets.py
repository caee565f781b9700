"""DeepSets: layers for each particle, their mean, and two heads. The "baseline" of CMS's training project."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
from attrs import validators as v

from .registry import register

WIDTHS = v.and_(v.min_len(1), v.deep_iterable(v.gt(0)))


@register("deepsets")
@attrs.frozen
class DeepSets:
    """In floating point: what the quantised one is measured by.

    Attributes
    ----------
    conv1d_layers, classification_layers, regression_layers : tuple of int
        Widths of the hidden layers for each particle, and of the two heads.
    context : int
        How many of the hardest particles the first layer sees beside each particle itself, so that it can compare with
        them, in z0 for instance; 0: none.
    relative_z0 : bool
        Whether each particle has one input more: how far its z0 is from the mean of the jet's charged particles.
    """

    quantized: ClassVar[bool] = False

    conv1d_layers: tuple[int, ...] = attrs.field(default=(10, 10), validator=WIDTHS)
    classification_layers: tuple[int, ...] = attrs.field(default=(32, 16), validator=WIDTHS)
    regression_layers: tuple[int, ...] = attrs.field(default=(10,), validator=WIDTHS)
    context: int = attrs.field(default=0, validator=v.and_(v.ge(0), v.le(16)))
    relative_z0: bool = False

    def layers(self) -> Any:
        """Those that the network is made of."""
        from .layers import Plain

        return Plain()

    def build(self, particles: int, features: int, classes: int) -> Any:
        """A keras.Model."""
        import keras

        from .layers import heads

        layers = self.layers()
        inputs = keras.Input((particles, features), name="candidates")
        with layers.scope():
            x = layers.entry(inputs)
            if self.relative_z0:
                x = layers.with_relative_z0(x)
            for k, width in enumerate(self.conv1d_layers):
                x = layers.per_particle(x, width, f"particle_{k}", self.context if k == 0 else 0)
            outputs = heads(layers, layers.mean(x), classes, self.classification_layers, self.regression_layers)
        return keras.Model(inputs, list(outputs), name="L1TSC4NGJetModel")


@register("deepsets_hgq")
@attrs.frozen
class DeepSetsHGQ(DeepSets):
    """With trained bit widths (HGQ2, arXiv:2405.00645): what is trained is what the firmware computes.

    Attributes
    ----------
    beta : float
        Weight in the loss of the effective bit operations.
    quantizer_bits, quantizer_bits_int : int
        Bits of a weight, at first and at most, and how many of them are before the point.
    fraction_bits, integer_bits : int
        Of what passes between layers, before training.
    """

    quantized: ClassVar[bool] = True

    beta: float = attrs.field(default=5e-8, validator=v.ge(0))
    quantizer_bits: int = attrs.field(default=9, validator=v.gt(0))
    quantizer_bits_int: int = attrs.field(default=2, validator=v.ge(0))
    fraction_bits: int = attrs.field(default=6, validator=v.ge(0))
    integer_bits: int = attrs.field(default=4, validator=v.ge(0))

    def layers(self) -> Any:
        from .layers import Quantized

        return Quantized(self.beta, self.quantizer_bits, self.quantizer_bits_int, self.fraction_bits, self.integer_bits)
