"""Task and ConditionalTask: unordered sets of modules that run when their products are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from .base import PrintOptions, _ConfigureComponent, _Labelable
from .changes import suggestion
from .ordered_set import OrderedSet
from .sequence_edit import Edit, excluding, matches, removing_first, replacing, same_objects
from .visitors import NodeNameVisitor

_Self = TypeVar("_Self", bound="_TaskBase")
_Named = TypeVar("_Named", bound="_Placeholder")


def rewritten_members(members: Iterable[Any], edit: Edit) -> list[Any]:
    """Apply `edit` to the members of a task at any depth; a nested task that changes gives way to a new one."""
    result: list[Any] = []
    for member in members:
        new = edit(member)
        if new is None:
            new = [member]
            if isinstance(member, _TaskBase):
                before = list(member._collection)
                after = rewritten_members(before, edit)
                if not same_objects(before, after):
                    new = [type(member)(*after)] if after else []
        result.extend(new)
    return result


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
                raise RuntimeError(
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

    def isLeaf(self) -> bool:
        return False

    def __iter__(self) -> Iterator[Any]:
        return iter(self._collection)

    def directDependencies(self) -> list[tuple[str, str]]:
        """Kind and label of the components that a dump of it refers to."""
        from .sequences import direct_dependencies  # which builds on this module

        return direct_dependencies(self._collection)

    def contains(self, mod: Any) -> bool:
        """Whether `mod` is a member, here or in a nested task."""
        return any(
            member is mod or (isinstance(member, _TaskBase) and member.contains(mod)) for member in self._collection
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

    def remove(self, something: Any) -> bool:
        """Take out the first occurrence of `something`; a nested task that held it gives way to its other members."""
        self._check_component(something)
        edit, hits = removing_first(something)
        self._rewrite(edit)
        return bool(hits)

    def replace(self, original: Any, replacement: Any) -> bool:
        """Put `replacement` in place of `original`; None takes `original` out. True if `original` was found."""
        self._check_component(original)
        if replacement is not None:
            self._check_component(replacement)
        edit, hits = replacing(original, replacement, lambda item: [item])
        self._rewrite(edit)
        return bool(hits)

    def _check_component(self, item: Any) -> None:
        if not self._accepts(item):
            raise TypeError(f"A {type(self).__name__} can't hold a {type(item).__name__}: {item!r}")

    def _rewrite(self, edit: Edit) -> None:
        self._collection = OrderedSet(rewritten_members(self._collection, edit))

    def copy(self: _Self) -> _Self:
        """A task of the same members."""
        return type(self)(*self._collection)

    def copyAndExclude(self: _Self, listOfModulesToExclude: Iterable[Any]) -> _Self:
        """A copy without some members, also without those inside nested tasks."""
        for item in listOfModulesToExclude:
            self._check_component(item)
        return type(self)(*rewritten_members(self._collection, excluding(listOfModulesToExclude)))

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
        """Replace or, with None, take out `old` here, not in nested tasks."""
        if any(matches(member, old) for member in self._collection):
            members = [new if matches(member, old) else member for member in self._collection]
            self._collection = OrderedSet(member for member in members if member is not None)

    def resolve(self, components: dict[str, Any], keep: bool = False, seen: set[int] | None = None) -> Any:
        """Put the process's tasks in place of placeholders; `keep` those that name nothing."""
        seen = set() if seen is None else seen
        if id(self) in seen:
            return self
        seen.add(id(self))
        self._collection = OrderedSet(resolved(member, components, keep) for member in self._collection)
        for member in self._collection:
            if isinstance(member, _TaskBase):
                member.resolve(components, keep, seen)
        return self

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        return self.dumpPythonNoNewline(options) + "\n"

    def dumpPythonNoNewline(self, options: PrintOptions | None = None) -> str:
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
        """How a sequence, path or schedule refers to it."""
        return super().dumpSequencePython(options) if self.hasLabel_() else self.dumpPythonNoNewline(options)

    def __str__(self) -> str:
        return ", ".join(str(member) for member in self._flat())

    def __repr__(self) -> str:
        return f"cms.{type(self).__name__}({self})\n"


def resolved(member: Any, components: dict[str, Any], keep: bool) -> Any:
    """What the placeholder `member` stands for; any other member is returned as it is."""
    if not isinstance(member, _Placeholder):
        return member
    found = components.get(member.name_())
    if found is None and keep:
        return member
    if found is None:
        known = suggestion(member.name_(), [name for name in components if not name.startswith("_")])
        raise RuntimeError(f"{type(member).__name__}: the process has nothing called '{member.name_()}'{known}")
    return resolved(found, components, keep)


class Task(_TaskBase):
    """Modules that run for an event when a product of theirs is asked for."""

    _category = "tasks"
    _subfolder = "tasks"

    def _isTaskComponent(self) -> bool:
        return True


class ConditionalTask(_TaskBase):
    """Modules that run on a path, before their first consumer there, only if one consumes them."""

    _category = "conditionaltasks"
    _subfolder = "tasks"

    @classmethod
    def _accepts(cls, item: Any) -> bool:
        return super()._accepts(item) or isinstance(item, (ConditionalTask, ConditionalTaskPlaceholder))


class _Placeholder:
    """The name of something that the process will hold later."""

    def __init__(self, name: str) -> None:
        self._name = name

    def name_(self) -> str:
        return self._name

    def isLeaf(self) -> bool:
        return False

    def copy(self: _Named) -> _Named:
        return type(self)(self._name)

    def __str__(self) -> str:
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

    def _isTaskComponent(self) -> bool:
        return False
