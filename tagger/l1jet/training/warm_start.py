"""First weights from a network that is trained already, in floating point or quantised."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrun.framework.errors import ModelError

# what a layer calls its variables: keras, and HGQ2 with and without a normalisation in the same layer
NAMES = ("kernel", "bias", "bn_gamma", "moving_mean", "moving_variance")


def take_weights(model: Any, source: Any) -> None:
    """Copy what layers of the same name have in `source`; bit widths stay as they are.

    A normalisation that is a layer of its own there (its name ends in ``_norm``) may be part of the layer before here.

    Raises
    ------
    ModelError
        No layer fits, or one has another shape.
    """
    theirs = {layer.name: layer for layer in source.layers}
    taken = 0
    for layer in model.layers:
        if layer.name not in theirs or not layer.trainable_variables:
            continue
        found = _variables(theirs[layer.name])
        normalised = theirs.get(f"{layer.name}_norm")
        if normalised is not None and hasattr(layer, "bn_gamma"):
            # there: gamma (kernel x + bias - mean) / sigma + beta; here the bias comes after the normalisation
            found["bn_gamma"], found["moving_variance"] = normalised.gamma, normalised.moving_variance
            found["moving_mean"] = np.asarray(normalised.moving_mean) - np.asarray(found["bias"])
            found["bias"] = normalised.beta
        for name, variable in _variables(layer).items():
            if name not in found or tuple(found[name].shape) != tuple(variable.shape):
                raise ModelError(
                    f"{name} of layer {layer.name} is missing or of another shape in the model to start from."
                )
            variable.assign(np.asarray(found[name]))
            taken += 1
    if not taken:
        raise ModelError("The model to start from has no layer in common with this one.")


def _variables(layer: Any) -> dict[str, Any]:
    return {name: getattr(layer, name) for name in NAMES if getattr(layer, name, None) is not None}
