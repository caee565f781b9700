"""Product tags, and ids and ranges of events and luminosity blocks."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from .base import PrintOptions, specialImportRegistry
from .parametertypes import _ParameterTypeBase, _ValidatingParameterListBase

_Self = TypeVar("_Self", bound="_TextForm")


class _TextForm(_ParameterTypeBase):
    """A parameter of several fields that can also be written as one text; equal if its fields are."""

    __hash__ = None  # type: ignore[assignment]
    _fields: tuple[Any, ...]

    @classmethod
    def _parse(cls, *args: Any) -> tuple[Any, ...]:
        raise NotImplementedError

    @classmethod
    def _parse_value(cls, value: Any) -> tuple[Any, ...]:
        """The fields of a value: one of this type, a text, or a tuple or list of fields."""
        if isinstance(value, cls):
            return value._fields
        return cls._parse(*value) if isinstance(value, (tuple, list)) else cls._parse(value)

    def value(self) -> str:
        """The one-text form."""
        raise NotImplementedError

    def setValue(self, value: Any) -> None:
        fields = self._parse_value(value)
        if fields != self._fields:
            self._isModified = True
        self._fields = fields

    @classmethod
    def _fromRaw(cls, value: Any) -> _ParameterTypeBase:
        return cls._of(cls._parse_value(value))

    @classmethod
    def _of(cls: type[_Self], fields: tuple[Any, ...]) -> _Self:
        result = cls.__new__(cls)
        result._fields = fields
        return result

    @classmethod
    def _valueFromString(cls, text: str) -> _TextForm:
        return cls._of(cls._parse(text))

    def copy(self: _Self) -> _Self:
        result = self._of(self._fields)
        result.setIsTracked(self._tracked)
        return result

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        specialImportRegistry.registerUse(self)
        return f"{self.pythonTypeName()}({self.pythonValue(options)})"

    def pythonValue(self, options: PrintOptions | None = None) -> str:
        return ", ".join(repr(field) for field in self._fields)

    def configValue(self, options: PrintOptions | None = None) -> str:
        return self.value() or '""'

    def _inserted(self, parameterSet: Any) -> Any:
        return getattr(parameterSet, "new" + type(self).__name__)(*self._fields)

    def cppTag(self, parameterSet: Any) -> Any:
        """The C++ side's form of it, made by `parameterSet`."""
        return self._inserted(parameterSet)

    cppID = cppTag

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            try:
                return self._fields == self._parse(other)
            except (RuntimeError, ValueError):
                return False
        return isinstance(other, type(self)) and self._fields == other._fields

    def __lt__(self, other: Any) -> bool:
        return bool(self._fields < other._fields) if isinstance(other, type(self)) else NotImplemented

    def __le__(self, other: Any) -> bool:
        return bool(self == other or self < other)

    def __repr__(self) -> str:
        return self.dumpPython()


def _quoted(text: str) -> str:
    """Tags are written in double quotes, as CMS does."""
    return repr(text) if '"' in text or "\\" in text or not text.isprintable() else f'"{text}"'


class _Tag(_TextForm):
    """A tag of a module label and more text fields."""

    def pythonValue(self, options: PrintOptions | None = None) -> str:
        return ",".join(_quoted(field) for field in self._fields)


class InputTag(_Tag):
    """Which product to read: module label, product instance and process name."""

    def __init__(self, moduleLabel: Any, productInstanceLabel: str = "", processName: str = "") -> None:
        if isinstance(moduleLabel, str):
            self._fields = self._parse(moduleLabel, productInstanceLabel, processName)
        else:
            self._fields = self._parse_value(moduleLabel)

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
        if not all(isinstance(arg, str) for arg in args):
            raise ValueError(f"{args} is not a valid InputTag: give a label and optionally an instance and a process")
        if len(args) > 3:
            raise RuntimeError(f"{args} is not a valid InputTag: it has {len(args)} parts, at most 3 may be")
        given: list[str] = [*args, "", "", ""]
        parts: list[str] = given[0].split(":")
        if len(parts) > 3:
            raise RuntimeError(f"'{args[0]}' is not a valid InputTag: it has {len(parts)} parts, at most 3 may be")
        label, instance, process = parts + given[len(parts) : 3]
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


class ESInputTag(_Tag):
    """Which event-setup data to read: module label and data label."""

    def __init__(self, module: Any = "", data: str | None = None) -> None:
        self._fields = self._parse_value(module) if data is None else self._parse(module, data)

    @classmethod
    def _parse(cls, *args: Any) -> tuple[str, str]:
        if not args or args == ("",):
            return "", ""
        if not all(isinstance(arg, str) for arg in args):
            raise ValueError(f"{args} is not a valid ESInputTag: give a module label and a data label")
        parts = args[0].split(":") if len(args) == 1 else list(args)
        if len(parts) != 2:
            raise RuntimeError(f"'{args[0]}' is not a valid ESInputTag: it needs exactly one colon, 'module:data'")
        return parts[0], parts[1]

    @classmethod
    def _parse_value(cls, value: Any) -> tuple[Any, ...]:
        if isinstance(value, (tuple, list)) and len(value) == 1:
            raise RuntimeError(f"{value!r} is not a valid ESInputTag: it needs two labels, or none")
        return super()._parse_value(value)

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


