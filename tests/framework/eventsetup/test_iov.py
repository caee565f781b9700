from __future__ import annotations

import pytest

from pyrun.framework import IntervalOfValidity, IOVSyncValue
from pyrun.framework.errors import LogicError
from pyrun.framework.eventsetup.iov import MAX_EVENT, MAX_NUMBER, since


@pytest.mark.parametrize(
    ("earlier", "later"),
    [((1,), (1, 1)), ((1, 1), (1, 1, 1)), ((1, 2), (1, 10)), ((9, 99, 99), (10,)), ((1, 1, 9), (1, 2))],
)
def test_moments_are_ordered_as_data_taking_is(earlier, later):
    assert IOVSyncValue(*earlier) < IOVSyncValue(*later)


@pytest.mark.parametrize(
    ("moment", "before"),
    [((5,), (4, MAX_NUMBER, MAX_EVENT)), ((5, 3), (5, 2, MAX_EVENT)), ((5, 3, 7), (5, 3, 6))],
)
def test_just_before_is_the_next_smaller_moment(moment, before):
    assert IOVSyncValue(*moment).just_before() == IOVSyncValue(*before)


def test_nothing_is_before_run_0():
    with pytest.raises(LogicError):
        IOVSyncValue(0).just_before()


def test_both_ends_belong_to_an_interval():
    runs = IntervalOfValidity.of_runs(5, 9)
    inside = [IOVSyncValue(5), IOVSyncValue(7, 3), IOVSyncValue(9, MAX_NUMBER, MAX_EVENT)]
    outside = [IOVSyncValue(4, MAX_NUMBER, MAX_EVENT), IOVSyncValue(10)]
    assert [moment in runs for moment in inside + outside] == [True, True, True, False, False]


def test_runs_without_a_last_one_go_on_to_the_end_of_time():
    assert IOVSyncValue.endOfTime() in IntervalOfValidity.of_runs(3)


def test_an_intersection_is_what_both_cover():
    first, second = IntervalOfValidity.of_runs(1, 7), IntervalOfValidity.of_runs(5)
    assert first.intersection(second) == IntervalOfValidity.of_runs(5, 7)


def test_an_unknown_end_stays_unknown_in_an_intersection():
    unknown = IntervalOfValidity(IOVSyncValue(2), None)
    assert IOVSyncValue(2, 5) in unknown and IOVSyncValue(1) not in unknown
    assert unknown.intersection(IntervalOfValidity.of_runs(1, 7)) == unknown
    assert str(unknown) == "run 2 to an unknown end"


def test_an_interval_ends_just_before_the_next_begins():
    starts = [IOVSyncValue(2), IOVSyncValue(5, 3)]
    assert since(starts, IOVSyncValue(1, 9)) is None
    assert since(starts, IOVSyncValue(5, 2)) == (0, IntervalOfValidity(starts[0], IOVSyncValue(5, 2, MAX_EVENT)))
    assert since(starts, IOVSyncValue(5, 3)) == (1, IntervalOfValidity(starts[1]))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (IOVSyncValue(3), "run 3"),
        (IOVSyncValue(3, 2), "run 3 lumi 2"),
        (IOVSyncValue(3, 2, 7), "run 3 lumi 2 event 7"),
        (IOVSyncValue(3, 2, MAX_EVENT), "run 3 lumi 2 (its end)"),
        (IOVSyncValue.endOfRun(3), "end of run 3"),
        (IOVSyncValue.endOfTime(), "end of time"),
    ],
)
def test_a_moment_is_written_as_far_as_it_says_anything(moment, text):
    assert str(moment) == text
