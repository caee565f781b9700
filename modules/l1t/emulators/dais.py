"""da4ml's networks of adders and look-up tables as programs of a small machine with registers of 32 bits.

da4ml (arXiv:2507.04535) turns a network into one list of operations on fixed-point numbers, each with its own range
and step. Here every operation becomes integer arithmetic on raw values: the shifts that bring its operands to the
step of its result are computed once. Registers are used again as soon as their value is no more needed, so that a
network of thousands of operations lives in the processor's caches.
"""

from __future__ import annotations

import enum
import heapq
import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import ModelError

from ..words import FixedPoint

MAX_BITS = 32


class Do(enum.IntEnum):
    """What an instruction computes from the registers a, b and c and the numbers m to u.

    ``m`` and ``n`` are powers of two with sign, ``>>`` rounds toward minus infinity.
    """

    INPUT = 0  # (input number a * m) >> p
    ADD = 1  # a * m + b * n
    ADD_CONSTANT = 2  # a * m + u
    CONSTANT = 3  # u
    RELU = 4  # (max(a * m, 0) >> p) & t
    WRAP = 5  # ((((a * m) >> p) + u) & t) - u
    SELECT = 6  # (a * m) >> p where c >= u (c < 0 if u is 0), else (b * n) >> q
    MULTIPLY = 7  # (a * b * m) >> p
    TABLE = 8  # (entry u + a of the tables * m) >> p


COLUMNS = ("do", "result", "a", "b", "c", "m", "n", "p", "q", "t", "u")
OPERANDS = {
    Do.ADD: "ab",
    Do.ADD_CONSTANT: "a",
    Do.RELU: "a",
    Do.WRAP: "a",
    Do.SELECT: "abc",
    Do.MULTIPLY: "ab",
    Do.TABLE: "a",
}


class Program(NamedTuple):
    """A network to be run by `virtual_machine`.

    Attributes
    ----------
    code : numpy.ndarray of int32, shape (instructions, 11)
        See `Do` and `COLUMNS`.
    tables : numpy.ndarray of int32
        All look-up tables, one after the other.
    registers : int
    outputs : numpy.ndarray of int64, shape (n,)
        Registers that hold the results, -1 for a constant zero.
    scales : numpy.ndarray of float64, shape (n,)
        Their steps, with sign.
    """

    code: npt.NDArray[np.int32]
    tables: npt.NDArray[np.int32]
    registers: int
    outputs: npt.NDArray[np.int64]
    scales: npt.NDArray[np.float64]


Instruction = dict[str, int]


class Kind(NamedTuple):
    """Sign, integer and fraction bits of a value, as da4ml's `minimal_kif` gives them for a range."""

    signed: bool
    integer: int
    fraction: int

    @property
    def bits(self) -> int:
        return self.signed + self.integer + self.fraction

    @classmethod
    def of(cls, lowest: float, highest: float, step: float) -> Kind:
        if lowest == highest == 0:
            return cls(False, 0, 0)
        fraction = -round(math.log2(step))
        low, high = round(lowest / step), round(highest / step)
        return cls(low < 0, (max(abs(low), high + 1) - 1).bit_length() - fraction, fraction)


def compile_network(network: Sequence[Any], input_type: FixedPoint) -> Program:
    """The program for a network as da4ml saves it (version 0.6).

    Parameters
    ----------
    network : sequence
        Shape, shifts of the inputs, the outputs' operations, shifts and signs, operations, two sizes, tables.
    input_type : FixedPoint
        Of the raw inputs.

    Raises
    ------
    ModelError
        An operation is unknown, or a value needs more than 32 bits.
    """
    shape, input_shifts, out_index, out_shifts, out_negative, operations, *_ = network
    tables = network[8] or [] if len(network) > 8 else []
    compiler = _Compiler(operations, tables, input_shifts, input_type)
    code = _in_depth([compiler.instruction(k) for k in range(len(operations))], [k for k in out_index if k >= 0])
    registers, where = _assign_registers(code, [k for k in out_index if k >= 0])
    scales = [
        math.ldexp(-1.0 if negative else 1.0, shift - (compiler.kinds[k].fraction if k >= 0 else 0))
        for k, shift, negative in zip(out_index, out_shifts, out_negative, strict=True)
    ]
    return Program(
        np.array([[_signed(row.get(name, 0)) for name in COLUMNS] for row in code], dtype=np.int32),
        np.array([entry for table in tables for entry in table["table"]] or [0], dtype=np.int32),
        registers,
        np.array([where.get(k, -1) for k in out_index]),
        np.array(scales),
    )


