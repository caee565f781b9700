"""Writing a process as the Python that builds it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .base import PrintOptions, specialImportRegistry
from .sequences import Sequence
from .tasks import _TaskBase

if TYPE_CHECKING:
    from .process import Process

_BEFORE_SEQUENCES = (
    "psets", "vpsets", "producers", "switchProducers", "filters", "analyzers", "outputModules", "services",
    "processAccelerators", "es_producers", "es_sources", "es_prefers",
)  # fmt: skip
_NESTING = ("tasks", "conditionaltasks", "sequences")
_IN_ORDER = ("paths", "endpaths", "finalpaths")


def dump_process(process: Process, options: PrintOptions) -> str:
    """The whole configuration; executing the text and dumping again gives the same text."""
    specialImportRegistry.reset()
    body = list(_statements(process, options))
    schedule = process.schedule_()
    if schedule is not None:
        body.append(f"process.schedule = {schedule.dumpPython(options)}")
    imports = ["import FWCore.ParameterSet.Config as cms", *specialImportRegistry.getSpecialImports()]
    start = "\n".join(imports) + f'\n\nprocess = cms.Process("{process.name_()}")\n'
    return "\n".join([start, *(f"{statement}\n" for statement in body)])


def _statements(process: Process, options: PrintOptions) -> Iterator[str]:
    """One assignment for each component, users after what they use."""
    for name, single in (("source", process.source_()), ("looper", process.looper_())):
        if single is not None:
            yield f"process.{name} = {single.dumpPython(options)}"
    for category in _BEFORE_SEQUENCES:
        yield from _table(process, category, sorted(process._table(category)), options)
    for category in _NESTING:
        yield from _table(process, category, dependency_order(process._table(category)), options)
    for category in _IN_ORDER:
        yield from _table(process, category, list(process._table(category)), options)
    yield from _table(process, "aliases", sorted(process._table("aliases")), options)


def _table(process: Process, category: str, labels: list[str], options: PrintOptions) -> Iterator[str]:
    for label in labels:
        component = process._table(category)[label]
        specialImportRegistry.registerUse(component)
        yield f"process.{label} = {component.dumpPython(options)}"


def dependency_order(table: dict[str, Any]) -> list[str]:
    """Labels sorted by name, except that a sequence or task comes after those it holds."""
    ordered: dict[str, None] = {}

    def place(label: str) -> None:
        if label in ordered:
            return
        for nested in _labelled_inside(table[label]):
            if nested.label_() in table:
                place(nested.label_())
        ordered[label] = None

    for label in sorted(table):
        place(label)
    return list(ordered)


def _labelled_inside(holder: Any) -> Iterator[Any]:
    """The labelled sequences and tasks that a dump of `holder` refers to."""
    members = holder._collection if isinstance(holder, _TaskBase) else [*holder._elements, *holder._tasks]
    for member in sorted(
        (m for m in members if isinstance(m, (Sequence, _TaskBase))), key=lambda member: member._label or ""
    ):
        if member.hasLabel_():
            yield member
        else:
            yield from _labelled_inside(member)
