"""Dropping what a process does not use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .visitors import _Visitor

if TYPE_CHECKING:
    from .process import Process

_PATHS = ("paths", "endpaths", "finalpaths")
_ON_PATHS = ("producers", "switchProducers", "filters", "analyzers", "outputModules")
_NESTING = ("sequences", "tasks", "conditionaltasks")
_REPORT = {
    "modules": (*_ON_PATHS, "es_producers", "es_sources"),
    "tasks": ("tasks", "conditionaltasks"),
    "sequences": ("sequences",),
    "paths/endpaths/finalpaths": _PATHS,
}


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
    # An ES module of which only idle tasks know would run without them.
    unused = unreached_es_modules(process)
    for category in ("es_producers", "es_sources"):
        dropped[category] = [label for label in process._table(category) if label in unused]
    gone = {label for labels in dropped.values() for label in labels}
    aliases = process._table("aliases")
    dropped["aliases"] = [label for label, alias in aliases.items() if gone.issuperset(alias.parameterNames_())]
    dropped["vpsets"] = list(process._table("vpsets"))
    if verbose:
        print("prune removed the following:")
        for what, categories in _REPORT.items():
            print(f"  {what}:" + ",".join(sorted(label for category in categories for label in dropped[category])))
    for labels in dropped.values():
        for label in labels:
            process._drop(label)


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
