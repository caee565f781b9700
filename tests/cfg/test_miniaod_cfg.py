"""The main job, as the README runs it, on the shipped events and with the shipped model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

PYRUN = str(Path(sys.executable).with_name("pyrun"))
CONFIGURATION = Path(__file__).parents[2] / "cfg" / "miniaod_cfg.py"
SCORES = [
    f"pfParticleTransformerAK4JetTags_{name}" for name in ("probb", "probbb", "problepb", "probc", "probuds", "probg")
]
EVENTS = 30


def miniaod(folder, *arguments):
    output = folder / "miniaod.root"
    command = [PYRUN, str(CONFIGURATION), f"maxEvents={EVENTS}", f"outputFile={output}", *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    with uproot.open(output) as file:
        return file["Events"].arrays(), result.stderr


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return miniaod(tmp_path_factory.mktemp("reference"))


def test_every_event_is_written_with_the_six_scores_of_each_jet(reference):
    events, _ = reference
    assert events["EventAuxiliary"].event.to_list() == list(range(1, EVENTS + 1))
    jets = ak.flatten(events["patJets_slimmedJets__PAT"])
    assert len(jets) > 3 * EVENTS
    scores = np.stack([ak.to_numpy(jets[name]) for name in SCORES])
    np.testing.assert_allclose(scores.sum(axis=0), 1, atol=1e-5)


def test_jets_beyond_the_tracker_are_kept_without_scores(reference):
    jets = ak.flatten(reference[0]["patJets_slimmedJetsForward__PAT"])
    assert len(jets) > 0 and ak.all(abs(jets.eta) > 2.5)
    assert not set(SCORES) & set(jets.fields)


def test_b_jets_score_higher_than_light_jets(reference):
    jets = ak.flatten(reference[0]["patJets_slimmedJets__PAT"])
    jets = jets[(jets.pt > 30) & (abs(jets.eta) < 2.4)]
    b_score = jets[SCORES[0]] + jets[SCORES[1]] + jets[SCORES[2]]
    assert ak.mean(b_score[jets.hadronFlavour == 5]) > 0.5 > 0.2 > ak.mean(b_score[jets.hadronFlavour == 0])


def test_the_job_prints_what_cmsrun_prints(reference):
    text = reference[1]
    assert f"Begin processing the {EVENTS}th record. Run 1, Event {EVENTS}, LumiSection 1 on stream 0 at" in text
    assert f"TrigReport Events total = {EVENTS} passed = {EVENTS} failed = 0" in text
    assert "TimeReport ---------- Module Summary ---[Real sec]----" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [("eventsPerBlock=1",), ("eventsPerBlock=7",), ("threads=2",), ("threads=2", "eventsPerBlock=7")],
    ids=str,
)
def test_the_output_does_not_depend_on_blocks_or_threads(reference, tmp_path, arguments):
    events, _ = miniaod(tmp_path, *arguments)
    expected = reference[0]
    assert events.fields == expected.fields
    for name in expected.fields:
        assert ak.array_equal(events[name], expected[name], dtype_exact=True), name
