"""Choosing and checking an emulator."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pyrun.framework.errors import Configuration, ModelError

from ..ng_inputs import N_PARTICLES, QUIRKS
from .emulator import Emulator
from .model_folder import ModelFolder, find

CMSSW = "cmssw"


def _numba(folder: ModelFolder) -> Emulator:
    from .virtual_machine import VirtualMachine

    return VirtualMachine(folder)


def _da4ml(folder: ModelFolder) -> Emulator:
    from .da4ml_interpreter import Da4mlInterpreter

    return Da4mlInterpreter(folder)


def _hls4ml(folder: ModelFolder) -> Emulator:
    from .hls4ml_library import Hls4mlLibrary

    return Hls4mlLibrary(folder)


def _cmssw(folder: ModelFolder) -> Emulator:
    from .cmssw_library import CMSSWLibrary
    from .hls4ml_library import build

    return CMSSWLibrary(build(folder), folder.quirks, folder.inputs, len(folder.classes))


#: From the fastest to the slowest. "cmssw" drives the library of "hls4ml" the way CMSSW does.
BACKENDS: dict[str, Callable[[ModelFolder], Emulator]] = {
    "numba": _numba,
    "da4ml": _da4ml,
    "hls4ml": _hls4ml,
    CMSSW: _cmssw,
}


def load_emulator(model: str | Path, backend: str = "auto", quirks: str = "", classes: int = 8) -> Emulator:
    """The emulator of a model, checked on the model's reference jets.

    Parameters
    ----------
    model : str or Path
        A folder, or a library with CMSSW's ``create_model`` and ``destroy_model``; see `model_folder.find`.
    backend : str
        One of `BACKENDS`, or "auto": numba, which is the fastest and needs no compiler; a library is always driven as
        in CMSSW.
    quirks : str
        Version of CMSSW's interface; empty for the model's own, which a library can't tell.
    classes : int
        Scores of a library; a folder knows its own.

    Raises
    ------
    Configuration
        There is no such backend, or the quirks of a library are not given.
    ModelError
        The model can't be loaded, or does not answer what it should.
    """
    if backend not in ("auto", *BACKENDS):
        raise Configuration(f"There is no emulator backend {backend!r}; there are auto, {', '.join(BACKENDS)}")
    path = find(str(model))
    if not path.is_dir():
        return _library(path, quirks, classes)
    folder = ModelFolder.open(path)
    if quirks not in ("", folder.quirks):
        raise ModelError(
            f"The model {path} was trained with inputs {folder.quirks!r}, and can't be used with {quirks!r}. Leave "
            "quirks empty to take the model's."
        )
    emulator = BACKENDS["numba" if backend == "auto" else backend](folder)
    check(emulator, folder)
    return emulator


def check(emulator: Emulator, folder: ModelFolder) -> None:
    """Raise ModelError if the emulator does not give the model's reference answers."""
    inputs, answers = folder.reference
    expected, found = emulator.answers(answers), emulator(inputs)
    differing = int((found.scores != expected.scores).sum() + (found.ratio != expected.ratio).sum())
    if differing:
        raise ModelError(
            f"The {emulator.name} emulator of {folder.path} gives {differing} of {answers.size} answers that differ "
            "from the model's reference. The folder is damaged, or made for other versions of hls4ml and da4ml."
        )


def _library(path: Path, quirks: str, classes: int) -> Emulator:
    from .cmssw_library import CMSSWLibrary

    if quirks not in QUIRKS:
        raise Configuration(
            f"The library {path} does not tell what inputs it was made for: set quirks to one of {', '.join(QUIRKS)}"
        )
    return CMSSWLibrary(path, quirks, N_PARTICLES * len(QUIRKS[quirks].features), classes)
