"""Compiled functions that load without what is needed to compile."""

from __future__ import annotations

import subprocess
import sys

import pytest

KERNELS = """
import sys
import numpy as np
from numba import float64, njit
from pyrun.framework.kernels import kernel

@kernel(float64[::1](float64[:]))
def doubled(values):
    result = np.empty(len(values))
    for i in range(len(values)):
        result[i] = 2 * values[i]
    return result

@kernel(float64(float64[:]))
def total(values):
    result = 0.0
    for value in doubled(values):
        result += value
    return result

print(doubled(np.ones(2)).sum(), total(np.ones(2)), total(np.arange(3.0)[::-2]))
print([name in sys.modules for name in ("awkward", "scipy.linalg", "numba.np.arraymath")])
"""
WITH_AWKWARD = """
import awkward as ak

@njit
def lengths_doubled(array):
    result = 0
    for one in array:
        result += total(np.array([len(one)], np.float64))
    return result

print(lengths_doubled(ak.Array([[1, 2], [3]])))
"""


@pytest.fixture
def printed(tmp_path):
    def printed(source):
        """What a script prints at its second start, when the kernels of the first have been kept."""
        script = tmp_path / "kernels_script.py"  # numba keeps only what is in a file
        script.write_text(source)
        for _ in range(2):
            done = subprocess.run([sys.executable, script], check=True, capture_output=True, text=True)
        return done.stdout.splitlines()

    return printed


def test_kernels_load_without_what_is_needed_to_compile(printed):
    assert printed(KERNELS) == ["4.0 4.0 4.0", "[False, False, False]"]


def test_functions_compiled_after_loaded_kernels_know_these_and_the_types_of_other_packages(printed):
    assert printed(KERNELS + WITH_AWKWARD)[-1] == "6.0"


def test_kernels_are_python_functions_if_numba_is_told_not_to_compile(printed, monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert printed(KERNELS)[0] == "4.0 4.0 4.0"
