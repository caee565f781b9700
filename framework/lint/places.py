"""Where a parameter got its value: file and line."""

from __future__ import annotations

import ast
import functools
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..config.switch_producer import SwitchProducer

Place = tuple[str, int]


def made_at(component: Any) -> Place:
    """Where a component was made; of a SwitchProducer its first case, for its own place is that of its class."""
    component = _case_with(component, "")
    return component._filename, component._lineNumber


def _case_with(component: Any, name: str) -> Any:
    """The case of a SwitchProducer that has the parameter `name`, or else its first; what is no switch as it is."""
    if not isinstance(component, SwitchProducer):
        return component
    cases = [component.__dict__[case] for case in component.parameterNames_()]
    return next((case for case in cases if name in case.parameterNames_()), cases[0]) if cases else component


def parameter_place(component: Any, path: str) -> Place:
    """Where the parameter `path`, such as ``"client.files[0].name"``, of a module was last set.

    That is the assignment that changed it; or else its line in the call that made the module or parameter set it is
    in; or else where that was made.
    """
    names = [name or int(index) for name, index in re.findall(r"(\w+)|\[(\d+)\]", path)]
    component = _case_with(component, str(names[0]) if names else "")
    holder, owner, inner = component, component, names
    found: Place | None = None
    for depth, name in enumerate(names):
        changed = getattr(holder, "__dict__", {}).get("_changedAt")
        found = changed.get(name, found) if isinstance(changed, dict) else changed or found
        holder = _entry(holder, name)
        if holder is None:
            break
        if getattr(holder, "_lineNumber", 0):
            owner, inner = holder, names[depth + 1 :]
    changed = getattr(holder, "__dict__", {}).get("_changedAt")
    if isinstance(changed, tuple):
        found = changed
    if found is not None:
        return _in_call(found, [name for name in names if isinstance(name, str)][-1:]) or found
    return _in_call(made_at(owner), inner) or _in_call(made_at(component), names) or made_at(owner)


def _entry(holder: Any, name: Any) -> Any:
    if isinstance(name, int):
        return holder[name] if isinstance(holder, list) and name < len(holder) else None
    return getattr(holder, "__dict__", {}).get(name)


def _in_call(where: Place, names: Sequence[Any]) -> Place | None:
    """The line of a named argument in the statement at `where`."""
    wanted = [name for name in names if isinstance(name, str)]
    if not wanted:
        return where if not names else None
    for statement in _statements(where[0]):
        if statement.lineno <= where[1] <= (statement.end_lineno or 0):
            line = _line_of(statement, wanted)
            return None if line is None else (where[0], line)
    return None


def _line_of(node: ast.AST, names: Sequence[str]) -> int | None:
    for name, value in _named_values(node):
        if name == names[0]:
            return value.lineno if len(names) == 1 else _line_of(value, names[1:])
    return None


def _named_values(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.keyword) and inner.arg is not None:
            yield inner.arg, inner.value
        elif isinstance(inner, ast.Dict):
            for key, value in zip(inner.keys, inner.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value


def _statements(file: str) -> tuple[ast.stmt, ...]:
    """The innermost statements of a file, those without a body."""
    tree = parsed(file)
    return () if tree is None else _innermost(tree)


@functools.lru_cache(maxsize=1000)
def _innermost(tree: ast.Module) -> tuple[ast.stmt, ...]:
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.stmt) and not hasattr(node, "body"))


def parsed(file: str) -> ast.Module | None:
    """The syntax tree of a file; None if it is not Python that can be read."""
    try:
        return _parse(file, os.stat(file).st_mtime_ns)
    except (OSError, SyntaxError, ValueError):
        return None


@functools.lru_cache(maxsize=1000)
def _parse(file: str, changed: int) -> ast.Module:
    """Parse a file; `changed` is when that was changed, because a notebook may lint it again."""
    return ast.parse(Path(file).read_bytes())
