"""Servers, their copies of models, and where the requests for a model can go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

import attrs

from .connection import Address, Connection
from .health import ASK_LIMIT, Canary, Circuit, bounded
from .wanted_model import ServedModel, WantedModel
from .window import Window


@attrs.define(eq=False)
class Server:
    """A server of the job.

    Attributes
    ----------
    models : dict or None
        The versions that are ready, by model; None if it could not be asked.
    problem : str
        Why it could not be asked.
    asking : asyncio.Task or None
        The first question for its models, while that is under way.
    alive : callable or None
        For a server that the job has started itself: whether its process runs.
    outstanding : int
        Requests under way.
    requests, failures : int
        All so far.
    """

    address: Address
    connection: Connection
    alive: Callable[[], bool] | None = None
    models: dict[str, list[str]] | None = None
    unready: dict[str, str] = attrs.field(factory=dict)
    problem: str = ""
    asking: asyncio.Task[None] | None = None
    outstanding: int = 0
    requests: int = 0
    failures: int = 0

    @property
    def name(self) -> str:
        return self.address.name

    @property
    def is_fallback(self) -> bool:
        return self.alive is not None

    async def ask(self) -> None:
        """Ask which models it has.

        Raises
        ------
        TritonError
            It does not say.
        """
        statuses = await bounded(self.connection.models(ASK_LIMIT), ASK_LIMIT)
        self.models, self.unready, self.problem = {}, {}, ""
        for status in statuses:
            if status.state == "READY":
                self.models.setdefault(status.name, []).append(status.version)
            elif status.reason:
                self.unready[status.name] = status.reason


@attrs.define(eq=False)
class Replica:
    """A server's copy of a model, of the version that it uses for the job."""

    server: Server
    version: str
    max_batch_size: int
    circuit: Circuit = attrs.field(factory=Circuit)
    window: Window = attrs.field(factory=Window)
    checking: asyncio.Task[None] | None = None

    @property
    def works(self) -> bool:
        return not self.circuit.is_open


@attrs.define(eq=False)
class Route:
    """Where the requests for one wanted model can go.

    Attributes
    ----------
    refused : dict
        By server, why its model of this name is not used.
    smallest_batch : int or None
        The `max_batch_size` that clients know of; no copy with a smaller one joins.
    """

    wanted: WantedModel
    canary: Canary
    replicas: list[Replica] = attrs.field(factory=list)
    refused: dict[str, str] = attrs.field(factory=dict)
    smallest_batch: int | None = None
    _changed: asyncio.Event = attrs.field(factory=asyncio.Event)

    @property
    def works(self) -> bool:
        return any(replica.works for replica in self.replicas)

    def choose(self, preferred: str = "", avoid: Collection[Server] = ()) -> Replica | None:
        """The copy to ask: the preferred server's if it works, else of the one with the fewest requests under way.

        The fallback server shares the job's CPUs, so it comes after all others.
        """
        fit = [replica for replica in self.replicas if replica.works and replica.server not in avoid]
        for replica in fit:
            if replica.server.name == preferred:
                return replica
        key = lambda r: (r.server.is_fallback, r.server.outstanding, r.server.requests)  # noqa: E731
        return min(fit, key=key, default=None)

    def changed(self) -> None:
        """Wake those who wait for a copy to work."""
        event, self._changed = self._changed, asyncio.Event()
        event.set()

    async def wait_for(self, condition: Callable[[], bool], limit: float) -> bool:
        """Wait until a change makes `condition` true, at most `limit` seconds; returns whether it is."""
        try:
            async with asyncio.timeout(limit):
                while not condition():
                    await self._changed.wait()
        except TimeoutError:
            return condition()
        return True

    def served(self, fallback: bool) -> ServedModel:
        """What clients may count on; with a `fallback` server to come, its limit counts as well."""
        model = self.wanted.model
        limits = [replica.max_batch_size for replica in self.replicas] + [model.max_batch_size] * fallback
        if self.smallest_batch is None:
            self.smallest_batch = min(limits, default=model.max_batch_size)
        versions = dict.fromkeys(replica.version for replica in self.replicas)
        names = tuple(replica.server.name for replica in self.replicas)
        return ServedModel(model.name, tuple(versions), self.smallest_batch, names)
