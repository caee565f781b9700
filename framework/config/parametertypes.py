"""The bases of all parameter types: trackedness, simple values and checked lists."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex, TypeVar

from .base import PrintOptions, caller_location, specialImportRegistry

_Self = TypeVar("_Self", bound="_ParameterTypeBase")

parameter_types: dict[str, type[_ParameterTypeBase]] = {}
"""The types of the configuration language by name, filled as the classes are defined."""


class _ParameterTypeBase:
    """Base of every parameter: a value with a type and a trackedness."""

    _tracked: bool = True
    _isModified: bool = False
    _isFrozen: bool = False
    _insertName: ClassVar[str] = ""  # addX of a C++-like parameter set stores such a parameter

    if TYPE_CHECKING:

        def copy(self: _Self) -> _Self: ...
        def dumpPython(self, options: PrintOptions | None = None) -> str: ...
        def setValue(self, value: Any) -> None: ...

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

    def isFrozen(self) -> bool:
        return self._isFrozen

    def setIsFrozen(self) -> None:
        self.__dict__["_isFrozen"] = True

    def isCompatibleCMSType(self, type_: type) -> bool:
        """Whether it is, or stands for, a parameter of `type_`."""
        return isinstance(self, type_)

    def configTypeName(self) -> str:
        """The name as in messages: ``int32`` or ``untracked int32``."""
        return type(self).__name__ if self._tracked else "untracked " + type(self).__name__

    def pythonTypeName(self) -> str:
        """The name as in a configuration: ``cms.int32`` or ``cms.untracked.int32``."""
        return f"cms.{type(self).__name__}" if self._tracked else f"cms.untracked.{type(self).__name__}"

    def insertInto(self, parameterSet: Any, name: str) -> None:
        """Store it with the ``addInt32``, ``addPSet`` ... of a parameter set."""
        add = getattr(parameterSet, "add" + (self._insertName or type(self).__name__))
        add(self.isTracked(), name, self._inserted(parameterSet))

    def _inserted(self, parameterSet: Any) -> Any:
        """What `insertInto` stores."""
        return self.value()  # type: ignore[attr-defined]

    def directDependencies(self) -> list[Any]:
        """The components that a dump of it refers to: none."""
        return []

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
    """A parameter that holds one value; it compares with other such parameters and with raw values."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any) -> None:
        self._value = self._accepted(value)

    def _accepted(self, value: Any) -> Any:
        """What is stored for `value`. A type needs `_isValid` to say what it accepts, or this to convert it."""
        if not self._isValid(value):
            raise self._refuse(value)
        return value

    def _isValid(self, value: Any) -> bool:
        raise NotImplementedError

    def value(self) -> Any:
        return self._value

    def setValue(self, value: Any) -> None:
        accepted = self._accepted(value)
        if accepted != self._value:
            self._isModified = True
        self._value = accepted

    def copy(self: _Self) -> _Self:
        result = type(self).__new__(type(self))
        result.__dict__.update(self.__dict__)
        result.__dict__.pop("_isModified", None)
        return result

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        specialImportRegistry.registerUse(self)
        return f"{self.pythonTypeName()}({self.pythonValue(options)})"

    def pythonValue(self, options: PrintOptions | None = None) -> str:
        return self._python(self._value)

    def configValue(self, options: PrintOptions | None = None) -> str:
        return self.pythonValue()

    @classmethod
    def _python(cls, value: Any) -> str:
        """How a stored value is written in Python."""
        return repr(value)

    @classmethod
    def _refuse(cls, value: Any, why: str = "") -> ValueError:
        return ValueError(f"{value} is not a valid {cls.__name__}" + (f": {why}" if why else ""))

    def __eq__(self, other: object) -> bool:
        return bool(self._value == (other._value if isinstance(other, _SimpleParameterTypeBase) else other))

    def __lt__(self, other: Any) -> bool:
        return bool(self._value < (other._value if isinstance(other, _SimpleParameterTypeBase) else other))

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return self.dumpPython()


class UsingBlock(_SimpleParameterTypeBase):
    """The name of a PSet whose parameters are taken over; from the time of the old configuration language."""

    _insertName = "String"

    def __init__(self, value: str, s: str = "", loc: int = 0, file: str = "") -> None:
        super().__init__(value)
        self.s, self.loc, self.file, self.isResolved = s, loc, file, False

    def _isValid(self, value: Any) -> bool:
        return isinstance(value, str)

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        return (options or PrintOptions()).reference(self.value())


class _ValidatingListBase(list[Any]):
    """A list that accepts only valid items, whichever way they come in."""

    def __init__(self, *items: Any, **named: Any) -> None:
        if named:
            raise SyntaxError(f"{type(self).__name__} takes items without names, not {', '.join(named)}=")
        super().__init__(self._checked(self._unpacked(items)))

    @classmethod
    def _unpacked(cls, items: tuple[Any, ...]) -> Iterable[Any]:
        """One iterable argument that is not text stands for its items."""
        if len(items) == 1 and isinstance(items[0], Iterable) and not isinstance(items[0], (str, bytes)):
            return items[0]
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


class _ValidatingParameterListBase(_ValidatingListBase, _ParameterTypeBase):
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
        return cls(list(cls._refuse_text(value)))

    def copy(self: _Self) -> _Self:
        result: Any = type(self).__new__(type(self))
        list.extend(result, self)  # type: ignore[arg-type]
        result.__dict__.update(self.__dict__)
        result.__dict__.pop("_isModified", None)
        result.__dict__.pop("_changedAt", None)
        return result  # type: ignore[no-any-return]

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        specialImportRegistry.registerUse(self)
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
        return f" *({text} ) " if len(self) >= 256 else text

    def pythonValueForItem(self, item: Any, options: PrintOptions) -> str:
        return self.configValueForItem(item, options)

    def configValueForItem(self, item: Any, options: PrintOptions) -> str:
        return repr(item)

    def configValue(self, options: PrintOptions | None = None) -> str:
        """The items in the old configuration language."""
        options = options or PrintOptions()
        inner = options.deeper()
        items = [self.configValueForItem(item, inner) for item in self]
        lines = [f"{inner.indentation()}{', ' if i else ''}{text}\n" for i, text in enumerate(items)]
        return "{\n" + "".join(lines) + options.indentation() + "}\n"

    def __repr__(self) -> str:
        return self.dumpPython()
