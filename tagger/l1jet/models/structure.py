"""Turns YAML into attrs classes, and says where something is wrong."""

from __future__ import annotations

import types
import typing
from pathlib import Path
from typing import Any

import attrs
import yaml

from pyrun.framework.errors import ConfigFileNotFound, Configuration
from pyrun.framework.near_names import did_you_mean

NUMBERS: dict[type, Any] = {int: int, float: float}


def compose(path: Path) -> yaml.MappingNode:
    """The document of a file.

    Raises
    ------
    ConfigFileNotFound
        It can't be read.
    Configuration
        It is no YAML, or not keys with values.
    """
    try:
        node = yaml.compose(path.read_text(), Loader=yaml.SafeLoader)
    except OSError as error:
        raise ConfigFileNotFound(f"There is no configuration {path}: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Configuration(f"{path} is no YAML: {error}") from error
    if not isinstance(node, yaml.MappingNode):
        raise Configuration(f"{path} does not consist of keys and values.")
    return node


def structure(node: yaml.Node, cls: type, path: Path) -> Any:
    """An instance of an attrs class from the keys and values of a node.

    Raises
    ------
    Configuration
        A key is unknown or there twice, or a value is of the wrong type or not allowed; names the line.
    """
    if not isinstance(node, yaml.MappingNode):
        raise Configuration(f"{_where(node, path)}: keys with values are wanted here.")
    hints = typing.get_type_hints(cls)
    allowed = [field.name for field in attrs.fields(cls)]
    values: dict[str, Any] = {}
    for key, value in node.value:
        name = key.value
        if name not in allowed:
            raise Configuration(f"{_where(key, path)}: unknown key {name!r}. {did_you_mean(name, allowed)}")
        if name in values:
            raise Configuration(f"{_where(key, path)}: {name} is there twice.")
        values[name] = _convert(value, hints[name], f"{_where(value, path)}: {name}", path)
        try:
            attrs.fields_dict(cls)[name].validator and _validate(cls, name, values[name])
        except (ValueError, TypeError) as error:
            raise Configuration(f"{_where(value, path)}: {_first(error)}") from error
    missing = [f.name for f in attrs.fields(cls) if f.default is attrs.NOTHING and f.name not in values]
    if missing:
        raise Configuration(f"{_where(node, path)}: {', '.join(missing)} is missing.")
    return cls(**values)


def _validate(cls: type, name: str, value: Any) -> None:
    field = attrs.fields_dict(cls)[name]
    assert field.validator is not None
    field.validator(None, field, value)


def _convert(node: yaml.Node, kind: Any, what: str, path: Path) -> Any:
    if attrs.has(kind):
        return structure(node, kind, path)
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        inner = [x for x in typing.get_args(kind) if x is not type(None)]
        if isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null"):
            return None
        return _convert(node, inner[0], what, path)
    if origin is tuple:
        if not isinstance(node, yaml.SequenceNode):
            raise Configuration(f"{what} has to be a list, such as [10, 10].")
        return tuple(_convert(x, typing.get_args(kind)[0], what, path) for x in node.value)
    if kind is Any:
        return yaml.SafeLoader("").construct_object(node, deep=True)
    return _scalar(node, kind, what)


def _scalar(node: yaml.Node, kind: type, what: str) -> Any:
    """YAML 1.1 takes 1e-6 for a text: here the parameter's type decides."""
    if isinstance(node, yaml.ScalarNode):
        if kind is str and not node.tag.endswith(":null"):
            return node.value
        if kind is bool and node.tag.endswith(":bool"):
            return node.value.lower() in ("true", "yes", "on")
        if kind in NUMBERS:
            try:
                return NUMBERS[kind](node.value)
            except ValueError:
                pass
    shown = node.value if isinstance(node, yaml.ScalarNode) else "a list or keys"
    raise Configuration(f"{what} has to be of type {kind.__name__}, not {shown!r}.")


def _where(node: yaml.Node, path: Path) -> str:
    return f"{path}, line {node.start_mark.line + 1}"


def _first(error: Exception) -> str:
    return str(error.args[0]) if error.args else str(error)
