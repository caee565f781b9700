"""edmPluginHelp: the parameters of modules, sources and services."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from .edm_tool import run

if TYPE_CHECKING:
    from ..plugins.parameters import ParameterInfo, ParameterSet


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the command; exits with 1 if there is no such plugin."""
    parser = argparse.ArgumentParser(prog="edmPluginHelp", description="Describe the parameters of a plugin.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("-p", "--plugin", metavar="TYPE", help="the type, as configurations name it: PoolSource")
    which.add_argument("-a", "--allLibraries", action="store_true", help="all plugins that are installed")
    parser.add_argument("-b", "--brief", action="store_true", help="one line for each parameter, without documentation")
    parser.add_argument("-q", "--printOnlyPlugins", action="store_true", help="only the types")
    parser.add_argument("-w", "--lineWidth", type=int, default=100, metavar="N", help="where to break lines")
    arguments = parser.parse_args(argv)
    run("edmPluginHelp", lambda: _help(arguments), failure=1)


def _help(arguments: argparse.Namespace) -> int:
    from ..plugins.registry import plugin_names

    for number, name in enumerate(plugin_names() if arguments.allLibraries else [arguments.plugin], 1):
        lines = _plugin(number, name, arguments)
        sys.stdout.writelines(line + "\n" for line in lines)
    return 0


def _plugin(number: int, name: str, arguments: argparse.Namespace) -> Iterator[str]:
    from ..plugins.registry import distributions, find_plugin

    cls = find_plugin(name)
    kind = getattr(cls, "kind", "")
    base = f"{kind}::{cls.base}" if kind and cls.base.startswith("ED") else cls.base
    package = ", ".join(f"{dist} {version}" for dist, version in distributions({name}).items())
    yield f"{number}  {name}  ({base})  {package}".rstrip()
    if arguments.printOnlyPlugins:
        return
    yield ""
    if not arguments.brief and cls.__doc__:
        yield from textwrap.wrap(cls.__doc__.strip().splitlines()[0], arguments.lineWidth, initial_indent="  ")
        yield ""
    yield from _parameters(cls.Parameters, f"{number}.1", arguments)


def _parameters(declaration: type[ParameterSet], section: str, arguments: argparse.Namespace) -> Iterator[str]:
    """The parameters of a declaration, then those of the parameter sets in it."""
    from ..plugins.parameters import parameter_infos

    infos = list(parameter_infos(declaration))
    if declaration.allow_any or not infos:
        yield "    Any other parameter is accepted." if declaration.allow_any else "    No parameters."
        yield ""
    widths = [max(map(len, texts), default=0) for texts in zip(*((n, _type(i)) for n, i, _ in infos), strict=True)]
    nested = 0
    for name, info, default in infos:
        nested += info.nested is not None
        where = f"{section}.{nested}" if info.nested is not None else ""
        yield from (
            [f"    {name:{widths[0]}}  {_type(info):{widths[1]}}  {_place_or_default(default, where)}"]
            if arguments.brief
            else _full(name, info, default, where, arguments.lineWidth)
        )
    if arguments.brief:
        yield ""
    for position, (name, info) in enumerate(((n, i) for n, i, _ in infos if i.nested is not None), 1):
        assert info.nested is not None
        yield f"  Section {section}.{position} {name}: {info.type} description"
        yield ""
        yield from _parameters(info.nested, f"{section}.{position}", arguments)


def _type(info: ParameterInfo) -> str:
    return info.type if info.tracked else f"untracked {info.type}"


def _full(name: str, info: ParameterInfo, default: Any, where: str, width: int) -> Iterator[str]:
    indent = " " * 24
    yield f"    {name}"
    yield f"{indent}type: {_type(info)}"
    yield f"{indent}{_place_or_default(default, where)}"
    yield from textwrap.wrap(info.doc, width, initial_indent=indent, subsequent_indent=indent)
    yield ""


def _place_or_default(default: Any, where: str) -> str:
    import attrs

    if where:
        return f"see Section {where}"
    if default is attrs.NOTHING:
        return "required"
    return "optional" if default is None else f"default: {_value(default)}"


def _value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"({', '.join(map(_value, value))})" if value else "empty"
    return repr(value) if isinstance(value, (str, bool, int, float)) else repr(str(value))
