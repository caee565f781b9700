"""The products of one block of events, each of which may exist for part of the block."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from ..errors import InsertFailure
from .branch import BranchDescription

Array = Any  # an awkward or numpy array whose first axis is events
Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]
LazyProduct = Callable[[], tuple[Array, Mask | None]]


@attrs.define
class _Pieces:
    """What has been put of one product.

    Attributes
    ----------
    present : numpy.ndarray of bool
        The events that have it.
    missing : int
        How many events of the block have it not.
    parts : list
        Arrays and the positions in the block they belong to.
    spread : numpy.ndarray or None
        Instead of parts, one entry per event of the block: quicker where numbers come in many pieces.
    """

    present: Mask
    missing: int
    parts: list[tuple[Indices, Array]] = attrs.Factory(list)
    spread: npt.NDArray[Any] | None = None

    def put(self, where: Indices, array: Array) -> None:
        if type(array) is np.ndarray and array.ndim == 1 and not self.parts and len(where) < len(self.present):
            if self.spread is None:
                self.spread = np.zeros(len(self.present), array.dtype)
            elif self.spread.dtype != array.dtype:
                self.spread = self.spread.astype(np.result_type(self.spread, array))
            self.spread[where] = array
        else:
            if self.spread is not None:
                self.parts, self.spread = [self.merge()], None
            self.parts.append((where, array))
        self.present[where] = True
        self.missing -= len(where)

    def merge(self) -> tuple[Indices, Array]:
        """Make one piece of all, in order of the block's events."""
        if self.spread is not None:
            held = np.flatnonzero(self.present)
            return held, self.spread[held]
        if len(self.parts) > 1:
            where = np.concatenate([part for part, _ in self.parts])
            order = np.argsort(where, kind="stable")
            array = concatenate([array for _, array in self.parts])
            self.parts = [(where[order], array[order])]
        return self.parts[0]

    def take(self, where: Indices) -> Array:
        """The entries of the events at positions `where`, which all have the product."""
        if self.spread is not None:
            return self.spread if len(where) == len(self.present) else self.spread[where]
        held, array = self.merge()
        if not self.missing:  # positions are the events' own
            return array if len(where) == len(self.present) else array[where]
        return array if len(where) == len(held) else array[np.searchsorted(held, where)]


def concatenate(arrays: list[Array]) -> Array:
    """Join arrays along events; numpy arrays stay numpy arrays."""
    if len(arrays) == 1:
        return arrays[0]
    if all(isinstance(array, np.ndarray) for array in arrays):
        return np.concatenate(arrays)
    import awkward as ak

    return ak.concatenate(arrays)


class ProductStore:
    """All products of one block, or of a run or luminosity block, which streams may read at the same time.

    Parameters
    ----------
    size : int
        Number of events in the block, N.
    lazy : dict, optional
        Products that a source can read when they are first asked for: a function that returns the array for the
        whole block and a mask of the events that have the product (None: all of them). See also `put_lazy`.
    """

    def __init__(self, size: int, lazy: dict[BranchDescription, LazyProduct] | None = None) -> None:
        self.size = size
        self._lazy = dict(lazy or {})
        self._pieces: dict[BranchDescription, _Pieces] = {}
        self._reading = threading.RLock()

    def watch_reads(self, watch: Callable[[BranchDescription, LazyProduct], LazyProduct]) -> None:
        """Replace each function that reads a product by what `watch` makes of it, for services that measure reading."""
        self._lazy = {branch: watch(branch, read) for branch, read in self._lazy.items()}

    def put(self, branch: BranchDescription, where: Indices, array: Array) -> None:
        """Add the product for the events at positions `where` (sorted), one entry of `array` each."""
        pieces = self._pieces.get(branch)
        if pieces is None:
            pieces = self._pieces[branch] = _Pieces(np.zeros(self.size, dtype=np.bool_), self.size)
        elif np.count_nonzero(pieces.present[where]):
            raise InsertFailure(f"The product {branch.name} is put a second time for the same event")
        pieces.put(where, array)

    def put_lazy(self, branch: BranchDescription, make: LazyProduct) -> None:
        """Add a product that is made when it is first asked for, in place of one that has not been read yet."""
        if branch in self._pieces:
            raise InsertFailure(f"The product {branch.name} is put a second time for the same event")
        self._lazy[branch] = make

    def presence(self, branch: BranchDescription) -> Mask:
        """For each event of the block, whether it has the product."""
        self._read(branch)
        if branch not in self._pieces:
            return np.zeros(self.size, dtype=np.bool_)
        return self._pieces[branch].present.copy()

    def get(self, branch: BranchDescription, where: Indices) -> tuple[Array | None, Mask]:
        """The product for the events at positions `where`.

        Returns
        -------
        array
            One entry for each event of `where` that has the product, in order; None if none has it.
        present : numpy.ndarray of bool
            Which of `where` have it.
        """
        array = self.get_all(branch, where)
        if array is not None:
            return array, np.ones(len(where), dtype=np.bool_)
        pieces = self._pieces.get(branch)
        if pieces is None:
            return None, np.zeros(len(where), dtype=np.bool_)
        present = pieces.present[where]
        return (self.get_all(branch, where[present]) if present.any() else None), present

    def get_all(self, branch: BranchDescription, where: Indices) -> Array | None:
        """The product for the events at positions `where`, one entry each; None if one of them has it not."""
        if self._lazy:
            self._read(branch)
        pieces = self._pieces.get(branch)
        if pieces is None or (pieces.missing and np.count_nonzero(pieces.present[where]) < len(where)):
            return None
        return pieces.take(where)

    def _read(self, branch: BranchDescription) -> None:
        if branch not in self._lazy:
            return
        with self._reading:
            read = self._lazy.get(branch)
            if read is None:  # another stream has read it meanwhile
                return
            array, present = read()
            where = np.arange(self.size) if present is None else np.flatnonzero(present)
            if len(where) != self.size:
                array = array[where]
            if len(where):
                self.put(branch, where, array)
            del self._lazy[branch]  # last: what can't be read, or isn't yet, is not the same as what isn't there
