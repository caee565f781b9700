"""Dictionaries that a process hands out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class FixedKeysDict(dict[str, Any]):
    """A dictionary whose keys stay as they are: a view of a process that can't be mistaken for the process."""

    def __setitem__(self, key: str, value: Any) -> None:
        if key not in self:
            raise KeyError(f"'{key}': entries can't be added here; assign to an attribute of the process")
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        raise KeyError(f"'{key}': entries can't be removed here; use del on the attribute of the process")


class SortedKeysDict(dict[str, Any]):
    """A dictionary that iterates over its keys in alphabetical order."""

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(super().keys()))

    def keys(self) -> list[str]:  # type: ignore[override]
        return sorted(super().keys())

    def values(self) -> list[Any]:  # type: ignore[override]
        return [self[key] for key in self.keys()]

    def items(self) -> list[tuple[str, Any]]:  # type: ignore[override]
        return [(key, self[key]) for key in self.keys()]


class SortedAndFixedKeysDict(SortedKeysDict, FixedKeysDict):
    """Both at once."""
