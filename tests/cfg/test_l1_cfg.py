"""The level-1 trigger's job, run as a user runs it."""

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

from pyrun.modules.l1t.words import unpack_gt_jet

pytest.importorskip("pythia8mc")
PYRUN = str(Path(sys.executable).with_name("pyrun"))
CFG = Path(__file__).parents[2] / "cfg"
MENU = CFG.parent / "data" / "l1_working_points.json"
pytestmark = pytest.mark.slow


def run(folder, cfg, *arguments):
    command = [PYRUN, str(CFG / cfg), *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr
    return result.stdout + result.stderr


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """The job's text and its folder."""
    folder = tmp_path_factory.mktemp("l1")
    arguments = "process=hh4b", "pileup=100", "maxEvents=12", "ratesFile=rates.json", "outputFile=l1.root"
    return run(folder, "l1_cfg.py", *arguments), folder


def test_the_trig_report_and_the_rates_have_the_same_counts(job):
    text, folder = job
    seeds = json.loads((folder / "rates.json").read_text())["seeds"]
    rows = re.findall(r"TrigReport +1 +\d+ +12 +(\d+) +\d+ +0 (L1_\w+)\n", text)
    assert {name: int(passed) for passed, name in rows} == {
        name: counts["events"] for name, counts in seeds.items() if name != "any seed"
    }
    assert len(rows) == len(json.loads(MENU.read_text())["seeds"]) and seeds["any seed"]["events"] > 0


def test_the_plain_seed_passes_the_events_that_the_written_jets_say(job):
    _, folder = job
    with uproot.open(folder / "l1.root") as file:
        events = file["Events"].arrays()
    jets = events["l1tPFJets_l1tSC4NGJetProducer_l1tSC4NGJets_L1T"]
    flat = ak.flatten(jets)
    fields = unpack_gt_jet(np.stack([flat.encodedJetGT0.to_numpy(), flat.encodedJetGT1.to_numpy()], axis=1))
    good = (fields.pt > 30 * 32) & (np.abs(fields.eta) < 3130)
    ht = ak.sum(ak.unflatten(np.where(good, fields.pt, 0), ak.num(jets)), axis=1) / 32
    seeds = json.loads((folder / "rates.json").read_text())["seeds"]
    assert seeds["L1_HT380"]["events"] == np.count_nonzero(ht > 380.0)
    assert seeds["L1_HT450"]["events"] == np.count_nonzero(ht > 372.875)


def test_candidates_of_an_earlier_job_can_be_read(tmp_path):
    run(tmp_path, "l1_candidates_cfg.py", "process=minbias", "pileup=50", "maxEvents=5", "outputFile=candidates.root")
    text = run(tmp_path, "l1_cfg.py", "process=minbias", "inputFiles=candidates.root")
    assert "Seeds of sample minbias: 5 events" in text
    assert re.search(r"< [\d.e+]+ \(95%\) any seed", text)
