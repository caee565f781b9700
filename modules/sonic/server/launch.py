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
from collections.abc import Callable
from pathlib import Path

from pyrun.framework.errors import ExternalFailure

from . import bundle, keeper, state
from .description import LOOPBACK, ServerOptions, ServerSsl, describe, tcp_socket
from .resolve import Executable, resolve
from .state import ServerState

__all__ = ["LocalServer", "ServerOptions", "ServerSsl"]

Log = Callable[[str], None]

ATTEMPTS = 5  # with other ports, if others were faster
READY_INTERVAL = 0.05  # seconds between questions
_counter = itertools.count()
_BUSY = re.compile(r"[Aa]ddress already in use|already in use|[Ff]ailed to bind|Socket '[^']*' already in use")


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
    def start(
        cls, options: ServerOptions, log: Log = lambda text: None, progress: bundle.Progress | None = None
    ) -> LocalServer:
        """Start a server and return when it is ready for requests.

        Parameters
        ----------
        log : callable
            Gets a line for what a user may want to know.
        progress : callable, optional
            See `bundle.install`; by default an installation is a line in the log.

        Raises
        ------
        ModelError
            A model can't be served.
        ExternalFailure
            No server could be started; the message ends with its log.
        """
        executable = resolve(options.executable, options.image, progress or _told_once(log))
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
    def client_host(self) -> str:
        """What clients on this machine can use for `host`."""
        return {"0.0.0.0": LOOPBACK, "::": "::1"}.get(self.host, self.host)

    @property
    def address(self) -> str:
        """Of gRPC."""
        return f"[{self.host}]:{self.grpc_port}" if ":" in self.host else f"{self.host}:{self.grpc_port}"

    @property
    def pid(self) -> int | None:
        """Of the server; None before it has one."""
        return self.state.server[0] if self.state.server else None

    @property
    def alive(self) -> bool:
        """Whether the server's process runs; it may still be deaf."""
        return self.state.alive

    def log_tail(self, lines: int = 30) -> str:
        """The last lines of the server's log, without its tables and its list of all options."""
        try:
            text = self.log_file.read_text(errors="replace")
        except FileNotFoundError:
            return "(no log)"
        text = text.partition("\nUsage: ")[0]  # what follows a wrong option
        kept = [line.rstrip() for line in text.splitlines() if not line.startswith(("+-", "|"))]
        return "\n".join(kept[-lines:])

    def ready(self) -> bool:
        """Whether the server says that it is ready for requests."""
        try:
            with _opener.open(f"http://{LOOPBACK}:{self.http_port}/v2/health/ready", timeout=2.0) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def condition(self) -> str:
        """In words: ready, not ready, or how it ended."""
        self._refresh()
        if self.state.exit_code is not None:
            return f"ended with code {self.state.exit_code}"
        if not self.alive:
            return "ended" if self.pid else "starting"
        return "ready" if self.ready() else "not ready"

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
                (self.state.folder / "ready").touch()  # from now on the server may outlive its starter
                return
            if time.monotonic() > deadline:
                raise ExternalFailure(
                    f"The Triton server {self.state.name} was not ready after {seconds:g} s: is a model that large? "
                    f"Allow it more time to wait.{self._evidence()}"
                )
            time.sleep(READY_INTERVAL)

    def _evidence(self) -> str:
        return f" The end of its log:\n{self.log_tail()}"


def _told_once(log: Log) -> bundle.Progress:
    """Progress as one line of text."""
    told = []

    def progress(what: str, done: int, total: int) -> None:
        if not told:
            told.append(what)
            where = bundle.cache_folder()
            log(f"Installing the Triton server of {bundle.REQUIREMENT} ({total / 1e6:.0f} MB) in {where}")

    return progress


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


def _check_free(host: str, port: int) -> None:
    with tcp_socket(host) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the past don't count
        try:
            sock.bind((host, port))
        except OSError as error:
            raise ExternalFailure(
                f"The server can't listen on port {port} of {host}: {error.strerror}. Give another port, or -1 for any."
            ) from error


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback is never behind a proxy
