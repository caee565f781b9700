"""Helpers that rearrange a whole process."""

from __future__ import annotations

from typing import Any

from .modules import EDFilter, EDProducer
from .sequence_nodes import _SequenceIgnore, _SequenceNegation, _UnarySequenceOperator, ignore
from .sequences import EndPath
from .tasks import Task
from .visitors import ModuleNodeVisitor


def ignoreAllFiltersOnPath(path: Any) -> Any:
    """Make `path` go on whatever its filters decide, in place; returns `path`."""

    def edit(member: Any) -> list[Any] | None:
        if isinstance(member, EDFilter):
            return [ignore(member)]
        if isinstance(member, _SequenceNegation) and isinstance(member.module(), EDFilter):
            return [ignore(member.module())]
        return None

    path._rewrite_elements(edit)
    return path


def modulesInSequences(*sequences: Any) -> list[Any]:
    """The modules of all `sequences`, in order, repetitions included."""
    modules: list[Any] = []
    for sequence in sequences:
        sequence.visit(ModuleNodeVisitor(modules))
    return modules


def createTaskWithAllProducersAndFilters(process: Any) -> Task:
    """A Task of every EDProducer and EDFilter of `process`."""
    return Task(*process.producers_().values(), *process.filters_().values())


def convertToUnscheduled(process: Any) -> Any:
    """Take producers, and filters whose verdict is ignored, off the paths and let them run on demand.

    All of them go into one Task that is associated with the schedule or, without one, with each path.
    Returns `process`.
    """

    def edit(member: Any) -> list[Any] | None:
        module = member.module() if isinstance(member, _UnarySequenceOperator) else member
        ignored = isinstance(module, EDFilter) and isinstance(member, _SequenceIgnore)
        return [] if isinstance(module, EDProducer) or ignored else None

    task = createTaskWithAllProducersAndFilters(process)
    paths = [*process.paths_().values(), *process.endpaths_().values()]
    for path in paths:
        path._rewrite_elements(edit)
    for holder in paths if process.schedule_() is None else [process.schedule_()]:
        holder.associate(task)
    return process


def convertToSingleModuleEndPaths(process: Any) -> Any:
    """Split each EndPath of several modules into EndPaths of one, called ``<name>_<module>``; returns `process`."""
    for name, path in list(process.endpaths_().items()):
        expanded = path.expandAndClone()
        flat, tasks = expanded._elements, expanded._tasks
        if len(flat) < 2:
            continue
        schedule = process.schedule_()
        place = schedule.index(path) if schedule is not None and schedule.contains(path) else None
        delattr(process, name)
        for number, element in enumerate(flat):
            module = element.module() if isinstance(element, _UnarySequenceOperator) else element
            label = f"{name}_{module.label_()}"
            setattr(process, label, EndPath(element, *tasks))
            if place is not None:
                schedule.insert(place + number, getattr(process, label))
    return process
