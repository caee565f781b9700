"""Compiled functions that load without other packages' numba types."""

from __future__ import annotations

import subprocess
import sys

KERNELS = """
import sys
import numpy as np
from numba import float64, njit, void
from pyrun.framework.kernels import kernel

@kernel(void(float64[::1]))
def double(values):
    for i in range(len(values)):
        values[i] *= 2

values = np.ones(2)
double(values)
print(values.sum(), "awkward" in sys.modules)
"""
WITH_AWKWARD = """
import awkward as ak

@njit
def total(array):
    result = 0
    for one in array:
        for value in one:
            result += value
    return result

print(total(ak.Array([[1, 2], [3]])))
"""


def _printed(tmp_path, source):
    script = tmp_path / "kernels_script.py"  # numba keeps only what is in a file
    script.write_text(source)
    done = subprocess.run([sys.executable, script], check=True, capture_output=True, text=True)
    return done.stdout.split()


def test_kernels_do_not_load_the_types_of_other_packages(tmp_path):
    assert _printed(tmp_path, KERNELS) == ["4.0", "False"]


def test_functions_compiled_after_kernels_know_the_types_of_other_packages(tmp_path):
    assert _printed(tmp_path, KERNELS + WITH_AWKWARD) == ["4.0", "False", "6"]
