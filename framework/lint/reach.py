"""What the process holds and the job leaves out: modules, tasks, sequences and paths that nothing reaches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from ..config.misuse import Finding
from ..config.process import Process
from ..config.prune import scheduled_paths, scheduled_tasks
from ..config.visitors import _Visitor
from .places import made_at

MODULES = ("producers", "switchProducers", "filters", "analyzers", "outputModules")
_ES_MODULES = ("es_producers", "es_sources")
_PATHS = {"paths": "Path", "endpaths": "EndPath", "finalpaths": "FinalPath"}
_HOLDERS = {"tasks": "Task", "conditionaltasks": "ConditionalTask", "sequences": "Sequence"}


class _Members(_Visitor):
    """Collects the identities of all that is inside."""

    def __init__(self) -> None:
        self.ids: set[int] = set()

    def enter(self, visitee: Any) -> None:
        self.ids.add(id(visitee))


def members(*holders: Any) -> set[int]:
    """The identities of these paths, sequences or tasks and of all that is in them, at any depth."""
    inside = _Members()
    for holder in holders:
        inside.enter(holder)
        holder.visit(inside)
    return inside.ids


def unreached(process: Process, config: str, notes: list[str]) -> Iterator[Finding]:
    """Paths outside the schedule, tasks and sequences that serve no path, and modules in none of all these.

    Fragments that do not lie beside the configuration bring what not every job needs: of those, it is told if a job
    uses nothing at all that it loads, and the rest goes to the `notes`.
    """
    reached = members(*scheduled_paths(process), *scheduled_tasks(process))
    idle = _Idle(process, reached, _own_folder(config))
    for file, (place, labels) in idle.unused_loads().items():
        idle.explained |= members_of(process, labels)
        yield _unused_load(place, file, labels)
    for category, kind in _PATHS.items():
        for label, path in process._table(category).items():
            if id(path) not in reached and idle.is_own(path):
                idle.explained |= members(path)
                yield _unscheduled(kind, label, path)
    for kind, label, holder, inside in idle.holders():
        left_out = [name for name, module in idle.modules.items() if id(module) in inside - idle.explained]
        if left_out and idle.is_own(holder):
            idle.explained |= inside
            yield _unused_holder(kind, label, holder, left_out)
    foreign = []
    for label, module in idle.modules.items():
        if id(module) not in idle.explained and module._category in MODULES:
            if idle.is_own(module):
                yield _unreached_module(label, module)
            else:
                foreign.append(label)
    if foreign:
        notes.append(f"Loaded from fragments, but on no path and in no task that runs: {listed(foreign)}")


def listed(labels: list[str]) -> str:
    """The first few labels, and how many more there are."""
    return ", ".join(labels[:5]) + (f" and {len(labels) - 5} more" if len(labels) > 5 else "")


def members_of(process: Process, labels: list[str]) -> set[int]:
    """The identities of components, and of what is in them."""
    components = [process.__dict__[label] for label in labels if label in process.__dict__]
    holders = [component for component in components if hasattr(component, "visit")]
    return members(*holders) | {id(component) for component in components}


def _own_folder(config: str) -> str:
    return os.path.dirname(os.path.realpath(config)) + os.sep


class _Idle:
    """What no path that runs, nor its tasks, reaches; what of it has been `explained` is not told again."""

    def __init__(self, process: Process, reached: set[int], own_folder: str) -> None:
        self._process, self._reached, self._own_folder = process, reached, own_folder
        self._loads = {
            id(item): (file, place) for item, file, place in process.__dict__.get("_Process__loads", {}).values()
        }
        self.explained = set(reached)
        tables = (process._table(category) for category in (*MODULES, *_ES_MODULES))
        self.modules = {label: module for table in tables for label, module in table.items()}

    def is_own(self, component: Any) -> bool:
        """Whether it was not loaded, or made in a fragment beside the configuration."""
        if id(component) not in self._loads:
            return True
        files = (self._loads[id(component)][0], component._filename)
        return all(os.path.realpath(file).startswith(self._own_folder) for file in files)

    def unused_loads(self) -> dict[str, tuple[tuple[str, int], list[str]]]:
        """Fragments with modules, not one of which is reached: who loads them, and their labels by file."""
        loads: dict[str, tuple[tuple[str, int], list[str]]] = {}
        used = set()
        for category in (*MODULES, *_ES_MODULES, *_PATHS, *_HOLDERS):
            for label, component in self._process._table(category).items():
                if id(component) not in self._loads:
                    continue
                file, place = self._loads[id(component)]
                if category in MODULES and not self.is_own(component):
                    loads.setdefault(file, (place, []))[1].append(label)
                if id(component) in self._reached or category in _ES_MODULES:
                    used.add(file)
        return {file: load for file, load in loads.items() if file not in used}

    def holders(self) -> list[tuple[str, str, Any, set[int]]]:
        """Unreached tasks and sequences that no other unreached one holds; the largest first."""
        found = [
            (kind, label, holder, members(holder))
            for category, kind in _HOLDERS.items()
            for label, holder in self._process._table(category).items()
            if id(holder) not in self._reached
        ]
        held = {identity for _, _, holder, inside in found for identity in inside - {id(holder)}}
        return sorted((entry for entry in found if id(entry[2]) not in held), key=lambda entry: -len(entry[3]))


def _unused_load(place: tuple[str, int], file: str, labels: list[str]) -> Finding:
    return Finding(
        "unused-load",
        *place,
        "process",
        f"of what this line loads from {os.path.basename(file)}, no path or task reaches anything: {listed(labels)}",
        f"put what you need on a path, or in a task that one is associated with, such as process.{labels[0]}",
    )


def _unscheduled(kind: str, label: str, path: Any) -> Finding:
    return Finding(
        "unscheduled-path",
        *made_at(path),
        f"process.{label}",
        f"the {kind} {label!r} is not in process.schedule, so it does not run",
        f"add it, process.schedule.append(process.{label}), or delete it",
    )


def _unused_holder(kind: str, label: str, holder: Any, left_out: list[str]) -> Finding:
    how = (
        f"put it on a path: cms.Path(process.{label})"
        if kind == "Sequence"
        else f"associate it: process.PATH.associate(process.{label})"
        + (f" or process.schedule.associate(process.{label})" if kind == "Task" else "")
    )
    reason = "stands on no path" if kind == "Sequence" else "is associated with no path that runs, nor the schedule"
    return Finding(
        f"unused-{'sequence' if kind == 'Sequence' else 'task'}",
        *made_at(holder),
        f"process.{label}",
        f"the {kind} {label!r} {reason}, so these do not run: {listed(left_out)}",
        f"{how}, or delete it",
    )


def _unreached_module(label: str, module: Any) -> Finding:
    advice = "cms.EndPath" if module._category in ("analyzers", "outputModules") else "cms.Path"
    task = " or in a cms.Task" if module._isTaskComponent() else ""
    return Finding(
        "unreached-module",
        *made_at(module),
        f"process.{label}",
        f"no path or task reaches the {type(module).__name__} {label!r} ({module.type_()}), so it does not run",
        f"put it on a {advice}{task}, or delete it: del process.{label}",
    )
