"""Writing a process into a C++-like parameter set, the way cmsRun hands it to its engine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .accelerators import apply_accelerators, available_accelerators, resolve_module_types, selected_accelerators
from .scalars import bool as cms_bool
from .sequences import EndPath, FinalPath, Path
from .visitors import (
    CompositeVisitor,
    DecoratedNodeNameVisitor,
    EndPathValidator,
    FinalPathValidator,
    ModuleNodeOnConditionalTaskVisitor,
    NodeVisitor,
    PathValidator,
    ScheduleTaskValidator,
)

if TYPE_CHECKING:
    from .process import Process

_FINAL = "@finalPath"  # all FinalPaths together are one EndPath of this name


class _TopLevel:
    """A parameter set that finds the PSets of the process, for ``refToPSet_``."""

    def __init__(self, parameterSet: Any, process: Process) -> None:
        self._set, self._process = parameterSet, process

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_set"], name)

    def getTopPSet_(self, label: str) -> Any:
        return getattr(self._process, label)

    def newPSet(self) -> _TopLevel:
        return _TopLevel(self._set.newPSet(), self._process)

    def addPSet(self, tracked: bool, name: str, value: Any) -> None:
        self._set.addPSet(tracked, name, _plain(value))

    def addVPSet(self, tracked: bool, name: str, values: Iterable[Any]) -> None:
        self._set.addVPSet(tracked, name, [_plain(value) for value in values])


def _plain(parameterSet: Any) -> Any:
    return parameterSet._set if isinstance(parameterSet, _TopLevel) else parameterSet


class _Services:
    """Collects what services insert."""

    def __init__(self, top: _TopLevel) -> None:
        self._top = top
        self.found: list[Any] = []

    def newPSet(self) -> _TopLevel:
        return self._top.newPSet()

    def addService(self, parameterSet: Any) -> None:
        self.found.append(parameterSet)


def fill_process_desc(process: Process, parameterSet: Any) -> Any:
    """Write all that runs into `parameterSet`, which has the methods ``newPSet``, ``addInt32`` ...; returns it."""
    top = _TopLevel(parameterSet, process)
    top.addString(True, "@process_name", process.name_())
    accelerators = _accelerators(process, top)
    for category in ("psets", "vpsets"):
        for name, value in process._table(category).items():
            value.insertInto(top, name)
    _single(top, "@all_sources", process.source_())
    _single(top, "@all_loopers", process.looper_())
    _sub_processes(process, top)
    _table(top, "@all_esprefers", process._table("es_prefers"))
    _table(top, "@all_aliases", process._table("aliases"))
    reached = NodeVisitor()
    _paths(process, top, reached)
    _modules(process, top, reached, accelerators)
    _not_only_in_idle_tasks(process, top, reached)
    return parameterSet


def _accelerators(process: Process, top: _TopLevel) -> list[str]:
    top.addVString(False, "@available_accelerators", available_accelerators(process))
    selected = selected_accelerators(process)
    top.addVString(False, "@selected_accelerators", selected)
    top.addString(False, "@module_type_resolver", resolve_module_types(process, selected))
    apply_accelerators(process, selected)
    return selected


def _single(top: _TopLevel, label: str, component: Any) -> None:
    names = []
    if component is not None:
        names = [component.nameInProcessDesc_(label)]
        component.insertInto(top, names[0])
    top.addVString(True, label, names)


def _table(top: _TopLevel, label: str, components: dict[str, Any]) -> None:
    for name, component in components.items():
        component.insertInto(top, name)
    names = sorted(component.nameInProcessDesc_(name) for name, component in components.items())
    top.addVString(True, label, names)


def _sub_processes(process: Process, top: _TopLevel) -> None:
    inserted = [sub.getSubProcessPSet(top) for sub in process.subProcesses_()]
    names = sorted(sub.getProcessName() for sub in process.subProcesses_())
    top.addVString(False, "@all_subprocesses", names)
    top.addVPSet(False, "subProcesses", inserted)


def _paths(process: Process, top: _TopLevel, reached: NodeVisitor) -> None:
    """All paths that run, as lists of decorated labels; what they hold goes into `reached`."""
    schedule = process.schedule_()
    categories = ("paths", "endpaths", "finalpaths")
    unscheduled = [path for category in categories for path in process._table(category).values()]
    paths = unscheduled if schedule is None else list(schedule)
    seen: set[int] = set()
    for holder in [*paths, *([] if schedule is None else schedule.tasks())]:
        holder.resolve(process.__dict__, seen=seen)
    if schedule is not None:
        for task in schedule.tasks():
            task.visit(CompositeVisitor(ScheduleTaskValidator(), reached))
    final = [path for path in paths if isinstance(path, FinalPath)]
    paths = [path for path in paths if not isinstance(path, FinalPath)]
    if final:
        paths.append(_merged(final))
    names = [path._label or _FINAL for path in paths]
    trigger = [name for path, name in zip(paths, names, strict=True) if isinstance(path, Path)]
    top.addVString(True, "@end_paths", [name for name in names if name not in trigger])
    top.addVString(True, "@paths", names)
    inner = top.newPSet()
    inner.addVString(True, "@trigger_paths", trigger)
    top.addPSet(True, "@trigger_paths", inner)
    filters = EndPathValidator()
    for path, name in zip(paths, names, strict=True):
        path.insertInto(top, name, _decorated(path, name, reached, filters))
    top.addVString(False, "@filters_on_endpaths", filters.filtersOnEndpaths)


def _merged(final: list[Any]) -> EndPath:
    """One EndPath of the output modules of all FinalPaths."""
    outputs: dict[Any, None] = {}
    for path in final:
        validator = FinalPathValidator()
        validator.setLabel(path.label_())
        path.visit(validator)
        found = NodeVisitor()
        path.visit(found)
        outputs.update(dict.fromkeys(sorted(found.modules, key=lambda module: str(module.label_()))))
    for module in outputs:
        mark = cms_bool(True)
        mark.setIsTracked(False)
        if "@onFinalPath" not in module._names:
            module._addParameter("@onFinalPath", mark)
    return EndPath._made(outputs)


def _decorated(path: Any, name: str, reached: NodeVisitor, filters: EndPathValidator) -> list[str]:
    """The labels on a path; between ``#`` and ``@`` those that run only if consumed on it."""
    labels: list[str] = []
    conditional: list[Any] = []
    validator = PathValidator() if isinstance(path, Path) else filters
    validator.setLabel(name)
    lister = DecoratedNodeNameVisitor(labels)
    path.visit(CompositeVisitor(validator, reached, lister, ModuleNodeOnConditionalTaskVisitor(conditional)))
    if conditional and isinstance(path, Path):
        labels += ["#", *sorted({module.label_() for module in conditional}), "@"]
    return labels


