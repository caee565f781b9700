"""What stands on a path: modules, verdict operators, and their chaining with ``+`` and ``*``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .base import PrintOptions


class _Sequenceable:
    """Something that can stand on a path or in a sequence."""

    def __add__(self, other: Any) -> _SequenceCollection:
        return _SequenceCollection(self, other)

    def __mul__(self, other: Any) -> _SequenceCollection:
        return _SequenceCollection(self, other)

    def __invert__(self) -> _Sequenceable:
        return _SequenceNegation(self)

    def _elements_(self) -> list[_Sequenceable]:
        """What it adds to the list of a sequence's elements."""
        return [self]

    def visitNode(self, visitor: Any) -> None:
        """Show it, and what is inside, to ``visitor.enter`` and ``visitor.leave``."""
        visitor.enter(self)
        visitor.leave(self)

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        raise NotImplementedError


class _SequenceLeaf(_Sequenceable):
    """A module on a path."""


def check_elements(items: Iterable[Any], where: str) -> list[_Sequenceable]:
    """The elements that `items` stand for; TypeError names the first that can't stand on a path."""
    result: list[_Sequenceable] = []
    for item in items:
        if not isinstance(item, _Sequenceable):
            raise TypeError(f"{where} can hold modules and sequences, not {type(item).__name__}: {item!r}")
        result.extend(item._elements_())
    return result


class _SequenceCollection(_Sequenceable):
    """The result of ``a + b`` or ``a * b``: elements in order, not yet a Sequence."""

    def __init__(self, *items: Any) -> None:
        self._elements = check_elements(items, "A sequence")

    def _elements_(self) -> list[_Sequenceable]:
        return list(self._elements)

    def __iadd__(self, other: Any) -> _SequenceCollection:
        self._elements.extend(check_elements([other], "A sequence"))
        return self

    __imul__ = __iadd__

    def visitNode(self, visitor: Any) -> None:
        for element in self._elements:
            element.visitNode(visitor)

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        return "+".join(element.dumpSequencePython(options) for element in self._elements)

    def __repr__(self) -> str:
        return self.dumpSequencePython()


class _UnarySequenceOperator(_Sequenceable):
    """A module on a path whose verdict is treated specially.

    Operators nest: ``~cms.wait(m)`` inverts the verdict of a module that is waited for.
    """

    prefix = ""

    def __init__(self, operand: Any) -> None:
        if not isinstance(operand, (_SequenceLeaf, _UnarySequenceOperator)):
            raise RuntimeError(
                f"~, ignore and wait apply to a single module, not to {type(operand).__name__}: {operand!r}"
            )
        self._operand: Any = operand

    def module(self) -> Any:
        """The module under all operators."""
        return self._operand.module() if isinstance(self._operand, _UnarySequenceOperator) else self._operand

    def rewrapped(self, operand: Any) -> _Sequenceable:
        """The same operator on another module."""
        return type(self)(operand)

    def hasLabel_(self) -> bool:
        return bool(self._operand.hasLabel_())

    def label_(self) -> str:
        return self.prefix + str(self._operand.label_())

    def visitNode(self, visitor: Any) -> None:
        visitor.enter(self)
        self._operand.visitNode(visitor)
        visitor.leave(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and bool(other._operand == self._operand)

    def __hash__(self) -> int:
        return hash((type(self), id(self.module())))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._operand!r})"


class _SequenceNegation(_UnarySequenceOperator):
    """``~m``: the verdict is inverted."""

    prefix = "!"

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        return "~" + str(self._operand.dumpSequencePython(options))


class _SequenceIgnore(_UnarySequenceOperator):
    """``cms.ignore(m)``: the verdict is ignored."""

    prefix = "-"

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        return f"cms.ignore({self._operand.dumpSequencePython(options)})"


class _SequenceWait(_UnarySequenceOperator):
    """``cms.wait(m)``: what follows on the path starts after m has ended."""

    prefix = "|"

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        return f"cms.wait({self._operand.dumpSequencePython(options)})"


def ignore(module: Any) -> _Sequenceable:
    """Let the path go on whatever verdict `module` gives."""
    return _SequenceIgnore(module)


def wait(module: Any) -> _Sequenceable:
    """Start what follows on the path only after `module` has ended."""
    return _SequenceWait(module)
