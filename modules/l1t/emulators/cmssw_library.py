"""Libraries made for CMSSW's hls4mlEmulator."""

from __future__ import annotations

import ctypes
import hashlib
import threading
import weakref
from pathlib import Path

from pyrun.framework.errors import ModelError

from ..ng_inputs import QUIRKS, Floats
from . import compiler
from .emulator import Emulator
from .hls4ml_library import DOUBLES, SOURCES

MESSAGE = 1000


class CMSSWLibrary(Emulator):
    """Drives a library as CMSSW does: create_model, then prepare_input, predict and read_result for each jet.

    Such a library only understands the exact C++ types of its version of the interface; a small shim, built with g++
    and hls4ml's ap_types, speaks to it.

    Parameters
    ----------
    path : Path
    quirks : str
        Its version of the interface.
    inputs, classes : int
    """

    name = "cmssw"

    def __init__(self, path: Path, quirks: str, inputs: int, classes: int) -> None:
        super().__init__(quirks, inputs, classes)
        self.path = path
        self.shim = ctypes.CDLL(str(_shim(quirks, classes)))
        self.shim.pyrun_open.restype = ctypes.c_void_p
        self.shim.pyrun_close.argtypes = [ctypes.c_void_p]
        self.shim.pyrun_run.argtypes = [
            *(ctypes.c_void_p, ctypes.c_long, ctypes.c_long, ctypes.c_long),
            *(DOUBLES, DOUBLES, DOUBLES, ctypes.c_char_p, ctypes.c_long),
        ]
        self.alone = threading.Lock()  # a model keeps its input between the calls
        message = ctypes.create_string_buffer(MESSAGE)
        self.handle = self.shim.pyrun_open(str(path).encode(), message, MESSAGE)
        if not self.handle:
            raise ModelError(f"The library {path} can't be loaded: {message.value.decode(errors='replace')}")
        weakref.finalize(self, self.shim.pyrun_close, self.handle)

    def evaluate(self, candidates: Floats, jets: Floats, answer: Floats) -> None:
        message = ctypes.create_string_buffer(MESSAGE)
        arrays = [array.ctypes.data_as(DOUBLES) for array in (candidates, jets, answer)]
        features = len(QUIRKS[self.quirks].features)
        with self.alone:
            failed = self.shim.pyrun_run(self.handle, len(candidates), self.inputs, features, *arrays, message, MESSAGE)
        if failed:
            raise ModelError(
                f"The library {self.path} does not take the types of {self.quirks!r} ({message.value.decode()}). Set "
                "quirks to the version of CMSSW that it was made for."
            )


def _shim(quirks: str, classes: int) -> Path:
    own = [SOURCES / "hls4ml" / "emulator.h", SOURCES / "interface.h"]
    key = hashlib.sha256(b"".join(file.read_bytes() for file in own)).hexdigest()
    includes = [SOURCES, compiler.hls4ml_templates() / "vivado" / "ap_types"]
    defines = [f"CLASSES={classes}"] + ["INTERFACE_V2"] * (quirks == "cmssw_v2")
    return compiler.library("cmssw_shim", key, [SOURCES / "cmssw_shim.cpp"], includes, defines)
