"""da4ml's networks of adders and look-up tables as programs of a small machine, see `dais_program`.

da4ml (arXiv:2507.04535) turns a network into one list of operations on fixed-point numbers, each with its own range
and step. Here every operation becomes integer arithmetic on raw values: the shifts that bring its operands to the
step of its result are computed once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pyrun.framework.errors import ModelError

from ..words import FixedPoint
from .dais_program import COLUMNS, Do, Instruction, Program, assign_registers, runs_of, scheduled, with_short_registers

MAX_BITS = 32


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


def compile_network(network: Sequence[Any], input_type: FixedPoint, groups: int = 1) -> Program:
    """The program for a network as da4ml saves it (version 0.6).

    Parameters
    ----------
    network : sequence
        Shape, shifts of the inputs, the outputs' operations, shifts and signs, operations, two sizes, tables.
    input_type : FixedPoint
        Of the raw inputs.
    groups : int
        Into which the inputs fall that tend to be zeros together, the last ones most often: a jet's particles.

    Raises
    ------
    ModelError
        An operation is unknown, a value needs more than 32 bits, or the inputs do not fall into so many groups.
    """
    shape, input_shifts, out_index, out_shifts, out_negative, operations, *_ = network
    if shape[0] % groups:
        raise ModelError(
            f"The network has {shape[0]} inputs, which are not the same number for each of {groups} particles"
        )
    tables = network[8] or [] if len(network) > 8 else []
    compiler = _Compiler(operations, tables, input_shifts, input_type)
    values = with_short_registers(
        {k: compiler.instruction(k) for k in range(len(operations))},
        [kind.bits + (not kind.signed) for kind in compiler.kinds],
    )
    wanted = [k if k in values else ~k for k in out_index if k >= 0]
    code = scheduled(values, wanted, shape[0] // groups, groups)
    runs, starts = runs_of(code, groups)
    registers, short_registers, where = assign_registers(code, wanted)
    found = iter(where)
    scales = [
        math.ldexp(-1.0 if negative else 1.0, shift - (compiler.kinds[k].fraction if k >= 0 else 0))
        for k, shift, negative in zip(out_index, out_shifts, out_negative, strict=True)
    ]
    return Program(
        np.array(runs, dtype=np.int64).reshape(-1, 3),
        np.array([[_signed(row.get(name, 0)) for name in COLUMNS] for row in code], dtype=np.int32),
        np.array([entry for table in tables for entry in table["table"]] or [0], dtype=np.int32),
        registers,
        short_registers,
        np.array(starts),
        np.array([next(found) if k >= 0 else -1 for k in out_index]),
        np.array(scales),
    )


class _Compiler:
    """Translates operations one by one; the result of operation k is value k."""

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
