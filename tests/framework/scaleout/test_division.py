"""Dividing the input: nothing is lost, nothing comes twice, what belongs together stays together."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrun.framework import EDProducer, parameters
from pyrun.framework.io.file_index import Segment
from pyrun.framework.scaleout.division import boundary_of, divide, events_per_part


@st.composite
def plans(draw):
    """Segments of some files, each with luminosity blocks of one run after the other; some go on in the next file."""
    found = []
    run, lumi = 1, 1
    for file in range(draw(st.integers(1, 4))):
        position = 0
        for _ in range(draw(st.integers(1, 4))):
            size = draw(st.integers(0, 30))
            found.append(Segment(f"f{file}", position, position + size, run, lumi))
            position += size + draw(st.integers(0, 2))
            step = draw(st.sampled_from(["same", "lumi", "run"]))
            lumi += step == "lumi"
            if step == "run":
                run, lumi = run + 1, 1
    return found


def events(segments):
    return [(part.file, n, part.run, part.lumi) for part in segments for n in range(part.start, part.stop)]


def empty(segments):
    return [part for part in segments if not len(part)]


@given(plan=plans(), size=st.integers(1, 40), boundary=st.sampled_from(["Event", "LuminosityBlock", "Run"]))
def test_parts_are_the_input_in_order(plan, size, boundary):
    parts = divide(plan, size, boundary)
    assert events(itertools.chain(*parts)) == events(plan)
    assert empty(itertools.chain(*parts)) == empty(plan)
    assert all(parts) or parts == [()]


@given(plan=plans(), size=st.integers(1, 40))
def test_parts_are_no_larger_than_asked_for(plan, size):
    assert all(len(events(part)) <= size for part in divide(plan, size))


@given(plan=plans(), size=st.integers(1, 40))
def test_a_part_is_whole_files_or_a_piece_of_one(plan, size):
    parts = divide(plan, size)
    for part in parts:
        files = {segment.file for segment in part}
        if len(files) > 1:
            assert all(not files & {segment.file for segment in other} for other in parts if other is not part)


@given(plan=plans(), size=st.integers(1, 40), level=st.sampled_from(["LuminosityBlock", "Run"]))
def test_runs_and_luminosity_blocks_stay_whole_where_they_must(plan, size, level):
    def keys(part):
        return {(segment.run, segment.lumi if level == "LuminosityBlock" else 0) for segment in part}

    parts = divide(plan, size, level)
    for one, other in itertools.combinations(parts, 2):
        assert not keys(one) & keys(other)


def test_no_input_is_one_empty_part():
    assert divide([], 10) == [()]


@pytest.mark.parametrize(
    "produced, boundary",
    [
        ([("double", "Event"), ("double", "BeginRun")], "Event"),
        ([("double", "EndLuminosityBlock")], "LuminosityBlock"),
        ([("double", "EndLuminosityBlock"), ("double", "EndRun")], "Run"),
        ([("edmMergeableCounter", "EndLuminosityBlock")], "Event"),
    ],
)
def test_what_modules_make_at_the_end_of_runs_and_luminosity_blocks_decides(produced, boundary):
    module = EDProducer("m", parameters.ParameterSet())
    for number, (type_, moment) in enumerate(produced):
        module.produces(type_, str(number), moment)
    assert boundary_of([module]) == boundary


def test_the_number_of_parts_follows_that_of_workers():
    assert events_per_part(80_000, 4) == 5000
    assert events_per_part(1000, 4) == 250
    assert events_per_part(200, 4) == 100
