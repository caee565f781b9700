"""How many requests a server gets at a time."""

from __future__ import annotations

import asyncio
from collections import deque

from .connection import TritonError

SMALLEST = 1.0
GROWTH = 0.1
"""What each answer adds to the size, divided by the size: it grows by one in ten rounds."""


class Window:
    """Lets as many requests through as the server has room for, which is found out by those that it refuses.

    A server whose queue is full is not helped by clients that ask again and again: Triton 2.51 then answers a fifth of
    what it can. So after a refusal no more requests are let through than it had accepted, and only slowly more again,
    as TCP does it (V. Jacobson, *Congestion avoidance and control*, 1988). Without a refusal there is no limit.
    """

    def __init__(self) -> None:
        self.size = float("inf")
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self, limit: float) -> None:
        """Wait for a place, at most `limit` seconds; it must be given back by `leave`.

        Raises
        ------
        TritonError
            There was none in time.
        """
        if not self._waiting and self._inside + 1 <= self.size:
            self._inside += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(limit):
                await place  # whoever makes it ready has counted it as inside
        except BaseException as error:
            if place.done() and not place.cancelled():
                self.leave()
            elif place in self._waiting:
                self._waiting.remove(place)
            if isinstance(error, TimeoutError):
                raise TritonError("RESOURCE_EXHAUSTED", f"too much to do for the server for {limit:.3g} s") from None
            raise

    def leave(self) -> None:
        """Give the place back."""
        self._inside -= 1
        self._admit()

    def answered(self) -> None:
        """The server had room for a request."""
        self.size += GROWTH / self.size

    def refused(self) -> None:
        """It had none for one that is still inside."""
        self.size = max(SMALLEST, min(self.size, self._inside - 1))

    def reset(self) -> None:
        """It may be another server now."""
        self.size = float("inf")
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._inside + 1 <= self.size:
            place = self._waiting.popleft()
            if not place.done():
                self._inside += 1
                place.set_result(None)
