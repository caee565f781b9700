"""The machine that `virtual_machine` is: its instructions, and how they are put in order and given registers.

The order makes what is needed at a time small: a network of thousands of operations lives in the processor's caches.
Most values of a network have few bits; those that fit 16 are in registers of that size, of which twice as many are
worked on at a time.
"""

from __future__ import annotations

import enum
import heapq
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

SHORT_BITS = 16


class Do(enum.IntEnum):
    """What an instruction computes from the registers a, b and c and the numbers m to u.

    ``m`` and ``n`` are powers of two with sign, ``>>`` rounds toward minus infinity. Those that begin with SHORT do
    the same with short registers, of 16 bits.
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
    SHORT_ADD = 9
    SHORT_ADD_CONSTANT = 10
    SHORT_RELU = 11
    SHORT_WRAP = 12
    SHORTEN = 13  # the low 16 bits of a, in a short register
    WIDEN = 14  # the short register a


COLUMNS = ("result", "a", "b", "c", "m", "n", "p", "q", "t", "u")
OPERANDS = {
    Do.ADD: "ab",
    Do.ADD_CONSTANT: "a",
    Do.RELU: "a",
    Do.WRAP: "a",
    Do.SELECT: "abc",
    Do.MULTIPLY: "ab",
    Do.TABLE: "a",
    Do.SHORT_ADD: "ab",
    Do.SHORT_ADD_CONSTANT: "a",
    Do.SHORT_RELU: "a",
    Do.SHORT_WRAP: "a",
    Do.SHORTEN: "a",
    Do.WIDEN: "a",
}
SHORTER = {
    Do.ADD: Do.SHORT_ADD,
    Do.ADD_CONSTANT: Do.SHORT_ADD_CONSTANT,
    Do.RELU: Do.SHORT_RELU,
    Do.WRAP: Do.SHORT_WRAP,
}


class Program(NamedTuple):
    """A network to be run by `virtual_machine`.

    Attributes
    ----------
    runs : numpy.ndarray of int64, shape (n, 3)
        What to do, and the first and the end of the instructions that do so.
    code : numpy.ndarray of int32, shape (instructions, 10)
        See `COLUMNS`.
    tables : numpy.ndarray of int32
        All look-up tables, one after the other.
    registers, short_registers : int
    starts : numpy.ndarray of int64, shape (groups + 1,)
        The first of the runs that a jet needs whose inputs are zeros from this group on. What the ones before it
        compute is the same for all such jets, and no later one overwrites it.
    outputs : numpy.ndarray of int64, shape (n,)
        Registers that hold the results, -1 for a constant zero. Short registers count behind the others.
    scales : numpy.ndarray of float64, shape (n,)
        Their steps, with sign.
    """

    runs: npt.NDArray[np.int64]
    code: npt.NDArray[np.int32]
    tables: npt.NDArray[np.int32]
    registers: int
    short_registers: int
    starts: npt.NDArray[np.int64]
    outputs: npt.NDArray[np.int64]
    scales: npt.NDArray[np.float64]


Instruction = dict[str, int]


#: Instructions by their results: k in a register, ~k the same value in a short one.
Values = dict[int, Instruction]


def operands(row: Instruction) -> set[int]:
    """The values that an instruction reads."""
    return {row[name] for name in OPERANDS.get(row["do"], "")}


def with_short_registers(values: Values, bits: Sequence[int]) -> Values:
    """The same with short registers wherever a value fits and is computed from what fits.

    Sums need nothing of their operands but the bits of the result, so that both may be cut to these first.

    Parameters
    ----------
    values : dict
        Of operations 0, 1, ... in this order; none in a short register.
    bits : sequence of int
        Of each value, with sign.
    """
    mixed: Values = {}
    for k, row in values.items():
        short = bits[k] <= SHORT_BITS and row["do"] in SHORTER
        if short and row["do"] in (Do.RELU, Do.WRAP):
            shifted = bits[row["a"]] + abs(row["m"]).bit_length() - 1 + (row["m"] < 0)
            short = shifted <= SHORT_BITS and row["p"] < SHORT_BITS
        for name in OPERANDS.get(row["do"], ""):
            value = row[name]
            if short and ~value not in mixed:
                mixed[~value] = {"do": Do.SHORTEN, "result": ~value, "a": value}
            elif not short and value not in mixed:
                mixed[value] = {"do": Do.WIDEN, "result": value, "a": ~value}
        if short:
            cut = {name: ~row[name] for name in OPERANDS[row["do"]]}
            mixed[~k] = row | cut | {"do": SHORTER[row["do"]], "result": ~k}
        else:
            mixed[k] = row
    return mixed


def scheduled(values: Values, wanted: Sequence[int], size: int, groups: int) -> list[Instruction]:
    """Instructions in a good order, each with its ``group``.

    First come those that depend on the last group of `size` inputs only, and so on. In a group each is as late as what
    needs it allows, so that few values are kept at a time, but as many as possible do the same one after the other.
    """
    group: dict[int, int] = {}
    members: dict[int, list[Instruction]] = {}
    for row in _in_depth(values, wanted):
        first = min((group[value] for value in operands(row)), default=groups)
        row["group"] = group[row["result"]] = row["a"] // size if row["do"] == Do.INPUT else first
        members.setdefault(row["group"], []).append(row)
    return [row for first in sorted(members, reverse=True) for row in _in_runs(members[first])]


def _in_runs(code: list[Instruction]) -> Iterator[Instruction]:
    """A group's instructions: those that do the same together, which begin with the first that can be done."""
    place = {row["result"]: k for k, row in enumerate(code)}
    users: dict[int, list[int]] = {}
    missing = []
    for k, row in enumerate(code):
        needed = operands(row) & place.keys()
        missing.append(len(needed))
        for value in needed:
            users.setdefault(value, []).append(k)
    ready: dict[int, list[int]] = {}
    for k, row in enumerate(code):
        if not missing[k]:
            heapq.heappush(ready.setdefault(row["do"], []), k)
    while any(ready.values()):
        run = min((waiting for waiting in ready.values() if waiting), key=lambda waiting: waiting[0])
        while run:
            row = code[heapq.heappop(run)]
            yield row
            for k in users.get(row["result"], ()):
                missing[k] -= 1
                if not missing[k]:
                    heapq.heappush(ready.setdefault(code[k]["do"], []), k)


