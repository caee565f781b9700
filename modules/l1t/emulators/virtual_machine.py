"""The numba emulator: runs da4ml's list of operations on many jets at once, on one core and without a compiler."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import float64, int32, int64, njit, void

from pyrun.framework.kernels import kernel

from ..ng_inputs import Floats
from .dais_program import Do, Program
from .emulator import Emulator
from .model_folder import ModelFolder
from .program_cache import program

JETS = 64  # worked on together: enough to hide the cost of choosing what to do, few enough for the caches


class VirtualMachine(Emulator):
    """Runs any network of integer operations that `dais.compile_network` can translate."""

    name = "numba"

    def __init__(self, folder: ModelFolder) -> None:
        super().__init__(folder.quirks, folder.inputs, len(folder.classes))
        self.input_type = folder.input_type
        self.program = program(folder)
        self.idle = idle_registers(self.program, folder.inputs)

    def evaluate(self, candidates: Floats, jets: Floats, answer: Floats) -> None:
        kind = self.input_type
        run(candidates, kind.fraction, kind.lowest, kind.highest, *self.program, self.idle, answer)


def idle_registers(program: Program, inputs: int) -> npt.NDArray[np.int32]:
    """What the registers hold after a run on inputs that are all zeros, shape (registers,)."""
    n = program.registers + program.short_registers
    everything = program._replace(starts=program.starts * 0, outputs=np.arange(n), scales=np.ones(n))
    answer = np.empty((1, n))
    run(np.zeros((1, inputs)), 0, 0, 0, *everything, np.zeros(n, dtype=np.int32), answer)
    return answer[0].astype(np.int32)


@njit(cache=True, nogil=True)
def quantize(values, fraction, lowest, highest, raw):
    """Numbers assigned to ap_fixed<.., RND, SAT>: to the nearest step, halves up, within the range."""
    scale = 2.0**fraction
    for i in range(len(values)):
        scaled = min(max(values[i] * scale, float(lowest)), float(highest))
        below = math.floor(scaled)
        raw[i] = np.int32(below) + np.int32(scaled - below >= 0.5)


@njit(cache=True, nogil=True)
def by_filled_groups(inputs, size):
    """Rows of `inputs` in the order of how many groups of `size` numbers are not zeros at the end, and these numbers.

    Zeros between others count as filled.
    """
    groups = inputs.shape[1] // size
    filled = np.empty(len(inputs), dtype=np.int64)
    begin = np.zeros(groups + 2, dtype=np.int64)
    for jet in range(len(inputs)):
        n = groups
        while n > 0:
            some = 0
            last = inputs[jet, (n - 1) * size : n * size]
            for i in range(size):  # to its end, which is faster than to look at one after the other
                some += last[i] != 0.0
            if some:
                break
            n -= 1
        filled[jet] = n
        begin[filled[jet] + 1] += 1
    for n in range(groups):
        begin[n + 1] += begin[n]
    order = np.empty(len(inputs), dtype=np.int64)
    for jet in range(len(inputs)):
        order[begin[filled[jet]]] = jet
        begin[filled[jet]] += 1
    return order, filled


# The instructions, on all jets at once; `Do` says what they compute. They do so in integers of the registers' size: the
# casts undo what numba makes wider, so that loops over jets are vectorised. Numbers of registers are unsigned, because
# others could count from the end.


@njit(cache=True, nogil=True)
def add(code, r):
    size = r.dtype.type
    for k in range(len(code)):
        o, a, b = np.uint32(code[k, 0]), np.uint32(code[k, 1]), np.uint32(code[k, 2])
        m, n = size(code[k, 4]), size(code[k, 5])
        for j in range(JETS):
            r[o, j] = size(r[a, j] * m) + size(r[b, j] * n)


@njit(cache=True, nogil=True)
def add_constant(code, r):
    size = r.dtype.type
    for k in range(len(code)):
        o, a = np.uint32(code[k, 0]), np.uint32(code[k, 1])
        m, u = size(code[k, 4]), size(code[k, 9])
        for j in range(JETS):
            r[o, j] = size(r[a, j] * m) + u


@njit(cache=True, nogil=True)
def relu(code, r):
    size = r.dtype.type
    for k in range(len(code)):
        o, a = np.uint32(code[k, 0]), np.uint32(code[k, 1])
        m, p, t = size(code[k, 4]), code[k, 6] & 31, size(code[k, 8])
        for j in range(JETS):
            r[o, j] = size(max(size(r[a, j] * m), size(0)) >> p) & t


@njit(cache=True, nogil=True)
def wrap(code, r):
    size = r.dtype.type
    for k in range(len(code)):
        o, a = np.uint32(code[k, 0]), np.uint32(code[k, 1])
        m, p, t, u = size(code[k, 4]), code[k, 6] & 31, size(code[k, 8]), size(code[k, 9])
        for j in range(JETS):
            r[o, j] = size(size(size(size(r[a, j] * m) >> p) + u) & t) - u


@njit(cache=True, nogil=True)
def copy(code, source, target):
    size = target.dtype.type
    for k in range(len(code)):
        o, a = np.uint32(code[k, 0]), np.uint32(code[k, 1])
        for j in range(target.shape[1]):  # with a number known when it is compiled, this loop is not vectorised
            target[o, j] = size(source[a, j])


@njit(cache=True, nogil=True)
def take_input(code, x, r):
    for k in range(len(code)):
        o, a = np.uint32(code[k, 0]), np.uint32(code[k, 1])
        m, p = code[k, 4], code[k, 6] & 31
        for j in range(JETS):
            r[o, j] = np.int32(x[a, j] * m) >> p


@njit(cache=True, nogil=True)
def look_up(code, tables, r):
    for k in range(len(code)):
        o, a = np.uint32(code[k, 0]), np.uint32(code[k, 1])
        m, p, u = code[k, 4], code[k, 6] & 31, code[k, 9]
        for j in range(JETS):
            r[o, j] = (tables[u + r[a, j]] * m) >> p


@njit(cache=True, nogil=True)
def multiply(code, r):
    for k in range(len(code)):
        o, a, b = np.uint32(code[k, 0]), np.uint32(code[k, 1]), np.uint32(code[k, 2])
        m, p = code[k, 4], code[k, 6] & 31
        for j in range(JETS):
            r[o, j] = (np.int64(r[a, j]) * np.int64(r[b, j]) * m) >> p


@njit(cache=True, nogil=True)
def select(code, r):
    for k in range(len(code)):
        o, a, b, c = np.uint32(code[k, 0]), np.uint32(code[k, 1]), np.uint32(code[k, 2]), np.uint32(code[k, 3])
        m, n, p, q, u = code[k, 4], code[k, 5], code[k, 6] & 31, code[k, 7] & 31, code[k, 9]
        for j in range(JETS):
            holds = r[c, j] < 0 if u == 0 else r[c, j] >= u
            r[o, j] = np.int32(r[a, j] * m) >> p if holds else np.int32(r[b, j] * n) >> q


@njit(cache=True, nogil=True)
def put_constant(code, r):
    for k in range(len(code)):
        for j in range(JETS):
            r[np.uint32(code[k, 0]), j] = code[k, 9]


@njit(cache=True, nogil=True)
def execute(runs, code, tables, x, r, s):
    """All instructions of `runs` on inputs `x` of shape (inputs, JETS), registers `r` and short registers `s`."""
    for k in range(len(runs)):
        do, instructions = runs[k, 0], code[runs[k, 1] : runs[k, 2]]
        if do == Do.SHORT_ADD:
            add(instructions, s)
        elif do == Do.SHORT_ADD_CONSTANT:
            add_constant(instructions, s)
        elif do == Do.SHORT_WRAP:
            wrap(instructions, s)
        elif do == Do.SHORT_RELU:
            relu(instructions, s)
        elif do == Do.SHORTEN:
            copy(instructions, r, s)
        elif do == Do.WIDEN:
            copy(instructions, s, r)
        elif do == Do.ADD:
            add(instructions, r)
        elif do == Do.ADD_CONSTANT:
            add_constant(instructions, r)
        elif do == Do.WRAP:
            wrap(instructions, r)
        elif do == Do.RELU:
            relu(instructions, r)
        elif do == Do.INPUT:
            take_input(instructions, x, r)
        elif do == Do.TABLE:
            look_up(instructions, tables, r)
        elif do == Do.MULTIPLY:
            multiply(instructions, r)
        elif do == Do.SELECT:
            select(instructions, r)
        elif do == Do.CONSTANT:
            put_constant(instructions, r)


@njit(cache=True, nogil=True)
def holding(values, r):
    """Fill registers: each has the same value for all jets."""
    for k in range(len(r)):
        for j in range(r.shape[1]):
            r[k, j] = values[k]
    return r


@kernel(
    void(
        float64[:, ::1],
        int64,
        int64,
        int64,
        int64[:, ::1],
        int32[:, ::1],
        int32[::1],
        int64,
        int64,
        int64[::1],
        int64[::1],
        float64[::1],
        int32[::1],
        float64[:, ::1],
    ),
)
def run(
    inputs,
    fraction,
    lowest,
    highest,
    runs,
    code,
    tables,
    registers,
    short_registers,
    starts,
    outputs,
    scales,
    idle,
    answer,
):
    """Run a `Program` on inputs of shape (jets, inputs) and fill `answer`, shape (jets, outputs).

    `fraction`, `lowest` and `highest` are of the inputs' type. Jets are worked on in the order of how many groups of
    inputs they fill: what the program does for the empty ones has been done, and is in `idle`, see `idle_registers`.
    """
    r = holding(idle[:registers], np.empty((registers, JETS), dtype=np.int32))
    s = holding(idle[registers:], np.empty((short_registers, JETS), dtype=np.int16))
    x = np.zeros((inputs.shape[1], JETS), dtype=np.int32)
    raw = np.zeros(inputs.shape[1], dtype=np.int32)
    size = inputs.shape[1] // (len(starts) - 1)
    order, filled = by_filled_groups(inputs, size)
    for first in range(0, len(inputs), JETS):
        rows = order[first : first + JETS]
        groups = filled[rows[-1]]
        for j in range(len(rows)):  # where a jet fills fewer groups than others, `x` has been zero from the beginning
            quantize(inputs[rows[j], : groups * size], fraction, lowest, highest, raw)
            for i in range(groups * size):
                x[i, j] = raw[i]
        execute(runs[starts[groups] :], code, tables, x, r, s)
        for i in range(len(outputs)):
            k = outputs[i]
            for j in range(len(rows)):
                value = 0 if k < 0 else r[k, j] if k < registers else s[k - registers, j]
                answer[rows[j], i] = value * scales[i]
