"""The bases of all parameter types: trackedness, simple values and checked lists."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any, ClassVar, SupportsIndex, TypeVar

from .base import PrintOptions, caller_location

_Self = TypeVar("_Self", bound="_ParameterTypeBase")

parameter_types: dict[str, type[_ParameterTypeBase]] = {}
"""The types of the configuration language by name, filled as the classes are defined."""


class _ParameterTypeBase:
    """Base of every parameter: a value with a type and a trackedness."""

    _tracked: bool = True
    _isModified: bool = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.__name__.startswith("_"):
            parameter_types.setdefault(cls.__name__, cls)

    def isTracked(self) -> bool:
        return self._tracked

    def setIsTracked(self, tracked: bool) -> None:
        self.__dict__["_tracked"] = tracked

    def isModified(self) -> bool:
        """Whether the value was changed since it was created or since `resetModified`."""
        return self._isModified

    def resetModified(self) -> None:
        self.__dict__["_isModified"] = False

    def configTypeName(self) -> str:
        """The name as in messages: ``int32`` or ``untracked int32``."""
        return type(self).__name__ if self._tracked else "untracked " + type(self).__name__

    def pythonTypeName(self) -> str:
        """The name as in a configuration: ``cms.int32`` or ``cms.untracked.int32``."""
        return f"cms.{type(self).__name__}" if self._tracked else f"cms.untracked.{type(self).__name__}"

    def setValue(self, value: Any) -> None:
        raise NotImplementedError

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        raise NotImplementedError

    def copy(self: _Self) -> _Self:
        raise NotImplementedError

    @classmethod
    def _fromRaw(cls, value: Any) -> _ParameterTypeBase:
        """Make a parameter of this type from a Python value; ValueError or TypeError if it does not fit."""
        return cls(value)  # type: ignore[call-arg]

    @classmethod
    def _convert(cls, value: Any) -> Any:
        """The Python value that is stored for `value`; ValueError if it is not valid."""
        raise NotImplementedError


def like(original: _ParameterTypeBase, copy: _Self) -> _Self:
    """Give `copy` the trackedness of `original`."""
    copy.setIsTracked(original.isTracked())
    return copy


@functools.total_ordering
class _SimpleParameterTypeBase(_ParameterTypeBase):
    """A parameter that holds one value; it compares with its own type and with raw values."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any) -> None:
        self._value = self._convert(value)

    def value(self) -> Any:
        return self._value

    def setValue(self, value: Any) -> None:
        converted = self._convert(value)
        if converted != self._value:
            self._isModified = True
        self._value = converted

    def copy(self: _Self) -> _Self:
        return like(self, type(self)(self._value))  # type: ignore[attr-defined, call-arg]

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        return f"{self.pythonTypeName()}({self.pythonValue(options)})"

    def pythonValue(self, options: PrintOptions | None = None) -> str:
        return self._python(self._value)

    def configValue(self) -> str:
        return self.pythonValue()

    @classmethod
    def _isValid(cls, value: Any) -> bool:
        try:
            cls._convert(value)
        except ValueError:
            return False
        return True

    @classmethod
    def _python(cls, value: Any) -> str:
        """How a stored value is written in Python."""
        return repr(value)

    @classmethod
    def _refuse(cls, value: Any, why: str = "") -> ValueError:
        return ValueError(f"{value} is not a valid {cls.__name__}" + (f": {why}" if why else ""))

    @classmethod
    def _valueFromString(cls, text: str) -> _SimpleParameterTypeBase:
        """Make a parameter from command-line text."""
        return cls(text)

    def _comparable(self, other: Any) -> Any:
        return other._value if isinstance(other, type(self)) else other

    def __eq__(self, other: object) -> bool:
        if isinstance(other, _ParameterTypeBase) and not isinstance(other, type(self)):
            return False
        return bool(self._value == self._comparable(other))

    def __lt__(self, other: Any) -> bool:
        if isinstance(other, _ParameterTypeBase) and not isinstance(other, type(self)):
            return NotImplemented
        return bool(self._value < self._comparable(other))

    def __str__(self) -> str:
        return str(self._value)

    def __repr__(self) -> str:
        return self.dumpPython()


