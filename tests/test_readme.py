"""The README's examples, run as a reader would."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import awkward as ak
import pytest
import uproot

README = (Path(__file__).parents[1] / "README.md").read_text()
READS, MODULE, TESTS, CONFIGURATION, API = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the main job ran, with the reader's own files beside its output."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "my_modules.py").write_text(MODULE)
    (folder / "reads.py").write_text(READS)
    (folder / "tests.py").write_text(TESTS)
    (folder / "ht_cfg.py").write_text(CONFIGURATION)
    (folder / "api.py").write_text(API)
    run(folder, "pyrun", "cfg/miniaod_cfg.py", "maxEvents=10")
    return folder


def run(folder, command, *arguments):
    program = str(Path(sys.executable).with_name(command))
    result = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_output_is_read_as_shown(folder):
    assert len(run(folder, "python", "reads.py")) > 20


def test_a_job_runs_from_python_as_shown(folder):
    assert "TrigReport Events total = 10" in run(folder, "python", "api.py")


def test_the_producer_passes_its_test(folder):
    run(folder, "python", "tests.py")


def test_the_producer_runs_in_a_job(folder):
    run(folder, "pyrun", "ht_cfg.py")
    with uproot.open(folder / "ht.root") as file, uproot.open(folder / "miniaod.root") as before:
        ht = file["Events"]["double_ht__HT"].array()
        pt = before["Events"]["patJets_slimmedJets__PAT"].array().pt
    assert ak.all(abs(ht - ak.sum(pt[pt > 40], axis=1)) < 1e-3) and len(ht) == 10
