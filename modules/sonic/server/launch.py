"""A Triton server of this machine: `LocalServer.start` and what it takes."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs

from pyrun.framework.errors import ExternalFailure

from ..model_repository import load_models
from . import keeper, layout, state
from .resolve import Executable, resolve
from .state import ServerState

Log = Callable[[str], None]

ATTEMPTS = 5  # with other ports, if others were faster
READY_INTERVAL = 0.05  # seconds between questions
LOOPBACK = "127.0.0.1"

_counter = itertools.count()
_BUSY = re.compile(r"[Aa]ddress already in use|already in use|[Ff]ailed to bind|Socket '[^']*' already in use")


@attrs.frozen
class ServerSsl:
    """Files in PEM format; with `root_certificates` clients must have a certificate, too."""

    certificate: str
    private_key: str
    root_certificates: str = ""


@attrs.frozen(kw_only=True)
class ServerOptions:
    """What to serve, and how.

    Attributes
    ----------
    models : sequence of paths
        Folders of models, their ``config.pbtxt``, or repositories. Queues and dynamic batching are as these say.
    name : str
        Of the server among those of this user; empty: one of its own.
    host : str
        Where gRPC listens; everything else listens on loopback only.
    port : int
        Of gRPC; -1: a free one.
    instances : int
        Of each model; 0: as its configuration says.
    threads : int
        Of onnxruntime for each instance; with 1, scores are those of the in-process producers, bit for bit.
    executable, image : str
        See `resolve`.
    watch : int or None
        PID of a process whose end is the server's end; None: nobody's.
    wait : float
        Seconds after which the start has failed.
    verbose : bool
        The server logs each request.
    device : str
        "auto" (GPUs if there are), "cpu" or "gpu".
    temp : str
        Folder for the servers' folders; empty: see `state.root_folder`.
    ssl : ServerSsl or None
        For gRPC.
    arguments : sequence of str
        Further options of tritonserver.
    """

    models: Sequence[str | Path]
    name: str = ""
    host: str = LOOPBACK
    port: int = -1
    instances: int = 0
    threads: int = 1
    executable: str = ""
    image: str = ""
    watch: int | None = attrs.field(factory=os.getpid)
    wait: float = 60.0
    verbose: bool = False
    device: str = attrs.field(default="auto", validator=attrs.validators.in_(["auto", "cpu", "gpu"]))
    temp: str | Path = ""
    ssl: ServerSsl | None = None
    arguments: Sequence[str] = ()


class LocalServer:
    """A running server. Its keeper ends it when the watched process ends; `stop` does it before.

    As a context manager it is stopped at the end.

    Attributes
    ----------
    state : ServerState
    """

    def __init__(self, state: ServerState, process: subprocess.Popen[bytes] | None = None) -> None:
        self.state = state
        self._process = process

    @classmethod
    def start(cls, options: ServerOptions, log: Log = lambda text: None) -> LocalServer:
        """Start a server and return when it is ready for requests.

        Raises
        ------
        ModelError
            A model can't be served.
        ExternalFailure
            No server could be started; the message ends with its log.
        """
        executable = resolve(options.executable, options.image)
        if options.port > 0:
            _check_free(options.host, options.port)
        for attempt in range(1, ATTEMPTS + 1):
            server = cls._spawn(options, executable)
            try:
                server._wait_until_ready(options.wait)
            except BaseException as error:
                busy = isinstance(error, ExternalFailure) and _BUSY.search(server.log_tail(200))
                server.stop()
                if not busy or options.port > 0 or attempt == ATTEMPTS:
                    raise
                log(f"A port was taken while {server.state.name} started: trying others")
                continue
            log(f"{server.state.name} serves {', '.join(server.state.models)} at {server.address}")
            return server
        raise AssertionError("unreachable: the last attempt raises")

    @classmethod
    def find(cls, name: str, temp: str | Path = "") -> LocalServer:
        """The server of this name, which may have ended.

        Raises
        ------
        ExternalFailure
            There is none.
        """
        root = state.root_folder(temp)
        found = ServerState.read(root / name)
        if found is None:
            others = ", ".join(other.name for other in state.servers(root)) or "none"
            raise ExternalFailure(f"There is no server called {name!r}. Servers there: {others}. (`pysonic status`)")
        return cls(found)

    @classmethod
    def _spawn(cls, options: ServerOptions, executable: Executable) -> LocalServer:
        name = options.name or f"pyrun-{os.getpid()}-{next(_counter)}"
        folder, lock = state.create(state.root_folder(options.temp), name)
        try:
            described = describe(options, executable, folder)
            described.write()
            process = _start_keeper(folder, lock)
        except BaseException:
            state.remove(folder)
            raise
        finally:
            os.close(lock)
        return cls(described, process)

    host = property(lambda self: self.state.host, doc="Where gRPC listens.")
    grpc_port = property(lambda self: self.state.grpc_port)
    http_port = property(lambda self: self.state.http_port, doc="On 127.0.0.1.")
    metrics_port = property(lambda self: self.state.metrics_port, doc="On 127.0.0.1.")
    log_file = property(lambda self: self.state.log_file)

    @property
    def address(self) -> str:
        """Of gRPC."""
        return f"{self.host}:{self.grpc_port}"

    @property
    def pid(self) -> int | None:
        """Of the server; None before it has one."""
        return self.state.server[0] if self.state.server else None

    @property
    def alive(self) -> bool:
        """Whether the server's process runs; it may still be deaf."""
        return self.state.alive

    def log_tail(self, lines: int = 30) -> str:
        """The last lines of the server's log, without its tables of options."""
        try:
            text = self.log_file.read_text(errors="replace")
        except FileNotFoundError:
            return "(no log)"
        kept = [line.rstrip() for line in text.splitlines() if not line.startswith(("+-", "|"))]
        return "\n".join(kept[-lines:])

    def ready(self) -> bool:
        """Whether the server says that it is ready for requests."""
        try:
            with _opener.open(f"http://{LOOPBACK}:{self.http_port}/v2/health/ready", timeout=2.0) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self, *, now: bool = True) -> None:
        """End the server, and wait until nothing of it is left; nothing to do if that is so already.

        Parameters
        ----------
        now : bool
            Don't wait for requests that the server is working on.
        """
        self._refresh()
        if self.state.keeper and state.exists(self.state.keeper):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.state.keeper[0], signal.SIGUSR1 if now else signal.SIGTERM)
        elif self._process and self._process.poll() is None:  # has not even written its PID
            self._process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + 3 * keeper.GRACE
        while state.locked(self.state.folder) and time.monotonic() < deadline:
            time.sleep(0.01)
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(keeper.GRACE)
            self._process.kill()
            self._process.wait()
        state.remove(self.state.folder)
        keeper.clean(self.state.prefix)

    def __enter__(self) -> LocalServer:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _refresh(self) -> None:
        self.state = ServerState.read(self.state.folder) or self.state

    def _wait_until_ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            self._refresh()
            ended = self.state.exit_code
            if ended is not None or self._process.poll() is not None:
                code = self._process.returncode if ended is None else ended
                raise ExternalFailure(
                    f"The Triton server {self.state.name} ended with code {code} at its start.{self._evidence()}"
                )
            if self.ready():
                return
            if time.monotonic() > deadline:
                raise ExternalFailure(
                    f"The Triton server {self.state.name} was not ready after {seconds:g} s: is a model that large? "
                    f"Allow it more time to wait.{self._evidence()}"
                )
            time.sleep(READY_INTERVAL)

    def _evidence(self) -> str:
        return f" The end of its log:\n{self.log_tail()}"


