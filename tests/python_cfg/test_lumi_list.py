"""Lists of luminosity blocks."""

from __future__ import annotations

import random

import FWCore.ParameterSet.Config as cms
import pytest
from FWCore.PythonUtilities.LumiList import LumiList

COMPACT = {"1": [[1, 33], [35, 35], [37, 47]], "20": [[49, 75]], "3": [[2, 4]]}
TEXT = "1:1-1:33,1:35,1:37-1:47,3:2-3:4,20:49-20:75"


def test_the_forms_of_a_list(tmp_path):
    mask = LumiList(compactList=COMPACT)
    assert mask.getCompactList() == COMPACT
    assert mask.getCMSSWString() == TEXT
    assert mask.getRuns() == ["1", "3", "20"]
    assert mask.getLumis()[:2] == [(1, 1), (1, 2)]
    assert LumiList(lumis=mask.getLumis()) == mask
    assert (
        LumiList(runsAndLumis=[{1: range(1, 34)}, {1: [35, *range(37, 48)], "20": range(49, 76), 3: [4, 3, 2]}]) == mask
    )
    mask.writeJSON(str(tmp_path / "mask.json"))
    assert LumiList(filename=str(tmp_path / "mask.json")) == mask
    assert LumiList(url=(tmp_path / "mask.json").as_uri()) == mask


@pytest.mark.parametrize("tracked", [False, True])
def test_the_value_of_lumis_to_process(tracked):
    ranges = LumiList(compactList=COMPACT).getVLuminosityBlockRange(tracked)
    assert isinstance(ranges, cms.VLuminosityBlockRange)
    assert list(ranges) == TEXT.split(",")
    assert ranges.isTracked() == tracked


def test_calculating_with_lists_against_sets():
    dice = random.Random(3)

    def pairs() -> set[tuple[int, int]]:
        return {(dice.randint(1, 3), dice.randint(1, 12)) for _ in range(dice.randint(0, 25))}

    for _ in range(50):
        a, b = pairs(), pairs()
        one, other = LumiList(lumis=a), LumiList(lumis=b)
        assert (one | other).getLumis() == (one + other).getLumis() == sorted(a | b)
        assert (one & other).getLumis() == sorted(a & b)
        assert (one - other).getLumis() == sorted(a - b)
        assert one.filterLumis(sorted(b)) == sorted(a & b)
        assert all(((run, lumi) in one) == one.contains(run, lumi) == ((run, lumi) in a) for run, lumi in b)


def test_ranges_that_touch_or_overlap_are_one():
    mask = LumiList(compactList={1: [[5, 6], [1, 2], [3, 3], [6, 9]]})
    assert mask.getCompactList() == {"1": [[1, 3], [5, 9]]}


def test_whole_runs_and_runs_to_take_out():
    mask = LumiList(runs=[1, 2, 3])
    assert (2, 100000) in mask
    assert "4" not in mask
    mask.removeRuns([2])
    mask.selectRuns(["3"])
    assert mask.getRuns() == ["3"]


def test_luminosity_blocks_given_twice():
    assert LumiList(lumis=[(1, 1), (1, 2), (1, 1)]).getDuplicates().getLumis() == [(1, 1)]


@pytest.mark.parametrize("text", ["nothing", "[1, 2]", '{"1": [1, 2]}', '{"one": [[1, 2]]}'])
def test_files_that_are_no_such_list(tmp_path, text):
    (tmp_path / "mask.json").write_text(text)
    with pytest.raises(ValueError, match=r"mask\.json is not a list of luminosity blocks"):
        LumiList(filename=str(tmp_path / "mask.json"))
