"""Checking a module's configured parameters against its declaration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ..config.description import ModuleDescription, Parameter
from ..errors import Configuration
from ..near_names import did_you_mean
from .parameters import PARSED, ParameterInfo, ParameterSet, parameter_infos

# every module may have these, whatever it declares
_COMMON = {"mightGet"}


def validate(description: ModuleDescription, declaration: type[ParameterSet]) -> ParameterSet:
    """Make an instance of `declaration` from a module's configured parameters.

    Raises
    ------
    Configuration
        A parameter is unknown, missing, of another type, or tracked where it must be untracked.
    """
    where = f"{description.kind} {description.type} with label {description.label!r}"
    if description.file:
        where += f" ({description.file}, line {description.line})"
    return _instance(description.parameters, declaration, where, "")


def _instance(given: Mapping[str, Parameter], declaration: type[ParameterSet], where: str, prefix: str) -> ParameterSet:
    infos = {name: (info, default) for name, info, default in parameter_infos(declaration)}
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, parameter in given.items():
        if name in infos:
            values[name] = _value(parameter, infos[name][0], where, prefix + name)
        elif declaration.allow_any:
            extra[name] = plain(parameter)
        elif name not in _COMMON:
            raise _unknown(prefix + name, name, parameter, infos, where)
    missing = [name for name, (_, default) in infos.items() if default is attrs.NOTHING and name not in values]
    if missing:
        info = infos[missing[0]][0]
        raise Configuration(
            f"Missing required parameter {prefix + missing[0]!r} of type {info.type} in the configuration of {where}.\n"
            f"It is documented as: {info.doc}"
        )
    instance = declaration(**values)
    if extra:
        object.__setattr__(instance, "extra", extra)
    return instance


def _unknown(
    path: str, name: str, parameter: Parameter, infos: Mapping[str, tuple[ParameterInfo, Any]], where: str
) -> Configuration:
    hint = did_you_mean(name, infos, f"The module knows: {', '.join(sorted(infos)) or 'none'}.")
    return Configuration(
        f"Illegal parameter found in configuration. The parameter is named: {path!r} (type {parameter.type}).\n"
        f"It was given to {where}.\n{hint}"
    )


def _value(parameter: Parameter, info: ParameterInfo, where: str, path: str) -> Any:
    if parameter.type != info.type or parameter.tracked != info.tracked:
        given = ("" if parameter.tracked else "untracked ") + parameter.type
        wanted = ("" if info.tracked else "untracked ") + info.type
        raise Configuration(
            f"The parameter {path!r} of {where}\nis given as {given}, but the module declares it as {wanted}; "
            f"write cms.{wanted.replace(' ', '.')}(...)."
        )
    if info.nested is not None and info.type == "PSet":
        return _instance(parameter.value, info.nested, where, path + ".")
    if info.nested is not None and info.type == "VPSet":
        return [
            _instance(entry, info.nested, where, f"{path}[{position}].")
            for position, entry in enumerate(parameter.value)
        ]
    try:
        if info.type in PARSED:
            return PARSED[info.type].parse(parameter.value)
        if info.type.startswith("V") and info.type[1:] in PARSED:
            return [PARSED[info.type[1:]].parse(item) for item in parameter.value]
    except ValueError as error:
        raise Configuration(f"The parameter {path!r} of {where}: {error}") from error
    return plain(parameter)


def plain(parameter: Parameter) -> Any:
    """The value in Python's own types; parameter sets become dictionaries."""
    if parameter.type == "PSet":
        return {name: plain(entry) for name, entry in parameter.value.items()}
    if parameter.type == "VPSet":
        return [{name: plain(entry) for name, entry in pset.items()} for pset in parameter.value]
    return list(parameter.value) if isinstance(parameter.value, (list, tuple)) else parameter.value
