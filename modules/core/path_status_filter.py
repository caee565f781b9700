"""Events for which certain paths passed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from pyrun.framework import EDFilter, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration

PASS = 1
_WORDS = re.compile(r"\s*([()]|\w+|\S)")
Bools = npt.NDArray[np.bool_]


@attrs.frozen
class Expression:
    """A path, or ``not``, ``and`` or ``or`` with what it is about."""

    word: str
    parts: tuple[Expression, ...] = ()

    def paths(self) -> list[str]:
        """The paths it names."""
        return [path for part in self.parts for path in part.paths()] if self.parts else [self.word]

    def value(self, passed: Mapping[str, Bools]) -> Bools:
        """Whether it holds, from whether each path passed; for several events at once."""
        if not self.parts:
            return passed[self.word]
        values = [part.value(passed) for part in self.parts]
        if self.word == "not":
            return ~values[0]
        return values[0] & values[1] if self.word == "and" else values[0] | values[1]

    def __str__(self) -> str:
        if len(self.parts) < 2:
            return " ".join([self.word, *map(str, self.parts)])
        return f"({self.parts[0]} {self.word} {self.parts[1]})"


class _Parser:
    """Reads an expression from left to right, one method for each rank of operators."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = _WORDS.findall(text.strip())

    def parse(self) -> Expression:
        found = self._either()
        if self.words:
            raise self._error("an operator or the end")
        return found

    def _either(self) -> Expression:
        left = self._both()
        while self._take("or"):
            left = Expression("or", (left, self._both()))
        return left

    def _both(self) -> Expression:
        left = self._one()
        while self._take("and"):
            left = Expression("and", (left, self._one()))
        return left

    def _one(self) -> Expression:
        if self._take("not"):
            return Expression("not", (self._one(),))
        if self._take("("):
            inside = self._either()
            if not self._take(")"):
                raise self._error("an operator or ')'")
            return inside
        if not self.words or self.words[0] in ("and", "or") or not re.fullmatch(r"\w+", self.words[0]):
            raise self._error("the name of a path, 'not' or '('")
        return Expression(self.words.pop(0))

    def _take(self, word: str) -> bool:
        if self.words[:1] != [word]:
            return False
        del self.words[0]
        return True

    def _error(self, expected: str) -> Configuration:
        here = repr(self.words[0]) if self.words else "its end"
        return Configuration(f"The logicalExpression {self.text!r} has {here} where {expected} should be")


@plugin
class PathStatusFilter(EDFilter):
    """Passes events for which a logical expression of other paths' results is true.

    The expression has the names of paths of the same process, ``and``, ``or``, ``not`` and parentheses; ``not`` binds
    more strongly than ``and``, and that more strongly than ``or``. A path is true if it passed. An empty expression
    passes all events.
    """

    cfi = "FWCore/Modules/pathStatusFilter"

    class Parameters(param.ParameterSet):
        logicalExpression: str = param.string("", doc="e.g. 'path1 and not (path2 or path3)'; empty for all events")
        verbose: bool = param.untracked.bool(False, doc="tell how the expression is understood")

    def declare(self, p: Any) -> None:
        text = p.logicalExpression
        self._expression = _Parser(text).parse() if text.strip() else None
        names = self._expression.paths() if self._expression else []
        self._status = {name: self.consumes(name, "edmPathStatus") for name in names}

    def beginJob(self) -> None:
        if self.parameters.verbose:
            self.log.info("PathStatusFilter", f"{self.label} passes events with: {self._expression or 'anything'}")

    def filter(self, event: Any, setup: Any) -> Bools:
        if self._expression is None:
            return np.ones(len(event), dtype=np.bool_)
        passed = {name: np.asarray(event.get(token).state) == PASS for name, token in self._status.items()}
        return self._expression.value(passed)
