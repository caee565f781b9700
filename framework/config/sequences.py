"""Sequence, Path, EndPath and FinalPath."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from .base import PrintOptions, _ConfigureComponent, _Labelable
from .ordered_set import OrderedSet
from .sequence_edit import excluding, holds, matches, removing_first, replacing, rewritten, same_objects
from .sequence_nodes import _Sequenceable, _SequenceCollection, check_elements
from .tasks import ConditionalTask, Task, TaskPlaceholder, _Placeholder, _TaskBase, resolved, task_expand
from .visitors import FinalPathValidator, NodeNameVisitor, PathValidator

_Self = TypeVar("_Self", bound="_ModuleSequenceType")

_TASKS = (Task, ConditionalTask, TaskPlaceholder)


def sequence_expand(member: Any) -> Iterable[Any] | None:
    """The elements of a nested sequence."""
    return list(member._elements) if isinstance(member, Sequence) else None


def elements_of(item: Any) -> list[Any]:
    """What `item` adds to a sequence."""
    return check_elements([item], "A sequence or path")


class _ModuleSequenceType(_ConfigureComponent, _Labelable):
    """An ordered list of modules and sequences, with tasks that serve them."""

    def __init__(self, *items: Any) -> None:
        self._setPosition()
        self._elements: list[Any] = []
        self._tasks = OrderedSet()
        for item in items:
            if isinstance(item, _TASKS):
                self.associate(item)
            else:
                self._elements.extend(self._checked(item))

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            raise AttributeError(f"You cannot set parameters of a {type(self).__name__}: '{name}'")
        super().__setattr__(name, value)

    def _checked(self, item: Any) -> list[Any]:
        elements: list[Any] = check_elements([item], f"A {type(self).__name__}")
        if any(element is self or (isinstance(element, Sequence) and element.contains(self)) for element in elements):
            raise RuntimeError(f"A {type(self).__name__} can't contain itself")
        return elements

    def __iadd__(self: _Self, other: Any) -> _Self:
        self._elements.extend(self._checked(other))
        return self

    def __imul__(self: _Self, other: Any) -> _Self:
        self._elements.extend(self._checked(other))
        return self

    @property
    def _seq(self) -> _SequenceCollection | None:
        """The elements as one expression: generated configurations write ``path._seq = filter * path._seq``."""
        return _SequenceCollection(*self._elements) if self._elements else None

    @_seq.setter
    def _seq(self, value: Any) -> None:
        self._elements = [] if value is None else self._checked(value)

    def associate(self, *tasks: Any) -> None:
        """Let the modules of `tasks` run on demand."""
        for task in tasks:
            if not isinstance(task, _TASKS):
                raise TypeError(f"associate takes Tasks and ConditionalTasks, not {type(task).__name__}: {task!r}")
            self._tasks.add(task)

    # ---- looking

    def contains(self, item: Any) -> bool:
        """Whether `item` is here, in a nested sequence or in an associated task."""
        return any(
            holds(element, item) or (isinstance(element, Sequence) and element.contains(item))
            for element in self._elements
        ) or any(task is item or (isinstance(task, _TaskBase) and task.contains(item)) for task in self._tasks)

    def index(self, item: Any) -> int:
        """The place of `item` among the direct elements; ValueError if it is not one."""
        for place, element in enumerate(self._elements):
            if matches(element, item):
                return place
        raise ValueError(f"{item!r} is not an element of this {type(self).__name__}")

    def insert(self, index: int, item: Any) -> None:
        """Put `item` before the direct element at `index`."""
        self._elements[index:index] = self._checked(item)

    def visit(self, visitor: Any) -> None:
        """Show each element, then each associated task, to the visitor."""
        for element in self._elements:
            element.visitNode(visitor)
        for task in self._tasks:
            visitor.enter(task)
            task.visit(visitor)
            visitor.leave(task)

    def moduleNames(self) -> set[str]:
        """The labels of all modules, those of nested sequences and associated tasks included."""
        names: set[str] = set()
        self.visit(NodeNameVisitor(names))
        return names

    # ---- changing

    def remove(self, item: Any) -> bool:
        """Take out the first occurrence of `item`; True if there was one."""
        edit, hits = removing_first(item)
        self._rewrite(edit)
        return bool(hits)

    def replace(self, old: Any, new: Any) -> bool:
        """Put `new` in place of `old` everywhere; None takes `old` out. True if `old` was found."""
        if isinstance(old, _TASKS) and not (new is None or isinstance(new, _TASKS)):
            raise TypeError(f"a {type(old).__name__} can only be replaced by a task, not by {type(new).__name__}")
        if isinstance(new, _Sequenceable):
            self._checked(new)
        edit, hits = replacing(old, new, lambda item: elements_of(item) if isinstance(item, _Sequenceable) else [item])
        self._rewrite(edit)
        return bool(hits)

    def _rewrite(self, edit: Callable[[Any], list[Any] | None]) -> None:
        """Apply `edit` to elements, then tasks."""
        self._rewrite_elements(edit)
        tasks, self._tasks = self._tasks, OrderedSet()
        for task in tasks:
            self._tasks.update(_rewritten_task(task, edit))

    def _rewrite_elements(self, edit: Callable[[Any], list[Any] | None]) -> None:
        """Apply `edit` to the elements; a nested sequence that changes hands its tasks over."""
        opened: list[Any] = []
        self._elements = rewritten(self._elements, edit, sequence_expand, opened)
        for sequence in opened:
            self._tasks.update(sequence._tasks)

    def copy(self: _Self) -> _Self:
        """One of the same kind with the same elements and tasks."""
        return type(self)(*self._elements, *self._tasks)

    def copyAndExclude(self: _Self, unwanted: Iterable[Any]) -> _Self:
        """A copy without some modules, sequences or tasks, at any depth."""
        result = self.copy()
        result._rewrite(excluding(unwanted))
        return result

    def copyAndAdd(self: _Self, *items: Any) -> _Self:
        """A copy with more elements or tasks at its end."""
        return type(self)(*self._elements, *self._tasks, *items)

    def expandAndClone(self: _Self) -> _Self:
        """One of the same kind that holds all modules directly, and all members of tasks in one task each."""
        elements: list[Any] = []
        tasks = OrderedSet(self._tasks)
        _flatten(self, elements, tasks)
        result = type(self)(*elements)
        for kind in (Task, ConditionalTask):
            of_kind = [task for task in tasks if isinstance(task, kind)]
            if of_kind:
                result.associate(kind(*[member for task in of_kind for member in task._flat()]))
        return result

    def _replaceIfHeldDirectly(self, old: Any, new: Any) -> None:
        """Replace or, with None, take out `old` here; an `old` that is a sequence or task leaves its contents."""

        def edit(member: Any) -> list[Any] | None:
            if not holds(member, old):
                return None
            if new is None:
                return list(old._elements) if isinstance(old, Sequence) else []
            return replacing(old, new, elements_of)[0](member)

        if new is None and isinstance(old, Sequence) and any(element is old for element in self._elements):
            self._tasks.update(old._tasks)
        self._elements = rewritten(self._elements, edit, lambda member: None)
        if isinstance(old, _TaskBase):
            tasks = OrderedSet()
            for task in self._tasks:
                if task is old:
                    tasks.update([new] if new is not None else [type(old)(*old._collection)])
                else:
                    tasks.add(task)
            self._tasks = tasks
        for nested in [*self._elements, *self._tasks]:
            if isinstance(nested, (Sequence, _TaskBase)) and not nested.hasLabel_():
                nested._replaceIfHeldDirectly(old, new)

    def resolve(self, components: dict[str, Any], keep: bool = False) -> None:
        """Put the process's sequences and tasks in place of placeholders; `keep` those that name nothing."""
        self._elements = [resolved(element, components, keep) for element in self._elements]
        self._tasks = OrderedSet(resolved(task, components, keep) for task in self._tasks)
        for nested in [*self._elements, *self._tasks]:
            if isinstance(nested, (Sequence, _TaskBase)):
                nested.resolve(components, keep)

    # ---- printing

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        options = options or PrintOptions()
        parts = ["+".join(element.dumpSequencePython(options) for element in self._elements)] if self._elements else []
        parts += sorted(task.dumpSequencePython(options) for task in self._tasks)
        return f"cms.{type(self).__name__}({', '.join(parts)})"

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        options = options or PrintOptions()
        if self.hasLabel_():
            return options.reference(self.label_())
        if self._elements and not self._tasks:
            return "+".join(element.dumpSequencePython(options) for element in self._elements)
        return self.dumpPython(options)

    def __repr__(self) -> str:
        return f"<cms.{type(self).__name__} {self._label or ''} of {len(self._elements)}>"

    def __str__(self) -> str:
        return ",".join(element.label_() if element.hasLabel_() else repr(element) for element in self._elements)


