"""What keeps modules from running at the same time: shared resources and concurrency limits."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from ..module import Module


class ResourceGuard:
    """Holds the locks of all resources that a module uses; taken in the order of their names, so that none wait in a
    circle."""

    def __init__(self, locks: Iterable[threading.Lock]) -> None:
        self._locks = list(locks)

    def __enter__(self) -> None:
        for lock in self._locks:
            lock.acquire()

    def __exit__(self, *_: object) -> None:
        for lock in reversed(self._locks):
            lock.release()


def guards_of(modules: Mapping[str, Module]) -> dict[str, AbstractContextManager[Any]]:
    """By label, what a module's calls have to hold; only modules that need it are there."""
    names = {name for module in modules.values() for name in module.resources}
    locks = {name: threading.Lock() for name in names}
    guards: dict[str, AbstractContextManager[Any]] = {}
    for label, module in modules.items():
        if module.resources:
            guards[label] = ResourceGuard(locks[name] for name in sorted(set(module.resources)))
        elif module.kind == "limited":
            guards[label] = threading.Semaphore(module.concurrencyLimit)
    return guards
