"""The order of the input: who may go on when, and finished blocks handed on one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .failure import Failure
from .stream import BlockRun
from .turns import Abandoned, Turns

__all__ = ["Abandoned", "Commits", "Turns"]

_GRACE = 5.0  # seconds that writing a block may still take when the job is given up


class Commits:
    """Hands finished blocks on in order, whichever stream finishes first.

    Parameters
    ----------
    write : callable
        Called with each finished block, in order, by one thread at a time, while other streams go on.
    turns : Turns
        Is told of blocks that are done.
    most_waiting : int
        How many blocks may run ahead of the oldest unfinished one.

    Attributes
    ----------
    failure : Failure or None
        Why the job ends early.
    stopping : bool
        No further block is to be read; those under way are finished.
    """

    def __init__(self, write: Callable[[BlockRun], None], turns: Turns, most_waiting: int) -> None:
        self.failure: Failure | None = None
        self.stopping = False
        self._write = write
        self._turns = turns
        self._most_waiting = most_waiting
        self._next = 0
        self._finished: dict[int, BlockRun] = {}
        self._writing = False
        self._changed = threading.Condition()

    @property
    def failed(self) -> bool:
        """Whether the job has failed, so that what streams do is of no use."""
        return self.failure is not None

    @property
    def stopped(self) -> bool:
        """Whether no further block is wanted."""
        return self.failed or self.stopping

    def wait_for_room(self, index: int) -> None:
        """Wait until block `index` would not run too far ahead."""
        with self._changed:
            self._changed.wait_for(lambda: self.stopped or index - self._next < self._most_waiting)

    def wait_until_done(self, index: int) -> None:
        """Wait until all blocks before `index` are written.

        Raises
        ------
        Abandoned
            The job has failed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.failed or self._next >= index)
        if self.failed:
            raise Abandoned

    def hand_in(self, index: int, run: BlockRun) -> None:
        """Take a finished block; write it and those that waited for it, unless another thread is at it."""
        self._turns.finished(index)
        with self._changed:
            self._finished[index] = run
            if self._writing:
                return
            self._writing = True
        while (done := self._pop()) is not None:
            failure: Failure | None = None
            try:
                self._write(done)
            except Exception as error:
                failure = Failure.of(error, "Calling method for the output modules of the process")
            with self._changed:
                self._next += 1
                self._fail(failure or done.failure)

    def _pop(self) -> BlockRun | None:
        """The block to be written next, if it is there; else this thread stops writing."""
        with self._changed:
            done = None if self.failed else self._finished.pop(self._next, None)
            self._writing = done is not None
            if self.failed:
                self._changed.notify_all()  # who gives up waits for it
            return done

    def fail(self, failure: Failure) -> None:
        """End the job for a reason outside any block."""
        with self._changed:
            self._fail(failure)

    def give_up(self, failure: Failure) -> None:
        """End the job at once; what is being written by another thread is over afterwards."""
        with self._changed:
            self._fail(failure)
            self._changed.wait_for(lambda: not self._writing, timeout=_GRACE)

    def stop(self) -> None:
        """Let the blocks under way be finished, and no other be read. Signal handlers may call it."""
        self.stopping = True  # without the lock, which the interrupted thread may hold; waiting streams have blocks

    def _fail(self, failure: Failure | None) -> None:
        self.failure = self.failure or failure
        if self.failure is not None:
            self._turns.abandon()
        self._changed.notify_all()
