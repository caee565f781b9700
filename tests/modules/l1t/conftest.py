"""Fixtures of several tests of the level-1 trigger."""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "reference" / "ng_inputs.cpp"


@pytest.fixture(scope="session")
def ng_reference():
    """The tagger's reference in C++, compiled with the ap_types headers that hls4ml ships."""
    if importlib.util.find_spec("hls4ml") is None or shutil.which("g++") is None:
        pytest.skip("needs hls4ml (its ap_types headers) and g++")
    from pyrun.modules.l1t.emulators import compiler

    headers = compiler.hls4ml_templates() / "vivado" / "ap_types"
    return ctypes.CDLL(str(compiler.library("test_ng_inputs", "", [SOURCE], [headers], [])))
