"""Product tags, and ids and ranges of events and luminosity blocks."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from .base import PrintOptions
from .parametertypes import _ParameterTypeBase, _ValidatingParameterListBase, like

_Self = TypeVar("_Self", bound="_TextForm")


class _TextForm(_ParameterTypeBase):
    """A parameter of several fields that can also be written as one text; equal if its fields are."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, *args: Any) -> None:
        self._fields: tuple[Any, ...] = self._parse(*args)

    @classmethod
    def _parse(cls, *args: Any) -> tuple[Any, ...]:
        raise NotImplementedError

    def value(self) -> str:
        """The one-text form."""
        raise NotImplementedError

    def setValue(self, value: Any) -> None:
        if isinstance(value, type(self)):
            fields = value._fields
        else:
            fields = self._parse(*value) if isinstance(value, (tuple, list)) else self._parse(value)
        if fields != self._fields:
            self._isModified = True
        self._fields = fields

    @classmethod
    def _fromRaw(cls, value: Any) -> _ParameterTypeBase:
        return cls(*value) if isinstance(value, (tuple, list)) else cls(value)

    @classmethod
    def _valueFromString(cls, text: str) -> _TextForm:
        return cls(text)

    def copy(self: _Self) -> _Self:
        result = type(self).__new__(type(self))
        result._fields = self._fields
        return like(self, result)

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        return f"{self.pythonTypeName()}({self.pythonValue(options)})"

    def pythonValue(self, options: PrintOptions | None = None) -> str:
        return ", ".join(repr(field) for field in self._fields)

    def configValue(self) -> str:
        return self.value()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            try:
                return self._fields == self._parse(other)
            except (RuntimeError, ValueError):
                return False
        return isinstance(other, type(self)) and self._fields == other._fields

    def __lt__(self, other: Any) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return self._fields < other._fields

    def __str__(self) -> str:
        return self.value()

    def __repr__(self) -> str:
        return self.dumpPython()


def _quoted(text: str) -> str:
    """Tags are written in double quotes, as CMS does."""
    return repr(text) if '"' in text or "\\" in text or not text.isprintable() else f'"{text}"'


class InputTag(_TextForm):
    """Which product to read: module label, product instance and process name."""

    @staticmethod
    def skipCurrentProcess() -> str:
        """The process name that stands for every process but this one."""
        return "@skipCurrentProcess"

    @staticmethod
    def currentProcess() -> str:
        """The process name that stands for this process."""
        return "@currentProcess"

    @classmethod
    def _parse(cls, *args: Any) -> tuple[str, str, str]:
        if not 1 <= len(args) <= 3 or not all(isinstance(arg, str) for arg in args):
            raise ValueError(f"{args} is not a valid InputTag: give a label and optionally an instance and a process")
        parts = list(args)
        if len(args) == 1:
            parts = args[0].split(":")
            if len(parts) > 3:
                raise RuntimeError(f"'{args[0]}' is not a valid InputTag: it has {len(parts)} parts, at most 3 may be")
        label, instance, process = parts + [""] * (3 - len(parts))
        return label, instance, process

    def getModuleLabel(self) -> str:
        return str(self._fields[0])

    def getProductInstanceLabel(self) -> str:
        return str(self._fields[1])

    def getProcessName(self) -> str:
        return str(self._fields[2])

    def setModuleLabel(self, label: str) -> None:
        self.setValue((label, self._fields[1], self._fields[2]))

    def setProductInstanceLabel(self, label: str) -> None:
        self.setValue((self._fields[0], label, self._fields[2]))

    def setProcessName(self, name: str) -> None:
        self.setValue((self._fields[0], self._fields[1], name))

    moduleLabel = property(getModuleLabel, setModuleLabel)
    productInstanceLabel = property(getProductInstanceLabel, setProductInstanceLabel)
    processName = property(getProcessName, setProcessName)

    def value(self) -> str:
        return ":".join(self._fields).rstrip(":")

    def pythonValue(self, options: PrintOptions | None = None) -> str:
        used = len(self._fields) - (0 if self._fields[2] else 1 if self._fields[1] else 2)
        return ",".join(_quoted(field) for field in self._fields[:used])


class ESInputTag(_TextForm):
    """Which event-setup data to read: module label and data label."""

    @classmethod
    def _parse(cls, *args: Any) -> tuple[str, str]:
        if not args:
            return "", ""
        if len(args) > 2 or not all(isinstance(arg, str) for arg in args):
            raise ValueError(f"{args} is not a valid ESInputTag: give a module label and a data label")
        parts = args[0].split(":") if len(args) == 1 else list(args)
        if len(parts) != 2:
            raise RuntimeError(f"'{args[0]}' is not a valid ESInputTag: it needs exactly one colon, 'module:data'")
        return parts[0], parts[1]

    def getModuleLabel(self) -> str:
        return str(self._fields[0])

    def getDataLabel(self) -> str:
        return str(self._fields[1])

    def setModuleLabel(self, label: str) -> None:
        self.setValue((label, self._fields[1]))

    def setDataLabel(self, label: str) -> None:
        self.setValue((self._fields[0], label))

    moduleLabel = property(getModuleLabel, setModuleLabel)
    dataLabel = property(getDataLabel, setDataLabel)

    def value(self) -> str:
        return ":".join(self._fields) if any(self._fields) else ""

    def pythonValue(self, options: PrintOptions | None = None) -> str:
        return ",".join(_quoted(field) for field in self._fields)


