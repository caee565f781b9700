"""Test inferences of all models of a server."""

from __future__ import annotations

import time

import attrs

from .connection import Connection, TritonError
from .health import Canary
from .model_repository import Model
from .wanted_model import WantedModel


@attrs.frozen
class CheckResult:
    """How a test inference of a model went; `error` is empty if it went well."""

    model: str
    version: str
    seconds: float = 0.0
    error: str = ""

    def __str__(self) -> str:
        name = f"{self.model} version {self.version or '?'}"
        return f"FAILED  {name}: {self.error}" if self.error else f"works   {name} ({1e3 * self.seconds:.1f} ms)"


async def check_models(connection: Connection, limit: float) -> list[CheckResult]:
    """Run each model that a server has once, on zeros.

    Parameters
    ----------
    limit : float
        Seconds for each answer.

    Raises
    ------
    TritonError
        The server does not tell which models it has.
    """
    return [
        await _check(connection, entry.name, entry.version, limit)
        if entry.state == "READY"
        else CheckResult(entry.name, entry.version, error=f"{entry.state} {entry.reason}".strip())
        for entry in await connection.models(limit)
    ]


async def _check(connection: Connection, name: str, version: str, limit: float) -> CheckResult:
    begin = time.monotonic()
    try:
        model = Model.served(await connection.config(name, version, limit), str(connection.address))
        begin = time.monotonic()
        await connection.infer(Canary(WantedModel(model)).request(version), limit)
    except TritonError as error:
        return CheckResult(name, version, error=str(error))
    return CheckResult(name, version, time.monotonic() - begin)
