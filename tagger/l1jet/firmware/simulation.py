"""The written Verilog, compiled by Verilator and run clock by clock."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np

from pyrun.framework.errors import ExternalFailure
from pyrun.modules.l1t.emulators.emulator import Emulator
from pyrun.modules.l1t.emulators.model_folder import ModelFolder
from pyrun.modules.l1t.ng_inputs import Floats

from ..folders import whole
from . import tools
from .folder import checksum, read_json, write_json

INTEGERS = ctypes.POINTER(ctypes.c_int32)
BUILT = "built.json"


class VerilogSimulation(Emulator):
    """Runs the pipeline of a da4ml project: a new jet each clock, its answer as many clocks later as it has stages.

    Parameters
    ----------
    model : ModelFolder
        Which the Verilog was written from.
    folder : Path
        What `build` has made.
    """

    name = "verilog"

    def __init__(self, model: ModelFolder, folder: Path) -> None:
        super().__init__(model.quirks, model.inputs, len(model.classes))
        from da4ml.types import CombLogic, minimal_kif

        network = CombLogic.deserialize(model.network())
        self.input_type = model.input_type
        self.input_fraction = max(minimal_kif(x).fractional for x in network.inp_qint)
        types = [minimal_kif(x) for x in network.out_qint]
        # all outputs are padded to the widest sign, integer and fractional part
        self.signed = any(x.keep_negative for x in types)
        self.fraction = max(x.fractional for x in types)
        self.width = self.signed + max(x.integers for x in types) + self.fraction
        self.tables = folder / "memfiles"
        try:
            self.run = ctypes.CDLL(str(folder / f"{model.name}.so")).inference
        except (OSError, AttributeError) as error:
            raise ExternalFailure(f"The simulation in {folder} can't be loaded: {error}") from error
        self.run.argtypes, self.run.restype = [INTEGERS, INTEGERS, ctypes.c_size_t, ctypes.c_size_t], None

    def evaluate(self, candidates: Floats, jets: Floats, answer: Floats) -> None:
        values = self.input_type.value(self.input_type.raw(candidates))
        inputs = np.floor(np.ldexp(values, self.input_fraction)).astype(np.int32)
        raw = np.empty(answer.shape, dtype=np.int32)
        with contextlib.chdir(self.tables):  # the model reads its look-up tables when it begins
            self.run(inputs.ctypes.data_as(INTEGERS), raw.ctypes.data_as(INTEGERS), len(inputs), 1)
        wide = raw.astype(np.int64) & ((1 << self.width) - 1)
        if self.signed:
            wide -= (wide >> (self.width - 1)) << self.width
        answer[:] = np.ldexp(wide.astype(np.float64), -self.fraction)


def build(verilog: Path, name: str, folder: Path, timeout: float = 3600.0) -> dict[str, Any]:
    """Compile a da4ml project into `folder`, unless this has been done; returns Verilator's version and the seconds.

    Raises
    ------
    tools.ToolMissing
        Verilator, make or g++ are missing.
    ExternalFailure
        The Verilog is not valid, or the compiler fails.
    """
    sources = sorted(x for x in verilog.rglob("*") if x.suffix in (".v", ".mem", ".cc", ".hh"))
    key = checksum(*sources)
    if (folder / BUILT).is_file() and (done := read_json(folder / BUILT)).get("sources_sha256") == key:
        return done
    environment = tools.verilator()
    environment |= {"VM_PREFIX": f"{name}_wrapper", "STAMP": "made", "EXTRA_CXXFLAGS": "", "VERILATOR_FLAGS": "-Wall"}
    environment["N_JOBS"] = str(os.cpu_count() or 1)
    begin = time.monotonic()
    with whole(folder) as made:
        shutil.copytree(verilog / "src", made / "src")
        shutil.copytree(verilog / "sim", made / "sim", ignore=shutil.ignore_patterns("obj_dir", "*.so"))
        tools.run(
            # Verilator's own optimisation is what makes it fast; the C++ compiler's costs more time than it saves
            ["make", "-f", "build_binder.mk", "slow", "CFLAGS=-std=c++17 -fPIC -O0"],
            made / "sim",
            made / "build.log",
            timeout=timeout,
            environment=environment,
        )
        os.rename(made / "sim" / f"lib{name}_wrapper_made.so", made / f"{name}.so")
        os.rename(made / "src" / "memfiles", made / "memfiles")
        shutil.rmtree(made / "sim")
        shutil.rmtree(made / "src")
        done = {
            "sources_sha256": key,
            "verilator": tools.verilator_version(environment),
            "build_seconds": round(time.monotonic() - begin, 1),
        }
        write_json(made / BUILT, done)
    return done
