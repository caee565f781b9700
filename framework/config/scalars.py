"""Numbers, text and flags, and lists of them.

The classes carry CMS's names, so ``bool`` here is the parameter type: Python's own is written ``builtins.bool``.
"""

from __future__ import annotations

import builtins
import math
import operator
from typing import Any, ClassVar

from .base import PrintOptions
from .parametertypes import _SimpleParameterTypeBase, _ValidatingParameterListBase

_TRUE = frozenset(("true", "t", "yes", "on", "1"))
_FALSE = frozenset(("false", "f", "no", "off", "0"))


class _Integer(_SimpleParameterTypeBase):
    """A whole number between `_low` and `_high`, both included."""

    _low: ClassVar[int]
    _high: ClassVar[int]

    @classmethod
    def _convert(cls, value: Any) -> int:
        try:
            number = operator.index(value)
        except TypeError:
            raise cls._refuse(value, f"a whole number is needed, not a {type(value).__name__}") from None
        if not cls._low <= number <= cls._high:
            raise cls._refuse(value, f"it must lie between {cls._low} and {cls._high}")
        return number

    @classmethod
    def _valueFromString(cls, text: str) -> _Integer:
        return cls(int(text, 16) if text.lower().lstrip("+-").startswith("0x") else int(text))


class int32(_Integer):
    _low, _high = -(2**31), 2**31 - 1


class uint32(_Integer):
    _low, _high = 0, 2**32 - 1


class int64(_Integer):
    _low, _high = -(2**63), 2**63 - 1


class uint64(_Integer):
    _low, _high = 0, 2**64 - 1


def float_as_python(value: float) -> str:
    """Python source that gives `value` back, also for infinities and NaN."""
    if math.isnan(value):
        return "float('nan')"
    if math.isinf(value):
        return "float('inf')" if value > 0 else "-float('inf')"
    return repr(value)


class double(_SimpleParameterTypeBase):
    """A floating-point number; whole numbers are taken too."""

    @classmethod
    def _convert(cls, value: Any) -> float:
        if type(value) in (int, float):
            return value  # type: ignore[no-any-return]
        if isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
            raise cls._refuse(value, f"a number is needed, not a {type(value).__name__}")
        try:
            return float(value)
        except TypeError:  # an array of several numbers
            raise cls._refuse(value, "one number is needed") from None

    @classmethod
    def _python(cls, value: Any) -> str:
        return float_as_python(value)

    @classmethod
    def _valueFromString(cls, text: str) -> double:
        return cls(float(text))


class bool(_SimpleParameterTypeBase):
    """A flag: a Python bool, or one of the words that the C++ side understands."""

    @classmethod
    def _convert(cls, value: Any) -> builtins.bool:
        if isinstance(value, builtins.bool):
            return value
        if isinstance(value, str) and value.lower() in _TRUE | _FALSE:
            return value.lower() in _TRUE
        raise cls._refuse(value, "True or False is needed")

    def __bool__(self) -> builtins.bool:
        return builtins.bool(self._value)


class string(_SimpleParameterTypeBase):
    """Text."""

    @classmethod
    def _convert(cls, value: Any) -> str:
        if not isinstance(value, str):
            raise cls._refuse(value, f"text is needed, not a {type(value).__name__}")
        return str(value)


class FileInPath(string):
    """The name of a file that is looked for along the search path when the job starts."""


class _ScalarList(_ValidatingParameterListBase):
    """A list whose items obey the rule of one scalar type."""

    _scalar: ClassVar[type[_SimpleParameterTypeBase]]

    @classmethod
    def _itemIsValid(cls, item: Any) -> builtins.bool:
        return cls._scalar._isValid(item)

    @classmethod
    def _itemFromArgument(cls, item: Any) -> Any:
        return cls._scalar._convert(item)

    def pythonValueForItem(self, item: Any, options: PrintOptions) -> str:
        return self._scalar._python(item)


class vint32(_ScalarList):
    _scalar = int32


class vuint32(_ScalarList):
    _scalar = uint32


class vint64(_ScalarList):
    _scalar = int64


class vuint64(_ScalarList):
    _scalar = uint64


class vdouble(_ScalarList):
    _scalar = double


class vbool(_ScalarList):
    _scalar = bool


class vstring(_ScalarList):
    _scalar = string
    _perLine = 1