def describe(options: ServerOptions, executable: Executable, folder: Path) -> ServerState:
    """Write what the server reads, choose its ports and compose its command."""
    models = load_models(options.models)
    gpu = options.device == "gpu" or (options.device == "auto" and Path("/dev/nvidiactl").exists())
    repository = folder / "repository"
    layout.write_local(
        models.values(), repository, instances=options.instances, threads=options.threads, gpu=gpu, shim=executable.shim
    )
    prefix = f"pysonic_{uuid.uuid4().hex[:12]}_"
    grpc_port, http_port, metrics_port = _ports(options)
    arguments = [
        f"--model-repository={repository}",
        "--model-control-mode=explicit",  # so that a broken model can be loaded again
        "--load-model=*",
        f"--grpc-address={options.host}",
        f"--http-address={LOOPBACK}",
        f"--metrics-address={LOOPBACK}",
        f"--grpc-port={grpc_port}",
        f"--http-port={http_port}",
        f"--metrics-port={metrics_port}",
        "--exit-timeout-secs=5",
        f"--allow-gpu-metrics={str(gpu).lower()}",
        f"--backend-config=python,shm-region-prefix-name={prefix}",
        f"--log-verbose={int(options.verbose)}",
    ]
    if not gpu:
        arguments.append("--pinned-memory-pool-byte-size=0")
    if executable.bundle:
        arguments.append(f"--backend-directory={_backends(executable, folder)}")
    if executable.shim and all(model.is_onnx for model in models.values()):
        arguments.append("--disable-auto-complete-config")  # nothing to add, and it takes a second
    return ServerState(
        name=folder.name,
        folder=folder,
        host=options.host,
        grpc_port=grpc_port,
        http_port=http_port,
        metrics_port=metrics_port,
        prefix=prefix,
        command=[
            *executable.full_command([folder, *(model.folder for model in models.values())], gpu),
            *arguments,
            *_ssl(options.ssl),
            *options.arguments,
        ],
        environment=executable.environment(),
        models=list(models),
        origin=executable.kind,
        started=time.time(),
        watch=[] if options.watch is None else [state.identity(options.watch)],
    )


