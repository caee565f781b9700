"""One inference, from server to server, until it is answered or may not be tried again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import attrs

from pyrun.framework.errors import CMSException, ExternalFailure

from .connection import InferRequest
from .errors import TritonError
from .health import is_busy
from .retry import (
    LONGEST_BUSY_PAUSE,
    RetryAction,
    RetryActionDiffServer,
    RetryFallbackServerAction,
    RetrySameServerAction,
    RetryWorkingServerAction,
    pauses,
    steps,
)
from .routes import Replica, Route, Server
from .server_pool import ServerPool

if TYPE_CHECKING:
    import numpy as np

    from pyrun.framework.services.message_logger import MessageLogger

    from .wanted_model import WantedModel

ELSEWHERE = ("NOT_FOUND", "UNAUTHENTICATED", "PERMISSION_DENIED")
"""Statuses that say that a server is unfit, while another may do; other errors that aren't retryable end the call."""


GRACE = 0.5  # seconds in which a server may work again before the fallback server is started


@attrs.frozen
class Try:
    """One try of a call: where it went, what came of it, after how many seconds."""

    server: str
    outcome: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.server}: {self.outcome}, after {self.seconds:.2f} s"


class CallFailed(Exception):
    """A try that came to nothing before it reached a server."""


@attrs.define(eq=False)
class Call:
    """A request on its way.

    Attributes
    ----------
    retries : sequence of RetryAction
        What to do after failures.
    timeout : float
        Seconds that each try may take, waiting for a server included; all together may take this times their number.
    start_fallback : callable or None
        Starts the fallback server with the model if it isn't running; None if there is to be none.
    fallback_limit : float
        Seconds that starting it may take in addition.
    """

    pool: ServerPool
    route: Route
    wanted: WantedModel
    request: InferRequest
    retries: Sequence[RetryAction]
    timeout: float
    log: MessageLogger
    start_fallback: Callable[[Route], Awaitable[None]] | None = None
    fallback_limit: float = 0.0
    tries: list[Try] = attrs.field(factory=list)
    _failed: list[Server] = attrs.field(factory=list)
    _end: float = 0.0  # of the try that is being made

    async def run(self) -> dict[str, np.ndarray]:
        """Send the request; returns the outputs by name.

        Raises
        ------
        ExternalFailure
            All tries failed, or one in a way that another can't mend.
        """
        began = time.monotonic()
        enabled = self.start_fallback is not None
        listed = steps(self.retries, max(len(self.route.replicas) - 1, 0), enabled)
        limit = self.timeout * (1 + len(listed)) + (self.fallback_limit if enabled else 0) + 1.0
        verdict = ""
        try:
            async with asyncio.timeout(limit):
                for action in (None, *listed):
                    outputs, final = await self._try(action)
                    if outputs is not None:
                        return outputs
                    if final:
                        break
        except TimeoutError:
            verdict = f"; its limit of {limit:g} s in all is reached"
        raise self._failure(time.monotonic() - began, verdict)

    async def _try(self, action: RetryAction | None) -> tuple[dict[str, np.ndarray] | None, bool]:
        """One try: the outputs or None, and whether it makes no sense to go on."""
        began = time.monotonic()
        self._end = began + self.timeout
        replica: Replica | None = None
        try:
            replica = await self._replica(action)
            if replica is None:
                return None, False
            return await self._ask(replica), False
        except TritonError as error:
            assert replica is not None
            news = replica.works  # that many requests to a lost server fail is none
            self.pool.failed(self.route, replica, error, self.timeout)
            self._failed.append(replica.server)
            self._note(str(replica.server.address), str(error), began, news)
            return None, not error.retryable and error.status not in ELSEWHERE
        except CallFailed as failure:
            self._note("no server", str(failure), began, news=True)
            return None, False

    @property
    def _left(self) -> float:
        """Seconds of the try."""
        return max(self._end - time.monotonic(), 0.001)

    async def _ask(self, replica: Replica) -> dict[str, np.ndarray]:
        """Send the request to one server; while that has too much to do, wait and send it again."""
        server = replica.server
        # The version that was examined: a server that loads a newer one meanwhile does not change the job's results.
        request = attrs.evolve(self.request, version=replica.version)
        server.outstanding += 1
        server.requests += 1
        try:
            for pause in pauses(LONGEST_BUSY_PAUSE):
                await replica.window.enter(self._left)
                try:
                    outputs = await server.connection.infer(request, self._left)
                    replica.circuit.succeeded()
                    replica.window.answered()
                    return outputs
                except TritonError as error:
                    if is_busy(error):
                        replica.window.refused()
                    if not is_busy(error) or pause >= self._left:
                        raise
                finally:
                    replica.window.leave()
                await asyncio.sleep(pause)
        finally:
            server.outstanding -= 1
        raise AssertionError("pauses() never ends")

    async def _replica(self, action: RetryAction | None) -> Replica | None:
        """Where to send the next try; None if an action has nothing to offer.

        Raises
        ------
        CallFailed
            There is no server, for as long as a try may take.
        """
        route = self.route
        if action is None:
            return await self._any()
        if isinstance(action, RetryFallbackServerAction):
            await self._start_fallback()
            return next((r for r in route.replicas if r.server.is_fallback and self._usable(r)), None)
        if not isinstance(action, RetrySameServerAction):
            other = self._choose(avoid=self._failed)
            if other is not None or isinstance(action, RetryActionDiffServer):
                return other
        await self._pause()
        if isinstance(action, RetryWorkingServerAction):
            return self._choose()
        return await (self._same() if isinstance(action, RetrySameServerAction) else self._any())

    def _choose(self, avoid: Sequence[Server] = ()) -> Replica | None:
        """The best server that works, as far as is known."""
        while True:
            replica = self.route.choose(self.wanted.preferred, avoid)
            if replica is None or self._usable(replica):
                return replica

    def _usable(self, replica: Replica) -> bool:
        """Whether it works and the connection still is the one by which it was examined."""
        if replica.works and not replica.server.connection.connected:
            self.pool.disconnected(replica.server)
        return replica.works

    async def _any(self) -> Replica:
        """The best server; if none works, the fallback server, or the first that works again."""
        route = self.route
        replica = self._choose()
        if replica is None and self.start_fallback is not None:
            await route.wait_for(lambda: route.works, min(GRACE, self._left))  # a connection may be all that is lost
            if not route.works:
                await self._start_fallback()
            replica = self._choose()
        while replica is None and self._left > 0.01:
            await route.wait_for(lambda: route.works, self._left)
            replica = self._choose()
        if replica is None:
            raise CallFailed("none works: " + "; ".join(self.pool.describe(route)))
        return replica

    async def _same(self) -> Replica:
        """The server that failed last; if it is lost, it is waited for, if it is gone, any other will do."""
        route = self.route
        last = next((r for r in route.replicas if self._failed and r.server is self._failed[-1]), None)
        if last is None:
            return await self._any()
        if not await route.wait_for(lambda: self._usable(last), self._left):
            raise CallFailed(f"waited for {last.server.address}: {last.circuit}")
        return last

    async def _pause(self) -> None:
        """After a failure, wait until it is known whether the server works at all, and a little."""
        if not self._failed:
            return
        replica = next((r for r in self.route.replicas if r.server is self._failed[-1]), None)
        if replica is not None:
            await self.pool.settled(self.route, replica, self._left)
        for pause, _ in zip(pauses(), self._failed, strict=False):
            last = pause
        await asyncio.sleep(min(last, self._left))

    async def _start_fallback(self) -> None:
        if self.start_fallback is None:
            return
        began = time.monotonic()
        try:
            await self.start_fallback(self.route)
        except CMSException as error:
            raise CallFailed(error.message) from error
        finally:
            self._end += time.monotonic() - began  # the try itself takes its time from now on

    def _note(self, where: str, outcome: str, began: float, news: bool) -> None:
        """Remember a try that failed, and tell of it."""
        self.tries.append(Try(where, outcome, time.monotonic() - began))
        tell = self.log.warning if news else self.log.info
        tell("TritonFailure", f"Inference of {self.wanted}, try {len(self.tries)}: {self.tries[-1]}")

    def _failure(self, seconds: float, verdict: str) -> ExternalFailure:
        count = max(len(self.tries), 1)
        return ExternalFailure(
            f"SonicCallFailed: the inference of the model {self.wanted} for the module {self.wanted.module!r} failed "
            f"after {count} {'try' if count == 1 else 'tries'} in {seconds:.1f} s{verdict}\n"
            + _numbered(self.tries)
            + "\nThe servers now:\n"
            + "\n".join(f"  {line}" for line in self.pool.describe(self.route))
        )


def _numbered(tries: Iterable[Try]) -> str:
    return "\n".join(f"  {number}. {attempt}" for number, attempt in enumerate(tries, 1))
