"""Which of its parameters a module reads."""

from __future__ import annotations

import ast
import functools
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from ..plugins.parameters import ParameterSet, parameter_infos
from .places import parsed

_BASES = tuple(f"{__package__.rpartition('.')[0]}.{name}" for name in ("module", "source", "output_module", "service",
                                                                       "plugins", "config", "engine"))  # fmt: skip
_WHOLESALE = {"asdict", "astuple", "vars", "__dict__", "evolve", "attrs.fields"}


class Reads:
    """Notes which parameters are read, by path: ``"client.timeout"``, ``"files[0].name"``."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.picked: set[str] = set()  # paths of sets of which undeclared entries were read, one by one
        self.browsed: set[str] = set()  # or listed as a whole

    def watch(self, parameters: ParameterSet, prefix: str = "") -> None:
        """Note what is read of `parameters` from now on."""
        for name, info, _ in parameter_infos(type(parameters)):
            if info.nested is None:
                continue
            value = getattr(parameters, name)
            for path, nested in (
                [(f"{name}.", value)]
                if isinstance(value, ParameterSet)
                else [(f"{name}[{i}].", entry) for i, entry in enumerate(value or ())]
            ):
                self.watch(nested, prefix + path)
        if parameters.extra:
            object.__setattr__(parameters, "extra", _Watched(parameters.extra, prefix, self))
        object.__setattr__(parameters, "_reads", (self, prefix))
        object.__setattr__(parameters, "__class__", _watching(type(parameters)))


class _Watched(Mapping[str, Any]):
    """Undeclared parameters, watched."""

    def __init__(self, entries: Mapping[str, Any], prefix: str, reads: Reads) -> None:
        self._entries, self._prefix, self._reads = entries, prefix, reads

    def __getitem__(self, name: str) -> Any:
        self._reads.paths.add(self._prefix + name)
        self._reads.picked.add(self._prefix)
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        self._reads.browsed.add(self._prefix)
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


_watching_classes: dict[type[ParameterSet], type[ParameterSet]] = {}


def _watching(declaration: type[ParameterSet]) -> type[ParameterSet]:
    """A class like `declaration` whose instances tell what is read."""
    if declaration not in _watching_classes:
        _watching_classes[declaration] = _make_watching(declaration)
    return _watching_classes[declaration]


def _make_watching(declaration: type[ParameterSet]) -> type[ParameterSet]:
    names = {name for name, _, _ in parameter_infos(declaration)}

    def read(self: Any, name: str) -> Any:
        if name in names:
            reads, prefix = object.__getattribute__(self, "_reads")
            reads.paths.add(prefix + name)
        return object.__getattribute__(self, name)

    return type(declaration.__name__, (declaration,), {"__getattribute__": read, "__module__": declaration.__module__})


def names_in_source(cls: type[Any]) -> frozenset[str] | None:
    """The attributes and texts that the source of a module's class, or what it imports, mentions: what it may read.

    None if it can't be known: the source is not there, or parameters are handed on as a whole.
    """
    names: set[str] = set()
    own = {base.__module__ for base in cls.__mro__[:-1] if not base.__module__.startswith(_BASES)}
    for module in sorted(own | {imported for name in own for imported in _imports(name, cls.__module__)}):
        found = _names_of(module)
        if found is None or (module in own and _WHOLESALE & found):
            return None
        names |= found
    return frozenset(names)


@functools.cache
def _names_of(module: str) -> frozenset[str] | None:
    tree = parsed(_file_of(module))
    if tree is None:
        return None
    attributes = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    attributes |= {f"{n.value.id}.{n.attr}" for n in ast.walk(tree)
                   if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)}  # fmt: skip
    texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    return frozenset(attributes | texts | (called & _WHOLESALE))


def _imports(module: str, cls_module: str) -> Iterator[str]:
    """The modules of the same package that a module's source imports, also inside functions."""
    tree = parsed(_file_of(module))
    package, top = module.rpartition(".")[0], cls_module.partition(".")[0]
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package or None)
            candidates = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            candidates = [alias.name for alias in node.names]
        else:
            continue
        yield from (c for c in candidates if c.partition(".")[0] == top and not c.startswith(_BASES) and _file_of(c))


@functools.cache
def _file_of(module: str) -> str:
    """The source file of a module; empty if there is none."""
    if module in sys.modules:
        return getattr(sys.modules[module], "__file__", None) or ""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):
        return ""
    return spec.origin or "" if spec is not None and spec.origin not in (None, "built-in", "frozen") else ""
