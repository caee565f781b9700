"""The fallback server: a Triton that the job starts itself, for models that no other server can run."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyrun.framework.errors import CMSException, ExternalFailure

from .connection import Address
from .routes import Route
from .server_pool import ServerPool

if TYPE_CHECKING:
    from pyrun.framework.services.message_logger import MessageLogger

    from .server.launch import LocalServer
    from .triton_service import FallbackParameters

NAME = "fallback"
WAIT = 60.0  # seconds a start may take if the configuration does not say
ENDS = 5  # after so many unexpected ends none is started any more
REPAIR = 5.0  # seconds that a running server's model has to work again before another server is started
STOPPING = 15.0  # seconds that the end of a job waits for a start that is under way


class FallbackServer:
    """Starts servers for models that need one, and stops them.

    Models that come to need it later get a server of their own beside the first, which is left in peace.

    Parameters
    ----------
    parameters : FallbackParameters
        Of the configuration.
    threads : int
        The job's, which is how many instances of each model the server has.
    """

    def __init__(self, parameters: FallbackParameters, threads: int, log: MessageLogger) -> None:
        self._parameters, self._threads, self._log = parameters, threads, log
        self.limit = float(parameters.wait) if parameters.wait >= 0 else WAIT
        self._servers: list[LocalServer] = []
        self._failure = ""
        self._starts = 0
        self._turn = asyncio.Lock()
        self._guard = threading.Lock()
        self._stopped = False
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="sonic-fallback")
        self._launching: concurrent.futures.Future[LocalServer] | None = None

    async def serve(self, pool: ServerPool, route: Route) -> None:
        """See to it that a fallback server has a route's model, and that of any other that no server runs by now.

        Raises
        ------
        ExternalFailure
            It can't be started; with the end of its log, in the category ``FallbackFailed``.
        """
        async with self._turn:
            if await self._runs(route):
                return
            self._check()
            routes = {route.wanted.model.name: route}
            for other in pool.routes.values():
                if not other.works:
                    routes.setdefault(other.wanted.model.name, other)
            server = await self._start([one.wanted.model.folder for one in routes.values()])
            name = NAME if self._starts == 1 else f"{NAME}-{self._starts}"
            text = f"The server {name} has the models {', '.join(routes)}: {server.log_file}"
            if route.replicas:
                self._log.warning("TritonService", f"{text}\nIt was started because no other server works any more")
            else:
                self._log.info("TritonService", text)
            await pool.add(Address(name, server.host, server.grpc_port), lambda: server.alive)

    def stop(self) -> None:
        """Stop what was started and what is just being started; may be called again, by any thread."""
        with self._guard:
            self._stopped = True
            servers, self._servers = self._servers, []
        for server in servers:
            self._keep_log(server)
            server.stop()
        self._thread.shutdown(wait=False, cancel_futures=True)
        if self._launching is not None:
            concurrent.futures.wait([self._launching], STOPPING)

    def log_tails(self, lines: int = 30) -> str:
        """The ends of the logs, for whoever has to find out what went wrong."""
        with self._guard:
            servers = list(self._servers)
        return "\n".join(f"End of {server.log_file}:\n{server.log_tail(lines)}" for server in servers)

    async def _runs(self, route: Route) -> bool:
        """Whether there is a fallback server with a route's model; one that is being repaired is waited for."""
        own = [replica for replica in route.replicas if replica.server.is_fallback and replica.server.alive()]
        return bool(own) and await route.wait_for(lambda: any(replica.works for replica in own), REPAIR)

    def _keep_log(self, server: LocalServer) -> None:
        if self._parameters.verbose:
            self._log.info("TritonService", f"Log of the fallback server:\n{server.log_tail(1000)}")
        if self._parameters.debug and server.log_file.exists():
            copy = shutil.copyfile(server.log_file, Path(f"log_{server.state.name}.log"))
            self._log.info("TritonService", f"The fallback server's log is kept as {copy}")

    def _check(self) -> None:
        if self._failure:
            raise ExternalFailure(self._failure, category="FallbackFailed")
        ended = sum(not server.alive for server in self._servers)
        if ended >= ENDS:
            raise ExternalFailure(
                f"The fallback server has ended {ended} times and is not started again\n{self.log_tails()}",
                category="FallbackFailed",
            )

    async def _start(self, folders: Sequence[Path]) -> LocalServer:
        tries = 1 + max(self._parameters.retries, 0)
        for number in range(1, tries + 1):
            try:
                self._launching = self._thread.submit(self._launch, folders)
                server = await asyncio.shield(asyncio.wrap_future(self._launching))
            except CMSException as error:
                if number == tries:
                    self._failure = f"The fallback server could not be started: {error.message}"
                    raise ExternalFailure(self._failure, category="FallbackFailed") from error
                self._log.warning("TritonService", f"The fallback server did not start, trying again: {error.message}")
            else:
                self._starts += 1
                return server
        raise AssertionError("a last try returns or raises")

    def _launch(self, folders: Sequence[Path]) -> LocalServer:
        """Start a server, in the thread for that; one that comes too late is stopped at once."""
        from .server.launch import LocalServer

        server = LocalServer.start(self._options(folders))
        with self._guard:
            if not self._stopped:
                self._servers.append(server)
                return server
        server.stop()
        raise ExternalFailure("the job is over")

    def _options(self, folders: Sequence[Path]):
        from .server.launch import ServerOptions

        p = self._parameters
        return ServerOptions(
            models=folders,
            name=self._name(),
            image=p.sandboxName or p.imageName,
            instances=self._threads,
            wait=self.limit,
            verbose=p.verbose,
            device=p.device,
            temp=p.tempDir,
        )

    def _name(self) -> str:
        p = self._parameters
        name = p.instanceName or f"{p.instanceBaseName}_{os.getpid()}"
        return name if self._starts == 0 else f"{name}_{self._starts + 1}"
