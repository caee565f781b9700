"""TritonService: the servers that a job's models are run by."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

from pyrun.framework.errors import CMSException, Configuration, ExternalFailure
from pyrun.framework.plugins import parameters as param
from pyrun.framework.plugins.registry import plugin
from pyrun.framework.service import JobContext, Service

from .call import Call
from .connection import Address, SslOptions
from .event_loop import EventLoopThread
from .fallback import NAME as FALLBACK
from .fallback import FallbackServer
from .health import FIRST_LIMIT
from .retry import DEFAULT_POLICY, RetryAction
from .routes import Route, Server
from .server_pool import ServerPool
from .statistics import StatisticsWatch
from .wanted_model import ServedModel, WantedModel

if TYPE_CHECKING:
    import numpy as np

    from pyrun.framework.engine.job import JobResult

    from .connection import InferRequest

BEGIN_LIMIT = 180.0  # seconds for asking all servers at the beginning of a job, starting the fallback server apart
BALANCER = "SONIC_LOCAL_BALANCER"
"""A site's own server: its address is in the environment, as BALANCER_HOST and BALANCER_PORT."""

__all__ = ["ServedModel", "TritonService", "WantedModel"]


class ServerParameters(param.ParameterSet):
    """One server of the configuration."""

    name: str = param.untracked.string(doc="what preferredServer and messages call it")
    address: str = param.untracked.string(doc="host name or IP address")
    port: int = param.untracked.uint32(doc="port of its gRPC service, usually 8001")
    useSsl: bool = param.untracked.bool(False, doc="connect by TLS")
    rootCertificates: str = param.untracked.string("", doc="PEM file of the authorities to trust; empty: usual ones")
    privateKey: str = param.untracked.string("", doc="PEM file of the client's key, if the server asks for one")
    certificateChain: str = param.untracked.string("", doc="PEM file of the client's certificates")


class FallbackParameters(param.ParameterSet):
    """The server that the job starts itself for models that no other serves."""

    enable: bool = param.untracked.bool(False, doc="start one if a model needs it")
    debug: bool = param.untracked.bool(False, doc="keep its log, as log_<name>.log in the current folder")
    verbose: bool = param.untracked.bool(False, doc="let it write a detailed log, which is shown at the end")
    container: str = param.untracked.string("apptainer", doc="what runs imageName or sandboxName")
    device: str = param.untracked.string("auto", doc="auto, cpu or gpu")
    retries: int = param.untracked.int32(-1, doc="how often to try to start it again; -1: as pysonic decides")
    wait: int = param.untracked.int32(-1, doc="seconds it may take to start; -1: as pysonic decides")
    instanceBaseName: str = param.untracked.string("triton_server_instance", doc="start of its name")
    instanceName: str = param.untracked.string("", doc="its whole name; empty: a new one for each job")
    tempDir: str = param.untracked.string("", doc="folder for its log and models; empty: a temporary one")
    imageName: str = param.untracked.string("", doc="image to run instead of an installed server")
    sandboxName: str = param.untracked.string("", doc="unpacked image to run instead of an installed server")


