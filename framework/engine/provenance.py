"""What is told of a process in the files it writes."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from typing import Any

from ..config.description import ModuleDescription, Parameter, ProcessDescription
from ..errors import PluginNotFound
from ..event.provenance import ModuleRecord, ParameterRecord, ProcessRecord
from ..plugins.parameters import ParameterSet, parameter_infos
from ..plugins.registry import distributions, find_plugin
from ..plugins.validation import validate

_COMPUTING = (
    "awkward",
    "numba",
    "numpy",
    "onnxruntime",
    "pythia8mc",
    "scipy",
    "tensorflow",
    "tritonclient",
    "uproot",
)
"""Packages that results may depend on; their distributions have the same names."""


def process_record(process: ProcessDescription, labels: Iterable[str], trigger_paths: Iterable[str]) -> ProcessRecord:
    """The record of a process that runs the modules `labels`, without what only its end tells.

    Parameters
    ----------
    process : ProcessDescription
        The configuration.
    labels : iterable of str
        The modules that take part.
    trigger_paths : iterable of str
        Names of the paths with a bit in TriggerResults.
    """
    modules = [process.modules[label] for label in labels]
    others = [*process.es_modules.values(), *process.services.values()]
    source = [process.source] if process.source else []
    return ProcessRecord(
        process.name,
        version("pyrun"),
        process.config_text,
        tuple(trigger_paths),
        tuple(_module_record(description) for description in (*source, *modules, *others)),
        {name: _given(pset) for name, pset in process.top_level.items()},
    )


def software_of(process: ProcessRecord) -> Callable[[], dict[str, str]]:
    """Versions of Python, of the packages that provide the process's modules, and of what is loaded to compute with.

    The last are known when the job ends; the others are read now, since a long job may see its packages replaced.
    """
    versions = {"python": platform.python_version(), "pyrun": version("pyrun")}
    versions |= distributions({module.type for module in process.modules})
    return lambda: versions | {name: version(name) for name in _COMPUTING if name in sys.modules}


def _module_record(description: ModuleDescription) -> ModuleRecord:
    try:
        declaration: type[ParameterSet] = find_plugin(description.type).Parameters
    except PluginNotFound:  # a service of CMSSW that is accepted without effect
        parameters = _given(description.parameters)
    else:
        parameters = _complete(validate(description, declaration), description.parameters)
    return ModuleRecord(description.label, description.kind, description.type, parameters)


def _complete(instance: ParameterSet, given: Mapping[str, Parameter]) -> dict[str, ParameterRecord]:
    """The parameters as `given`, and those left at their defaults."""
    records = _given(given)
    for name, info, _ in parameter_infos(type(instance)):
        value = getattr(instance, name)
        if info.nested is not None and info.type == "PSet" and value is not None:
            inner = given[name].value if name in given else {}
            records[name] = ParameterRecord("PSet", info.tracked, _complete(value, inner))
        elif info.nested is not None and info.type == "VPSet" and name in given:
            psets = [_complete(entry, pset) for entry, pset in zip(value, given[name].value, strict=True)]
            records[name] = ParameterRecord("VPSet", info.tracked, psets)
        elif name not in given and value is not None:
            records[name] = ParameterRecord(info.type, info.tracked, _plain(value))
    return dict(sorted(records.items()))


def _given(parameters: Mapping[str, Parameter]) -> dict[str, ParameterRecord]:
    return {
        name: ParameterRecord(parameter.type, parameter.tracked, _nested(parameter))
        for name, parameter in sorted(parameters.items())
    }


def _nested(parameter: Parameter) -> Any:
    if parameter.type == "VPSet":
        return [_given(pset) for pset in parameter.value]
    return _given(parameter.value) if isinstance(parameter.value, Mapping) else _plain(parameter.value)


def _plain(value: Any) -> Any:
    """A default in Python's own types; tags and ranges as text."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (bool, int, float, str)) else str(value)
