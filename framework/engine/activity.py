"""Telling services what happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..service import Service, overridden

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
