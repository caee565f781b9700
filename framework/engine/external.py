"""Work done outside the job's threads, and the threads' right to a CPU meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from ..errors import LogicError

_Result = TypeVar("_Result")

PATIENCE = 5.0  # seconds that the end of a job waits for external work that it has cancelled


class CPUTokens:
    """At most N streams compute at a time; one that waits for something lends its token to another.

    A token goes to the stream with the oldest block that could compute. So a block overtakes an older one only while
    that waits for something: blocks are done, and written beside the computing, as they come, and not many at the end.

    Parameters
    ----------
    number : int
        numberOfThreads of the process.
    """

    def __init__(self, number: int) -> None:
        self._number = self._free = number
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, int, threading.Event]] = []  # a heap; free ones are there only if it is empty
        self._arrivals = itertools.count()
        self._of_thread = threading.local()

    @contextmanager
    def held(self, block: int = -1) -> Iterator[None]:
        """Compute on a block with this index, or for all of them: wait for a token first."""
        self._of_thread.block = block
        self._take()
        try:
            yield
        finally:
            self._give()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Wait for something: give the token back meanwhile."""
        self._give()
        try:
            yield
        finally:
            self._take()

    @property
    def helpers(self) -> Callable[[], Executor] | None:
        """Makes an executor whose threads hold a token for each task; None if there is but one token."""
        return None if self._number == 1 else lambda: _Helpers(self, self._number)

    def _take(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            mine = threading.Event()
            heapq.heappush(self._waiting, (getattr(self._of_thread, "block", -1), next(self._arrivals), mine))
        mine.wait()

    def _give(self) -> None:
        with self._lock:
            if self._waiting:
                heapq.heappop(self._waiting)[-1].set()
            else:
                self._free += 1


class _Helpers(ThreadPoolExecutor):
    """Threads that take a token, before any stream, for each task."""

    def __init__(self, tokens: CPUTokens, number: int) -> None:
        super().__init__(number, "helper")
        self._tokens = tokens

    def submit(self, function: Callable[..., _Result], /, *arguments: Any, **named: Any) -> Future[_Result]:
        return super().submit(self._with_token, function, *arguments, **named)

    def _with_token(self, function: Callable[..., _Result], *arguments: Any, **named: Any) -> _Result:
        with self._tokens.held():
            return function(*arguments, **named)


class ExternalWork:
    """Starts what ``acquire`` returns and waits for its result.

    ``acquire`` may return a `concurrent.futures.Future` or anything awaitable; coroutines run in one event loop that
    all streams share and that starts with the first of them.
    """

    def __init__(self, tokens: CPUTokens) -> None:
        self.tokens = tokens
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, promise: Any, module: str) -> Future[Any]:
        """Start the work, if it isn't yet."""
        if isinstance(promise, Future):
            return promise
        if not isinstance(promise, Awaitable):
            raise LogicError(
                f"acquire() of {module} must return a Future or an awaitable, not {type(promise).__name__}: "
                "write `async def` or return executor.submit(...)"
            )
        return asyncio.run_coroutine_threadsafe(_coroutine(promise), self._running_loop())

    def result(self, promise: Future[Any]) -> Any:
        """Wait for the result; an exception of the work is raised here."""
        if promise.done():
            return promise.result()
        with self.tokens.lent():
            return promise.result()

    def close(self) -> None:
        """Cancel what is still under way, and stop the event loop, if it runs."""
        if self._loop is None:
            return
        loop, thread, self._loop = self._loop, self._thread, None
        ending = asyncio.run_coroutine_threadsafe(_cancel_all(), loop)
        with contextlib.suppress(TimeoutError):  # a coroutine that can't be cancelled does not keep the job
            ending.result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        if not thread.is_alive():
            loop.close()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="external-work", daemon=True)
                self._thread.start()
            return self._loop


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _coroutine(awaitable: Awaitable[Any]) -> Coroutine[Any, Any, Any]:
    if isinstance(awaitable, Coroutine):
        return awaitable

    async def wait() -> Any:
        return await awaitable

    return wait()
