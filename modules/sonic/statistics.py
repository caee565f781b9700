"""What a Triton server counts for each model."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen
class ModelStatistics:
    """A server's counts for a model; two of them can be added and subtracted.

    Attributes
    ----------
    inferences, executions : int
        Rows of batches that were computed, and how often the model was run for them.
    success, fail, queue, compute_input, compute_infer, compute_output : int
        Requests in all states.
    *_ns : int
        The time of all of them together.
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

    def __add__(self, other: ModelStatistics) -> ModelStatistics:
        return ModelStatistics(*(a + b for a, b in zip(attrs.astuple(self), attrs.astuple(other), strict=True)))

    def __sub__(self, other: ModelStatistics) -> ModelStatistics:
        return ModelStatistics(*(a - b for a, b in zip(attrs.astuple(self), attrs.astuple(other), strict=True)))
