"""What the network sees in an epoch: the training jets in a new order, and maybe mirrored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from ..data import Dataset

MIRRORED = ("deta", "z0")  # change sign together
CHARGES = (
    ("isElectronPlus", "isElectronMinus"),
    ("isMuonPlus", "isMuonMinus"),
    ("isChargedHadronPlus", "isChargedHadronMinus"),
)


class Batches(keras.utils.PyDataset):
    """Batches of (inputs, (target, pt_ratio), (weight, weight)).

    The order depends on seed and epoch alone, so that a training that was interrupted goes on with the same batches.

    Parameters
    ----------
    target : array of float32, shape (jets, classes)
        What the scores of each jet should be.
    weights : array of float32, shape (jets,)
    """

    def __init__(
        self,
        dataset: Dataset,
        target: npt.NDArray[np.float32],
        weights: npt.NDArray[np.float32],
        size: int,
        seed: int,
        flip: bool,
    ) -> None:
        super().__init__()
        self._arrays = (dataset.inputs, target, dataset.pt_ratio, weights)
        self._size, self._seed = size, seed
        features, classes = dataset.metadata["features"], dataset.metadata["classes"]
        self._symmetries = Symmetries(features, classes) if flip else None
        self.start(0)

    def start(self, epoch: int) -> None:
        """Take the order of this epoch."""
        rng = np.random.default_rng([self._seed, epoch])
        self._order = rng.permutation(len(self._arrays[0]))
        self._flips = rng.integers(2, size=(len(self._order), 3), dtype=np.int8).astype(bool)

    def __len__(self) -> int:
        return -(-len(self._order) // self._size)

    def __getitem__(self, index: int) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
        here = slice(index * self._size, (index + 1) * self._size)
        inputs, target, ratio, weight = (x[self._order[here]] for x in self._arrays)
        if self._symmetries:
            self._symmetries.apply(inputs, target, self._flips[here])
        return inputs, (target, ratio), (weight, weight)


class Symmetries:
    """Changes that physics does not notice: eta and z mirrored, phi mirrored, all charges exchanged."""

    def __init__(self, features: Sequence[str], classes: Sequence[str]) -> None:
        self._eta = [features.index(name) for name in MIRRORED]
        self._phi = [features.index("dphi")]
        pairs = [(features.index(a), features.index(b)) for a, b in CHARGES]
        self._charges = np.arange(len(features))
        for a, b in pairs:
            self._charges[[a, b]] = b, a
        self._classes = np.arange(len(classes))
        plus, minus = classes.index("taup"), classes.index("taum")
        self._classes[[plus, minus]] = minus, plus

    def apply(
        self, inputs: npt.NDArray[np.float32], target: npt.NDArray[np.float32], which: npt.NDArray[np.bool_]
    ) -> None:
        """Change jets in place: `which`, shape (jets, 3), says of each symmetry whether to apply it."""
        eta, phi, charge = which.T
        for columns, here in ((self._eta, eta), (self._phi, phi)):
            inputs[:, :, columns] *= np.where(here, -1, 1).astype(np.float32)[:, None, None]
        inputs[charge] = inputs[charge][:, :, self._charges]
        target[charge] = target[charge][:, self._classes]
