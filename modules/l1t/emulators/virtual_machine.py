"""The numba emulator: runs da4ml's list of operations on many jets at once, on one core and without a compiler."""

from __future__ import annotations

import math

import numpy as np
from numba import float64, int32, int64, njit, void

from pyrun.framework.kernels import kernel

from ..ng_inputs import Floats
from .dais import Do
from .emulator import Emulator
from .model_folder import ModelFolder
from .program_cache import program

JETS = 64  # worked on together: enough to hide the cost of choosing what to do, few enough for the caches

INPUT, ADD, ADD_CONSTANT, CONSTANT, RELU, WRAP, SELECT, MULTIPLY, TABLE = (int(do) for do in Do)


class VirtualMachine(Emulator):
    """Runs any network of integer operations that `dais.compile_network` can translate."""

    name = "numba"

    def __init__(self, folder: ModelFolder) -> None:
        super().__init__(folder.quirks, folder.inputs, len(folder.classes))
        self.input_type = folder.input_type
        self.program = program(folder)

    def evaluate(self, candidates: Floats, jets: Floats, answer: Floats) -> None:
        code, tables, registers, outputs, scales = self.program
        kind = self.input_type
        run(candidates, kind.fraction, kind.lowest, kind.highest, code, tables, registers, outputs, scales, answer)


@njit(cache=True, nogil=True)
def quantize(values, fraction, lowest, highest, raw):
    """Numbers assigned to ap_fixed<.., RND, SAT>: to the nearest step, halves up, within the range."""
    scale = 2.0**fraction
    for i in range(len(values)):
        scaled = min(max(values[i] * scale, float(lowest)), float(highest))
        below = math.floor(scaled)
        raw[i] = np.int32(below) + np.int32(scaled - below >= 0.5)


@kernel(
    void(
        float64[:, ::1],
        int64,
        int64,
        int64,
        int32[:, ::1],
        int32[::1],
        int64,
        int64[::1],
        float64[::1],
        float64[:, ::1],
    ),
)
def run(inputs, fraction, lowest, highest, code, tables, registers, outputs, scales, answer):
    """Run a `dais.Program` on inputs of shape (jets, inputs) and fill `answer`, shape (jets, outputs).

    All arithmetic is of 32 bits; the casts keep numba from widening it, so that the loops over jets are vectorised.
    `fraction`, `lowest` and `highest` are of the inputs' type.
    """
    int_ = np.int32
    r = np.zeros((registers, JETS), dtype=np.int32)
    x = np.zeros((inputs.shape[1], JETS), dtype=np.int32)
    raw = np.zeros(inputs.shape[1], dtype=np.int32)
    for first in range(0, len(inputs), JETS):
        n = min(JETS, len(inputs) - first)
        for j in range(n):
            quantize(inputs[first + j], fraction, lowest, highest, raw)
            for i in range(len(raw)):
                x[i, j] = raw[i]
        for k in range(len(code)):
            do, out, a, b, c = code[k, 0], r[code[k, 1]], code[k, 2], code[k, 3], code[k, 4]
            m, n_, p, q, t, u = code[k, 5], code[k, 6], code[k, 7] & 31, code[k, 8] & 31, code[k, 9], code[k, 10]
            if do == ADD:
                for j in range(JETS):
                    out[j] = int_(int_(r[a, j] * m) + int_(r[b, j] * n_))
            elif do == ADD_CONSTANT:
                for j in range(JETS):
                    out[j] = int_(int_(r[a, j] * m) + u)
            elif do == WRAP:
                for j in range(JETS):
                    out[j] = int_(int_(int_(int_(int_(r[a, j] * m) >> p) + u) & t) - u)
            elif do == RELU:
                for j in range(JETS):
                    out[j] = int_(int_(max(int_(r[a, j] * m), int_(0)) >> p) & t)
            elif do == INPUT:
                for j in range(JETS):
                    out[j] = int_(int_(x[a, j] * m) >> p)
            elif do == TABLE:
                for j in range(JETS):
                    out[j] = (tables[u + r[a, j]] * m) >> p
            elif do == MULTIPLY:
                for j in range(JETS):
                    out[j] = (np.int64(r[a, j]) * np.int64(r[b, j]) * m) >> p
            elif do == SELECT:
                for j in range(JETS):
                    holds = r[c, j] < 0 if u == 0 else r[c, j] >= u
                    out[j] = int_(r[a, j] * m) >> p if holds else int_(r[b, j] * n_) >> q
            elif do == CONSTANT:
                out[:] = u
        for o in range(len(outputs)):
            for j in range(n):
                answer[first + j, o] = r[outputs[o], j] * scales[o] if outputs[o] >= 0 else 0.0
