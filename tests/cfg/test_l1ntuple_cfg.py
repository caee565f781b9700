"""The job that writes the jet tagger's ntuple, run as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from pyrun.modules.l1t.ng_inputs import FEATURES
from pyrun.tagger.l1jet.ntuple import Ntuple

pytest.importorskip("pythia8mc")
PYRUN = str(Path(sys.executable).with_name("pyrun"))
CFG = Path(__file__).parents[2] / "cfg"


def run(folder, cfg, *arguments):
    command = [PYRUN, str(CFG / cfg), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


def jets_of(folder, *arguments):
    result = run(folder, "l1ntuple_cfg.py", *arguments)
    assert result.returncode == 0, result.stderr
    with uproot.open(folder / "jets.root") as file:
        return file["outnano/jets"].arrays()


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """A folder with candidates of HH to bb tautau in two files, and the ntuple that was made without them."""
    folder = tmp_path_factory.mktemp("ntuple")
    for name, first in (("one.root", 1), ("two.root", 6)):
        sample = ("process=hhbbtautau", "pileup=60", "maxEvents=5", f"firstEvent={first}", f"outputFile={name}")
        result = run(folder, "l1_candidates_cfg.py", *sample)
        assert result.returncode == 0, result.stderr
    return folder, jets_of(folder, "process=hhbbtautau", "pileup=60", "maxEvents=10")


def test_ntuple_of_files_is_that_of_the_events_generated_at_once(generated):
    folder, at_once = generated
    of_files = jets_of(folder, "inputFiles=one.root,two.root")
    assert ak.array_equal(of_files, at_once, dtype_exact=True)
    assert set(of_files.event.to_list()) <= set(range(1, 11)) and len(of_files) > 30


def test_jets_are_labelled_and_are_what_the_training_reads(generated):
    folder, jets = generated
    hard = jets[(jets.jet_pt_phys > 30) & (abs(jets.jet_eta_phys) < 2.4)]
    assert ak.sum(hard.jet_genmatch_hflav == 5) >= 5 and ak.any(hard.jet_tauflav == 1)
    taus = hard[hard.jet_tauflav == 1]
    assert set(taus.jet_taucharge.to_list()) <= {-1, 1}
    assert set(taus.jet_taudecaymode.to_list()) <= {0, 1, 2, 3, 10, 11, 12}
    assert ak.all((jets.genHH_mass > 250) & (jets.genHH_mass < 1000))
    (block,) = Ntuple(folder / "jets.root", FEATURES).blocks(["event"])
    assert block.inputs.shape[1:] == (16, 20) and len(block.label) > 20
    assert 0.5 < np.median(block.pt_ratio) < 1.6


def test_constituents_are_those_of_the_jet(generated):
    _, jets = generated
    counts = ak.num(jets.jet_puppicand_pt)
    assert ak.all(counts == np.minimum(jets.jet_npuppicand, 16))
    whole = jets[jets.jet_npuppicand <= 16]
    np.testing.assert_allclose(ak.sum(whole.jet_puppicand_pt, axis=1), whole.jet_pt * 0.25, atol=0.3)
    np.testing.assert_array_equal(jets.jet_pt * 0.25, jets.jet_pt_phys)
    assert ak.all(jets.jet_puppicand_pt[:, :-1] >= jets.jet_puppicand_pt[:, 1:])
    positive = (
        jets.jet_puppicand_isChargedHadronPlus + jets.jet_puppicand_isElectronPlus + jets.jet_puppicand_isMuonPlus
    )
    assert ak.all((jets.jet_puppicand_charge > 0) == (positive > 0))


def test_scores_of_a_model_are_written(generated):
    folder, without = generated
    jets = jets_of(folder, "inputFiles=one.root,two.root", "model=L1TSC4NGJetModel")
    assert ak.array_equal(jets[without.fields], without, dtype_exact=True)
    central = jets[abs(jets.jet_eta_phys) < 2.3]
    classes = ("b", "charm", "light", "gluon", "taup", "taum", "muon", "electron")
    total = sum(central[f"jet_SC4NGJet_score_{name}"] for name in classes)
    assert ak.all((total > 0.9) & (total < 1.1))


def test_a_file_without_truth_is_told(generated):
    folder, _ = generated
    name = CFG.parent / "data" / "l1_candidates_hh4b.root"
    result = run(folder, "l1ntuple_cfg.py", f"inputFiles={name}", "outputFile=none.root")
    assert result.returncode != 0 and "no branch of the input makes it" in result.stderr
    assert not (folder / "none.root").exists()
