"""Numbers, text and flags, and lists of them.

The classes carry CMS's names, so ``bool`` here is the parameter type: Python's own is written ``builtins.bool``.
"""

from __future__ import annotations

import builtins
import math
import operator
import re
from collections.abc import Iterable
from typing import Any, ClassVar

from .base import PrintOptions
from .parametertypes import _SimpleParameterTypeBase, _ValidatingParameterListBase

_TRUE = frozenset(("true", "t", "yes", "on", "1"))
_FALSE = frozenset(("false", "f", "no", "off", "0"))


class _Scalar(_SimpleParameterTypeBase):
    """A type whose `_convert` says which values it accepts."""

    @classmethod
    def _convert(cls, value: Any) -> Any:
        raise NotImplementedError

    def _accepted(self, value: Any) -> Any:
        return self._convert(value)

    @classmethod
    def _isValid(cls, value: Any) -> builtins.bool:
        try:
            cls._convert(value)
        except ValueError:
            return False
        return True

    @classmethod
    def _valueFromString(cls, text: str) -> _Scalar:
        """Make a parameter from text as it stands on a command line."""
        return cls(text)


class _Integer(_Scalar):
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
    _insertName = "Int32"
    _low, _high = -(2**31), 2**31 - 1


class uint32(_Integer):
    _insertName = "UInt32"
    _low, _high = 0, 2**32 - 1


class int64(_Integer):
    _insertName = "Int64"
    _low, _high = -(2**63), 2**63 - 1


class uint64(_Integer):
    _insertName = "UInt64"
    _low, _high = 0, 2**64 - 1


def float_as_python(value: float) -> str:
    """Python source that gives `value` back, also for infinities and NaN."""
    if math.isnan(value):
        return "float('nan')"
    if math.isinf(value):
        return "float('inf')" if value > 0 else "-float('inf')"
    return repr(value)


class double(_Scalar):
    """A floating-point number; whole numbers are taken too."""

    _insertName = "Double"

    def _inserted(self, parameterSet: Any) -> float:
        return float(self._value)

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


class bool(_Scalar):
    """A flag: a Python bool."""

    _insertName = "Bool"

    @classmethod
    def _convert(cls, value: Any) -> builtins.bool:
        if isinstance(value, builtins.bool):
            return value
        raise cls._refuse(value, f"True or False is needed, not a {type(value).__name__}")

    @classmethod
    def _valueFromString(cls, text: str) -> bool:
        word = text.lower()
        if word in _TRUE | _FALSE:
            return cls(word in _TRUE)
        try:
            return cls(float(text) != 0)
        except ValueError:
            raise RuntimeError(f"can't make a bool from '{text}'") from None


# Octal is how CMSSW writes these; not before a digit, which would become a part of the number.
_CONTROL = re.compile(r"\\x0([0-7])(?!\d)")


def text_as_python(value: str) -> str:
    """Python source that gives `value` back, in single quotes unless it holds one."""
    text = repr(value)
    if "'" in value and '"' not in value and "\\" not in value:
        text = '"' + text[1:-1].replace("'", "\\'") + '"'
    return _CONTROL.sub(r"\\\1", text) if "\\x0" in text and "\\\\" not in text else text


class _Text(_Scalar):
    """A type of text."""

    @classmethod
    def _convert(cls, value: Any) -> str:
        if not isinstance(value, str):
            raise cls._refuse(value, f"text is needed, not a {type(value).__name__}")
        return str(value)

    @classmethod
    def _python(cls, value: Any) -> str:
        return text_as_python(value)

    @staticmethod
    def formatValueForConfig(value: str) -> str:
        return text_as_python(value)


class string(_Text):
    """Text."""

    _insertName = "String"


class FileInPath(_Text):
    """The name of a file that is looked for along the search path when the job starts."""

    _insertName = "NewFileInPath"


class _ScalarList(_ValidatingParameterListBase):
    """A list whose items obey the rule of one scalar type."""

    _scalar: ClassVar[type[_Scalar]]

    @classmethod
    def _valueFromString(cls, texts: Iterable[str]) -> _ScalarList:
        return cls([cls._scalar._valueFromString(text).value() for text in texts])

    def _check(self, item: Any) -> Any:
        try:
            return self._scalar._convert(item)
        except ValueError as error:
            raise TypeError(f"wrong type ({type(item).__name__}) added to {type(self).__name__}: {error}") from None

    @classmethod
    def _itemIsValid(cls, item: Any) -> builtins.bool:
        return cls._scalar._isValid(item)

    @classmethod
    def _itemFromArgument(cls, item: Any) -> Any:
        return cls._scalar._convert(item)

    def configValueForItem(self, item: Any, options: PrintOptions) -> str:
        return self._scalar._python(item)


class vint32(_ScalarList):
    _insertName = "VInt32"
    _scalar = int32


class vuint32(_ScalarList):
    _insertName = "VUInt32"
    _scalar = uint32


class vint64(_ScalarList):
    _insertName = "VInt64"
    _scalar = int64


class vuint64(_ScalarList):
    _insertName = "VUInt64"
    _scalar = uint64


class vdouble(_ScalarList):
    _insertName = "VDouble"
    _scalar = double


class vbool(_ScalarList):
    _insertName = "VBool"
    _scalar = bool


class vstring(_ScalarList):
    _insertName = "VString"
    _scalar = string
    _perLine = 1
