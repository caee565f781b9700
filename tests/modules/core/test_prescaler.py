"""Prescaler: one event in so many, counted in the order of the input."""

from __future__ import annotations

import numpy as np
import pytest
from engine_jobs import NOTES, empty_source, jobs_in

from pyrun.framework.errors import Configuration
from pyrun.framework.testing import TestProcessor


def passed(test, number):
    return np.flatnonzero(test.run({"x": np.zeros(number)}).passed).tolist()


def test_counting_goes_on_from_block_to_block():
    test = TestProcessor("Prescaler", prescaleFactor=3, prescaleOffset=0)
    assert passed(test, 4) == [2]
    assert passed(test, 4) == [1]  # the sixth
    assert passed(test, 1) == [0]


def test_the_offset_says_which():
    assert passed(TestProcessor("Prescaler", prescaleFactor=3, prescaleOffset=1), 7) == [0, 3, 6]
    assert passed(TestProcessor("Prescaler", prescaleFactor=1, prescaleOffset=0), 3) == [0, 1, 2]


@pytest.mark.parametrize("streams", [1, 3])
def test_the_same_events_pass_with_any_number_of_streams(tmp_path, monkeypatch, streams):
    text = """
process.first = cms.EDFilter("Prescaler", prescaleFactor = cms.int32(2), prescaleOffset = cms.int32(0))
process.second = cms.EDFilter("Prescaler", prescaleFactor = cms.int32(5), prescaleOffset = cms.int32(1))
process.p = cms.Path(process.first + process.second)
process.out = cms.OutputModule("NotingOutput")
process.e = cms.EndPath(process.out)
"""
    jobs_in(tmp_path, monkeypatch).run(empty_source(40), text, streams=streams, threads=streams, block=3)
    passed = [event for event, products in NOTES.written.items() if products["TriggerResults"][0]["state"] == 1]
    assert sorted(passed) == [2, 12, 22, 32]  # the first of each five even ones


@pytest.mark.parametrize(("factor", "offset"), [(0, 0), (3, 3), (3, -1)])
def test_factors_that_pass_nothing_are_refused(factor, offset):
    with pytest.raises(Configuration, match="must be 1 at least"):
        TestProcessor("Prescaler", prescaleFactor=factor, prescaleOffset=offset)
