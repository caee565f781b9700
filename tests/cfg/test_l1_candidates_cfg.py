"""The job that makes level-1 candidates from nothing, run as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from pyrun.modules.l1t.words import unpack_puppi

pytest.importorskip("pythia8mc")
PYRUN = str(Path(sys.executable).with_name("pyrun"))
CFG = Path(__file__).parents[2] / "cfg"
CANDIDATES = "l1tPFCandidates_l1tLayer1_Puppi_L1"
WEIGHT = "double_bunchCrossingWeight__L1"


def run(folder, *arguments):
    output = folder / "output.root"
    command = [PYRUN, str(CFG / "l1_candidates_cfg.py"), f"outputFile={output}", *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr
    with uproot.open(output) as file:
        return file["Events"].arrays()


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return run(tmp_path_factory.mktemp("pairs"), "process=hh4b", "maxEvents=6", "pileup=50")


def test_words_and_numbers_agree(pairs):
    candidates = ak.flatten(pairs[CANDIDATES])
    fields = unpack_puppi(candidates.encodedPuppi64.to_numpy())
    assert len(fields.pt) > 100 and np.array_equal(fields.pt * 0.25, candidates.pt.to_numpy())
    assert set(np.abs(candidates.pdgId).tolist()) <= {11, 13, 22, 130, 211}
    assert pairs[WEIGHT].to_list() == [1.0] * 6


def test_jets_of_the_hard_interaction_are_there(pairs):
    """Candidates carry most of the momentum of central generator jets."""
    jets, candidates = pairs["recoGenJets_ak4GenJets__L1"], pairs[CANDIDATES]
    jets = jets[(jets.pt > 40.0) & (abs(jets.eta) < 1.5)]
    jet, candidate = ak.unzip(ak.cartesian([jets, candidates], nested=True))
    d_phi = (jet.phi - candidate.phi + np.pi) % (2 * np.pi) - np.pi
    inside = np.hypot(jet.eta - candidate.eta, d_phi) < 0.4
    response = ak.flatten(ak.sum(ak.where(inside, candidate.pt, 0.0), axis=2) / jets.pt)
    assert len(response) > 5 and 0.75 < np.median(response) < 1.1


def test_a_job_that_starts_later_gives_the_same_events(pairs, tmp_path):
    later = run(tmp_path, "process=hh4b", "maxEvents=2", "firstEvent=5", "pileup=50")
    assert ak.array_equal(later[CANDIDATES], pairs[CANDIDATES][4:])


def test_events_of_the_rate_sample_have_weights(tmp_path):
    weights = run(tmp_path, "process=qcd", "maxEvents=20", "pileup=200")[WEIGHT]
    assert ak.min(weights) > 0 and ak.max(weights) < 10.0 and len(set(weights.to_list())) > 15
