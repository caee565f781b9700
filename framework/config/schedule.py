"""The schedule: which paths run, in which order, and the tasks that serve them all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .base import PrintOptions, _ConfigureComponent, _Unlabelable
from .ordered_set import OrderedSet
from .parametertypes import _ValidatingListBase
from .sequence_edit import excluding
from .sequences import EndPath, FinalPath, Path
from .tasks import Task, TaskPlaceholder, resolved, rewritten_members
from .visitors import NodeNameVisitor

PATH_TYPES = (Path, EndPath, FinalPath)


class Schedule(_ValidatingListBase, _ConfigureComponent, _Unlabelable):
    """A list of paths: ``Schedule(*paths, tasks=task or [tasks])``."""

    _category = "schedule"

    def __init__(self, *paths: Any, tasks: Any = (), **others: Any) -> None:
        if others:
            raise RuntimeError(f"A Schedule takes paths and tasks=, not {', '.join(others)}=")
        self._tasks = OrderedSet()
        self._setPosition()
        super().__init__(*paths)
        if isinstance(tasks, (Task, TaskPlaceholder)):
            tasks = [tasks]
        elif not isinstance(tasks, Iterable):
            raise RuntimeError(f"tasks= of a Schedule must be a Task or a list of Tasks, not {tasks!r}")
        self.associate(*tasks)

    def tasks(self) -> OrderedSet:
        """The tasks associated with the schedule."""
        return self._tasks

    @classmethod
    def _itemIsValid(cls, item: Any) -> bool:
        return isinstance(item, PATH_TYPES)

    def associate(self, *tasks: Any) -> None:
        """Let the modules of `tasks` run on demand for every path."""
        for task in tasks:
            if not isinstance(task, (Task, TaskPlaceholder)):
                raise TypeError(f"a Schedule can be associated with Tasks, not with {type(task).__name__}: {task!r}")
            self._tasks.add(task)

    def contains(self, mod: Any) -> bool:
        """Whether `mod` is a path here, or on one, or in a task."""
        if any(path is mod or path.contains(mod) for path in self):
            return True
        return any(task is mod or (isinstance(task, Task) and task.contains(mod)) for task in self._tasks)

    def index(self, item: Any, *limits: Any) -> int:
        for place, path in enumerate(self):
            if path is item:
                return place
        raise ValueError(f"{item!r} is not in the schedule")

    def visit(self, visitor: Any) -> None:
        """Show each path with its contents, then each task, to the visitor."""
        for member in [*self, *self._tasks]:
            visitor.enter(member)
            member.visit(visitor)
            visitor.leave(member)

    def moduleNames(self) -> set[str]:
        """The labels of all modules on the paths and in the tasks."""
        names: set[str] = set()
        self.visit(NodeNameVisitor(names))
        return names

    def copy(self) -> Schedule:
        return Schedule(*self, tasks=self._tasks)

    def copyAndExclude(self, listOfModulesToExclude: Iterable[Any]) -> Schedule:
        """A schedule without some paths; modules and tasks are also taken out of those that stay, as copies."""
        refused = list(listOfModulesToExclude)
        result = Schedule()
        for path in self:
            if not any(path is other for other in refused):
                result.append(path.copyAndExclude(refused) if any(path.contains(other) for other in refused) else path)
        result.associate(*rewritten_members(self._tasks, excluding(refused)))
        return result

    def resolve(self, components: dict[str, Any], keep: bool = False, seen: set[int] | None = None) -> None:
        """Put the process's sequences and tasks in place of placeholders; `keep` those that name nothing."""
        seen = set() if seen is None else seen
        self._tasks = OrderedSet(resolved(task, components, keep) for task in self._tasks)
        for member in [*self, *self._tasks]:
            if not isinstance(member, TaskPlaceholder):
                member.resolve(components, keep, seen)

    def _replaceIfHeldDirectly(self, old: Any, new: Any) -> None:
        """Replace or, with None, take out a path or task of the schedule."""
        if isinstance(old, PATH_TYPES):
            self[:] = [new if path is old else path for path in self if path is not old or new is not None]
        elif any(task is old for task in self._tasks):
            members = [new if task is old else task for task in self._tasks]
            self._tasks = OrderedSet(task for task in members if task is not None)

    def replace(self, original: Any, replacement: Any) -> bool:
        """Replace, or take out with None, a module in the tasks. True if it was there."""
        hits = [task.replace(original, replacement) for task in self._tasks if isinstance(task, Task)]
        return any(hits)

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        options = options or PrintOptions()
        paths = ", ".join(options.reference(path.label_()) for path in self)
        tasks = ", ".join(sorted({task.dumpSequencePython(options) for task in self._tasks}))
        parts = [f"*[ {paths} ]"] if paths else []
        parts += [f"tasks=[{tasks}]"] if tasks else []
        return f"cms.Schedule({', '.join(parts)})\n"

    __str__ = dumpPython

    def __repr__(self) -> str:
        return f"<cms.Schedule of {len(self)} paths, {len(self._tasks)} tasks>"

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)
