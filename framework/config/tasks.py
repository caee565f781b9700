"""Task and ConditionalTask: unordered sets of modules that run when their products are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from .base import PrintOptions, _ConfigureComponent, _Labelable
from .ordered_set import OrderedSet
from .sequence_edit import excluding, matches, removing_first, replacing, rewritten
from .visitors import NodeNameVisitor

_Self = TypeVar("_Self", bound="_TaskBase")


def task_expand(member: Any) -> Iterable[Any] | None:
    """The members of a nested task."""
    return list(member._collection) if isinstance(member, _TaskBase) else None


class _TaskBase(_ConfigureComponent, _Labelable):
    """A set of modules, services and nested tasks."""

    def __init__(self, *items: Any) -> None:
        self._setPosition()
        self._collection = OrderedSet()
        self.add(*items)

    @classmethod
    def _accepts(cls, item: Any) -> bool:
        """Whether `item` may be a member."""
        return isinstance(item, _ConfigureComponent) and item._isTaskComponent()

    def add(self, *items: Any) -> None:
        """Add members; those already present are not doubled."""
        for item in items:
            if not self._accepts(item):
                raise TypeError(
                    f"A {type(self).__name__} can hold EDProducers, EDFilters, ESProducers, ESSources, Services and "
                    f"Tasks, not {type(item).__name__}: {item!r}"
                )
            if item is self or (isinstance(item, _TaskBase) and item.contains(self)):
                raise RuntimeError(f"A {type(self).__name__} can't contain itself")
            self._collection.add(item)

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            raise AttributeError(f"You cannot set parameters of a {type(self).__name__}: '{name}'")
        super().__setattr__(name, value)

    def contains(self, item: Any) -> bool:
        """Whether `item` is a member, here or in a nested task."""
        return any(
            member is item or (isinstance(member, _TaskBase) and member.contains(item)) for member in self._collection
        )

    def visit(self, visitor: Any) -> None:
        """Show each member, and the members of nested tasks, to the visitor."""
        for member in self._collection:
            visitor.enter(member)
            if isinstance(member, (_TaskBase, TaskPlaceholder)):
                member.visit(visitor)
            visitor.leave(member)

    def moduleNames(self) -> set[str]:
        """The labels of all members at any depth; of a Service, its type."""
        names: set[str] = set()
        self.visit(NodeNameVisitor(names))
        return names

    def remove(self, item: Any) -> bool:
        """Take out the first occurrence of `item`; a nested task that held it gives way to its other members."""
        edit, hits = removing_first(item)
        self._rewrite(edit)
        return bool(hits)

    def replace(self, old: Any, new: Any) -> bool:
        """Put `new` in place of `old`; None takes `old` out. True if `old` was found."""
        if new is not None and not self._accepts(new):
            raise TypeError(f"A {type(self).__name__} can't hold a {type(new).__name__}: {new!r}")
        edit, hits = replacing(old, new, lambda item: [item])
        self._rewrite(edit)
        return bool(hits)

    def _rewrite(self, edit: Callable[[Any], list[Any] | None]) -> None:
        self._collection = OrderedSet(rewritten(self._collection, edit, task_expand))

    def copy(self: _Self) -> _Self:
        """A task of the same members."""
        return type(self)(*self._collection)

    def copyAndExclude(self: _Self, unwanted: Iterable[Any]) -> _Self:
        """A copy without some members, also without those inside nested tasks."""
        return type(self)(*OrderedSet(rewritten(self._collection, excluding(unwanted), task_expand)))

    def copyAndAdd(self: _Self, *items: Any) -> _Self:
        """A copy with more members."""
        result = self.copy()
        result.add(*items)
        return result

    def expandAndClone(self: _Self) -> _Self:
        """A task of all members at any depth, without nested tasks."""
        return type(self)(*self._flat())

    def _flat(self) -> OrderedSet:
        result = OrderedSet()
        for member in self._collection:
            result.update(member._flat() if isinstance(member, _TaskBase) else [member])
        return result

    def _replaceIfHeldDirectly(self, old: Any, new: Any) -> None:
        """Replace or, with None, take out `old` here; keep the contents of an `old` that is itself a task."""
        members = OrderedSet()
        for member in self._collection:
            if matches(member, old):
                members.update(_contents(old) if new is None else [new])
            else:
                members.add(member)
        self._collection = members

    def resolve(self, components: dict[str, Any], keep: bool = False) -> None:
        """Put the process's tasks in place of placeholders; `keep` those that name nothing."""
        self._collection = OrderedSet(resolved(member, components, keep) for member in self._collection)
        for member in self._collection:
            if isinstance(member, _TaskBase):
                member.resolve(components, keep)

    def _isTaskComponent(self) -> bool:
        return True

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        """The members by name: sorted, and starred when Python's limit of 255 arguments is near."""
        options = options or PrintOptions()
        names = sorted({member.dumpSequencePython(options) for member in self._named()})
        text = ", ".join(names)
        return f"cms.{type(self).__name__}({f'*[{text}]' if len(names) > 255 else text})"

    def _named(self) -> Iterable[Any]:
        """The members; those of an unlabelled nested task stand for it."""
        for member in self._collection:
            if isinstance(member, _TaskBase) and not member.hasLabel_():
                yield from member._named()
            else:
                yield member

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        options = options or PrintOptions()
        return options.reference(self.label_()) if self.hasLabel_() else self.dumpPython(options)

    def __repr__(self) -> str:
        return f"<cms.{type(self).__name__} {self._label or ''} of {len(self._collection)}>"


def _contents(task: Any) -> Iterable[Any]:
    return list(task._collection) if isinstance(task, _TaskBase) else []


def resolved(member: Any, components: dict[str, Any], keep: bool) -> Any:
    """What the placeholder `member` stands for; any other member is returned as it is."""
    if not isinstance(member, _Placeholder):
        return member
    found = components.get(member.name_())
    if found is None and keep:
        return member
    if found is None:
        raise RuntimeError(f"{type(member).__name__}: the process has nothing called '{member.name_()}'")
    return found


class Task(_TaskBase):
    """Modules that run for an event when a product of theirs is asked for."""

    _category = "tasks"

    @classmethod
    def _accepts(cls, item: Any) -> bool:
        return super()._accepts(item) and not isinstance(item, (ConditionalTask, ConditionalTaskPlaceholder))


class ConditionalTask(_TaskBase):
    """Modules that run on a path, before their first consumer there, only if one consumes them."""

    _category = "conditionaltasks"


class _Placeholder:
    """The name of something that the process will hold later."""

    def __init__(self, name: str) -> None:
        self._name = name

    def name_(self) -> str:
        return self._name

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        return f'cms.{type(self).__name__}("{self._name}")'

    dumpPython = dumpSequencePython


class TaskPlaceholder(_Placeholder, _ConfigureComponent):
    """Stands for a Task to be defined later."""

    def _isTaskComponent(self) -> bool:
        return True

    def visit(self, visitor: Any) -> None:
        """A placeholder has no members."""


class ConditionalTaskPlaceholder(TaskPlaceholder):
    """Stands for a ConditionalTask to be defined later."""
