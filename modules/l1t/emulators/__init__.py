"""Bit-exact emulators of the tagger's firmware behind one interface.

>>> from pyrun.modules.l1t.emulators import load_emulator                     # doctest: +SKIP
>>> emulator = load_emulator("L1TSC4NGJetModel")                              # doctest: +SKIP
>>> emulator(inputs.candidates, inputs.jets).scores                           # doctest: +SKIP
"""

from __future__ import annotations

from .emulator import Answers, Emulator
from .loader import BACKENDS, load_emulator
from .model_folder import ModelFolder

__all__ = ["BACKENDS", "Answers", "Emulator", "ModelFolder", "load_emulator"]