def _rewritten_task(task: Any, edit: Callable[[Any], list[Any] | None]) -> list[Any]:
    """What is associated in place of `task`: itself unless `edit` changes something inside it."""
    new = edit(task)
    if new is not None or not isinstance(task, _TaskBase):
        return [task] if new is None else new
    before = list(task._collection)
    after = rewritten(before, edit, task_expand)
    return [task] if same_objects(before, after) else [type(task)(*after)]


def _flatten(sequence: _ModuleSequenceType, elements: list[Any], tasks: OrderedSet) -> None:
    for element in sequence._elements:
        if isinstance(element, Sequence):
            tasks.update(element._tasks)
            _flatten(element, elements, tasks)
        else:
            elements.append(element)


class Sequence(_ModuleSequenceType, _Sequenceable):
    """Modules in order, to be used on paths and in other sequences."""

    _category = "sequences"

    def visitNode(self, visitor: Any) -> None:
        visitor.enter(self)
        self.visit(visitor)
        visitor.leave(self)


class SequencePlaceholder(_Placeholder, _Sequenceable):
    """Stands for a Sequence to be defined later."""

    def hasLabel_(self) -> bool:
        return True

    def label_(self) -> str:
        return self._name


class Path(_ModuleSequenceType):
    """Modules that run for each event until one of them rejects it; its verdict is recorded."""

    _category = "paths"

    def _validate(self, label: str) -> None:
        validator = PathValidator()
        validator.setLabel(label)
        self.visit(validator)


class EndPath(_ModuleSequenceType):
    """Modules that run after all Paths, whatever these decided."""

    _category = "endpaths"

    def _validate(self, label: str) -> None:
        """An EndPath may hold any kind of module."""


class FinalPath(_ModuleSequenceType):
    """Output modules that run after all EndPaths."""

    _category = "finalpaths"

    def _validate(self, label: str) -> None:
        validator = FinalPathValidator()
        validator.setLabel(label)
        self.visit(validator)

    def associate(self, *tasks: Any) -> None:
        raise TypeError("A FinalPath can't be associated with tasks: it only holds OutputModules")
