"""ConditionalTasks: their modules run on a path in front of what consumes them there.

Those that nothing on any of their paths consumes run on demand, as if they stood in a Task (cms-sw/cmssw#37305).
"""

from __future__ import annotations

import attrs

from ..config.description import PathDescription, PathEntry
from .wiring import Wiring


def with_conditional_modules(path: PathDescription, wiring: Wiring) -> PathDescription:
    """The path with the modules of its ConditionalTasks at their places.

    A module is put right before the first one on the path that consumes it, directly or through other modules of the
    tasks; those that nothing on the path consumes are left out. If one is a filter, its verdict does not count.
    """
    if not path.conditional:
        return path
    entries: list[PathEntry] = []
    placed = {entry.label for entry in path.entries}

    def place_producers(label: str) -> None:
        for producer in wiring.producers(wiring.modules[label]):
            if producer in path.conditional and producer not in placed:
                placed.add(producer)
                place_producers(producer)
                entries.append(PathEntry(producer, ignored=True))

    for entry in path.entries:
        place_producers(entry.label)
        entries.append(entry)
    return attrs.evolve(path, entries=tuple(entries), conditional=frozenset())
