"""The C++ that hls4ml wrote for the firmware, built with g++ and called directly."""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from pyrun.framework.errors import ModelError

from ..ng_inputs import Floats
from . import compiler
from .emulator import Emulator
from .model_folder import FIRMWARE, ModelFolder

SOURCES = Path(__file__).parent / "src"
DOUBLES = ctypes.POINTER(ctypes.c_double)


class Hls4mlLibrary(Emulator):
    """Calls the firmware's top function for one jet after the other."""

    name = "hls4ml"

    def __init__(self, folder: ModelFolder) -> None:
        super().__init__(folder.quirks, folder.inputs, len(folder.classes))
        self.path = build(folder)
        self.function = function(self.path, "pyrun_emulate", [ctypes.c_long, DOUBLES, DOUBLES])

    def evaluate(self, candidates: Floats, jets: Floats, answer: Floats) -> None:
        self.function(len(candidates), candidates.ctypes.data_as(DOUBLES), answer.ctypes.data_as(DOUBLES))


def build(folder: ModelFolder) -> Path:
    """The shared library of a model, with ``create_model`` and ``destroy_model`` as CMSSW wants them.

    It is built when a model, a compiler or a version of hls4ml is used for the first time, which takes some 30 s, and
    kept in `compiler.cache_folder`.

    Raises
    ------
    ModelError
        hls4ml's headers or the compiler are missing, or the compiler fails.
    """
    templates = compiler.hls4ml_templates()
    wrapper = SOURCES / "hls4ml_model.cpp"
    own = [SOURCES / "hls4ml" / "emulator.h", SOURCES / "interface.h"]
    key = hashlib.sha256(b"".join(file.read_bytes() for file in own)).hexdigest()
    with tempfile.TemporaryDirectory() as scratch:
        # headers of Vitis replace those of Vivado of the same name, and the model's own both
        project = Path(scratch)
        for source in (templates / "vivado" / "nnet_utils", templates / "vitis" / "nnet_utils"):
            shutil.copytree(source, project / "nnet_utils", dirs_exist_ok=True)
        shutil.copytree(folder.path / FIRMWARE, project, dirs_exist_ok=True)
        return compiler.library(
            folder.name,
            f"{folder.checksum()} {version('hls4ml')} {key}",
            [project / f"{folder.name}.cpp", wrapper],
            [project, templates / "vivado" / "ap_types", SOURCES],
            [f"MODEL={folder.name}", f"MODEL_HEADER={folder.name}.h", f"CLASSES={len(folder.classes)}"]
            + ["INTERFACE_V2"] * (folder.quirks == "cmssw_v2"),
        )


def function(path: Path, name: str, arguments: list):
    """A function of a library that returns nothing.

    Raises
    ------
    ModelError
        The library can't be loaded or does not have it.
    """
    try:
        found = getattr(ctypes.CDLL(str(path)), name)
    except (OSError, AttributeError) as error:
        raise ModelError(f"The library {path} can't be used: {error}") from error
    found.argtypes, found.restype = arguments, None
    return found
