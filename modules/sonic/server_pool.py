"""What is found out about the servers: which models each of them has, and which are fit to be asked."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

from .connection import Address, Connection
from .errors import TritonError
from .health import CANARY_LIMIT, FIRST_LIMIT, Canary, Look, bounded, is_busy, is_dead_stub
from .retry import pauses
from .routes import Replica, Route, Server
from .versioning import compare, used_version
from .wanted_model import ModelKey, WantedModel

if TYPE_CHECKING:
    from pyrun.framework.services.message_logger import MessageLogger

RELOAD_LIMIT = 60.0  # seconds for a server to load a model again


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
        server.asking = self._background(self._ask_first(server))
        attaching = (self.attach(route, server) for route in list(self.routes.values()))
        await asyncio.gather(asyncio.wait([server.asking]), *attaching)
        return server

    async def route(self, wanted: WantedModel) -> Route:
        """Where a model's requests can go; the servers are examined when it is first asked for."""
        if wanted.key not in self.routes:
            route = self.routes[wanted.key] = Route(wanted, Canary(wanted))
            await asyncio.gather(*(self.attach(route, server) for server in list(self.servers.values())))
        return self.routes[wanted.key]

    async def attach(self, route: Route, server: Server) -> None:
        """Use a server's copy of a model if it is the right one; whether it works is found out first.

        While the server is asked for its models, the version that it probably has is looked at: to a server far away,
        questions one after the other would take long.
        """
        name, likely = route.wanted.model.name, route.wanted.likely_version
        look: Look | None = None
        if server.asking is not None:
            look = Look(server.connection, route.canary, likely, FIRST_LIMIT) if likely else None
            await asyncio.wait([server.asking])
        if server.models is None or any(replica.server is server for replica in route.replicas):
            return
        if name not in server.models:
            if name in server.unready:
                route.refused[server.name] = f"it could not load the model: {server.unready[name]}"
            return
        try:
            look = await self._examine(route, server, look, FIRST_LIMIT)
        except TritonError as error:
            route.refused[server.name] = str(error)
            if error.retryable:
                self._background(self._find(server))
        else:
            if self.servers.get(server.name) is not server:
                return  # it has ended meanwhile
            if look is not None:
                route.refused.pop(server.name, None)
                replica = Replica(server, look.version, look.max_batch_size)
                route.replicas.append(replica)
                route.replicas.sort(key=lambda one: list(self.servers).index(one.server.name))
                await self._check(route, replica, look.outcome)
                route.changed()
                return
        self._log.warning(
            "TritonServer",
            f"The server {server.address} is not used for the model {name!r}: {route.refused[server.name]}",
        )

    async def _examine(self, route: Route, server: Server, look: Look | None, limit: float) -> Look | None:
        """Whether a server has the right model; if not, `refused` tells why.

        If `look` is at another version than the server uses, or came too early for it, there is a new one.
        """
        wanted = route.wanted
        verdict = used_version(wanted, (server.models or {}).get(wanted.model.name, []))
        if verdict.problem:
            route.refused[server.name] = verdict.problem
            return None
        if look is not None:
            await asyncio.wait([look.config])
        if look is None or look.version != verdict.version or look.config.exception() is not None:
            look = Look(server.connection, route.canary, verdict.version, limit)
        await look.config
        verdict = compare(wanted, verdict.version, look.config.result())
        problem = verdict.problem
        if route.smallest_batch is not None and look.max_batch_size < route.smallest_batch:
            problem = problem or f"its max_batch_size is {look.max_batch_size}, less than {route.smallest_batch}"
        if problem:
            route.refused[server.name] = problem
            return None
        if verdict.doubt:
            self._log.warning("ModelVersioning", f"The model {wanted} of the server {server.address}: {verdict.doubt}")
        return look

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
            test = route.canary.outcome(replica.server.connection, replica.version, min(limit, CANARY_LIMIT))
            replica.checking = self._background(self._check(route, replica, test))
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
        self._background(server.connection.close(gone=True))

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

    async def _check(self, route: Route, replica: Replica, test: Awaitable[TritonError | None]) -> None:
        """Await a test inference; if it fails, nothing more is sent there until one succeeds."""
        try:
            error = route.canary.judge(await test)
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
        look = await self._examine(route, replica.server, None, CANARY_LIMIT)
        if look is None:
            return TritonError("NOT_FOUND", route.refused[replica.server.name])
        replica.version, replica.max_batch_size = look.version, look.max_batch_size
        return route.canary.judge(await look.outcome)

    async def _reload(self, route: Route, server: Server) -> None:
        """Have a model loaded again whose process has died; many servers don't take such orders."""
        name = route.wanted.model.name
        try:
            await bounded(server.connection.reload(name, RELOAD_LIMIT), RELOAD_LIMIT)
        except TritonError as error:
            self._log.info("TritonServer", f"The server {server.address} did not load {name!r} again: {error}")
        else:
            self._log.warning("TritonServer", f"The server {server.address} was told to load {name!r} again")

    async def _ask_first(self, server: Server) -> None:
        """Ask a new server for its models."""
        try:
            await server.ask()
        except TritonError as error:
            server.problem = str(error)
            text = f"The server {server.address} is not used, as it does not answer: {error}"
            self._log.warning("TritonServer", text)
            self._background(self._find(server))
        finally:
            server.asking = None

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
