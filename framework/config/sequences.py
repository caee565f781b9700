"""Sequence, Path, EndPath and FinalPath."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from .base import PrintOptions, _ConfigureComponent, _Labelable
from .ordered_set import OrderedSet
from .sequence_edit import Edit, excluding, holds, matches, removing_first, replacing, same_objects
from .sequence_nodes import _Sequenceable, _SequenceCollection, check_elements, join_elements
from .tasks import ConditionalTask, Task, TaskPlaceholder, _Placeholder, _TaskBase, resolved, rewritten_members
from .visitors import FinalPathValidator, ModuleNodeOnTaskVisitor, NodeNameVisitor, PathValidator

_Self = TypeVar("_Self", bound="_ModuleSequenceType")

_TASKS = (Task, ConditionalTask, TaskPlaceholder)


def rewritten_elements(elements: Iterable[Any], edit: Edit, *, in_tasks: bool = True) -> tuple[list[Any], list[Any]]:
    """Apply `edit` to elements at any depth and, with `in_tasks`, to the members of nested sequences' tasks.

    A nested sequence in which something changes gives way to its contents: these are the new elements, and its
    tasks are the second list.
    """
    result: list[Any] = []
    handed: list[Any] = []
    for member in elements:
        new = edit(member)
        if new is None:
            new = [member]
            if isinstance(member, Sequence):
                inner, inner_tasks = rewritten_elements(member._elements, edit, in_tasks=in_tasks)
                tasks = rewritten_members(member._tasks, edit) if in_tasks else list(member._tasks)
                if not same_objects(member._elements, inner) or not same_objects(list(member._tasks), tasks):
                    new = inner
                    handed += [*tasks, *inner_tasks]
        result.extend(new)
    return result, handed


def elements_of(item: Any) -> list[Any]:
    """What `item` adds to a sequence."""
    return check_elements([item], "A sequence or path")


class _ModuleSequenceType(_ConfigureComponent, _Labelable):
    """An ordered list of modules and sequences, with tasks that serve them."""

    def __init__(self, *items: Any) -> None:
        self._setPosition()
        self._elements: list[Any] = []
        self._tasks = OrderedSet()
        tasks = items
        if items and isinstance(items[0], _Sequenceable):
            self._elements, tasks = self._checked(items[0]), items[1:]
        for task in tasks:
            if isinstance(task, _Sequenceable):
                raise TypeError(
                    f"{type(self).__name__} takes one sequence of modules, then tasks: combine the modules with '+' or "
                    f"'*', as in cms.{type(self).__name__}(a + b, task); got {len(items)} arguments"
                )
            self.associate(task)

    @classmethod
    def _made(cls: type[_Self], elements: Iterable[Any], tasks: Iterable[Any] = ()) -> _Self:
        result = cls()
        result._elements = list(elements)
        result._tasks = OrderedSet(tasks)
        return result

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
        return _SequenceCollection._over(self._elements) if self._elements else None

    @_seq.setter
    def _seq(self, value: Any) -> None:
        self._elements = [] if value is None else self._checked(value)

    def associate(self, *tasks: Any) -> None:
        """Let the modules of `tasks` run on demand."""
        for task in tasks:
            if not isinstance(task, _TASKS):
                raise TypeError(
                    f"a {type(self).__name__} can be associated with Tasks and ConditionalTasks, not with "
                    f"{type(task).__name__}: {task!r}"
                )
            self._tasks.add(task)

    # ---- looking

    def contains(self, mod: Any) -> bool:
        """Whether `mod` is here, in a nested sequence or in an associated task."""
        return any(
            holds(element, mod) or (isinstance(element, Sequence) and element.contains(mod))
            for element in self._elements
        ) or any(task is mod or (isinstance(task, _TaskBase) and task.contains(mod)) for task in self._tasks)

    def index(self, item: Any) -> int:
        """The place of `item` among the direct elements; ValueError if it is not one."""
        for place, element in enumerate(self._elements):
            if matches(element, item):
                return place
        raise ValueError(f"{item!r} is not an element of this {type(self).__name__}")

    def insert(self, index: int, item: Any) -> None:
        """Put `item` before the direct element at `index`."""
        self._elements[index:index] = self._checked(item)

    def isLeaf(self) -> bool:
        return False

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

    def directDependencies(self) -> list[tuple[str, str]]:
        """Kind and label of the components that a dump of it refers to."""
        return direct_dependencies([*self._elements, *self._tasks])

    # ---- changing

    def remove(self, something: Any) -> bool:
        """Take out the first occurrence of `something`; True if there was one."""
        edit, hits = removing_first(something)
        self._rewrite(edit)
        return bool(hits)

    def replace(self, original: Any, replacement: Any) -> bool:
        """Put `replacement` in place of `original` everywhere; None takes it out. True if it was found."""
        if isinstance(original, _TASKS) and not (replacement is None or isinstance(replacement, _TASKS)):
            kind = type(replacement).__name__
            raise TypeError(f"a {type(original).__name__} can only be replaced by a task, not by {kind}")
        if isinstance(replacement, _Sequenceable):
            self._checked(replacement)
        edit, hits = replacing(
            original, replacement, lambda item: elements_of(item) if isinstance(item, _Sequenceable) else [item]
        )
        self._rewrite(edit)
        return bool(hits)

    def _rewrite(self, edit: Edit) -> None:
        """Apply `edit` to elements and tasks at any depth."""
        self._elements, handed = rewritten_elements(self._elements, edit)
        self._tasks = OrderedSet([*rewritten_members(self._tasks, edit), *handed])

    def _rewrite_elements(self, edit: Edit) -> None:
        """Apply `edit` to the elements at any depth, not to tasks."""
        self._elements, handed = rewritten_elements(self._elements, edit, in_tasks=False)
        self._tasks.update(handed)

    def copy(self: _Self) -> _Self:
        """One of the same kind with the same elements and tasks."""
        return self._made(self._elements, self._tasks)

    def copyAndExclude(self: _Self, listOfModulesToExclude: Iterable[Any]) -> _Self:
        """A copy without some modules, sequences or tasks, at any depth."""
        result = self.copy()
        result._rewrite(excluding(listOfModulesToExclude))
        return result

    def copyAndAdd(self: _Self, *items: Any) -> _Self:
        """A copy with more elements or tasks at its end."""
        result = self.copy()
        for item in items:
            if isinstance(item, _Sequenceable):
                result._elements.extend(result._checked(item))
            else:
                result.associate(item)
        return result

    def expandAndClone(self: _Self) -> _Self:
        """One of the same kind that holds all modules directly, and all members of tasks in one task each."""
        elements: list[Any] = []
        tasks = OrderedSet(self._tasks)
        _flatten(self, elements, tasks)
        result = self._made(elements)
        for kind in (Task, ConditionalTask):
            of_kind = [task for task in tasks if isinstance(task, kind)]
            if of_kind:
                result.associate(kind(*[member for task in of_kind for member in task._flat()]))
        return result

    def _replaceIfHeldDirectly(self, old: Any, new: Any) -> None:
        """Replace or, with None, take out `old` here, not in nested sequences and tasks."""
        if isinstance(new, _Sequenceable) or new is None:
            edit = replacing(old, new, elements_of)[0]
            self._elements = [new for member in self._elements for new in _edited(member, edit)]
        if any(task is old for task in self._tasks):
            members = [new if task is old else task for task in self._tasks]
            self._tasks = OrderedSet(task for task in members if task is not None)

    def resolve(self, components: dict[str, Any], keep: bool = False, seen: set[int] | None = None) -> Any:
        """Put the process's sequences and tasks in place of placeholders; `keep` those that name nothing.

        `seen` collects what was resolved already: a sequence stands on many paths.
        """
        seen = set() if seen is None else seen
        if id(self) in seen:
            return self
        seen.add(id(self))
        self._elements = [resolved(element, components, keep) for element in self._elements]
        self._tasks = OrderedSet(resolved(task, components, keep) for task in self._tasks)
        for nested in [*self._elements, *self._tasks]:
            if isinstance(nested, (Sequence, _TaskBase)):
                nested.resolve(components, keep, seen)
        return self

    # ---- handing over and printing

    def insertInto(self, parameterSet: Any, name: str, decoratedList: list[str]) -> None:
        """Store it, as the list of decorated labels that a visitor made of it."""
        parameterSet.addVString(True, name, decoratedList)

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        return self.dumpPythonNoNewline(options) + "\n"

    def dumpPythonNoNewline(self, options: PrintOptions | None = None) -> str:
        options = options or PrintOptions()
        elements = join_elements(self._elements, options)
        parts = [elements] if elements else []
        parts += sorted({task.dumpSequencePython(options) for task in self._tasks})
        text = ", ".join(parts)
        return f"cms.{type(self).__name__}({f'*[{text}]' if len(parts) > 254 else text})"

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        """How another sequence or path refers to it."""
        options = options or PrintOptions()
        if self.hasLabel_():
            return super().dumpSequencePython(options)
        if self._tasks:
            return self.dumpPythonNoNewline(options)
        text = join_elements(self._elements, options)
        return f"({text})" if text else ""

    def dumpConfig(self, options: PrintOptions | None = None) -> str:
        """As it was written in the old configuration language."""
        return "{" + "&".join(element.dumpSequenceConfig() for element in self._elements) + "}\n"

    def dumpSequenceConfig(self) -> str:
        if self.hasLabel_():
            return super().dumpSequenceConfig()
        return "(" + "&".join(element.dumpSequenceConfig() for element in self._elements) + ")"

    def __repr__(self) -> str:
        return f"cms.{type(self).__name__}({self})\n"

    def __str__(self) -> str:
        """The modules in order and, after commas, those in tasks."""
        elements: list[Any] = []
        _flatten(self, elements, OrderedSet())
        in_tasks: list[Any] = []
        self.visit(ModuleNodeOnTaskVisitor(in_tasks))
        path = "+".join(str(element) for element in elements)
        return ",".join([path, *(str(module) for module in in_tasks)])


def direct_dependencies(members: Iterable[Any]) -> list[tuple[str, str]]:
    """Kind and label of labelled members and, of those without a label, of what they hold."""
    found: dict[tuple[str, str], None] = {}
    for member in members:
        component = member.module() if hasattr(member, "module") else member
        if isinstance(component, _Placeholder):
            continue
        if component.hasLabel_():
            found[component._subfolder, component.label_()] = None
        else:
            found.update(dict.fromkeys(component.directDependencies()))
    return list(found)


def _edited(member: Any, edit: Edit) -> list[Any]:
    changed = edit(member)
    return [member] if changed is None else changed


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
    _subfolder = "sequences"

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

    def dumpSequenceConfig(self) -> str:
        return self.dumpSequencePython()


class Path(_ModuleSequenceType):
    """Modules that run for each event until one of them rejects it; its verdict is recorded."""

    _category = "paths"
    _subfolder = "paths"

    def _validate(self, label: str) -> None:
        validator = PathValidator()
        validator.setLabel(label)
        self.visit(validator)


class EndPath(_ModuleSequenceType):
    """Modules that run after all Paths, whatever these decided."""

    _category = "endpaths"
    _subfolder = "paths"

    def _validate(self, label: str) -> None:
        """An EndPath may hold any kind of module."""


class FinalPath(_ModuleSequenceType):
    """Output modules that run after all EndPaths."""

    _category = "finalpaths"
    _subfolder = "paths"

    def _validate(self, label: str) -> None:
        validator = FinalPathValidator()
        validator.setLabel(label)
        self.visit(validator)

    def associate(self, *tasks: Any) -> None:
        raise TypeError("A FinalPath can't be associated with tasks: it only holds OutputModules")
