"""Weights of jets in training, by class and pt."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

PT_BINS = (15, 17, 19, 22, 25, 30, 35, 40, 45, 50, 60, 76, 97, 122, 154)  # GeV, lower edges: the last one has no end
WEIGHTS = ("none", "onlyclass", "ptref")
LARGEST = 20.0  # times the mean of a jet's class


def counts(label: npt.NDArray[np.int64], pt: npt.NDArray[Any], classes: int) -> npt.NDArray[np.int64]:
    """Number of jets, shape (classes, pt bins)."""
    bins = len(PT_BINS)
    return np.bincount(label * bins + _bin(pt), minlength=classes * bins).reshape(classes, bins)


def table(method: str, training: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Weight of a jet by class and pt bin, with a mean of 1 over the training jets.

    Parameters
    ----------
    method : {"none", "onlyclass", "ptref"}
        1; the same sum for each class; or also, within each class, the same sum for each bin that has jets, where no
        jet counts more than `LARGEST` times the mean of its class.
    training : numpy.ndarray of int, shape (classes, pt bins)
        From `counts`.
    """
    result = np.ones(training.shape)
    if method == "none":
        return result
    total = training.sum(axis=1, keepdims=True)
    if method == "ptref":
        filled = np.maximum((training > 0).sum(axis=1, keepdims=True), 1)
        result = np.minimum(total / (filled * np.maximum(training, 1)), LARGEST)
    sums = (result * training).sum(axis=1, keepdims=True)
    result = result / np.maximum(sums, 1) * (sums > 0)
    return result * (training.sum() / max((result * training).sum(), 1e-30))


def of_jets(
    weights: npt.NDArray[np.float64], label: npt.NDArray[np.int64], pt: npt.NDArray[Any]
) -> npt.NDArray[np.float32]:
    """What `table` has for each jet."""
    return weights[label, _bin(pt)].astype(np.float32)


def _bin(pt: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    return np.clip(np.searchsorted(PT_BINS, pt, side="right") - 1, 0, None)
