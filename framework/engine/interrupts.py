"""Ctrl-C and termination: the first asks the job to finish what is under way, the second ends it at once."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType

from ..services.message_logger import MessageLogger

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGUSR2") if hasattr(signal, name))
_SAME = 0.3  # seconds: timeout(1) and batch systems signal the process and its group, which is one request
_LAST_WORDS = 1.0  # seconds that a message may take when the job is over


class Interrupts:
    """Whether a job has been interrupted.

    Parameters
    ----------
    stop : callable
        Called at the first signal: no further block is to be read. It must not take locks.
    log : MessageLogger
        Where the first signal is told.

    Attributes
    ----------
    received : int
        The first signal; 0 if there was none.
    too_late : bool
        Set once the job is being closed or given up, which no signal is to cut short.
    """

    def __init__(self, stop: Callable[[], None], log: MessageLogger) -> None:
        self.received = 0
        self.too_late = False
        self._stop = stop
        self._log = log
        self._when = 0.0
        self._to_tell: SimpleQueue[int] = SimpleQueue()  # the one queue that a signal handler may use

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Listen to SIGINT, SIGTERM and SIGUSR2 in the ``with`` block; does nothing outside the main thread.

        Handlers that were there before come back afterwards. Inside another such block of the same job it changes
        nothing.
        """
        if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) == self._handle:
            yield
            return
        # messages take locks and write to streams, in the midst of which the main thread may be interrupted
        teller = threading.Thread(target=self._tell, name="interrupts", daemon=True)
        teller.start()
        # a handler that is not Python's own, None, could not be put back
        numbers = [number for number in _SIGNALS if signal.getsignal(number) is not None]
        before = {number: signal.signal(number, self._handle) for number in numbers}
        try:
            yield
        finally:
            self._to_tell.put(0)
            teller.join(_LAST_WORDS)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.too_late:
            return
        if not self.received:
            self.received, self._when = number, time.monotonic()
            self._stop()
            self._to_tell.put(number)
        elif time.monotonic() - self._when > _SAME:
            raise KeyboardInterrupt

    def _tell(self) -> None:
        while number := self._to_tell.get():
            self._log.system(
                "ShutdownSignal",
                f"{signal.Signals(number).name}: an external signal was sent to shutdown the job early.\n"
                "The blocks under way are finished and the output is closed; a second signal stops at once and leaves "
                "no output.",
            )
