"""Fixtures of the tests of commands."""

from __future__ import annotations

import importlib
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from edm_files import write


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("pat.root")
    return tmp_path


@pytest.fixture
def nano(here) -> str:
    """A flat file in the layout of NanoAOD."""
    with uproot.recreate("nano.root") as file:
        events = {
            "run": np.ones(4, np.uint32),
            "luminosityBlock": np.array([8, 8, 9, 9], np.uint32),
            "event": np.arange(4, dtype=np.uint64),
            "Jet_pt": ak.Array([[1.0], [], [2.0, 3.0], [4.0]]),
        }
        types = {name: array.type if name == "Jet_pt" else array.dtype for name, array in events.items()}
        file.mktree("Events", types).extend(events)
        file.mktree("Runs", {"run": np.uint32}).extend({"run": np.ones(1, np.uint32)})
    return "nano.root"


@pytest.fixture
def run(capfd):
    """Run a command in this interpreter; returns its exit code and what it printed."""

    def run(command: str, *arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            importlib.import_module(f"pyrun.framework.cli.{command}").main(list(arguments))
        return (end.value.code or 0, *capfd.readouterr())

    return run
