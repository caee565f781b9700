"""An asyncio loop in a thread of its own, for code that isn't asynchronous."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE = 5.0  # seconds that cancelled work has to end


class EventLoopThread:
    """Runs coroutines for other threads. The thread starts with the first of them and does not keep the process."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._started: set[asyncio.Task[Any]] = set()
        self.closed = False

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine; after `close`, the future is cancelled already."""
        with self._lock:
            if not self.closed:
                return asyncio.run_coroutine_threadsafe(self._known(work), self._running())
        work.close()
        future: Future[T] = Future()
        future.cancel()
        return future

    def run(self, work: Coroutine[Any, Any, T], limit: float) -> T:
        """Run a coroutine and return its result; after `limit` seconds, or if the caller is interrupted, cancel it.

        Raises
        ------
        TimeoutError
            It took longer.
        """
        future = self.start(work)
        try:
            return future.result(limit)
        except BaseException:
            future.cancel()
            raise

    def close(self, last: Callable[[], Awaitable[None]] | None = None) -> None:
        """Cancel what was started, stop the loop and end the thread; may be called again.

        `last` is called and awaited after that has ended, if the loop ever ran; tasks of others have until then.
        """
        with self._lock:
            self.closed = True
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        with contextlib.suppress(TimeoutError):  # what can't be cancelled does not keep the job
            asyncio.run_coroutine_threadsafe(self._finish(last), loop).result(3 * PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        if not thread.is_alive():
            loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name=self._name, daemon=True)
            self._thread.start()
        return self._loop

    async def _known(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.current_task()
        assert task is not None
        if self.closed:
            work.close()
            raise asyncio.CancelledError
        self._started.add(task)
        try:
            return await work
        finally:
            self._started.discard(task)

    async def _finish(self, last: Callable[[], Awaitable[None]] | None) -> None:
        await _cancel(self._started)
        try:
            if last is not None:
                await asyncio.wait_for(last(), PATIENCE)
        finally:
            await _cancel(asyncio.all_tasks() - {asyncio.current_task()})


async def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=PATIENCE)
