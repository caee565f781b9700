from __future__ import annotations

import awkward as ak
import numpy as np

from pyrun.modules.sim.compact_kernels import truncate
from pyrun.modules.sim.records import from_records, round_to, to_records, truncate_mantissa

PAIR = np.dtype([("x", "f4"), ("n", "i4")])


def test_records_come_back_as_they_went():
    array = ak.Array([[{"x": 1.0, "n": 1}, {"x": 2.5, "n": -2}], [], [{"x": 3.0, "n": 3}]])
    events = to_records(array, PAIR)
    assert [len(event) for event in events] == [2, 0, 1]
    again = from_records(events, PAIR)
    assert again.to_list() == array.to_list() and str(again.type) == "3 * var * {x: float32, n: int32}"


def test_no_events_at_all_keep_their_type():
    none = from_records([], PAIR)
    assert str(none.type) == "0 * var * {x: float32, n: int32}" and to_records(none, PAIR) == []


def test_truncated_numbers_are_near_and_have_few_bits():
    values = np.random.default_rng(1).normal(0, 100, 1000).astype(np.float32)
    rounded = truncate_mantissa(values, 8)
    assert np.max(np.abs(rounded / values - 1)) <= 2**-9
    assert not np.any(rounded.view(np.uint32) & np.uint32((1 << 15) - 1))
    assert truncate_mantissa([0.0, -1.0], 3).tolist() == [0.0, -1.0]


def test_scalar_and_array_truncation_agree():
    values = np.random.default_rng(2).normal(0, 3, 200).astype(np.float32)
    for bits in (1, 3, 8):
        assert [truncate(value, bits) for value in values] == truncate_mantissa(values, bits).tolist()


def test_rounding_to_a_step():
    assert round_to([0.3, -0.3, 0.1], 0.25).tolist() == [0.25, -0.25, 0.0]