class _Numbers(_TextForm):
    """Fields that are whole numbers."""

    def __init__(self, *args: Any) -> None:
        self._fields = self._parse(*args)

    def value(self) -> str:
        return ":".join(str(field) for field in self._fields)


class _Id(_Numbers):
    def run(self) -> int:
        return int(self._fields[0])

    def luminosityBlock(self) -> int:
        return int(self._fields[1])


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


class _Range(_Numbers):
    """A first and a last id, both included, in the text form ``r:l-r:l``; one id alone is a range of one."""

    _form: ClassVar[str]
    _sizes: ClassVar[tuple[int, ...]]  # how many numbers an id may have

    @classmethod
    def _parse(cls, *args: Any) -> tuple[int, ...]:
        if len(args) == 1 and isinstance(args[0], str):
            ends = args[0].split("-")
            if len(ends) > 2:
                raise RuntimeError(f"'{args[0]}' is not a valid {cls.__name__}: at most one '-' is allowed")
            first, last = _numbers(cls, (ends[0],)), _numbers(cls, (ends[-1],))
            if first and first[-1] == 0 and "MAX" not in ends[0].upper():
                first[-1] = 1  # nothing has the number 0: what begins there begins at 1
        else:
            numbers = _numbers(cls, args)
            first, last = numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]
        if len(first) != len(last) or len(first) not in cls._sizes:
            raise RuntimeError(f"{args} is not a valid {cls.__name__}: the form is {cls._form}")
        if len(first) < max(cls._sizes):  # without luminosity blocks
            first.insert(1, 0)
            last.insert(1, 0)
        # A 0 at the end is MAX, except for the luminosity block of ids without one.
        limit = [number or 2**64 for number in last]
        if len(first) == 3 and first[1] == 0 == last[1]:
            limit[1] = 0
        if first > limit:
            given = args[0] if len(args) == 1 else args
            raise RuntimeError(f"{given} is not a valid {cls.__name__}: out of order, the end is before the start")
        return (*first, *last)

    def start(self) -> int:
        """The first run."""
        return int(self._fields[0])

    def startSub(self) -> int:
        """The first luminosity block, or event, of the first run."""
        return int(self._fields[len(self._fields) // 2 - 1])

    def end(self) -> int:
        """The last run."""
        return int(self._fields[len(self._fields) // 2])

    def endSub(self) -> int:
        """The last luminosity block, or event, of the last run; 0 is no limit."""
        return int(self._fields[-1])

    def value(self) -> str:
        size = len(self._fields) // 2
        first, last = list(self._fields[:size]), list(self._fields[size:])
        if size == 3 and first[1] == last[1] == 0:
            del first[1], last[1]
        return "-".join(":".join(str(number) for number in end) for end in (first, last))


class LuminosityBlockRange(_Range):
    """A range of luminosity blocks."""

    _form = "'run:lumi-run:lumi'"
    _sizes = (2,)


class EventRange(_Range):
    """A range of events; ids of two numbers are run and event."""

    _form = "'run:lumi:event-run:lumi:event'"
    _sizes = (2, 3)

    def startLumi(self) -> int:
        return int(self._fields[1])

    def endLumi(self) -> int:
        return int(self._fields[4])


class _TextFormList(_ValidatingParameterListBase):
    """A list that takes items of one type, or their text, which is kept as it was given."""

    _item: ClassVar[type[_TextForm]]

    @classmethod
    def _itemIsValid(cls, item: Any) -> bool:
        return isinstance(item, (str, cls._item))

    def _check(self, item: Any) -> Any:
        if isinstance(item, (tuple, list)):
            item = self._item._of(self._item._parse(*item)).value()
        elif isinstance(item, str):
            self._item._parse(item)  # says itself what is wrong
        return super()._check(item)

    def configValueForItem(self, item: Any, options: PrintOptions) -> str:
        return _quoted(item) if isinstance(item, str) else str(item.dumpPython(options))

    def _inserted(self, parameterSet: Any) -> Any:
        items = [self._item._valueFromString(item) if isinstance(item, str) else item for item in self]
        return [item.cppTag(parameterSet) for item in items]


class VInputTag(_TextFormList):
    _item = InputTag


class VESInputTag(_TextFormList):
    _item = ESInputTag

    def _check(self, item: Any) -> Any:
        if isinstance(item, (tuple, list)):
            item = ":".join(ESInputTag._parse_value(item))
        return super()._check(item)


class VEventID(_TextFormList):
    _item = EventID


class VLuminosityBlockID(_TextFormList):
    _item = LuminosityBlockID


class VEventRange(_TextFormList):
    _item = EventRange


class VLuminosityBlockRange(_TextFormList):
    _item = LuminosityBlockRange
