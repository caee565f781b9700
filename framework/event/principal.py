"""Runs and luminosity blocks, and their products."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from .branch import BranchDescription
from .store import LazyProduct, ProductStore


@attrs.define(eq=False)
class Principal:
    """A run or a luminosity block.

    Attributes
    ----------
    run, lumi : int
        Its numbers; `lumi` is 0 for a run.
    products : ProductStore
        Its products, each an array with one entry.
    parent : Principal or None
        The run of a luminosity block.
    """

    run: int
    lumi: int
    products: ProductStore
    parent: Principal | None = None

    @classmethod
    def of_run(cls, run: int, lazy: dict[BranchDescription, LazyProduct] | None = None) -> Principal:
        """A run with the products that a source can read."""
        return cls(run, 0, ProductStore(1, lazy))

    @classmethod
    def of_lumi(
        cls, parent: Principal, lumi: int, lazy: dict[BranchDescription, LazyProduct] | None = None
    ) -> Principal:
        """A luminosity block of the run `parent`."""
        return cls(parent.run, lumi, ProductStore(1, lazy), parent)

    def __str__(self) -> str:
        return f"run: {self.run}" + (f" lumi: {self.lumi}" if self.parent else "")


def one_entry(value: Any) -> Any:
    """An array with `value` as its only entry: a number, text, list, dict, or an awkward or numpy object."""
    if isinstance(value, np.ndarray):
        return value[np.newaxis]
    if isinstance(value, (bool, int, float, np.generic)):
        return np.asarray([value])
    import awkward as ak

    if isinstance(value, ak.Array):
        return value[np.newaxis]
    return ak.Array([value])