def runs_of(code: list[Instruction], groups: int) -> tuple[list[tuple[int, int, int]], list[int]]:
    """`Program.runs` and `Program.starts`."""
    runs: list[tuple[int, int, int]] = []
    starts = [0] * (groups + 1)
    end = 0
    for (group, do), rows in itertools.groupby(code, key=lambda row: (row["group"], row["do"])):
        begin, end = end, end + len(list(rows))
        runs.append((do, begin, end))
        for first in range(group + 1):
            starts[first] += 1
    return runs, starts


def _in_depth(values: Values, wanted: Iterable[int]) -> Iterator[Instruction]:
    done: set[int] = set()
    for result in wanted:
        waiting = [result]
        while waiting:
            k = waiting[-1]
            row = values[k]
            missing = operands(row) - done
            if missing and k not in done:
                waiting.extend(missing)
                continue
            waiting.pop()
            if k not in done:
                done.add(k)
                yield row


class _Registers:
    """Registers of one size; one is used again when its value is no more needed."""

    def __init__(self) -> None:
        self.used = 0
        self.free: list[int] = []

    def take(self) -> int:
        if self.free:
            return heapq.heappop(self.free)
        self.used += 1
        return self.used - 1

    def give(self, register: int) -> None:
        heapq.heappush(self.free, register)


def assign_registers(code: list[Instruction], wanted: Sequence[int]) -> tuple[int, int, list[int]]:
    """Replace values by registers, in place.

    A result never gets the register of one of its operands: the machine works on many jets at once, and compilers
    vectorise only what they know not to overlap. Nor does it get one that a group before has left for others.

    Returns
    -------
    registers, short_registers : int
    outputs : list of int
        Where the wanted values are, as in `Program`.
    """
    last = {value: k for k, row in enumerate(code) for value in operands(row)}
    last |= dict.fromkeys(wanted, len(code))
    group = {row["result"]: row["group"] for row in code}
    registers, short = _Registers(), _Registers()
    register: dict[int, int] = {}
    for k, row in enumerate(code):
        result, needed = row["result"], operands(row)
        row |= {name: register[row[name]] for name in OPERANDS.get(row["do"], "")}
        row["result"] = register[result] = (registers if result >= 0 else short).take()
        for value in needed:
            if last[value] == k and group[value] == row["group"]:
                (registers if value >= 0 else short).give(register[value])
    outputs = [register[value] + (registers.used if value < 0 else 0) for value in wanted]
    return registers.used, short.used, outputs
