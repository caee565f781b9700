"""ConditionalTasks: their modules run on a path in front of what consumes them there.

Those that nothing on any of their paths consumes run on demand, as if they stood in a Task (cms-sw/cmssw#37305).
"""

from __future__ import annotations

from collections.abc import Set

import attrs

from ..config.description import PathDescription, PathEntry
from .wiring import Wiring


def with_conditional_modules(path: PathDescription, wiring: Wiring) -> PathDescription:
    """The path with the modules of its ConditionalTasks at their places.

    A module is put right before the first one on the path that consumes it, directly or through other modules of the
    tasks, and after those that it needs itself; those that nothing on the path consumes are left out. If one is a
    filter, its verdict does not count.
    """
    if not path.conditional:
        return path
    entries: list[PathEntry] = []
    placed = {entry.label for entry in path.entries}
    for entry in path.entries:
        consumed = _consumed_by(entry.label, path.conditional - placed, wiring)
        if consumed:
            entries += [PathEntry(label, ignored=True) for label in _in_order(entry.label, wiring) if label in consumed]
            placed |= consumed
        entries.append(entry)
    return attrs.evolve(path, entries=tuple(entries), conditional=frozenset())


def _consumed_by(label: str, candidates: Set[str], wiring: Wiring) -> set[str]:
    """Those of the candidates that a module consumes, directly or through others of them."""
    found: set[str] = set()
    waiting = [label]
    while waiting:
        direct = {producer for producer in wiring.producers(wiring.modules[waiting.pop()]) if producer in candidates}
        waiting += sorted(direct - found)
        found |= direct
    return found


def _in_order(label: str, wiring: Wiring) -> list[str]:
    """All that a module needs, each after what it needs itself, wherever that runs: on a path or on demand."""
    order: list[str] = []
    seen = {label}
    stack = [(label, iter(wiring.producers(wiring.modules[label])))]
    while stack:
        consumer, producers = stack[-1]
        unseen = next((producer for producer in producers if producer not in seen), None)
        if unseen is None:
            order.append(consumer)
            stack.pop()
        else:
            seen.add(unseen)
            stack.append((unseen, iter(wiring.producers(wiring.modules[unseen]))))
    return order[:-1]
