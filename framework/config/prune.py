"""Dropping what a process does not use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .parameterizable import _Parameterizable
from .psets import VPSet
from .visitors import _Visitor

if TYPE_CHECKING:
    from .process import Process

_SETTINGS = ("options", "maxEvents", "maxLuminosityBlocks")
_PATHS = ("paths", "endpaths", "finalpaths")
_ON_PATHS = ("producers", "switchProducers", "filters", "analyzers", "outputModules")
_NESTING = ("sequences", "tasks", "conditionaltasks")


class _Reached(_Visitor):
    """Collects the identity of everything visited."""

    def __init__(self) -> None:
        self.ids: set[int] = set()

    def enter(self, visitee: Any) -> None:
        self.ids.add(id(visitee))


def scheduled_paths(process: Process) -> list[Any]:
    """The paths that run: the schedule's in its order or, without a schedule, all in order of definition."""
    schedule = process.schedule_()
    if schedule is not None:
        return list(schedule)
    return [path for category in _PATHS for path in process._table(category).values()]


def scheduled_tasks(process: Process) -> list[Any]:
    """The tasks associated with the schedule."""
    schedule = process.schedule_()
    return list(schedule._tasks) if schedule is not None else []


def prune_process(process: Process, verbose: bool) -> None:
    """See `Process.prune`."""
    reached = _reached(process)
    dropped = {
        category: [label for label, item in process._table(category).items() if id(item) not in reached.ids]
        for category in (*_PATHS, *_ON_PATHS, *_NESTING)
    }
    unused = unreached_es_modules(process)
    for category in ("es_producers", "es_sources"):
        dropped[category] = [label for label in process._table(category) if label in unused]
    dropped["aliases"] = _unused_aliases(process, dropped)
    dropped["vpsets"] = list(process._table("vpsets"))
    _delete(process, dropped, verbose)
    _delete(process, {"psets": _unused_psets(process)}, verbose)


def _reached(process: Process) -> _Reached:
    reached = _Reached()
    for holder in [*scheduled_paths(process), *scheduled_tasks(process)]:
        reached.enter(holder)
        holder.visit(reached)
    return reached


def unreached_es_modules(process: Process) -> set[str]:
    """Labels of the ES modules that the job leaves out.

    An ES module runs whenever its record is asked for, unless tasks hold it and none of them is scheduled.
    """
    unreached = _members_of_all_tasks(process) - _reached(process).ids
    tables = (process._table(category) for category in ("es_producers", "es_sources"))
    return {label for table in tables for label, item in table.items() if id(item) in unreached}


def _members_of_all_tasks(process: Process) -> set[int]:
    return {id(member) for task in process._table("tasks").values() for member in task._flat()}


def _unused_aliases(process: Process, dropped: dict[str, list[str]]) -> list[str]:
    gone = {label for labels in dropped.values() for label in labels}
    aliases = process._table("aliases")
    return [label for label, alias in aliases.items() if all(name in gone for name in alias.parameterNames_())]


def _unused_psets(process: Process) -> list[str]:
    """Top-level PSets that are no setting and that nothing pulls in by ``refToPSet_``."""
    used: set[str] = set()
    pending = [item for category in ("producers", "filters", "analyzers", "outputModules", "services", "es_producers",
                                     "es_sources") for item in process._table(category).values()]  # fmt: skip
    source = process.source_()
    if source is not None:
        pending.append(source)
    while pending:
        for name in referenced_psets(pending.pop()):
            if name not in used and name in process._table("psets"):
                used.add(name)
                pending.append(process._table("psets")[name])
    return [label for label in process._table("psets") if label not in _SETTINGS and label not in used]


def referenced_psets(component: _Parameterizable) -> set[str]:
    """The names in every ``refToPSet_`` of a component, at any depth."""
    names = set()
    for name in component.parameterNames_():
        value = component.__dict__[name]
        if name == "refToPSet_":
            names.add(str(value.value()))
        elif isinstance(value, _Parameterizable):
            names |= referenced_psets(value)
        elif isinstance(value, VPSet):
            names |= {found for pset in value for found in referenced_psets(pset)}
    return names


def _delete(process: Process, dropped: dict[str, list[str]], verbose: bool) -> None:
    for category, labels in dropped.items():
        if verbose and labels:
            print(f"prune: dropping {category}: {' '.join(sorted(labels))}")
        for label in labels:
            delattr(process, label)
