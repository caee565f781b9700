"""What the scores of a jet should be, its true class or that and what a larger network makes of it; how much it counts.

A network learns more from the scores of a better one than from the classes alone: how much a jet looks like each of the
others (distillation, arXiv:1503.02531).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import ModelError
from pyrun.framework.near_names import did_you_mean

from ..data import Dataset
from ..models.config import Training
from ..models.folder import load, require_data_set_for


def of(dataset: Dataset, teacher: str = "", weight: float = 0.0) -> npt.NDArray[np.float32]:
    """Target of each jet, float32 of shape (jets, classes), with a sum of 1.

    Parameters
    ----------
    teacher : str
        Folder of a trained model; empty: the true classes alone.
    weight : float
        Of its scores; the true class has the rest.

    Raises
    ------
    ModelError
        The teacher has other inputs or classes.
    """
    true = np.eye(len(dataset.metadata["classes"]), dtype=np.float32)[dataset.label]
    if not teacher:
        return true
    model = load(teacher)
    require_data_set_for(model, dataset)
    scores, _ = model.predict(dataset.inputs)
    return (1 - weight) * true + weight * scores / scores.sum(axis=1, keepdims=True)


def weights(dataset: Dataset, options: Training) -> npt.NDArray[np.float32]:
    """Of each jet in the losses, float32 of shape (jets,): the data set's times `class_weights`, with the same mean.

    Raises
    ------
    ModelError
        `class_weights` names a class that the data set has not.
    """
    classes = dataset.metadata["classes"]
    for name in options.class_weights:
        if name not in classes:
            hint = did_you_mean(str(name), classes)
            raise ModelError(f"class_weights: {dataset.folder} has no class {name!r}. {hint}")
    factors = np.array([options.class_weights.get(name, 1.0) for name in classes], dtype=np.float32)
    changed = dataset.weights * factors[dataset.label]
    return changed * (dataset.weights.mean() / changed.mean())