def _numbers(kind: type, args: tuple[Any, ...]) -> list[int]:
    """The whole numbers of ``(1, 2)`` or ``("1:2",)``; MIN is 1 and MAX is stored as 0."""
    words = args[0].split(":") if len(args) == 1 and isinstance(args[0], str) else list(args)
    special = {"MIN": 1, "MAX": 0}
    try:
        numbers = [special.get(word.strip().upper(), word) if isinstance(word, str) else word for word in words]
        result = [int(number) for number in numbers]
    except (TypeError, ValueError):
        raise RuntimeError(f"{args[0] if len(args) == 1 else args} is not a valid {kind.__name__}") from None
    if any(number < 0 for number in result):
        raise RuntimeError(f"{args} is not a valid {kind.__name__}: the numbers can't be negative")
    return result


class _Id(_TextForm):
    def value(self) -> str:
        return ":".join(str(field) for field in self._fields)


class EventID(_Id):
    """Run, luminosity block and event number; written with two numbers, the luminosity block is 0."""

    @classmethod
    def _parse(cls, *args: Any) -> tuple[int, ...]:
        numbers = _numbers(cls, args)
        if len(numbers) == 2:
            numbers.insert(1, 0)
        if len(numbers) != 3:
            raise RuntimeError(f"{args} is not a valid EventID: give run, luminosity block and event")
        return tuple(numbers)

    def run(self) -> int:
        return int(self._fields[0])

    def luminosityBlock(self) -> int:
        return int(self._fields[1])

    def event(self) -> int:
        return int(self._fields[2])


class LuminosityBlockID(_Id):
    """Run and luminosity block."""

    @classmethod
    def _parse(cls, *args: Any) -> tuple[int, ...]:
        numbers = _numbers(cls, args)
        if len(numbers) != 2:
            raise RuntimeError(f"{args} is not a valid LuminosityBlockID: give run and luminosity block")
        return tuple(numbers)

    def run(self) -> int:
        return int(self._fields[0])

    def luminosityBlock(self) -> int:
        return int(self._fields[1])


class _Range(_TextForm):
    """A first and a last id, both included, in the text form ``r:l-r:l``; one id alone is a range of one."""

    _sizes: ClassVar[tuple[int, ...]]  # how many numbers an id may have

    @classmethod
    def _parse(cls, *args: Any) -> tuple[int, ...]:
        if len(args) == 1 and isinstance(args[0], str):
            ends = args[0].split("-")
            if len(ends) > 2:
                raise RuntimeError(f"'{args[0]}' is not a valid {cls.__name__}: at most one '-' is allowed")
            first, last = _numbers(cls, (ends[0],)), _numbers(cls, (ends[-1],))
        else:
            numbers = _numbers(cls, args)
            first, last = numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]
        if len(first) != len(last) or len(first) not in cls._sizes:
            raise RuntimeError(f"{args} is not a valid {cls.__name__}: the form is {cls._form()}")
        cls._check_order(first, last, args)
        return (*first, *last)

    @classmethod
    def _form(cls) -> str:
        one = ["run:lumi", "run:lumi:event"][max(cls._sizes) - 2]
        return f"'{one}-{one}'"

    @classmethod
    def _check_order(cls, first: list[int], last: list[int], args: tuple[Any, ...]) -> None:
        # A stored 0 in the second half is MAX, except for the luminosity block of an id without one.
        limit = [number or 2**64 for number in last]
        if len(first) == 3 and first[1] == 0 == last[1]:
            limit[1] = 0
        if first > limit:
            given = args[0] if len(args) == 1 else args
            raise RuntimeError(f"{given} is not a valid {cls.__name__}: the end is before the start")

    def start(self) -> tuple[int, ...]:
        return self._fields[: len(self._fields) // 2]

    def end(self) -> tuple[int, ...]:
        return self._fields[len(self._fields) // 2 :]

    def value(self) -> str:
        return "-".join(":".join(str(number) for number in end) for end in (self.start(), self.end()))


class LuminosityBlockRange(_Range):
    """A range of luminosity blocks."""

    _sizes = (2,)


class EventRange(_Range):
    """A range of events; ids of two numbers are run and event."""

    _sizes = (2, 3)


class _TextFormList(_ValidatingParameterListBase):
    """A list that takes items of one type, or their text, which is kept as it was given."""

    _item: ClassVar[type[_TextForm]]
    _perLine = 1

    @classmethod
    def _itemIsValid(cls, item: Any) -> bool:
        if isinstance(item, str):
            try:
                cls._item(item)
            except (RuntimeError, ValueError):
                return False
            return True
        return isinstance(item, cls._item)

    def pythonValueForItem(self, item: Any, options: PrintOptions) -> str:
        return _quoted(item) if isinstance(item, str) else f"cms.{type(item).__name__}({item.pythonValue(options)})"


class VInputTag(_TextFormList):
    _item = InputTag

    def _check(self, item: Any) -> Any:
        if isinstance(item, str):
            InputTag(item)  # a tag of too many parts says so itself
        return super()._check(item)


class VESInputTag(_TextFormList):
    _item = ESInputTag


class VEventID(_TextFormList):
    _item = EventID


class VLuminosityBlockID(_TextFormList):
    _item = LuminosityBlockID


class VEventRange(_TextFormList):
    _item = EventRange


class VLuminosityBlockRange(_TextFormList):
    _item = LuminosityBlockRange
