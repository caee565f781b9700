"""What a Triton server counts for each model."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import attrs

from .errors import TritonError

if TYPE_CHECKING:
    from .connection import Connection

LIMIT = 2.0  # seconds for a server to tell
PAUSE, LOOKS = 0.05, 10  # seconds between two looks at counts that still change, and how often to look


@attrs.frozen
class ModelStatistics:
    """A server's counts for a model; two of them can be added and subtracted.

    Attributes
    ----------
    inferences, executions : int
        Rows of batches that were computed, and how often the model was run for them.
    success, fail : int
        Requests that were answered, and that failed.
    success_ns, queue_ns, compute_input_ns, compute_infer_ns, compute_output_ns : int
        Nanoseconds of all answered requests together: from arrival to answer, and what they consist of.
    """

    inferences: int = 0
    executions: int = 0
    success: int = 0
    fail: int = 0
    success_ns: int = 0
    queue_ns: int = 0
    compute_input_ns: int = 0
    compute_infer_ns: int = 0
    compute_output_ns: int = 0

    @classmethod
    def of(cls, entry: Any) -> ModelStatistics:
        """From one entry of the server's answer."""
        stats = entry.inference_stats
        return cls(
            entry.inference_count,
            entry.execution_count,
            stats.success.count,
            stats.fail.count,
            stats.success.ns,
            stats.queue.ns,
            stats.compute_input.ns,
            stats.compute_infer.ns,
            stats.compute_output.ns,
        )

    def __str__(self) -> str:
        """In the order of what happens to a request; times are means per request."""
        counts = f"{self.success} requests, {self.inferences} rows in {self.executions} runs, {self.fail} failed"
        if not self.success:
            return counts
        parts = {
            "queue": self.queue_ns,
            "input": self.compute_input_ns,
            "inference": self.compute_infer_ns,
            "output": self.compute_output_ns,
        }
        parts["overhead"] = max(0, self.success_ns - sum(parts.values()))
        times = ", ".join(f"{name} {time / self.success / 1e6:.2f}" for name, time in parts.items())
        return f"{counts}; {self.success_ns / self.success / 1e6:.2f} ms per request: {times}"

    def __add__(self, other: ModelStatistics) -> ModelStatistics:
        return ModelStatistics(*(a + b for a, b in zip(attrs.astuple(self), attrs.astuple(other), strict=True)))

    def __sub__(self, other: ModelStatistics) -> ModelStatistics:
        return ModelStatistics(*(a - b for a, b in zip(attrs.astuple(self), attrs.astuple(other), strict=True)))


class StatisticsWatch:
    """What servers count for some models from one moment to another."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str, str], tuple[Connection, ModelStatistics]] = {}

    async def begin(self, connection: Connection, model: str, version: str) -> None:
        """Look at a server's counts of a model that has answered before; one that does not tell is left out."""
        with contextlib.suppress(TritonError):
            before = await _settled(connection, model, version)
            self._before[str(connection.address), model, version] = (connection, before)

    async def lines(self) -> list[str]:
        """One for each server and model: what it has counted since, for whomever."""
        return await asyncio.gather(*(self._line(*key) for key in self._before))

    async def _line(self, server: str, model: str, version: str) -> str:
        connection, before = self._before[server, model, version]
        where = f"{model!r} version {version} at {server}"
        try:
            after = await _settled(connection, model, version)
        except TritonError as error:
            return f"{where} does not tell: {error}"
        restarted = after.success < before.success or after.success_ns < before.success_ns
        return f"{where}: {after} (since it was loaded again)" if restarted else f"{where}: {after - before}"


async def _settled(connection: Connection, model: str, version: str) -> ModelStatistics:
    """A server's counts once they rest: Triton answers a request first and counts it then."""
    counts = await connection.statistics(model, version, LIMIT)
    for _ in range(LOOKS - 1):
        await asyncio.sleep(PAUSE)
        last, counts = counts, await connection.statistics(model, version, LIMIT)
        if counts == last and counts.success + counts.fail:
            break
    return counts
