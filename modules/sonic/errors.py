"""What servers' failures are told by."""

from __future__ import annotations

RETRYABLE = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "INTERNAL", "RESOURCE_EXHAUSTED", "ABORTED",
                       "UNKNOWN"})  # fmt: skip
"""gRPC's codes for what may go well another time or at another server; the others say that the request is wrong."""


class TritonError(Exception):
    """A server refused or failed a request, or can't be reached.

    Attributes
    ----------
    status : str
        gRPC's name of it: ``UNAVAILABLE``, ``DEADLINE_EXCEEDED``, ``INVALID_ARGUMENT`` ...
    message : str
        What the server says.
    retryable : bool
        Whether the same request may go well another time or at another server.
    """

    def __init__(self, status: str, message: str, retryable: bool | None = None) -> None:
        super().__init__(f"[{status}] {message}")
        self.status = status
        self.message = message
        self.retryable = status in RETRYABLE if retryable is None else retryable
