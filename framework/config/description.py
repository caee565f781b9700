"""What the engine gets of a process: plain, frozen data without the configuration language's objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import Configuration
from .accelerators import EDMException, apply_accelerators, resolve_module_types, selected_accelerators
from .misuse import modifier_misuse
from .modules import EDAlias, SecSource
from .placeholders import _Placeholder
from .prune import scheduled_paths, scheduled_tasks, unreached_es_modules
from .psets import PSet, VPSet
from .scalars import double, vdouble
from .sequences import EndPath, FinalPath, Path
from .tasks import ConditionalTask, _TaskBase
from .visitors import _OnPathVisitor

if TYPE_CHECKING:
    from .parameterizable import _Parameterizable
    from .process import Process

_MODULES = ("producers", "filters", "analyzers", "outputModules")
_SETTINGS = ("options", "maxEvents", "maxLuminosityBlocks")


@attrs.frozen
class Parameter:
    """One parameter.

    Attributes
    ----------
    type : str
        Its name in the configuration language: ``"int32"``, ``"vstring"``, ``"PSet"`` ...
    tracked : bool
    value
        int, float, bool, str or a list of those. Tags, ids, ranges and file names are text, such as
        ``"label:instance:process"``. A PSet is a dict of `Parameter`, a VPSet a list of such dicts.
    """

    type: str
    tracked: bool
    value: Any


@attrs.frozen
class ModuleDescription:
    """One module, service or source, and where it was configured."""

    label: str
    kind: str  # "EDProducer", "Service" ...
    type: str  # the plugin's name
    parameters: dict[str, Parameter]
    file: str
    line: int
    try_to_continue: bool = False


@attrs.frozen
class ESPreferDescription:
    """A preference for one ES module.

    Attributes
    ----------
    type, target : str
        The module's type and label; an empty label is that of an unlabelled module.
    records : dict
        For each record the data that it is about, as ``"Type/label"``; empty for all that the module delivers.
    """

    type: str
    target: str
    records: dict[str, tuple[str, ...]]


@attrs.frozen
class PathEntry:
    """A module at one place of a path."""

    label: str
    inverted: bool = False  # ~m: the opposite of its verdict counts
    ignored: bool = False  # cms.ignore(m): its verdict does not count
    wait: bool = False  # cms.wait(m): later modules start after it has ended


@attrs.frozen
class PathDescription:
    """A path: its modules in order, and those that its tasks let run on demand."""

    name: str
    entries: tuple[PathEntry, ...]
    on_demand: frozenset[str] = frozenset()
    conditional: frozenset[str] = frozenset()


@attrs.frozen
class ProcessDescription:
    """A whole job.

    Attributes
    ----------
    modules : dict
        Producers, filters, analyzers and output modules by label, scheduled or not.
    services, es_modules : dict
        Services by type, ES producers and sources by label; without those that only unscheduled tasks hold.
    es_prefers : list of ESPreferDescription
        Which ES modules are preferred.
    trigger_paths, end_paths : list of PathDescription
        In the order in which they run; FinalPaths come last among the end paths.
    scheduled_tasks : frozenset of str
        The modules that any task of the schedule or of a scheduled path lets run on demand.
    options, max_events : dict
        ``process.options`` and ``process.maxEvents`` as plain values, without what is not set.
    psets : dict
        The other top-level PSets as plain values.
    config_text : str
        The configuration as Python.
    aliases : dict
        For each EDAlias its entries as plain values, by label of the module that makes the products.
    top_level : dict
        All top-level PSets, ``options`` and ``maxEvents`` too, with their types.
    max_lumis : int
        The most luminosity blocks that are read; -1 for all.
    warnings : tuple of str
        What the configuration does that has not the effect it seems to have.
    """

    name: str
    source: ModuleDescription | None
    modules: dict[str, ModuleDescription]
    services: dict[str, ModuleDescription]
    es_modules: dict[str, ModuleDescription]
    trigger_paths: list[PathDescription]
    end_paths: list[PathDescription]
    scheduled_tasks: frozenset[str]
    options: dict[str, Any]
    max_events: dict[str, Any]
    psets: dict[str, dict[str, Any]]
    config_text: str
    aliases: dict[str, dict[str, list[dict[str, Any]]]] = attrs.Factory(dict)
    es_prefers: list[ESPreferDescription] = attrs.Factory(list)
    top_level: dict[str, dict[str, Parameter]] = attrs.Factory(dict)
    max_lumis: int = -1
    warnings: tuple[str, ...] = ()


def describe(process: Process) -> ProcessDescription:
    """Hand `process` over to the engine.

    Raises
    ------
    Configuration
        A required parameter is not set, or a path holds a module that has no label or that the process does not have.
    """
    try:
        process.resolve()
        accelerators = selected_accelerators(process)
        resolve_module_types(process, accelerators)
        apply_accelerators(process, accelerators)
        chosen = {name: switch._getProducer(accelerators) for name, switch in process._table("switchProducers").items()}
    except (RuntimeError, ValueError, EDMException) as error:
        raise Configuration(str(error)) from error
    reader = _Reader(process, chosen)
    paths = scheduled_paths(process)
    descriptions = {id(path): reader.path(path) for path in paths}
    end_paths = [path for path in paths if isinstance(path, EndPath)] + [p for p in paths if isinstance(p, FinalPath)]
    tasks = {label for path in descriptions.values() for label in path.on_demand}
    tasks |= reader.labels_in(scheduled_tasks(process), "the schedule")
    source = process.source_()
    return ProcessDescription(
        name=process.name_(),
        source=None if source is None else reader.module("source", source),
        modules=reader.modules(),
        services=reader.table("services"),
        es_modules=reader.es_modules(),
        trigger_paths=[descriptions[id(path)] for path in paths if isinstance(path, Path)],
        end_paths=[descriptions[id(path)] for path in end_paths],
        scheduled_tasks=frozenset(tasks),
        options=reader.plain("options"),
        max_events=reader.plain("maxEvents"),
        psets={name: reader.plain(name) for name in process._table("psets") if name not in _SETTINGS},
        config_text=process.dumpPython(),
        aliases={label: reader.plain_parameters(alias, label) for label, alias in reader.aliases().items()},
        top_level={name: reader.typed(name) for name in process._table("psets")},
        es_prefers=reader.es_prefers(),
        max_lumis=int(reader.plain("maxLuminosityBlocks").get("input", -1)),
        warnings=tuple(finding.text() for finding in modifier_misuse(process)),
    )


class _Reader:
    """Turns components of one process into descriptions."""

    def __init__(self, process: Process, chosen: dict[str, Any]) -> None:
        self._process = process
        self._chosen = chosen  # the case of each SwitchProducer that runs, or stands for what runs

    def modules(self) -> dict[str, ModuleDescription]:
        """The modules that can run; of a switch, the chosen case under the label of the switch."""
        modules = {label: module for category in _MODULES for label, module in self.table(category).items()}
        cases = {label: case for label, case in self._chosen.items() if not isinstance(case, EDAlias)}
        return {**modules, **{label: self.module(label, case) for label, case in cases.items()}}

    def aliases(self) -> dict[str, EDAlias]:
        """The aliases, and the switches of which the chosen case is one."""
        cases = {label: case for label, case in self._chosen.items() if isinstance(case, EDAlias)}
        return {**self._process._table("aliases"), **cases}

    def runs(self, module: Any) -> bool:
        """Whether something runs under the label of `module`: not if that is a switch that chose an alias."""
        return not isinstance(self._chosen.get(module._label), EDAlias)

    def table(self, category: str) -> dict[str, ModuleDescription]:
        return {label: self.module(label, module) for label, module in self._process._table(category).items()}

    def module(self, label: str, module: Any) -> ModuleDescription:
        file, line = module._filename, module._lineNumber
        where = f"{type(module).__name__} {module.type_()} with label '{label}' ({file}, line {line})"
        try_to_continue = getattr(module, "_tryToContinue", False)
        parameters = self._parameters(module, where, "", ())
        return ModuleDescription(label, type(module).__name__, module.type_(), parameters, file, line, try_to_continue)

    def es_modules(self) -> dict[str, ModuleDescription]:
        unused = unreached_es_modules(self._process)
        both = {**self.table("es_producers"), **self.table("es_sources")}
        return {label: module for label, module in both.items() if label not in unused}

    def es_prefers(self) -> list[ESPreferDescription]:
        prefers = []
        for label, prefer in self._process._table("es_prefers").items():
            records = self.plain_parameters(prefer, label)
            for record, names in records.items():
                if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                    raise Configuration(
                        f"process.{label}: {record} must be a cms.vstring of 'Type/label', not {names!r}"
                    )
            chosen = {record: tuple(names) for record, names in records.items()}
            prefers.append(ESPreferDescription(prefer.type_(), prefer.targetLabel_(), chosen))
        return prefers

    def plain(self, name: str) -> dict[str, Any]:
        """A top-level PSet in Python's own types."""
        return self.plain_parameters(self._process.__dict__[name], name)

    def typed(self, name: str) -> dict[str, Parameter]:
        """A top-level PSet with its types."""
        return self._component(self._process.__dict__[name], name)

    def plain_parameters(self, component: _Parameterizable, name: str) -> dict[str, Any]:
        return _plain_dict(self._component(component, name))

    def _component(self, component: _Parameterizable, name: str) -> dict[str, Parameter]:
        where = f"process.{name} ({component._filename}, line {component._lineNumber})"
        return self._parameters(component, where, "", ())

    def _parameters(
        self, component: _Parameterizable, where: str, prefix: str, references: tuple[str, ...]
    ) -> dict[str, Parameter]:
        """The set parameters of a module or PSet; ``refToPSet_`` stands for those of a top-level PSet."""
        reference = component.getParameter("refToPSet_")
        if reference is not None:
            name = str(reference.value())
            target = self._process._table("psets").get(name)
            if target is None or name in references:
                problem = "refers to itself" if target is not None else "is not a PSet of the process"
                raise Configuration(f"The refToPSet_ '{name}' at '{prefix or 'the top'}' of {where} {problem}")
            return self._parameters(target, where, prefix, (*references, name))
        result = {}
        for name in component.parameterNames_():
            value = component.__dict__[name]
            if isinstance(value, _Placeholder):
                if value.isRequired and value.held is None:
                    raise Configuration(
                        f"The required parameter '{prefix}{name}' of type {value.describe()} is not set in {where}.\n"
                        "Give it a value in the configuration."
                    )
                value = value.held
            if value is not None:
                result[name] = self._parameter(value, where, f"{prefix}{name}", references)
        return result

    def _parameter(self, value: Any, where: str, path: str, references: tuple[str, ...]) -> Parameter:
        kind, tracked = type(value).__name__, value.isTracked()
        if isinstance(value, PSet):
            return Parameter(kind, tracked, self._parameters(value, where, path + ".", references))
        if isinstance(value, VPSet):
            entries = [self._parameters(pset, where, f"{path}[{i}].", references) for i, pset in enumerate(value)]
            return Parameter(kind, tracked, entries)
        if isinstance(value, SecSource):
            inner = self._parameters(value, where, path + ".", references)
            return Parameter(kind, tracked, {"@module_type": Parameter("string", True, value.type_()), **inner})
        return Parameter(kind, tracked, _plain_value(value))

    # ---- paths

    def path(self, path: Any) -> PathDescription:
        name = path.label_()
        entries = _Entries(self, f"the {type(path).__name__} '{name}'")
        path.visit(entries)
        where = f"the tasks of '{name}'"
        conditional = [task for task in entries.tasks if isinstance(task, ConditionalTask)]
        on_demand = [task for task in entries.tasks if not isinstance(task, ConditionalTask)]
        return PathDescription(
            name=name,
            entries=tuple(entries.found),
            on_demand=frozenset(self.labels_in(on_demand, where)),
            conditional=frozenset(self.labels_in(conditional, where)),
        )

    def label_of(self, module: Any, where: str) -> str:
        made = f"{type(module).__name__} {module.type_()} ({module._filename}, line {module._lineNumber})"
        if not module.hasLabel_():
            raise Configuration(f"{made} on {where} has no label: assign it to an attribute of the process")
        label = str(module.label_())
        if self._process.__dict__.get(label) is not module:
            raise Configuration(f"{made} on {where} is called '{label}', but process.{label} is not this object")
        return label

    def labels_in(self, tasks: Iterable[Any], where: str) -> set[str]:
        """The labels of the producers and filters in `tasks`, at any depth."""
        members = {member for task in tasks for member in task._flat()}
        kinds = (*_MODULES, "switchProducers")
        return {self.label_of(member, where) for member in members if member._category in kinds and self.runs(member)}


class _Entries(_OnPathVisitor):
    """Collects the entries of a path, and its tasks."""

    def __init__(self, reader: _Reader, where: str) -> None:
        super().__init__()
        self._reader, self._where = reader, where
        self.found: list[PathEntry] = []
        self.tasks: list[Any] = []

    def enter(self, visitee: Any) -> None:
        if isinstance(visitee, _TaskBase) and not self._levelInTasks:
            self.tasks.append(visitee)
        super().enter(visitee)

    def onPath(self, module: Any, prefix: str) -> None:
        label = self._reader.label_of(module, self._where)
        if not self._reader.runs(module):
            return
        self.found.append(PathEntry(label, prefix.count("!") % 2 == 1, "-" in prefix, "|" in prefix))


def _plain_value(value: Any) -> Any:
    """A simple parameter's value in Python's own types."""
    if isinstance(value, double):
        return float(value.value())
    if isinstance(value, vdouble):
        return [float(item) for item in value]
    if isinstance(value, list):
        return [item if isinstance(item, (int, float, str)) else item.value() for item in value]
    return value.value()


def _plain_dict(parameters: dict[str, Parameter]) -> dict[str, Any]:
    return {name: _plain(parameter.value) for name, parameter in parameters.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return _plain_dict(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