class _Compiler:
    """Translates operations one by one; the result of operation k is in register k."""

    def __init__(self, operations: Sequence[Any], tables: Sequence[Any], input_shifts: Any, input_type: FixedPoint):
        self.operations, self.tables = operations, tables
        self.input_shifts, self.input_fraction = input_shifts, input_type.fraction
        self.starts = np.cumsum([0, *(len(table["table"]) for table in tables)])
        self.kinds = [Kind.of(*operation[4]) for operation in operations]
        widest = max(range(len(operations)), key=lambda k: self.kinds[k].bits)
        if self.kinds[widest].bits > MAX_BITS:
            raise ModelError(
                f"Operation {widest} of the network needs {self.kinds[widest].bits} bits; the numba emulator has "
                f"{MAX_BITS}. Choose the backend da4ml."
            )

    def instruction(self, k: int) -> Instruction:
        """What operation k computes; `COLUMNS` that it does not need are left out."""
        id0, id1, opcode, data, bounds = self.operations[k][:5]
        make = self._MAKERS.get(opcode)
        if make is None:
            raise ModelError(
                f"The numba emulator does not know da4ml's operation {opcode} (of operation {k}). "
                "Choose the backend da4ml."
            )
        if bounds[0] == bounds[1] == 0:
            return {"do": Do.CONSTANT, "result": k}
        return {"result": k} | make(self, k, id0, id1, opcode, data)

    def _shift(self, k: int, operand: int) -> int:
        """From an operand's step to the result's, to the left."""
        return self.kinds[k].fraction - self.kinds[operand].fraction

    def _input(self, k, id0, id1, opcode, data):
        shift = self.kinds[k].fraction - self.input_fraction + self.input_shifts[id0]
        return {"do": Do.INPUT, "a": id0, "m": _left(shift), "p": _right(shift)}

    def _add(self, k, id0, id1, opcode, data):
        shifts = self._shift(k, id0), self._shift(k, id1) + data
        for operand, shift in zip((id0, id1), shifts, strict=True):
            if shift < 0 and self.kinds[operand].bits:
                raise ModelError(f"Operation {k} of the network has larger steps than its operand {operand}")
        sign = -1 if opcode == 1 else 1
        return {"do": Do.ADD, "a": id0, "b": id1, "m": _left(shifts[0]), "n": sign * _left(shifts[1])}

    def _add_constant(self, k, id0, id1, opcode, data):
        return {"do": Do.ADD_CONSTANT, "a": id0, "m": _left(self._shift(k, id0)), "u": data}

    def _constant(self, k, id0, id1, opcode, data):
        return {"do": Do.CONSTANT, "u": data}

    def _relu(self, k, id0, id1, opcode, data):
        return self._narrowed(Do.RELU, k, id0, opcode)

    def _wrap(self, k, id0, id1, opcode, data):
        kind = self.kinds[k]
        return self._narrowed(Do.WRAP, k, id0, opcode) | {"u": 1 << (kind.bits - 1) if kind.signed else 0}

    def _narrowed(self, do, k, id0, opcode):
        shift, sign = self._shift(k, id0), 1 if opcode > 0 else -1
        return {"do": do, "a": id0, "m": sign * _left(shift), "p": _right(shift), "t": (1 << self.kinds[k].bits) - 1}

    def _select(self, k, id0, id1, opcode, data):
        condition = data & 0xFFFFFFFF
        shifts = self._shift(k, id0), self._shift(k, id1) + _signed(data >> 32)
        kind, sign = self.kinds[condition], 1 if opcode > 0 else -1
        return {
            "do": Do.SELECT,
            **{"a": id0, "m": _left(shifts[0]), "p": _right(shifts[0])},
            **{"b": id1, "n": sign * _left(shifts[1]), "q": _right(shifts[1])},
            # the condition's highest bit: its sign, or half of its range
            **{"c": condition, "u": 0 if kind.signed else 1 << (kind.bits - 1)},
        }

    def _multiply(self, k, id0, id1, opcode, data):
        shift = self._shift(k, id0) - self.kinds[id1].fraction
        return {"do": Do.MULTIPLY, "a": id0, "b": id1, "m": _left(shift), "p": _right(shift)}

    def _table(self, k, id0, id1, opcode, data):
        lowest, highest, step = self.operations[id0][4]
        table = self.tables[data]
        first, last = round(lowest / step), round(highest / step)
        if last - first >= len(table["table"]):
            raise ModelError(f"Look-up table {data} of the network is shorter than the range of operation {id0}")
        output = table["spec"]["out_qint"]
        shift = self.kinds[k].fraction - Kind.of(output["min"], output["max"], output["step"]).fraction
        return {"do": Do.TABLE, "a": id0, "m": _left(shift), "p": _right(shift), "u": int(self.starts[data]) - first}

    _MAKERS = {
        -1: _input,
        0: _add,
        1: _add,
        2: _relu,
        -2: _relu,
        3: _wrap,
        -3: _wrap,
        4: _add_constant,
        5: _constant,
        6: _select,
        -6: _select,
        7: _multiply,
        8: _table,
    }


