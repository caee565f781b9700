"""The example of docs/eventsetup.md, run as a reader would."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

PAGE = (Path(__file__).parents[3] / "docs" / "eventsetup.md").read_text()
TABLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0]
MODULES, CONFIGURATION, TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("eventsetup")
    (folder / "corrections.json").write_text(TABLES)
    (folder / "corrections.py").write_text(MODULES)
    (folder / "corrections_cfg.py").write_text(CONFIGURATION)
    (folder / "test.py").write_text(TEST)
    return folder


def run(folder, command, *arguments):
    program = str(Path(sys.executable).with_name(command))
    return subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, timeout=120)


def test_the_job_corrects_jets(folder):
    result = run(folder, "pyrun", "corrections_cfg.py")
    assert result.returncode == 0, result.stderr
    with uproot.open(folder / "corrected.root") as file:
        jets = file["Events"]["recoGenJets_ak4GenJets__SIM"].array()
        corrected = file["Events"]["floats_corrected_pt_CORR"].array()
    factors = np.unique(np.round(ak.flatten(corrected / jets.pt), 3))
    assert len(jets) == 20 and set(factors) == {1.01, 1.02, 1.05}


def test_a_table_that_does_not_fit_is_told_with_the_es_module(folder):
    damaged = json.loads(TABLES)
    damaged["tags"][0]["iovs"][0]["payload"]["factors"].pop()
    (folder / "damaged.json").write_text(json.dumps(damaged))
    (folder / "damaged_cfg.py").write_text(CONFIGURATION.replace("corrections.json", "damaged.json"))
    result = run(folder, "pyrun", "damaged_cfg.py")
    assert result.returncode == 8009 % 256
    assert "category 'Configuration'" in result.stderr and "2 factors do not fit" in result.stderr
    assert "component ResidualCorrectorESProducer/'corrector' to make data ResidualCorrector/'AK4'" in result.stderr


def test_the_module_passes_its_test(folder):
    result = run(folder, "python", "test.py")
    assert result.returncode == 0, result.stderr