def _start_keeper(folder: Path, lock: int) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", keeper.__file__, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[lock],
            start_new_session=True,
        )


def _backends(executable: Executable, folder: Path) -> Path:
    """A folder of backends for this version of Python."""
    backend = folder / "backends" / "python"
    backend.mkdir(parents=True)
    for name, file in executable.bundle.python_backend().items():
        (backend / name).symlink_to(file)
    return backend.parent


def _ssl(ssl: ServerSsl | None) -> list[str]:
    if ssl is None:
        return []
    for file in filter(None, attrs.astuple(ssl)):
        if not Path(file).is_file():
            raise ExternalFailure(f"There is no file {file!r} for the server's TLS.")
    arguments = [
        "--grpc-use-ssl=true",
        f"--grpc-server-cert={ssl.certificate}",
        f"--grpc-server-key={ssl.private_key}",
    ]
    if ssl.root_certificates:
        arguments += ["--grpc-use-ssl-mutual=true", f"--grpc-root-cert={ssl.root_certificates}"]
    return arguments


def _ports(options: ServerOptions) -> list[int]:
    """Ports for gRPC, HTTP and metrics; that they are free is sure only for now."""
    hosts = [LOOPBACK, LOOPBACK] if options.port > 0 else [options.host, LOOPBACK, LOOPBACK]
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(_socket(host)) for host in hosts]
        for host, sock in zip(hosts, sockets, strict=True):
            sock.bind((host, 0))
        free = [sock.getsockname()[1] for sock in sockets]
    return [options.port, *free] if options.port > 0 else free


def _check_free(host: str, port: int) -> None:
    with _socket(host) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the past don't count
        try:
            sock.bind((host, port))
        except OSError as error:
            raise ExternalFailure(
                f"The server can't listen on port {port} of {host}: {error.strerror}. Give another port, or -1 for any."
            ) from error


def _socket(host: str) -> socket.socket:
    return socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback is never behind a proxy
