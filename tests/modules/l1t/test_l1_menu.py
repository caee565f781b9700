"""The menu made of a file with working points."""

from __future__ import annotations

import json
from pathlib import Path

import FWCore.ParameterSet.Config as cms
import pytest
from L1Trigger.Phase2L1GT.l1tGTMenu_cff import addL1Menu

SHIPPED = Path(__file__).parents[3] / "data" / "l1_working_points.json"


def menu(tmp_path, seeds):
    (tmp_path / "points.json").write_text(json.dumps({"seeds": seeds}))
    process = cms.Process("TEST")
    return process, addL1Menu(process, str(tmp_path / "points.json"))


def test_the_shipped_seeds_have_the_thresholds_of_their_sources():
    process = cms.Process("TEST")
    addL1Menu(process)
    bbbb = process.seedL1HT2204BTagCond1
    assert (bbbb.minHT.value(), bbbb.minScoreSum.value(), bbbb.signal.value()) == (220.0, 2.32, ["b"])
    (taus,) = process.seedL1DoubleTau34Cond1.legs
    assert (taus.number.value(), taus.minPt.value(), taus.minScore.value()) == (2, 34.0, 0.22)
    (single,) = process.seedL1SingleJet164121Cond1.legs
    assert single.regionsMinPt.value() == [164.0, 121.0]
    expression = process.seedL1BBTauTauCond1.logicalExpression.value()
    assert expression == "L1_HT380 or L1_HT280_DoubleTau26er2p1 or L1_DoubleTau34er2p1"
    assert process.seedL1HT280DoubleTau26er2p1Cond1.minHT.value() == 280.0
    (two,) = process.seedL1HT280DoubleTau26er2p1Cond2.legs
    assert (two.minPt.value(), two.maxAbsEta.value()) == (26.0, 2.1)


def test_every_shipped_seed_says_where_it_is_from():
    seeds = json.loads(SHIPPED.read_text())["seeds"]
    assert {seed["origin"] for seed in seeds.values()} <= {"study", "menu", "chosen", "derived"}


def test_a_prescale_stands_behind_the_conditions(tmp_path):
    condition = {"filter": "l1tJetSumsFilter", "minHT": 100.0}
    process, (path,) = menu(tmp_path, {"L1_HT100": {"conditions": [condition, condition], "prescale": 7}})
    assert str(path).replace("+", ",") == "seedL1HT100Cond1,seedL1HT100Cond2,seedL1HT100Prescaler"
    assert process.seedL1HT100Prescaler.prescaleFactor.value() == 7


@pytest.mark.parametrize(
    ("seed", "problem"),
    [
        ({}, "either conditions or any"),
        ({"any": ["L1_X"], "prescales": 1}, "nothing but prescale"),
        ({"any": ["L1_Y"]}, "there is no seed L1_Y"),
        ({"conditions": [{"minHT": 3.0}]}, "there is no filter None; choose one of l1tJetLegsFilter"),
        ({"conditions": [{"filter": "l1tJetLegsFilter", "legs": [{"pt": 3.0}]}]}, "a leg has no pt; there are number"),
    ],
)
def test_errors_in_the_file_are_told_with_the_seeds_name(tmp_path, seed, problem):
    with pytest.raises(ValueError, match=f"Seed L1_X: .*{problem}"):
        menu(tmp_path, {"L1_X": seed})
