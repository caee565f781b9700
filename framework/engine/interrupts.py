"""Ctrl-C and termination: the first asks the job to finish what is under way, the second ends it at once."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGUSR2") if hasattr(signal, name))


class Interrupts:
    """Whether a job has been interrupted.

    Parameters
    ----------
    stop : callable
        Called at the first signal: no further block is to be read.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self.received = 0
        self._stop = stop

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Listen to SIGINT, SIGTERM and SIGUSR2 in the ``with`` block; does nothing outside the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.received:
            raise KeyboardInterrupt
        self.received = number
        self._stop()
        name = signal.Signals(number).name
        sys.stderr.write(
            f"\n%MSG-s ShutdownSignal: {name}: finishing the blocks under way, then closing the output; "
            "a second signal stops at once and leaves no output\n%MSG\n"
        )
