"""Dictionaries that a process hands out."""

from __future__ import annotations

from typing import Any


class FixedKeysDict(dict[str, Any]):
    """A dictionary that can't be changed: a view of a process that can't be mistaken for the process."""

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise AttributeError(
            f"A {type(self).__name__} cannot be modified: assign to an attribute of the process, or use del on it"
        )

    __setitem__ = __delitem__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def copy(self) -> dict[str, Any]:
        return dict(self)

    def __reduce__(self) -> Any:
        return type(self), (dict(self),)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({super().__repr__()})"


class SortedKeysDict(dict[str, Any]):
    """A dictionary in order of insertion, whose keys and values are lists."""

    def keys(self) -> list[str]:  # type: ignore[override]
        return list(self)

    def values(self) -> list[Any]:  # type: ignore[override]
        return [self[key] for key in self]

    def items(self) -> list[tuple[str, Any]]:  # type: ignore[override]
        return [(key, self[key]) for key in self]


class SortedAndFixedKeysDict(SortedKeysDict, FixedKeysDict):
    """Both at once."""

    __setitem__ = __delitem__ = FixedKeysDict._refuse
    clear = pop = popitem = setdefault = update = FixedKeysDict._refuse
