"""How two processes differ, by meaning: what runs, in which order, with which parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import attrs

from .parameterizable import _Parameterizable, _TypedParameterizable
from .process import Process
from .process_tables import CATEGORIES
from .prune import scheduled_paths, scheduled_tasks
from .psets import VPSet
from .scalars import double, vdouble
from .sequences import _ModuleSequenceType
from .tasks import _TaskBase
from .visitors import DecoratedNodeNameVisitor, node_name

Place = tuple[str, int]
_UNLABELLED = ("source", "looper")
_HELD = "modules"  # how the contents of paths, sequences and tasks are called


@attrs.frozen
class Difference:
    """One component, or the process itself, that is not the same in both.

    Attributes
    ----------
    kind : str
        What it is: ``"EDProducer"``, ``"Path"``, ``"PSet"`` ...
    name : str
        Its label.
    status : {"removed", "added", "changed"}
        Whether only the first process has it, only the second, or both.
    type : str
        The plugin's type, of modules.
    places : tuple
        File and line in the first and the second process; None where it isn't.
    changes : list of Change
        What differs inside, of what both have.
    """

    kind: str
    name: str
    status: Literal["removed", "added", "changed"]
    type: str = ""
    places: tuple[Place | None, Place | None] = (None, None)
    changes: list[Change] = attrs.Factory(list)


@attrs.frozen
class Change:
    """A parameter, or the list of modules, before and after; None where there is none."""

    name: str
    before: Value | None
    after: Value | None


@attrs.frozen
class Value:
    """A value with its type, such as ``"untracked double"``."""

    type: str
    value: Any


def differences(first: Process, second: Process) -> list[Difference]:
    """All differences, in the order of a dump.

    Nested sequences and tasks count by the modules that they hold, and a ``refToPSet_`` by the parameters it stands
    for. The order of the modules of a task, of parameters, and of definitions makes no difference.
    """
    found = [*_of_process(first, second)]
    for category in (*_UNLABELLED, *CATEGORIES):
        tables = _table(first, category), _table(second, category)
        for label in dict.fromkeys([*tables[0], *tables[1]]):
            found += _of_components(label, tables[0].get(label), tables[1].get(label), first, second)
    return found


def _table(process: Process, category: str) -> Mapping[str, Any]:
    if category not in _UNLABELLED:
        return process._table(category)
    component = process.source_() if category == "source" else process.looper_()
    return {} if component is None else {category: component}


def _of_process(first: Process, second: Process) -> Iterator[Difference]:
    if first.name_() != second.name_():
        change = Change("name", *(Value("string", process.name_()) for process in (first, second)))
        yield Difference("Process", first.name_(), "changed", changes=[change])
    changes = _changes(*({"paths": Value("", [path.label_() for path in scheduled_paths(process)]),
                          "tasks": Value("", sorted({n for task in scheduled_tasks(process) for n in _members(task)}))}
                         for process in (first, second)))  # fmt: skip
    if changes:
        yield Difference("Schedule", "schedule", "changed", changes=changes)


def _of_components(label: str, before: Any, after: Any, first: Process, second: Process) -> Iterator[Difference]:
    there = after if before is None else before
    kind, type_ = type(there).__name__, there.type_() if isinstance(there, _TypedParameterizable) else ""
    places = (_place(before), _place(after))
    if before is None or after is None:
        yield Difference(kind, label, "added" if before is None else "removed", type_, places)
        return
    changes = _changes(_contents(before, first), _contents(after, second))
    if changes:
        yield Difference(kind, label, "changed", type_, places, changes)


def _place(component: Any) -> Place | None:
    return None if component is None else (component._filename, component._lineNumber)


def _changes(before: Mapping[str, Value], after: Mapping[str, Value]) -> list[Change]:
    names = dict.fromkeys([*before, *after])
    return [Change(n, before.get(n), after.get(n)) for n in names if before.get(n) != after.get(n)]


def _contents(component: Any, process: Process) -> dict[str, Value]:
    """What makes up the meaning of a component, by name."""
    if isinstance(component, _TaskBase):
        return {_HELD: Value("", _members(component))}
    if isinstance(component, _ModuleSequenceType):
        modules: list[str] = []
        component.visit(DecoratedNodeNameVisitor(modules))
        on_demand = sorted({name for task in _tasks(component) for name in _members(task)})
        return {_HELD: Value("", modules), "tasks": Value("", on_demand)}
    result = {"kind": Value("", type(component).__name__)}
    if getattr(component, "_tryToContinue", False):
        result["shouldTryToContinue()"] = Value("", True)
    return {**result, **dict(_parameters("", component, process, ()))}


def _tasks(sequence: Any) -> Iterator[Any]:
    """The tasks of a sequence and of those nested in it."""
    yield from sequence._tasks
    for element in sequence._elements:
        if isinstance(element, _ModuleSequenceType):
            yield from _tasks(element)


def _members(task: Any) -> list[str]:
    if not isinstance(task, _TaskBase):
        return [task.name_()]  # a placeholder
    return sorted({str(node_name(member) if hasattr(member, "type_") else member.label_()) for member in task._flat()})


def _parameters(path: str, value: Any, process: Process, references: tuple[str, ...]) -> Iterator[tuple[str, Value]]:
    """Every simple parameter in a component or value, by its path; those that are not set are left out."""
    if isinstance(value, _Parameterizable):
        if isinstance(value, _TypedParameterizable):
            yield f"{path}type", Value("", value.type_())
        reference = str(value.__dict__["refToPSet_"].value()) if "refToPSet_" in value._names else ""
        target = process._table("psets").get(reference)
        if target is not None and reference not in references:
            yield from _parameters(path, target, process, (*references, reference))
            return
        for name in value._names:
            yield from _parameter(f"{path}{name}", value.__dict__[name], process, references)
    elif isinstance(value, VPSet):
        yield f"{path}length", Value("", len(value))
        for position, entry in enumerate(value):
            yield from _parameters(f"{path.removesuffix('.')}[{position}].", entry, process, references)


def _parameter(path: str, value: Any, process: Process, references: tuple[str, ...]) -> Iterator[tuple[str, Value]]:
    if hasattr(value, "convert_"):  # a placeholder that nothing was assigned to
        return
    if isinstance(value, (_Parameterizable, VPSet)):
        if not getattr(value, "_tracked", True):  # cases of a SwitchProducer have no trackedness
            yield f"{path} tracked", Value("", False)
        yield from _parameters(f"{path}.", value, process, references)
    else:
        yield path, Value(value.configTypeName(), _plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, double):
        return float(value.value())
    if isinstance(value, vdouble):
        return [float(item) for item in value]
    if isinstance(value, list):
        return [item if isinstance(item, (bool, int, float, str)) else str(_plain(item)) for item in value]
    plain = value.value()
    return plain if isinstance(plain, (bool, int, float, str)) else str(plain)
