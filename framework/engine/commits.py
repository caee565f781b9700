"""Finished blocks, put back into the order of the input."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .external import CPUTokens
from .failure import Failure
from .stream import BlockRun


class Abandoned(BaseException):
    """An earlier block failed: what this block does is of no use."""


class Commits:
    """Hands finished blocks on in order, whichever stream finishes first.

    Parameters
    ----------
    write : callable
        Called with each finished block, in order, by one thread at a time.
    tokens : CPUTokens
        Lent while a stream waits for its turn.
    most_waiting : int
        How many blocks may run ahead of the oldest unfinished one.
    """

    def __init__(self, write: Callable[[BlockRun], None], tokens: CPUTokens, most_waiting: int) -> None:
        self.failure: Failure | None = None
        self._write = write
        self._tokens = tokens
        self._most_waiting = most_waiting
        self._next = 0
        self._finished: dict[int, BlockRun] = {}
        self._changed = threading.Condition()

    @property
    def stopped(self) -> bool:
        """Whether the job has failed, so that no further block need be read."""
        return self.failure is not None

    def wait_for_room(self, index: int) -> None:
        """Wait until block `index` would not run too far ahead."""
        with self._changed:
            self._changed.wait_for(lambda: self.stopped or index - self._next < self._most_waiting)

    def wait_for_turn(self, index: int) -> None:
        """Wait until all blocks before `index` are finished; the caller holds a CPU token."""
        if self._next < index and not self.stopped:
            with self._tokens.lent(), self._changed:
                self._changed.wait_for(lambda: self.stopped or self._next == index)
        if self.stopped:
            raise Abandoned

    def hand_in(self, index: int, run: BlockRun) -> None:
        """Take a finished block; write it and those that waited for it."""
        with self._changed:
            self._finished[index] = run
            while not self.stopped and self._next in self._finished:
                done = self._finished.pop(self._next)
                try:
                    self._write(done)
                except Exception as error:
                    self.failure = Failure.of(error, "Calling method for the output modules of the process")
                if self.failure is None:
                    self.failure = done.failure
                self._next += 1
            self._changed.notify_all()

    def fail(self, failure: Failure) -> None:
        """End the job for a reason outside any block."""
        with self._changed:
            self.failure = self.failure or failure
            self._changed.notify_all()
