"""Expressions over the fields of objects, written as in CMSSW's cut strings.

Examples
--------
>>> import numpy as np
>>> jets = {"pt": np.array([10.0, 20.0, 30.0]), "eta": np.array([0.0, -3.0, 1.0])}
>>> StringCutObjectSelector("pt > 15 && abs(eta) < 2.5")(jets)
array([False, False,  True])
>>> StringObjectFunction("pt / 2")(jets)
array([ 5., 10., 15.])
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import Configuration
from pyrun.framework.near_names import did_you_mean

Array = npt.NDArray[Any]

FUNCTIONS = {
    "abs": np.abs,
    "sqrt": np.sqrt,
    "log": np.log,
    "exp": np.exp,
    "cosh": np.cosh,
    "sinh": np.sinh,
    "min": np.minimum,
    "max": np.maximum,
    "hypot": np.hypot,
    "pow": np.power,
}
# methods of CMS's objects that take the name of a value, which is a field here
ACCESSORS = ("bDiscriminator", "userFloat", "userInt")

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: np.logical_not,
    ast.And: np.logical_and,
    ast.Or: np.logical_or,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}

# how C++ writes what Python has words for
SPELLINGS = (
    (r"&&?", " and "),
    (r"\|\|?", " or "),
    (r"!(?!=)", " not "),
    (r"(?<![=<>!])=(?!=)", "=="),
    (r"\btrue\b", "True"),
    (r"\bfalse\b", "False"),
)


class StringObjectFunction:
    """A number per object, from an expression.

    Fields stand for themselves, with or without parentheses (``pt`` or ``pt()``); ``bDiscriminator("label:instance")``
    is the field ``label_instance``. There are arithmetic, comparisons, ``&& || !`` and `FUNCTIONS`; CMS's ``&``, ``|``
    and ``=`` mean ``&&``, ``||`` and ``==``.

    Parameters
    ----------
    text : str
        The expression.

    Raises
    ------
    Configuration
        The text is no expression of this kind.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        python = reduce(lambda so_far, spelling: re.sub(*spelling, so_far), SPELLINGS, text)
        try:
            self._tree = ast.parse(f"({python})", mode="eval").body
        except SyntaxError as error:
            raise self._refused(f"it can't be parsed ({error.msg})") from None
        self._check(self._tree)

    def __call__(self, fields: Mapping[str, Array]) -> Array:
        """The value for each object; `fields` are arrays with one entry per object.

        Raises
        ------
        Configuration
            The expression names a field that is not there.
        """
        return self._value(self._tree, fields)

    def _refused(self, reason: str) -> Configuration:
        return Configuration(f"The expression {self.text!r} is not valid: {reason}")

    def _check(self, node: ast.AST) -> None:
        """Refuse everything but what `_value` knows."""
        match node:
            case ast.Constant(value=bool() | int() | float()) | ast.Name():
                return
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str())], keywords=[]) if name in ACCESSORS:
                return
            case ast.Call(func=ast.Name(), args=[], keywords=[]):
                return
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                if name not in FUNCTIONS:
                    raise self._refused(f"there is no function {name!r}; there are {', '.join(FUNCTIONS)}")
                if len(args) != getattr(FUNCTIONS[name], "nin", 1):
                    raise self._refused(f"{name!r} takes {FUNCTIONS[name].nin} arguments, not {len(args)}")
                parts, used = args, []
            case ast.BinOp(left=left, op=op, right=right):
                parts, used = [left, right], [op]
            case ast.UnaryOp(op=op, operand=operand):
                parts, used = [operand], [op]
            case ast.BoolOp(op=op, values=values):
                parts, used = values, [op]
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                parts, used = [left, *comparators], ops
            case _:
                raise self._refused(f"{ast.unparse(node)!r} is no number, field, function or operation known here")
        for op in used:
            if type(op) not in OPERATORS:
                raise self._refused(f"the operator in {ast.unparse(node)!r} is not allowed")
        for part in parts:
            self._check(part)

    def _value(self, node: ast.AST, fields: Mapping[str, Array]) -> Any:
        def value(part: ast.AST) -> Any:
            return self._value(part, fields)

        match node:
            case ast.Constant(value=constant):
                return constant
            case ast.Name(id=name) | ast.Call(func=ast.Name(id=name), args=[]):
                return self._field(name, fields)
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str() as tag)]):
                return self._field(tag.replace(":", "_"), fields)
            case ast.Call(func=ast.Name(id=name), args=args):
                return FUNCTIONS[name](*map(value, args))
            case ast.UnaryOp(op=op, operand=operand):
                return OPERATORS[type(op)](value(operand))
            case ast.BinOp(left=left, op=op, right=right):
                return OPERATORS[type(op)](value(left), value(right))
            case ast.BoolOp(op=op, values=values):
                return reduce(OPERATORS[type(op)], map(value, values))
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                sides = [value(side) for side in (left, *comparators)]
                results = (OPERATORS[type(op)](a, b) for op, a, b in zip(ops, sides, sides[1:], strict=False))
                return reduce(np.logical_and, results)
        raise AssertionError(f"_check lets {ast.dump(node)} through")

    def _field(self, name: str, fields: Mapping[str, Array]) -> Array:
        if name not in fields:
            raise self._refused(f"the objects have no field {name!r}. {did_you_mean(name, sorted(fields))}")
        return fields[name]


class StringCutObjectSelector(StringObjectFunction):
    """A verdict per object, from a condition; the empty text selects everything."""

    def __init__(self, text: str) -> None:
        super().__init__(text if text.strip() else "True")

    def __call__(self, fields: Mapping[str, Array]) -> npt.NDArray[np.bool_]:
        """Whether each object is selected; `fields` are arrays with one entry per object."""
        verdict = np.asarray(super().__call__(fields))
        if verdict.dtype != np.bool_:
            raise self._refused("it gives numbers where a condition is needed, such as 'pt > 15'")
        if verdict.ndim:
            return verdict
        return np.broadcast_to(verdict, (len(next(iter(fields.values()), ())),))
