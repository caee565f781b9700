"""Making the modules of a job without running it, and what their parameters tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ..config.description import ModuleDescription, Parameter, ProcessDescription
from ..config.misuse import Finding
from ..config.process import Process
from ..errors import CMSException, PluginNotFound
from ..module import Module
from ..plugins.factory import make_with, plugin_parameters
from ..plugins.parameters import ParameterInfo, ParameterSet, parameter_infos
from ..plugins.registry import plugin_names
from ..plugins.validation import plain
from ..services.message_logger import MessageLogger
from .near import misspelt
from .places import made_at, parameter_place
from .reads import Reads, names_in_source


@attrs.define
class Made:
    """The modules of a job, as far as they could be made.

    Attributes
    ----------
    modules : dict
        By label; ``source`` is not among them.
    unknown : dict
        Types that are not installed, with the labels of such modules.
    ineffective : list of str
        Parameters, as ``process.label.name``, that are set but without effect here by their documentation.
    findings : list of Finding
        What is wrong with single modules.
    """

    modules: dict[str, Module] = attrs.Factory(dict)
    unknown: dict[str, list[str]] = attrs.Factory(dict)
    ineffective: list[str] = attrs.Factory(list)
    findings: list[Finding] = attrs.Factory(list)

    @property
    def opaque(self) -> set[str]:
        """Labels of modules of which only the configuration is known."""
        return {label for labels in self.unknown.values() for label in labels}


def make_modules(process: Process, job: ProcessDescription, labels: set[str], log: MessageLogger) -> Made:
    """Make the modules called `labels`, and look at the parameters of all."""
    made = Made()
    for label, description in job.modules.items():
        if label in labels:
            module = _make(process.__dict__[label], description, made, log)
            if module is not None:
                made.modules[label] = module
        else:
            _check_parameters(process.__dict__[label], description, made)
    return made


def make_source(process: Process, job: ProcessDescription, made: Made, log: MessageLogger) -> Module | str:
    """The source, not yet opened; or why there is none, such as no file names: those may come with each job."""
    assert job.source is not None
    parameters = _check_parameters(process.source_(), job.source, made)
    if parameters is None:
        return f"there is no usable source of type {job.source.type}"
    try:
        source: Module = make_with(parameters, job.source, log)
    except CMSException as error:
        return error.message
    return source


def _make(component: Any, description: ModuleDescription, made: Made, log: MessageLogger) -> Module | None:
    parameters = _check_parameters(component, description, made)
    if parameters is None:
        return None
    reads = Reads()
    reads.watch(parameters)
    try:
        module: Module = make_with(parameters, description, log)
    except Exception as error:
        made.findings.append(module_error(component, description, error))
        made.unknown.setdefault("", []).append(description.label)
        return None
    for path in _unread(description, type(module), parameters, reads, made):
        made.findings.append(_never_read(component, description, path))
    return module


def _check_parameters(component: Any, description: ModuleDescription, made: Made) -> ParameterSet | None:
    try:
        return plugin_parameters(description)
    except PluginNotFound:
        near = misspelt(description.type, plugin_names())
        if near:
            made.findings.append(_unknown_type(component, description, near))
        made.unknown.setdefault("" if near else description.type, []).append(description.label)
    except Exception as error:  # whatever importing a module's file raises
        made.findings.append(module_error(component, description, error))
        made.unknown.setdefault("", []).append(description.label)
    return None


def check_others(process: Process, job: ProcessDescription, made: Made) -> None:
    """Look at the parameters of ES modules and services; services that are not installed are without effect."""
    for label, description in job.es_modules.items():
        _check_parameters(process.__dict__[label], description, made)
    for label, description in job.services.items():
        if label in plugin_names():
            _check_parameters(process.__dict__[label], description, made)
        elif label not in ("MessageLogger", "RandomNumberGeneratorService"):
            near = misspelt(label, plugin_names())
            if near:
                made.findings.append(_unknown_type(process.__dict__[label], description, near))
            made.unknown.setdefault(f"{label} (service)", []).append(label)


def module_error(component: Any, description: ModuleDescription, error: Exception) -> Finding:
    """What a module says that refuses its configuration."""
    text = error.message if isinstance(error, CMSException) else f"{type(error).__name__}: {error}"
    named = re.search(r"arameter(?: is named:)? '([\w.\[\]]+)'", text)
    where = made_at(component) if named is None else parameter_place(component, named[1])
    lines = [line.strip() for line in text.splitlines() if not line.startswith("It was given to")]
    lines = [re.sub(rf" \({re.escape(description.file)}, line \d+\)", "", line) for line in lines]
    return Finding(
        "illegal-parameter" if named else "module-error",
        *where,
        _name(description, named[1] if named else ""),
        " ".join(lines[:1] if len(lines) > 1 else lines),
        " ".join(lines[1:]),
    )


def _unknown_type(component: Any, description: ModuleDescription, near: str) -> Finding:
    return Finding(
        "unknown-type",
        *made_at(component),
        _name(description),
        f"there is no {description.kind} of type {description.type!r}",
        f"did you mean {near!r}?",
    )


def _name(description: ModuleDescription, path: str = "") -> str:
    return f"process.{description.label}" + (f".{path}" if path else "")


# ---- parameters that are set and never read


def _never_read(component: Any, description: ModuleDescription, path: str) -> Finding:
    return Finding(
        "unread-parameter",
        *parameter_place(component, path),
        _name(description, path),
        f"{_name(description, path)} is set, but {description.type} never reads it",
        f"remove it; edmPluginHelp -p {description.type} tells what the parameters do",
    )


def _unread(
    description: ModuleDescription, cls: type[Module], parameters: ParameterSet, reads: Reads, made: Made
) -> Iterator[str]:
    """Paths of the parameters that differ from their defaults and can't make a difference."""
    mentioned = names_in_source(cls)
    for path, info in _set_parameters(description.parameters, type(parameters), "", reads):
        if path in reads.paths:
            continue
        if info is not None and "without effect" in info.doc:
            made.ineffective.append(_name(description, path))
        elif info is None or (mentioned is not None and path.rpartition(".")[2] not in mentioned):
            yield path


def _set_parameters(
    given: Mapping[str, Parameter], declaration: type[ParameterSet], prefix: str, reads: Reads
) -> Iterator[tuple[str, ParameterInfo | None]]:
    """Paths, with their declarations, of the values in a configuration that are not the declared defaults."""
    infos = {name: (info, default) for name, info, default in parameter_infos(declaration)}
    for name, parameter in given.items():
        if name not in infos:
            if prefix in reads.picked - reads.browsed:  # else they may be read when events come
                yield prefix + name, None
            continue
        info, default = infos[name]
        if info.nested is None:
            if not _same(parameter, default):
                yield prefix + name, info
        elif "without effect" in info.doc:
            yield prefix + name, info
        elif info.type == "PSet":
            yield from _set_parameters(parameter.value, info.nested, f"{prefix}{name}.", reads)
        else:
            for position, entry in enumerate(parameter.value):
                yield from _set_parameters(entry, info.nested, f"{prefix}{name}[{position}].", reads)


def _same(parameter: Parameter, default: Any) -> bool:
    value = plain(parameter)
    if isinstance(default, (list, tuple)):
        return [str(item) for item in value] == [str(item) for item in default]
    return bool(value == default) or (isinstance(value, str) and value == str(default))
