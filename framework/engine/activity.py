"""Telling services what happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..service import Service, overridden
from ..services.message_logger import MessageLogger
from .failure import Failure

if TYPE_CHECKING:
    from .job import JobResult

SIGNALS = (
    "preBeginJob", "postBeginJob", "preModule", "postModule", "preBlock", "postBlock", "blockWritten",
    "postGlobalBeginTransition", "preGlobalEndTransition", "postEndJob", "jobEnded",
)  # fmt: skip


class ActivityRegistry:
    """For each signal, the services that listen to it.

    Signals that open something are told in the order of the services, those that close (``post...``, ``...Ended``) in
    the reverse order, so that services nest.
    """

    def __init__(self, services: Iterable[Service] = ()) -> None:
        services = list(services)
        self._listeners: dict[str, list[Callable[..., None]]] = {}
        for signal in SIGNALS:
            closing = signal.startswith("post") or signal.endswith("Ended")
            ordered = reversed(services) if closing else services
            methods = (overridden(service, signal) for service in ordered)
            self._listeners[signal] = [method for method in methods if method is not None]
        transitions = ("postGlobalBeginTransition", "preGlobalEndTransition")
        self.watches_transitions = any(self._listeners[signal] for signal in transitions)
        self.watches_modules = bool(self._listeners["preModule"] or self._listeners["postModule"])

    def tell(self, signal: str, *arguments: Any) -> None:
        """Send a signal."""
        for method in self._listeners[signal]:
            method(*arguments)

    def tell_end(self, result: JobResult | None, error: BaseException | None, log: MessageLogger) -> None:
        """Send ``jobEnded`` to all services, also if one of them fails.

        Raises
        ------
        Exception
            What a service raised, if the job itself went well; else there is a message, as the job's own end counts.
        """
        raised: Exception | None = None
        for method in self._listeners["jobEnded"]:
            try:
                method(result, error)
            except Exception as problem:
                failed = error is not None or result is None or result.failure is not None
                if failed or raised is not None:
                    failure = Failure.of(problem, "Calling jobEnded of a service")
                    log.error("ServiceFailure", failure.summary())
                else:
                    raised = problem
        if raised is not None:
            raise raised
