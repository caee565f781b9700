"""Products of runs and luminosity blocks that come in parts from one file after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import awkward as ak
import numpy as np

from ..errors import MismatchedInputFiles
from ..event.branch import BranchDescription
from ..event.store import Array, Indices, LazyProduct, Mask, ProductStore
from .columns import Content, to_content

SUM = "sum"
"""The rule by which parts of a product are added, number by number."""

MERGEABLE_TYPES = frozenset({"edmMergeableCounter", "GenFilterInfo", "nanoaodMergeableCounterTable"})
"""Friendly types whose products are added wherever they are put: those with a ``mergeProduct`` in CMSSW."""

_FIRST = np.zeros(1, dtype=np.int64)


class SummaryStore(ProductStore):
    """The products of one run or luminosity block, which may go on in the next file.

    Parameters
    ----------
    lazy : dict
        Products that the first file has, see `ProductStore`.

    Attributes
    ----------
    release : callable
        Called when nothing more will be read from the file.
    """

    def __init__(self, lazy: dict[BranchDescription, LazyProduct]) -> None:
        super().__init__(1, lazy)
        self.release: Callable[[], Any] = tuple
        self._guard = threading.RLock()  # streams read while the source opens the next file

    def put(self, branch: BranchDescription, where: Indices, array: Array) -> None:
        with self._guard:
            super().put(branch, where, array)

    def presence(self, branch: BranchDescription) -> Mask:
        with self._guard:
            return super().presence(branch)

    def get(self, branch: BranchDescription, where: Indices) -> tuple[Array | None, Mask]:
        with self._guard:
            return super().get(branch, where)

    def settle(self) -> None:
        """Read what has not been read so far, so that the file may be closed."""
        with self._guard:
            for branch in list(self._lazy):
                self._read(branch)
        self.release()

    def join(self, branch: BranchDescription, more: Array, rule: str | None, what: str) -> None:
        """Add what the next file has of a product.

        Raises
        ------
        MismatchedInputFiles
            It can't be added, and is not what there was. `what` says where both come from.
        """
        with self._guard:
            before, _ = self.get(branch, _FIRST)
            if before is not None:
                more = combine(branch, before, more, rule, what)
                del self._pieces[branch]
            self.put(branch, _FIRST, more)


def merge_rule(branch: BranchDescription, merges: Mapping[str, str]) -> str | None:
    """How parts of a product become one: as the file says, or as its type does; None: they must be equal."""
    return merges.get(branch.name) or (SUM if branch.type in MERGEABLE_TYPES else None)


def combine(branch: BranchDescription, first: Array, second: Array, rule: str | None, what: str) -> Array:
    """Make one product of two parts.

    Parameters
    ----------
    first, second : array
        The parts, each with one entry.
    rule : str or None
        `SUM`, or None: they must be equal.
    what : str
        Where they come from, for the message: ``"run 1 in a.root and b.root"``.

    Raises
    ------
    MismatchedInputFiles
        They differ where they must not.
    """
    one, other = (to_content(part, branch.name) for part in (first, second))
    if rule == SUM:
        try:
            return ak.Array(_sum(one, other))
        except ValueError as error:
            raise MismatchedInputFiles(f"The parts of {branch.name} can't be added for {what}: {error}") from None
    if one.form.type != other.form.type or not ak.array_equal(one, other, equal_nan=True):
        raise MismatchedInputFiles(
            f"The product {branch.name} is not the same in the parts of {what}. Only products that can be added "
            f"may differ, such as those of type {', '.join(sorted(MERGEABLE_TYPES))}: read the files in separate jobs, "
            "or drop it with inputCommands."
        )
    return first


def _sum(first: Content, second: Content) -> Content:
    """Add the numbers of two canonical layouts; ValueError if all else is not equal."""
    if first.form.type != second.form.type:
        raise ValueError(f"one is of type {first.form.type}, the other of type {second.form.type}")
    if first.is_numpy:
        return first.copy(data=first.data + second.data)
    if first.is_record:
        contents = [_sum(first.content(name), second.content(name)) for name in first.fields]
        return ak.contents.RecordArray(contents, first._fields, first.length, parameters=first.parameters)
    kept = first.parameter("__array__") == "string" or first.is_unknown
    if kept:
        same = ak.array_equal(first, second)
    elif first.is_option:
        same = np.array_equal(first.index.data, second.index.data)
    else:
        same = first.is_regular or np.array_equal(first.offsets.data, second.offsets.data)
    if not same:
        raise ValueError("only numbers may differ, not texts or lengths of lists")
    return first if kept else first.copy(content=_sum(first.content, second.content))