def _modules(process: Process, top: _TopLevel, reached: NodeVisitor, accelerators: list[str]) -> None:
    """The modules on paths and in scheduled tasks, and the cases of switches among them."""
    names, aliases = [], list(process._table("aliases"))
    for category in ("producers", "filters", "analyzers", "outputModules"):
        for name, module in process._table(category).items():
            if module in reached.modules:
                names.append(name)
                module.insertInto(top, name)
    for name, switch in process._table("switchProducers").items():
        if switch in reached.modules:
            switch.insertInto(top, name, accelerators)
            names.append(name)
            producers = [case._label for case in switch.modulesForConditionalTask_()]
            cases = [switch.caseLabel_(name, case) for case in switch.parameterNames_()]
            names += producers
            aliases += [case for case in cases if case not in producers]
    top.addVString(True, "@all_modules", sorted(names))
    top.addVString(True, "@all_aliases", sorted(aliases))


def _not_only_in_idle_tasks(process: Process, top: _TopLevel, reached: NodeVisitor) -> None:
    """The ES modules and services, without those that are in tasks of which none is scheduled."""
    in_tasks = NodeVisitor()
    for task in process._table("tasks").values():
        task.visit(in_tasks)

    def enabled(category: str, running: set[Any], held: set[Any]) -> dict[str, Any]:
        table = process._table(category)
        return {name: item for name, item in table.items() if item in running or item not in held}

    _table(top, "@all_esmodules", enabled("es_producers", reached.esProducers, in_tasks.esProducers))
    _table(top, "@all_essources", enabled("es_sources", reached.esSources, in_tasks.esSources))
    services = _Services(top)
    for service in enabled("services", reached.services, in_tasks.services).values():
        service.insertInto(services)
    top.addVPSet(False, "services", services.found)
