"""Lines that make something and drop it: ``process.p + process.m``, ``process.m.clone(...)``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ..config.misuse import Finding
from .places import parsed

_COPIES = {"clone", "copyAndExclude", "copyAndAdd", "expandAndClone"}


def dropped_results(files: Iterable[str]) -> Iterator[Finding]:
    """Statements whose result is what they were written for, and that nobody keeps."""
    for file in files:
        tree = parsed(file)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Expr):
                found = _dropped(node.value)
                if found is not None:
                    yield Finding("dropped-result", file, node.lineno, ast.unparse(node.value)[:80], *found)


def _dropped(value: ast.expr) -> tuple[str, str] | None:
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Mult)) and _is_component(_first(value)):
        first = ast.unparse(_first(value))
        rest = ast.unparse(value).removeprefix(f"{first} {'+' if isinstance(value.op, ast.Add) else '*'} ")
        return (f"this line changes nothing: the sum is not kept, {first} stays as it is", f"write {first} += {rest}")
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _COPIES:
        owner = ast.unparse(value.func.value)
        if not _is_component(value.func.value):
            return None
        return (
            f"this line changes nothing: {value.func.attr} makes a changed copy, which is not kept; {owner} stays as "
            "it is",
            f"write {owner} = {owner}.{value.func.attr}(...), or give the copy a label of its own",
        )
    return None


def _first(value: ast.expr) -> ast.expr:
    while isinstance(value, ast.BinOp):
        value = value.left
    return value


def _is_component(value: ast.expr) -> bool:
    """Whether it reads ``process.x``, or deeper."""
    while isinstance(value, ast.Attribute):
        value = value.value
        if isinstance(value, ast.Name):
            return value.id == "process"
    return False