class _ListBase(list[Any]):
    """A list that accepts only valid items, whichever way they come in."""

    def __init__(self, *items: Any) -> None:
        super().__init__(self._checked(self._unpacked(items)))

    @classmethod
    def _unpacked(cls, items: tuple[Any, ...]) -> Iterable[Any]:
        """One iterable argument stands for its items, unless it is itself a valid item."""
        if len(items) == 1 and isinstance(items[0], Iterable) and not cls._itemIsValid(items[0]):
            return cls._refuse_text(items[0])
        return items

    @classmethod
    def _refuse_text(cls, items: Any) -> Iterable[Any]:
        # A dict or a string is iterable, but its items were never meant to be the list's.
        if isinstance(items, (str, bytes, dict)) or not isinstance(items, Iterable):
            raise TypeError(f"wrong type ({type(items).__name__}) for {cls.__name__}, a list is needed: {items!r}")
        return items

    @classmethod
    def _itemIsValid(cls, item: Any) -> bool:
        raise NotImplementedError

    @classmethod
    def _itemFromArgument(cls, item: Any) -> Any:
        """What is stored for a valid `item`."""
        return item

    def _check(self, item: Any) -> Any:
        if not self._itemIsValid(item):
            raise TypeError(f"wrong type ({type(item).__name__}) added to {type(self).__name__}: {item!r}")
        return self._itemFromArgument(item)

    def _checked(self, items: Iterable[Any]) -> list[Any]:
        return [self._check(item) for item in items]

    def append(self, item: Any) -> None:
        super().append(self._check(item))
        self._changed()

    def insert(self, index: SupportsIndex, item: Any) -> None:
        super().insert(index, self._check(item))
        self._changed()

    def extend(self, items: Iterable[Any]) -> None:
        super().extend(self._checked(self._refuse_text(items)))
        self._changed()

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, self._checked(value) if isinstance(key, slice) else self._check(value))
        self._changed()

    def __iadd__(self, items: Iterable[Any]) -> Any:  # type: ignore[misc]
        self.extend(items)
        return self

    def __add__(self, items: Any) -> Any:
        result = self.copy()
        result.extend(items)
        return result

    def _changed(self) -> None:
        """Called after each change."""


class _ValidatingParameterListBase(_ListBase, _ParameterTypeBase):
    """A parameter that is a list of values of one type."""

    _perLine: ClassVar[int] = 5

    def _changed(self) -> None:
        self.__dict__["_isModified"], self.__dict__["_changedAt"] = True, caller_location()

    def value(self) -> list[Any]:
        return list(self)

    def setValue(self, value: Any) -> None:
        self[:] = self._refuse_text(value)

    @classmethod
    def _fromRaw(cls, value: Any) -> _ParameterTypeBase:
        return cls(*cls._refuse_text(value))

    def copy(self: _Self) -> _Self:
        return like(self, type(self)(*self))  # type: ignore[misc]

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        return f"{self.pythonTypeName()}({self._dumpItems(options or PrintOptions())})"

    def _dumpItems(self, options: PrintOptions) -> str:
        """The items, a few on each line; a starred tuple when Python's limit of 255 arguments is near."""
        wrap = len(self) > self._perLine
        inner = options.deeper() if wrap else options
        items = [self.pythonValueForItem(item, inner) for item in self]
        lines = [", ".join(items[i : i + self._perLine]) for i in range(0, len(items), self._perLine)]
        text = (",\n" + inner.indentation()).join(lines)
        if wrap:
            text = f"\n{inner.indentation()}{text}\n{options.indentation()}"
        return f"*( {text} )" if len(self) >= 256 else text

    def pythonValueForItem(self, item: Any, options: PrintOptions) -> str:
        return repr(item)

    def configValue(self) -> str:
        return self._dumpItems(PrintOptions())

    def __repr__(self) -> str:
        return self.dumpPython()
