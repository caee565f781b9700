"""Editing what a sequence or task holds, at any depth.

An edit that changes something inside a nested sequence or task puts the nested one's new contents in its
place, so that other users of the nested one do not see the change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .sequence_nodes import _UnarySequenceOperator

Edit = Callable[[Any], "list[Any] | None"]
"""What takes the place of a member; None leaves it."""


def matches(member: Any, wanted: Any) -> bool:
    """Whether both are the same object, or the same operators on the same module."""
    return member is wanted or (isinstance(member, _UnarySequenceOperator) and bool(member == wanted))


def holds(member: Any, wanted: Any) -> bool:
    """Whether `member` is `wanted`, possibly under operators."""
    if matches(member, wanted):
        return True
    return isinstance(member, _UnarySequenceOperator) and holds(member._operand, wanted)


def same_objects(before: list[Any], after: list[Any]) -> bool:
    """Whether both lists hold the same objects in the same order."""
    return len(before) == len(after) and all(a is b for a, b in zip(before, after, strict=True))


def replacing(old: Any, new: Any, elements: Callable[[Any], list[Any]]) -> tuple[Edit, list[Any]]:
    """An edit that puts `elements` of `new` wherever `old` is, and a list that records each replacement."""
    hits: list[Any] = []

    def edit(member: Any) -> list[Any] | None:
        if not holds(member, old):
            return None
        hits.append(member)
        if new is None:
            return []
        return elements(new) if matches(member, old) else [_under_operators(member, old, new)]

    return edit, hits


def _under_operators(member: Any, old: Any, new: Any) -> Any:
    inner = new if matches(member._operand, old) else _under_operators(member._operand, old, new)
    return member.rewrapped(inner)


def removing_first(wanted: Any) -> tuple[Edit, list[Any]]:
    """An edit that takes out the first occurrence of `wanted`, and a list that records it."""
    hits: list[Any] = []

    def edit(member: Any) -> list[Any] | None:
        if hits or not holds(member, wanted):
            return None
        hits.append(member)
        return []

    return edit, hits


def excluding(unwanted: Iterable[Any]) -> Edit:
    """An edit that takes out each of `unwanted` everywhere."""
    refused = list(unwanted)

    def edit(member: Any) -> list[Any] | None:
        return [] if any(holds(member, wanted) for wanted in refused) else None

    return edit
