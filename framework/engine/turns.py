"""Modules of kind one: each sees the blocks in the order of the input."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Collection

from .external import CPUTokens


class Abandoned(BaseException):
    """An earlier block failed: what this block does is of no use."""


class Turns:
    """Lets a module of kind ``one`` run on a block once it has run on all blocks before it.

    A module is done with a block as soon as no path of the block can come to it any more, so that the streams' other
    modules are not held up.

    Parameters
    ----------
    tokens : CPUTokens
        Lent while a stream waits.
    """

    def __init__(self, tokens: CPUTokens) -> None:
        self._tokens = tokens
        self._abandoned = False
        self._oldest = 0  # all blocks before this one are finished
        self._finished: set[int] = set()
        self._passed: defaultdict[str, set[int]] = defaultdict(set)
        self._changed = threading.Condition()

    def wait(self, label: str, index: int) -> None:
        """Wait for the turn of block `index`; the caller holds a CPU token.

        Raises
        ------
        Abandoned
            The job has failed.
        """
        if not self._has_come(label, index):
            with self._tokens.lent(), self._changed:
                self._changed.wait_for(lambda: self._abandoned or self._has_come(label, index))
        if self._abandoned:
            raise Abandoned

    def passed(self, label: str, index: int) -> None:
        """The module will not run on block `index` any more."""
        with self._changed:
            if index >= self._oldest:
                self._passed[label].add(index)
            self._changed.notify_all()

    def finished(self, index: int) -> None:
        """No module will run on block `index` any more."""
        with self._changed:
            self._finished.add(index)
            while self._oldest in self._finished:
                self._finished.remove(self._oldest)
                for blocks in self._passed.values():
                    blocks.discard(self._oldest)
                self._oldest += 1
            self._changed.notify_all()

    def abandon(self) -> None:
        """The job has failed."""
        with self._changed:
            self._abandoned = True
            self._changed.notify_all()

    def _has_come(self, label: str, index: int) -> bool:
        passed: Collection[int] = self._passed.get(label, ())  # no new entry: the lock may not be held
        return all(block in passed or block in self._finished for block in range(self._oldest, index))
