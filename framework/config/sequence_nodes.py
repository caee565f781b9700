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

    def isOperation(self) -> bool:
        """Whether it is an operator on other things."""
        return False

    def isLeaf(self) -> bool:
        """Whether it is a module."""
        return False

    def _elements_(self) -> list[_Sequenceable]:
        """What it adds to the list of a sequence's elements."""
        return [self]

    def visitNode(self, visitor: Any) -> None:
        """Show it, and what is inside, to ``visitor.enter`` and ``visitor.leave``."""
        visitor.enter(self)
        visitor.leave(self)


class _SequenceLeaf(_Sequenceable):
    """A module on a path."""

    def isLeaf(self) -> bool:
        return True


class _BooleanLogicSequenceable(_Sequenceable):
    """Something that can stand in ``a & b | c`` on a path."""

    def __or__(self, other: Any) -> _BooleanLogicExpression:
        return _BooleanLogicExpression("|", self, other)

    def __and__(self, other: Any) -> _BooleanLogicExpression:
        return _BooleanLogicExpression("&", self, other)


class _BooleanLogicSequenceLeaf(_BooleanLogicSequenceable):
    """A module in a boolean expression."""

    def isLeaf(self) -> bool:
        return True


class _BooleanLogicExpression(_BooleanLogicSequenceable):
    """``a & b`` or ``a | b``; chains of the same operator are one expression."""

    def __init__(self, operator: str, left: Any, right: Any) -> None:
        self._operator = operator
        self._items: list[Any] = []
        for item in (left, right):
            if not isinstance(item, _BooleanLogicSequenceable):
                raise TypeError(f"{operator} joins what has a verdict, not {type(item).__name__}: {item!r}")
            same = isinstance(item, _BooleanLogicExpression) and item._operator == operator
            self._items.extend(item._items if same else [item])  # type: ignore[attr-defined]

    def isOperation(self) -> bool:
        return True

    def operatorString(self) -> str:
        return self._operator

    def visitNode(self, visitor: Any) -> None:
        visitor.enter(self)
        for item in self._items:
            item.visitNode(visitor)
        visitor.leave(self)

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        texts = []
        for item in self._items:
            text = item.dumpSequencePython(options)
            texts.append(text if isinstance(item, _BooleanLogicSequenceLeaf) else f"({text})")
        return self._operator.join(texts)


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
        self._collection = check_elements(items, "A sequence")

    @classmethod
    def _over(cls, elements: list[Any]) -> _SequenceCollection:
        """One that shares its list of elements with a sequence."""
        result = cls()
        result._collection = elements
        return result

    def _elements_(self) -> list[_Sequenceable]:
        return list(self._collection)

    def __iadd__(self, other: Any) -> _SequenceCollection:
        self._collection.extend(check_elements([other], "A sequence"))
        return self

    __imul__ = __iadd__

    def index(self, item: Any) -> int:
        return self._collection.index(item)

    def insert(self, index: int, item: Any) -> None:
        self._collection[index:index] = check_elements([item], "A sequence")

    def visitNode(self, visitor: Any) -> None:
        for element in self._collection:
            element.visitNode(visitor)

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        return join_elements(self._collection, options)

    def __str__(self) -> str:
        return "+".join(str(element) for element in self._collection)

    __repr__ = dumpSequencePython


def join_elements(elements: Iterable[Any], options: PrintOptions | None) -> str:
    """The elements of a sequence as Python; empty sequences without a label leave no trace."""
    texts = (element.dumpSequencePython(options) for element in elements)
    return "+".join(text for text in texts if text)


class _UnarySequenceOperator(_BooleanLogicSequenceable):
    """A module on a path whose verdict is treated specially.

    Operators nest: ``~cms.wait(m)`` inverts the verdict of a module that is waited for.
    """

    prefix = ""

    def __init__(self, operand: Any) -> None:
        if not isinstance(operand, _Sequenceable) or hasattr(operand, "_elements") or hasattr(operand, "_collection"):
            raise RuntimeError(
                f"~, ignore and wait apply to a single module, not to {type(operand).__name__}: {operand!r}"
            )
        self._operand: Any = operand

    def isOperation(self) -> bool:
        return True

    def decoration(self) -> str:
        return self.prefix

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

    def dumpSequenceConfig(self) -> str:
        return self.prefix + str(self._operand.dumpSequenceConfig())

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
        text = self._operand.dumpSequencePython(options)
        return f"~({text})" if self._operand.isOperation() else f"~{text}"

    def __str__(self) -> str:
        return f"~{self._operand}"


class _SequenceIgnore(_UnarySequenceOperator):
    """``cms.ignore(m)``: the verdict is ignored."""

    prefix = "-"

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        return f"cms.ignore({self._operand.dumpSequencePython(options)})"

    def __str__(self) -> str:
        return f"ignore({self._operand})"


class _SequenceWait(_UnarySequenceOperator):
    """``cms.wait(m)``: what follows on the path starts after m has ended."""

    prefix = "|"

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        return f"cms.wait({self._operand.dumpSequencePython(options)})"

    def __str__(self) -> str:
        return f"wait({self._operand})"


def ignore(module: Any) -> _Sequenceable:
    """Let the path go on whatever verdict `module` gives."""
    return _SequenceIgnore(module)


def wait(module: Any) -> _Sequenceable:
    """Start what follows on the path only after `module` has ended."""
    return _SequenceWait(module)