def _left(shift: int) -> int:
    return 1 << max(shift, 0)


def _right(shift: int) -> int:
    return max(-shift, 0)


def _signed(bits: int) -> int:
    """The low 32 bits as a signed number."""
    bits &= 0xFFFFFFFF
    return bits - (1 << 32) if bits >> 31 else bits


def _in_depth(code: list[Instruction], wanted: Iterable[int]) -> list[Instruction]:
    """The instructions that the wanted results need, each one as late as possible: few values are kept at a time."""
    ordered: list[Instruction] = []
    done: set[int] = set()
    for result in wanted:
        waiting = [result]
        while waiting:
            k = waiting[-1]
            missing = [code[k][name] for name in OPERANDS.get(code[k]["do"], "") if code[k][name] not in done]
            if missing and k not in done:
                waiting.extend(missing)
                continue
            waiting.pop()
            if k not in done:
                done.add(k)
                ordered.append(code[k])
    return ordered


def _assign_registers(code: list[Instruction], kept: Iterable[int]) -> tuple[int, dict[int, int]]:
    """Replace the numbers of operations by registers, in place; returns how many there are, and those of the results.

    A result never gets the register of one of its operands: the machine works on many jets at once, and compilers
    vectorise only what they know not to overlap.
    """
    names = [OPERANDS.get(row["do"], "") for row in code]
    last = {row[name]: k for k, row in enumerate(code) for name in names[k]}
    last |= dict.fromkeys(kept, len(code))
    free: list[int] = []
    register: dict[int, int] = {}
    used = 0
    for k, row in enumerate(code):
        result, operands = row["result"], {row[name] for name in names[k]}
        row |= {name: register[row[name]] for name in names[k]}
        if free:
            register[result] = heapq.heappop(free)
        else:
            register[result], used = used, used + 1
        row["result"] = register[result]
        for value in operands:
            if last[value] == k:
                heapq.heappush(free, register[value])
    return used, register
