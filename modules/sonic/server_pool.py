"""The servers, which models each of them has, and which are fit to be asked."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Collection, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

import attrs

from .connection import Address, Connection
from .errors import TritonError
from .health import CANARY_LIMIT, FIRST_LIMIT, Canary, Circuit, bounded, is_busy, is_dead_stub
from .retry import pauses
from .versioning import compare, used_version
from .wanted_model import ModelKey, ServedModel, WantedModel
from .window import Window

if TYPE_CHECKING:
    from pyrun.framework.services.message_logger import MessageLogger

ASK_LIMIT = 5.0  # seconds for a server to list its models, or to describe one
RELOAD_LIMIT = 60.0  # seconds for a server to load a model again


@attrs.define(eq=False)
class Server:
    """A server of the job.

    Attributes
    ----------
    models : dict or None
        The versions that are ready, by model; None if it could not be asked.
    problem : str
        Why it could not be asked.
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


class ServerPool:
    """All servers of the job, and what is found out about them. Lives in one event loop.

    Parameters
    ----------
    log : MessageLogger
        Told of servers that are lost and found.
    """

    def __init__(self, log: MessageLogger) -> None:
        self.servers: dict[str, Server] = {}
        self.routes: dict[ModelKey, Route] = {}
        self._log = log
        self._tasks: set[asyncio.Task[Any]] = set()

    async def add(self, address: Address, alive: Callable[[], bool] | None = None) -> Server:
        """Connect to a server and ask for its models; if it does not answer, go on trying in the background."""
        server = Server(address, Connection(address), alive)
        self.servers[server.name] = server
        try:
            await server.ask()
        except TritonError as error:
            server.problem = str(error)
            self._log.warning("TritonServer", f"The server {address} is not used, as it does not answer: {error}")
            self._background(self._find(server))
        else:
            for route in self.routes.values():
                await self.attach(route, server)
        return server

    async def route(self, wanted: WantedModel) -> Route:
        """Where a model's requests can go; the servers are examined when it is first asked for."""
        if wanted.key not in self.routes:
            route = self.routes[wanted.key] = Route(wanted, Canary(wanted))
            await asyncio.gather(*(self.attach(route, server) for server in list(self.servers.values())))
        return self.routes[wanted.key]

    async def attach(self, route: Route, server: Server) -> None:
        """Use a server's copy of a model if it is the right one; whether it works is found out first."""
        name = route.wanted.model.name
        if server.models is None or any(replica.server is server for replica in route.replicas):
            return
        if name not in server.models:
            if name in server.unready:
                route.refused[server.name] = f"it could not load the model: {server.unready[name]}"
            return
        try:
            replica = await self._examine(route, server)
        except TritonError as error:
            route.refused[server.name] = str(error)
            if error.retryable:
                self._background(self._find(server))
        else:
            if self.servers.get(server.name) is not server:
                return  # it has ended meanwhile
            if replica is not None:
                route.refused.pop(server.name, None)
                route.replicas.append(replica)
                route.replicas.sort(key=lambda one: list(self.servers).index(one.server.name))
                await self._check(route, replica, FIRST_LIMIT)
                route.changed()
                return
        self._log.warning(
            "TritonServer",
            f"The server {server.address} is not used for the model {name!r}: {route.refused[server.name]}",
        )

    async def _examine(self, route: Route, server: Server) -> Replica | None:
        """Whether a server has the right model; if not, `refused` tells why."""
        wanted, name = route.wanted, route.wanted.model.name
        verdict = used_version(wanted, (server.models or {}).get(name, []))
        if verdict.problem:
            route.refused[server.name] = verdict.problem
            return None
        config = await bounded(server.connection.config(name, verdict.version), ASK_LIMIT)
        verdict = compare(wanted, verdict.version, config)
        problem = verdict.problem
        if route.smallest_batch is not None and config.max_batch_size < route.smallest_batch:
            problem = problem or f"its max_batch_size is {config.max_batch_size}, less than {route.smallest_batch}"
        if problem:
            route.refused[server.name] = problem
            return None
        if verdict.doubt:
            self._log.warning("ModelVersioning", f"The model {wanted} of the server {server.address}: {verdict.doubt}")
        return Replica(server, verdict.version, config.max_batch_size)

    def failed(self, route: Route, replica: Replica, error: TritonError, limit: float) -> None:
        """A request to a copy has failed: count it, and see whether the copy works at all, by a test inference.

        That may take no longer than the request, `limit`, was allowed to.
        """
        replica.server.failures += 1
        if is_busy(error) or not replica.works:
            return
        if error.status == "NOT_FOUND" or is_dead_stub(error):
            replica.circuit.open(str(error))
        else:
            replica.circuit.failed(str(error))
        if replica.works and replica.checking is None:
            replica.checking = self._background(self._check(route, replica, min(limit, CANARY_LIMIT)))
        elif not replica.works:
            self._lost(route, replica, error)

    def disconnected(self, server: Server) -> None:
        """The connection to a server was lost: it may be another one that answers there now, so look again."""
        for route in self.routes.values():
            for replica in route.replicas:
                if replica.server is server and replica.works:
                    replica.circuit.open("the connection was lost")
                    self._lost(route, replica)

    async def settled(self, route: Route, replica: Replica, limit: float) -> None:
        """Wait for the test inference that follows a failure, if one is under way and it isn't clear without it."""
        await route.wait_for(lambda: replica.checking is None or not replica.works, limit)

    async def close(self) -> None:
        """Stop looking at servers and close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(server.connection.close() for server in self.servers.values()), return_exceptions=True)

    def remove(self, server: Server) -> None:
        """Forget a server that the job has started and that is gone."""
        if self.servers.get(server.name) is not server:
            return
        del self.servers[server.name]
        for route in self.routes.values():
            route.replicas = [replica for replica in route.replicas if replica.server is not server]
        self._background(server.connection.close())

    def describe(self, route: Route) -> Iterator[str]:
        """One line for each server: what it can do for a model."""
        replicas = {replica.server.name: replica for replica in route.replicas}
        for name, server in self.servers.items():
            if name in replicas:
                text = str(replicas[name].circuit)
            elif server.models is None:
                text = f"does not answer: {server.problem}"
            else:
                text = route.refused.get(name) or f"has {', '.join(sorted(server.models)) or 'no models'}"
            yield f"{server.address}: {text}"

    async def _check(self, route: Route, replica: Replica, limit: float) -> None:
        """Make a test inference; if it fails, nothing more is sent there until one succeeds."""
        try:
            error = await route.canary.error(replica.server.connection, replica.version, limit)
        finally:
            replica.checking = None
            route.changed()
        if error is not None and replica.works:
            replica.circuit.open(f"a test inference failed: {error}")
            self._lost(route, replica, error)

    def _lost(self, route: Route, replica: Replica, error: TritonError | None = None) -> None:
        self._log.warning(
            "TritonServer",
            f"The server {replica.server.address} gets no requests for {route.wanted} until it works again: "
            f"{replica.circuit.reason}",
        )
        route.changed()
        self._background(self._recover(route, replica, error))

    async def _recover(self, route: Route, replica: Replica, error: TritonError | None) -> None:
        """Test a lost copy again and again until it works."""
        server, where = replica.server, f"The server {replica.server.address}"
        for pause in itertools.chain([0.0], pauses()):
            if server.alive is not None and not server.alive():
                self._log.warning("TritonServer", f"{where} has ended by itself")
                self.remove(server)
                return
            if error is not None and is_dead_stub(error):
                await self._reload(route, server)
            await asyncio.sleep(pause)
            try:
                error = await self._try_again(route, replica)
            except TritonError as failure:
                error = failure
            if error is None:
                break
            replica.circuit.reason = str(error)
        replica.circuit.close()
        replica.window.reset()
        self._log.warning("TritonServer", f"{where} works again for {route.wanted}")
        route.changed()

    async def _try_again(self, route: Route, replica: Replica) -> TritonError | None:
        """Test a lost copy; the server may have been started again with something else."""
        await replica.server.ask()
        examined = await self._examine(route, replica.server)
        if examined is None:
            return TritonError("NOT_FOUND", route.refused[replica.server.name])
        replica.version, replica.max_batch_size = examined.version, examined.max_batch_size
        return await route.canary.error(replica.server.connection, replica.version)

    async def _reload(self, route: Route, server: Server) -> None:
        """Have a model loaded again whose process has died; many servers don't take such orders."""
        name = route.wanted.model.name
        try:
            await bounded(server.connection.reload(name, RELOAD_LIMIT), RELOAD_LIMIT)
        except TritonError as error:
            self._log.info("TritonServer", f"The server {server.address} did not load {name!r} again: {error}")
        else:
            self._log.warning("TritonServer", f"The server {server.address} was told to load {name!r} again")

    async def _find(self, server: Server) -> None:
        """Ask a server that did not answer until it does."""
        for pause in pauses():
            await asyncio.sleep(pause)
            try:
                await server.ask()
                break
            except TritonError as error:
                server.problem = str(error)
        self._log.warning("TritonServer", f"The server {server.address} answers now")
        for route in self.routes.values():
            await self.attach(route, server)

    def _background(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._log.error("TritonServer", f"Watching the servers failed: {task.exception()!r}")
