"""Writing a process as the Python that builds it, in one file or in one for each component."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .base import PrintOptions, specialImportRegistry
from .sequences import Sequence
from .tasks import _TaskBase

if TYPE_CHECKING:
    from .process import Process

_HEADER = "import FWCore.ParameterSet.Config as cms"
_SETTINGS = ("psets", "vpsets")
_MODULES = (
    "producers", "switchProducers", "filters", "analyzers", "outputModules", "services", "processAccelerators",
    "es_producers", "es_sources",
)  # fmt: skip
_NESTING = ("tasks", "conditionaltasks", "sequences")
_IN_ORDER = ("paths", "endpaths", "finalpaths")


def _header() -> str:
    return "\n".join([_HEADER, *specialImportRegistry.getSpecialImports()]) + "\n\n"


def dump_process(process: Process, options: PrintOptions) -> str:
    """The whole configuration; executing the text and dumping again gives the same text."""
    specialImportRegistry._reset()
    start = f'process = cms.Process("{process.name_()}")\n\n'
    for name, single in (("source", process.source_()), ("looper", process.looper_())):
        if single is not None:
            start += f"process.{name} = {single.dumpPython(options)}"
    removed = "".join(f"del process.{name}\n\n" for name in process._predefined() if name not in process.__dict__)
    body = "".join(f"{statement}\n\n" for statement in _statements(process, options))
    body += _partial_schedules(process, options)
    schedule = process.schedule_()
    if schedule is not None:
        body += f"process.schedule = {schedule.dumpPython(options)}"
    return _header() + start + removed + body


def _statements(process: Process, options: PrintOptions) -> Iterator[str]:
    """One assignment for each component, users after what they use."""
    for category in _SETTINGS:
        yield from _table(process, category, sorted(process._table(category)), options)
    for sub_process in process.subProcesses_():
        yield sub_process.dumpPython(options)
    for category in _MODULES:
        yield from _table(process, category, sorted(process._table(category)), options)
    yield from (statement[:-1] for statement in _preferences(process, options))
    for category in _NESTING:
        yield from _table(process, category, dependency_order(process._table(category)), options)
    for category in _IN_ORDER:
        yield from _table(process, category, list(process._table(category)), options)
    yield from _table(process, "aliases", sorted(process._table("aliases")), options)


def _table(process: Process, category: str, labels: list[str], options: PrintOptions) -> Iterator[str]:
    for label in labels:
        yield f"process.{label} = {process._table(category)[label].dumpPython(options)}"


def _preferences(process: Process, options: PrintOptions) -> Iterator[str]:
    """The ESPrefers, as calls of `Process.prefer` where these give the same."""
    called: dict[str, str] = {}
    explicit: dict[str, str] = {}
    for label, prefer in sorted(process._table("es_prefers").items()):
        made = prefer._basename() + "_prefer"
        if made not in called and process._preferred(prefer._basename()) == (prefer.type_(), prefer.targetLabel_()):
            called[made] = prefer.dumpPythonAs(label, options)
        else:
            explicit[label] = f"process.{label} = {prefer.dumpPython(options)}"
    statements = {**called, **explicit}
    return (statements[label] for label in sorted(statements))


def _partial_schedules(process: Process, options: PrintOptions) -> str:
    partial = process.__dict__["_Process__partialschedules"]
    return "".join(f"process.{name} = {schedule.dumpPython(options)}\n" for name, schedule in sorted(partial.items()))


def dependency_order(table: dict[str, Any]) -> list[str]:
    """Labels in order of definition, except that a sequence or task comes after those it holds."""
    pending = {label: _labelled_inside(holder, table) for label, holder in table.items()}
    ordered: list[str] = []
    while pending:
        placed = set(ordered)
        before = len(ordered)
        for label, needed in list(pending.items()):
            if needed <= placed:
                ordered.append(label)
                placed.add(label)
                del pending[label]
        if len(ordered) == before:
            raise RuntimeError(f"These contain each other, so none can be defined first: {', '.join(sorted(pending))}")
    return ordered


def _labelled_inside(holder: Any, table: dict[str, Any]) -> set[str]:
    """The labels of the sequences and tasks in `table` that a dump of `holder` refers to."""
    labels: set[str] = set()
    members = holder._collection if isinstance(holder, _TaskBase) else [*holder._elements, *holder._tasks]
    for member in members:
        if not isinstance(member, (Sequence, _TaskBase)):
            continue
        if not member.hasLabel_():
            labels |= _labelled_inside(member, table)
        elif member.label_() in table:
            if table[member.label_()] is not member:
                raise RuntimeError(f"'{member.label_()}' is the label of two different {type(member).__name__}s")
            labels.add(member.label_())
    return labels


# ---- one file for each component


def split_process(process: Process, options: PrintOptions) -> dict[str, str]:
    """The text of each file of the configuration by its name; ``-`` is the main file, which loads the others."""
    specialImportRegistry._reset()
    fragment = PrintOptions(options.indent_, options.deltaIndent_, False, options.targetDirectory,
                            options.useSubdirectories)  # fmt: skip
    parts = {name: (folder, code) for name, folder, code in _parts(process, fragment)}
    files: dict[str, str] = {}
    target = "" if options.targetDirectory is None else options.targetDirectory + "/"
    if options.targetDirectory is not None:
        files[target + "__init__.py"] = ""
    if options.useSubdirectories:
        for folder in ("psets", "modules", "services", "eventsetup", "tasks", "sequences", "paths"):
            files[f"{target}{folder}/__init__.py"] = ""
    loads = ""
    for name, (folder, code) in sorted(parts.items(), key=lambda item: (item[1][0].lower(), item[0].lower())):
        file = target + (f"{folder}/" if options.useSubdirectories and folder else "") + name + "_cfi"
        loads += f'process.load("{file}")\n'
        files[file + ".py"] = f"{_HEADER}\n\n{code}"
    if process.subProcesses_():
        raise RuntimeError("a process with SubProcesses can't be split into files: dump it into one")
    main = f'{_header()}process = cms.Process("{process.name_()}")\n\n{loads}'
    schedule = process.schedule_()
    if schedule is not None:
        main += f"\nprocess.schedule = {schedule.dumpPython(PrintOptions())}"
    files["-"] = main
    return files


def _parts(process: Process, options: PrintOptions) -> Iterator[tuple[str, str, str]]:
    """Name, folder and code of each component."""
    for name, single in (("source", process.source_()), ("looper", process.looper_())):
        if single is not None:
            yield name, "", f"{name} = {single.dumpPython(options)}"
    for category in (*_SETTINGS, *_MODULES, *_NESTING, *_IN_ORDER, "aliases"):
        table = process._table(category)
        for name, component in table.items():
            imports = _imports(component, options)
            yield name, component._subfolder, f"{imports}{name} = {component.dumpPython(options)}"
    for name, prefer in process._table("es_prefers").items():
        yield name, "eventsetup", prefer.dumpPythonAs(name, options)


def _imports(component: Any, options: PrintOptions) -> str:
    """What a fragment imports: the fragments of the components that it refers to."""
    lines = []
    for folder, label in component.directDependencies():
        module = f"{folder}.{label}_cfi" if options.useSubdirectories and folder else f"{label}_cfi"
        if options.targetDirectory is not None:
            module = (".." if options.useSubdirectories and component._subfolder else ".") + module
        lines.append(f"from {module} import *\n")
    return "".join(lines) + ("\n" if lines else "")
