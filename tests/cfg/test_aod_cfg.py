"""The job that makes events from nothing, run as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import awkward as ak
import pytest
import uproot

pytest.importorskip("pythia8mc")
PYRUN = str(Path(sys.executable).with_name("pyrun"))
CFG = Path(__file__).parents[2] / "cfg"


def run(folder, configuration, *arguments):
    output = folder / "output.root"
    command = [PYRUN, str(CFG / configuration), f"outputFile={output}", *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr
    with uproot.open(output) as file:
        events = file["Events"].arrays()
    return events


@pytest.fixture(scope="module")
def seven(tmp_path_factory):
    return run(tmp_path_factory.mktemp("seven"), "aod_cfg.py", "maxEvents=7", "eventsPerBlock=7", "pileup=10")


def same(first, second):
    products = [name for name in first.fields if name.endswith("_SIM")]
    assert products and [name for name in products if not ak.array_equal(first[name], second[name])] == []


def test_all_products_of_the_aod_are_written(seven):
    labels = {name.split("_")[1] for name in seven.fields if name.endswith("_SIM")}
    assert labels >= {
        "generator", "genParticles", "ak4GenJets", "addPileupInfo", "offlinePrimaryVertices", "particleFlow",
        "inclusiveCandidateSecondaryVertices", "fixedGridRhoFastjetAll",
    }  # fmt: skip
    assert ak.min(ak.num(seven["recoPFCandidates_particleFlow__SIM"])) > 200


def test_blocks_of_one_event_give_the_same_events(seven, tmp_path):
    same(seven, run(tmp_path, "aod_cfg.py", "maxEvents=7", "eventsPerBlock=1", "pileup=10"))


def test_a_job_that_starts_later_gives_the_same_events(seven, tmp_path):
    same(seven[4:], run(tmp_path, "aod_cfg.py", "maxEvents=3", "firstEvent=5", "pileup=10"))


def test_another_seed_gives_other_events(seven, tmp_path):
    other = run(tmp_path, "aod_cfg.py", "maxEvents=1", "seed=2", "pileup=10")
    name = "recoGenParticles_genParticles__SIM"
    assert not ak.array_equal(other[name], seven[name][:1])


@pytest.mark.slow  # Pythia needs half a minute to prepare diffraction
def test_the_pool_job_makes_what_the_mixing_module_reads(tmp_path):
    pool = run(tmp_path, "minbias_pool_cfg.py", "maxEvents=3")["SimParticles_stableParticles__SIM"]
    assert pool.fields == ["pt", "eta", "phi", "pdgId", "x", "y", "z"] and ak.min(pool.pt) > 0.149
