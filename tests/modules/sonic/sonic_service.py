"""A TritonService outside a job, for tests."""

from __future__ import annotations

import io
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from pyrun.framework.services.message_logger import MessageLogger
from pyrun.modules.sonic.connection import InferRequest
from pyrun.modules.sonic.model_repository import Model
from pyrun.modules.sonic.retry import DEFAULT_POLICY, RetryAction
from pyrun.modules.sonic.server.launch import LocalServer
from pyrun.modules.sonic.triton_service import FallbackParameters, ServerParameters, TritonService, WantedModel

LIMIT = 60.0  # seconds for any single wait of a test
X = np.arange(12, dtype=np.float32).reshape(3, 4)


class ServiceUser:
    """What a client does with the service, and what the service said meanwhile."""

    def __init__(self, service: TritonService, log: io.StringIO) -> None:
        self.service, self._log = service, log

    @property
    def messages(self) -> str:
        return self._log.getvalue()

    @property
    def requests(self) -> dict[str, int]:
        """How many each server got."""
        numbers = self.service.performance()["TritonService"].items()
        return {name.removeprefix("Requests-"): int(n) for name, n in numbers if name.startswith("Requests-")}

    def wants(self, folder: Path, **options: Any) -> WantedModel:
        wanted = WantedModel(Model.load(folder), module="tester", **options)
        self.service.addModel(wanted)
        return wanted

    def submit(self, wanted: WantedModel, x: np.ndarray = X, retries: Sequence[RetryAction] = DEFAULT_POLICY,
               timeout: float = 5.0) -> Any:  # fmt: skip
        return self.service.submit(wanted, InferRequest(wanted.model.name, "", {"x": x}), retries, timeout)

    def check(self, wanted: WantedModel, number: int = 1, **options: Any) -> None:
        """Send requests, all at once, and look at every answer."""
        futures = [self.submit(wanted, X + i, **options) for i in range(number)]
        for i, future in enumerate(futures):
            np.testing.assert_array_equal(future.result(LIMIT)["y"], 2 * (X + i))


@contextmanager
def triton_service(
    servers: dict[str, LocalServer | tuple[str, int]], fallback: FallbackParameters | None = None, **options: Any
) -> Iterator[ServiceUser]:
    """A service that knows `servers`, by name; it is ended as a job does it."""
    places = {n: s if isinstance(s, tuple) else (s.host, s.grpc_port) for n, s in servers.items()}
    known = [ServerParameters(name=name, address=host, port=port) for name, (host, port) in places.items()]
    parameters = TritonService.Parameters(servers=known, fallback=fallback or FallbackParameters(), **options)
    service = TritonService("TritonService", parameters)
    log = io.StringIO()
    service.log = MessageLogger(stream=log)
    try:
        yield ServiceUser(service, log)
    finally:
        service.jobEnded(None, None)


def kill(server: LocalServer) -> None:
    """As the kernel does it when memory is short."""
    os.kill(server.pid, signal.SIGKILL)


def stop(server: LocalServer) -> None:
    """As SIGSTOP does it, and wait until it has: threads that run go on for a moment."""
    os.kill(server.pid, signal.SIGSTOP)
    deadline = time.monotonic() + LIMIT
    while any(_state(task) != "T" for task in Path(f"/proc/{server.pid}/task").iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _state(task: Path) -> str:
    return (task / "stat").read_text().rpartition(")")[2].split()[0]
