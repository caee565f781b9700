"""Small NanoAOD files for tests."""

from __future__ import annotations

import os
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

MUONS = ak.zip(
    {
        "pt": ak.values_astype(ak.Array([[50, 40], [], [30], [20, 10, 5]]), np.float32),
        "eta": ak.values_astype(ak.Array([[0.5, -0.5], [], [1], [2, 0, 1]]), np.float32),
        "phi": ak.values_astype(ak.Array([[0, 3], [], [1], [2, -1, 0]]), np.float32),
        "mass": ak.values_astype(ak.Array([[0.1, 0.1], [], [0.1], [0.1, 0.1, 0.1]]), np.float32),
        "charge": ak.values_astype(ak.Array([[1, -1], [], [1], [-1, -1, 1]]), np.int32),
    }
)


def columns(first_event: int = 1, lumi: int = 7) -> dict[str, ak.Array]:
    """The columns of four events."""
    return {
        "run": np.full(4, 3, np.uint32),
        "luminosityBlock": np.full(4, lumi, np.uint32),
        "event": np.arange(first_event, first_event + 4, dtype=np.uint64),
        "MET_pt": np.arange(4, dtype=np.float32),
        "MET_phi": np.zeros(4, np.float32),
        "genWeight": np.asarray([1, -1, 1, 2], np.float32),
        "HLT_IsoMu24": np.asarray([True, False, False, True]),
        "HLT_Ele32": np.asarray([False, False, True, True]),
        "Muon": MUONS,
    }


def write(path: Path, **changed) -> str:
    """Write a file, by default with `columns`, a run and a luminosity block; return its name for a configuration."""
    content = {**columns(), **changed}
    with uproot.recreate(path) as file:
        types = {name: ak.type(ak.Array(array)).content for name, array in content.items()}
        file.mktree("Events", types).extend(content)
        lumi = {"run": np.asarray([3], np.uint32), "luminosityBlock": np.asarray([7], np.uint32)}
        file.mktree("LuminosityBlocks", {name: array.dtype for name, array in lumi.items()}).extend(lumi)
        run = {
            "run": np.asarray([3, 3], np.uint32),
            "genEventCount": np.asarray([10, 5]),
            "genEventSumw": np.asarray([8.0, 2.0]),
            "LHEPdfSumw": ak.Array([[1.0, 0.5], [1.0, 2.0]]),
        }
        file.mktree("Runs", {name: ak.type(ak.Array(array)).content for name, array in run.items()}).extend(run)
    return f"file:{path}"


def cms_file(name: str) -> Path:
    """One of CMS's own files; skips the test where they are not at hand."""
    folder = os.environ.get("PYRUN_CMS_DATA") or Path(__file__).parents[4] / "shared" / "data"
    path = Path(folder) / name
    if not path.is_file():
        pytest.skip(f"needs {name} of CMS's test samples in the folder that PYRUN_CMS_DATA names")
    return path


def equal(first: ak.Array, second: ak.Array) -> bool:
    """Whether arrays hold the same numbers of the same types; descriptions may differ."""
    return ak.array_equal(first, second, check_parameters=False)
