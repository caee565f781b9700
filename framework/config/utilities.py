"""Helpers that rearrange a whole process."""

from __future__ import annotations

from typing import Any

from .modules import EDFilter, EDProducer
from .schedule import Schedule
from .sequence_nodes import _SequenceIgnore, _UnarySequenceOperator, ignore
from .sequences import EndPath
from .tasks import Task
from .visitors import ModuleNodeOnTaskVisitor, ModuleNodeVisitor, TaskVisitor


def ignoreAllFiltersOnPath(path: Any) -> Any:
    """Make `path` go on whatever its filters decide, in place; returns `path`.

    Filters whose verdict is inverted or ignored already stay as they are.
    """

    def edit(member: Any) -> list[Any] | None:
        return [ignore(member)] if isinstance(member, EDFilter) else None

    path._rewrite_elements(edit)
    return path


def modulesInSequences(*sequences: Any) -> list[Any]:
    """The modules of all `sequences`, in order, repetitions included."""
    modules: list[Any] = []
    for sequence in sequences:
        sequence.visit(ModuleNodeVisitor(modules))
    return modules


def moduleLabelsInSequences(*sequences: Any) -> list[str]:
    """The labels of the modules of all `sequences`."""
    return [module.label_() for module in modulesInSequences(*sequences)]


def createTaskWithAllProducersAndFilters(process: Any) -> Task:
    """A Task of every EDProducer and EDFilter of `process`."""
    return Task(*process.producers_().values(), *process.filters_().values())


def convertToUnscheduled(process: Any) -> Any:
    """Take producers, and filters whose verdict is ignored, off the paths and let them run on demand.

    They go into a Task of their path, and what was in its tasks before into another. Returns `process`.
    """
    process.resolve()
    return cleanUnscheduled(process)


def cleanUnscheduled(process: Any) -> Any:
    """As `convertToUnscheduled`, for a process without placeholders."""
    for path in [*process.paths_().values(), *process.endpaths_().values()]:
        in_tasks: list[Any] = []
        path.visit(ModuleNodeOnTaskVisitor(in_tasks))
        flat = path.expandAndClone()._elements
        on_demand = [_module(element) for element in flat if _runs_on_demand(element)]
        path._seq = None
        for element in flat:
            if not _runs_on_demand(element):
                path += element
        path._tasks.clear()
        path.associate(*(Task(*modules) for modules in (in_tasks, on_demand) if modules))
    return process


def _module(element: Any) -> Any:
    return element.module() if isinstance(element, _UnarySequenceOperator) else element


def _runs_on_demand(element: Any) -> bool:
    """Whether a path does not need the verdict of what stands there."""
    module = _module(element)
    return isinstance(module, EDProducer) or (isinstance(module, EDFilter) and isinstance(element, _SequenceIgnore))


def convertToSingleModuleEndPaths(process: Any) -> None:
    """Split each EndPath of several modules into EndPaths of one, called ``<module>_endpath``."""
    replaced: dict[str, list[EndPath]] = {}
    for name, path in list(process.endpaths_().items()):
        flat = path.expandAndClone()._elements
        if len(flat) == 1:
            continue
        tasks: list[Any] = []
        path.visit(TaskVisitor(tasks))
        replaced[name] = []
        for element in flat:
            label = f"{_module(element).label_()}_endpath"
            setattr(process, label, EndPath(element, *tasks))
            replaced[name].append(getattr(process, label))
    schedule = process.schedule_()
    if schedule is not None:
        paths = [path for path in schedule if path.label_() not in replaced]
        paths += [made for path in schedule for made in replaced.get(path.label_(), [])]
        process.schedule = Schedule(*paths, tasks=schedule._tasks)
    for name in replaced:
        delattr(process, name)