@plugin
class TritonService(Service):
    """Knows the servers and their models, and gets each request answered by one of them.

    Raises
    ------
    CMSException
        In category ``DuplicateServer``: two servers have the same name.
    """

    class Parameters(param.ParameterSet):
        verbose: bool = param.untracked.bool(False, doc="tell which server has which models, and what was done")
        servers: list[ServerParameters] = param.untracked.vpset(ServerParameters, doc="servers to use")
        fallback: FallbackParameters = param.pset(FallbackParameters, doc="a server of the job's own")

    cfi = "HeterogeneousCore/SonicTriton/TritonService"
    parameters: Parameters

    def __init__(self, label: str, parameters: Parameters) -> None:
        super().__init__(label, parameters)
        self._addresses = list(_addresses(parameters))
        self._threads = 1
        self._loop = EventLoopThread("sonic")
        self._pool: ServerPool | None = None
        self._fallback: FallbackServer | None = None
        self._watch = StatisticsWatch()
        self._turn = asyncio.Lock()

    def addModel(self, wanted: WantedModel) -> None:
        """Find servers for a model, and check them; start the fallback server if there are none.

        `preBeginJob` does so for all that the job's modules list in their attribute ``wantedModels``.

        Raises
        ------
        ExternalFailure
            In category ``MissingModel``: there is no server for it; ``FallbackFailed``: nor can it be started.
        """
        self._add([wanted])

    def preBeginJob(self, job: JobContext) -> None:
        """Ask the servers for their models, choose, and start the fallback server if a model needs it."""
        self._threads = job.threads
        modules = job.wiring.modules.values()
        wanted = [model for module in modules for model in getattr(module, "wantedModels", ())]
        if wanted or self.parameters.verbose:
            self._add(wanted)

    def served(self, wanted: WantedModel) -> ServedModel:
        """What is known of a model that was added."""
        return self._route(wanted).served(self._fallback is not None)

    def submit(
        self,
        wanted: WantedModel,
        request: InferRequest,
        retries: Sequence[RetryAction] = DEFAULT_POLICY,
        timeout: float = 60.0,
    ) -> Future[dict[str, np.ndarray]]:
        """Start an inference; the result is the outputs by name.

        Parameters
        ----------
        retries : sequence of RetryAction
            See `retry_actions`.
        timeout : float
            Seconds for each try. All tries together may take that times their number.

        Raises
        ------
        ExternalFailure
            By the future: all tries failed.
        """
        route = self._route(wanted)
        fallback = self._fallback
        call = Call(
            self._pool,
            route,
            wanted,
            request,
            retries,
            timeout,
            self.log,
            self._start_fallback if fallback else None,
            fallback.limit if fallback else 0.0,
        )
        return self._loop.start(call.run())

    def performance(self) -> Mapping[str, Mapping[str, str]]:
        """Requests and failures of each server."""
        servers = self._pool.servers.values() if self._pool else ()
        numbers = {f"Requests-{server.name}": str(server.requests) for server in servers}
        numbers |= {f"Failures-{server.name}": str(server.failures) for server in servers}
        return {"TritonService": numbers} if numbers else {}

    def jobEnded(self, result: JobResult | None, error: BaseException | None) -> None:
        """Close connections and stop the fallback server, whatever has happened."""
        try:
            self._loop.close(self._take_leave)
        finally:
            if self._fallback is not None:
                if self._is_external(result, error):
                    self.log.error("TritonService", self._fallback.log_tails())
                self._fallback.stop()

    def _add(self, wanted: Sequence[WantedModel]) -> None:
        p = self.parameters.fallback
        starting = (p.wait if p.wait >= 0 else 60.0) * (1 + max(p.retries, 0)) if p.enable else 0.0
        self._loop.run(self._find_servers(wanted), BEGIN_LIMIT + starting)

    async def _find_servers(self, wanted: Sequence[WantedModel]) -> None:
        async with self._turn:
            opening = () if self._pool is not None else self._addresses
            pool = self._pool = self._pool or self._open()
            await asyncio.gather(*map(pool.add, opening), *map(pool.route, {one.key: one for one in wanted}.values()))
            if self.parameters.verbose:
                self._tell_models()
            for one in wanted:
                self._check_preferred(pool, pool.routes[one.key], one)
                await self._ensure(pool, pool.routes[one.key])
            watched = ((one, replica) for one in wanted if one.verbose for replica in pool.routes[one.key].replicas)
            await asyncio.gather(
                *(self._watch.begin(r.server.connection, one.model.name, r.version) for one, r in watched)
            )

    async def _take_leave(self) -> None:
        """Tell what was done, and close the connections; nothing else goes on any more."""
        if self._pool is None:
            return
        if self.parameters.verbose:
            lines = (f"{s.address}: {s.requests} requests, {s.failures} failed" for s in self._servers())
            self.log.info("TritonService", "\n".join(["Requests to each server:", *lines]))
        if statistics := await self._watch.lines():
            self.log.info("TritonClient", "\n".join(["Statistics of the servers:", *statistics]))
        await self._pool.close()

    def _check_preferred(self, pool: ServerPool, route: Route, wanted: WantedModel) -> None:
        if wanted.preferred and all(replica.server.name != wanted.preferred for replica in route.replicas):
            self.log.warning(
                "PreferredServer",
                f"The server {wanted.preferred!r} that {wanted.module!r} prefers for the model {wanted} does not have "
                f"it; others are used. {_lines(pool.describe(route))}",
            )

    def _open(self) -> ServerPool:
        """Make what is needed when something is first asked of the servers."""
        if self.parameters.fallback.enable:
            self._fallback = FallbackServer(self.parameters.fallback, self._threads, self.log)
        return ServerPool(self.log)

    async def _ensure(self, pool: ServerPool, route: Route) -> None:
        """See to it that a model has a server that works, or fail."""
        if not route.works and self._fallback is not None:
            await self._fallback.serve(pool, route)
        if route.replicas and await route.wait_for(lambda: route.works, FIRST_LIMIT):
            return
        wanted, model = route.wanted, route.wanted.model
        raise ExternalFailure(
            f"No server has the model {wanted} that the module {wanted.module!r} wants. "
            f"{_lines(pool.describe(route))}\n"
            "Remedies: give a server that has it in process.TritonService.servers; or set "
            "process.TritonService.fallback.enable = True, and the job starts one; or start one yourself: "
            f"pysonic -m {model.folder} start",
            category="MissingModel",
        )

    async def _start_fallback(self, route: Route) -> None:
        assert self._fallback is not None and self._pool is not None
        await self._fallback.serve(self._pool, route)

    def _route(self, wanted: WantedModel) -> Route:
        if self._pool is None or wanted.key not in self._pool.routes:
            self.addModel(wanted)
        return self._pool.routes[wanted.key]

    def _tell_models(self) -> None:
        lines = [f"{s.address}: {', '.join(sorted(s.models or ())) or s.problem or 'none'}" for s in self._servers()]
        self.log.info("TritonService", "\n".join(["Models of each server:", *(lines or ["no server is configured"])]))

    def _servers(self) -> list[Server]:
        return list(self._pool.servers.values()) if self._pool else []

    def _is_external(self, result: JobResult | None, error: BaseException | None) -> bool:
        """Whether the job failed by what servers did."""
        cause = result.failure.cause if result is not None and result.failure is not None else error
        return isinstance(cause, ExternalFailure)


def _addresses(parameters: TritonService.Parameters) -> Iterator[Address]:
    """The servers of the configuration, and the site's."""
    names = {FALLBACK} if parameters.fallback.enable else set()
    for server in parameters.servers:
        if server.name in names:
            raise CMSException(
                f"Two servers have the name {server.name!r}; each must have its own"
                + (", and this is what the job calls the one it starts itself" if server.name == FALLBACK else ""),
                category="DuplicateServer",
            )
        names.add(server.name)
        files = (server.rootCertificates, server.privateKey, server.certificateChain)
        ssl = SslOptions(*files) if server.useSsl else None
        yield Address(server.name, server.address, server.port, ssl)
    host, port = os.environ.get(f"{BALANCER}_HOST", ""), os.environ.get(f"{BALANCER}_PORT", "8001")
    if host and BALANCER not in names:
        if not port.isdigit() or not 0 < int(port) < 65536:
            raise Configuration(f"The environment variable {BALANCER}_PORT is {port!r}; it must be a port's number")
        yield Address(BALANCER, host, int(port))


def _lines(lines: Iterable[str]) -> str:
    text = "\n".join(f"  {line}" for line in lines)
    return f"Servers asked:\n{text}" if text else "No server was given."
