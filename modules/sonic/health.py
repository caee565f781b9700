"""Whether a server's copy of a model works: what its requests tell, and test inferences.

A server whose python stub has died still reports itself and the model ready, so nothing but an inference tells. The
circuit breaker is that of M. Nygard, *Release It!* (2007): after failures a copy gets no requests (open), until a test
inference (half-open) succeeds.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import attrs
import numpy as np

from .connection import InferRequest
from .errors import TritonError

if TYPE_CHECKING:
    from tritonclient.grpc.model_config_pb2 import ModelConfig

    from .connection import Connection
    from .wanted_model import WantedModel

ASK_LIMIT = 5.0  # seconds for a server to list its models, or to describe one

FAILURES = 3  # in a row, after which a circuit opens
CANARY_LIMIT = 5.0  # seconds for a test inference
FIRST_LIMIT = 30.0  # seconds for the first one: servers may optimize a model when it is first run

BUSY = ("exceeds maximum queue size", "queue is full", "too many")
"""In the text of an UNAVAILABLE: the server works, but takes no more requests for the moment."""

DEAD_STUB = ("stub process", "failed to process the request(s)", "stub is not")


@attrs.define(eq=False)
class Circuit:
    """Closed while a copy works; counts the failures in a row that open it.

    Attributes
    ----------
    reason : str
        Why it is open; empty if it is closed.
    """

    failures: int = 0
    reason: str = ""
    opened: float = 0.0

    @property
    def is_open(self) -> bool:
        return bool(self.reason)

    def succeeded(self) -> None:
        self.failures = 0

    def failed(self, reason: str) -> None:
        """Count a failure; one that is one too many opens the circuit."""
        self.failures += 1
        if self.failures >= FAILURES:
            self.open(reason)

    def open(self, reason: str) -> None:
        if not self.is_open:
            self.reason, self.opened = reason or "unknown", time.monotonic()

    def close(self) -> None:
        self.failures, self.reason = 0, ""

    def __str__(self) -> str:
        if not self.is_open:
            return "works"
        return f"not used since {time.monotonic() - self.opened:.1f} s: {self.reason}"


def is_busy(error: TritonError) -> bool:
    """Whether a server works but has too much to do."""
    if error.status == "RESOURCE_EXHAUSTED":
        return True
    return error.status == "UNAVAILABLE" and any(text in error.message.lower() for text in BUSY)


def is_dead_stub(error: TritonError) -> bool:
    """Whether the process that runs a model of the python backend is gone, so that loading the model again helps."""
    return error.status == "INTERNAL" and any(text in error.message.lower() for text in DEAD_STUB)


class Canary:
    """A test inference of a model: zeros of the smallest shape that it allows.

    Some models can't compute that and answer INTERNAL. As long as no server has ever passed, such an answer counts as a
    sign of life.
    """

    def __init__(self, wanted: WantedModel) -> None:
        self.model = wanted.model
        self._passed = False

    def request(self, version: str) -> InferRequest:
        """The inference."""
        model = self.model
        batch = (1,) if model.max_batch_size > 0 else ()
        inputs = {x.name: _zeros(x.dtype, batch + tuple(max(n, 1) for n in x.dims)) for x in model.inputs}
        return InferRequest(model.name, version, inputs, shared_memory=False)

    async def outcome(self, connection: Connection, version: str, limit: float = CANARY_LIMIT) -> TritonError | None:
        """Make it; the error that comes back, if one does."""
        try:
            await connection.infer(self.request(version), limit)
        except TritonError as error:
            return error
        return None

    def judge(self, outcome: TritonError | None) -> TritonError | None:
        """Why a server's copy with this outcome does not work; None if it does."""
        if outcome is None:
            self._passed = True
            return None
        return None if self._lives(outcome) else outcome

    def _lives(self, error: TritonError) -> bool:
        if is_busy(error) or error.status in ("INVALID_ARGUMENT", "OUT_OF_RANGE", "FAILED_PRECONDITION"):
            return True
        return error.status == "INTERNAL" and not self._passed and not is_dead_stub(error)


class Look:
    """A look at a server's copy of a model: two questions that are under way at the same time.

    Parameters
    ----------
    limit : float
        Seconds for the test inference.

    Attributes
    ----------
    version : str
        The copy's.
    config : asyncio.Task
        Gives its configuration, or raises TritonError.
    outcome : asyncio.Task
        Gives the outcome of a test inference, for `Canary.judge`.
    """

    def __init__(self, connection: Connection, canary: Canary, version: str, limit: float) -> None:
        self.version = version
        asked = bounded(connection.config(canary.model.name, version), ASK_LIMIT)
        self.config: asyncio.Task[ModelConfig] = asyncio.ensure_future(asked)
        self.config.add_done_callback(lambda told: told.cancelled() or told.exception())  # nobody may come to ask
        self.outcome: asyncio.Task[TritonError | None] = asyncio.ensure_future(
            canary.outcome(connection, version, limit)
        )

    @property
    def max_batch_size(self) -> int:
        """Of the configuration, which has come."""
        return self.config.result().max_batch_size


async def bounded(call, limit: float):
    """Await a call of a server that has its own limit, or give up a little later whatever it does.

    Raises
    ------
    TritonError
        ``DEADLINE_EXCEEDED``, or what the call raises.
    """
    try:
        return await asyncio.wait_for(call, limit + 0.5)
    except TimeoutError:
        raise TritonError("DEADLINE_EXCEEDED", f"no answer within {limit:g} s") from None


def _zeros(dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, b"", object) if dtype.kind == "O" else np.zeros(shape, dtype)
