"""Flat columns of arrays in whatever layout."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.errors import LogicError
from pyrun.modules.columns import Objects, flat, nested, values

JETS = ak.Array(
    [
        [{"pt": 30.0, "constituents": [0, 2]}, {"pt": 20.0, "constituents": [1]}],
        [],
        [{"pt": 50.0, "constituents": []}],
        [{"pt": 10.0, "constituents": [3]}],
    ]
)
LAYOUTS = {
    "as made": JETS,
    "a slice of more": ak.concatenate([JETS, JETS])[2:6][[2, 3, 0, 1]],
    "chosen objects": ak.concatenate([JETS, JETS[:, :0]], axis=1)[ak.ones_like(JETS.pt) > 0],
    "every other event": ak.concatenate([JETS[:, None], JETS[:, None]], axis=1)[:, 0],
    "an index of objects": JETS[ak.local_index(JETS, axis=1)],
}


@pytest.mark.parametrize("array", LAYOUTS.values(), ids=LAYOUTS)
def test_objects_become_an_array_again(array):
    assert array.tolist() == JETS.tolist()
    jets = Objects.of(array)
    assert jets.offsets.tolist() == [0, 2, 2, 3, 4]
    assert jets.values("pt")[0].tolist() == [30, 20, 50, 10]
    assert list(jets.numbers()) == ["pt"]
    assert ak.array_equal(jets.array(), JETS)


@pytest.mark.parametrize("array", LAYOUTS.values(), ids=LAYOUTS)
def test_chosen_objects_are_those_of_a_mask(array):
    jets = Objects.of(array)
    (pt,) = jets.values("pt")
    assert ak.array_equal(jets.chosen(pt > 15).array(), JETS[JETS.pt > 15])
    assert ak.array_equal(jets.keeping("pt").chosen(pt < 0).array(), JETS[["pt"]][JETS.pt < 0])


def test_columns_are_added_and_replaced():
    jets = Objects.of(JETS)
    made = jets.keeping("pt").array({"pt": np.arange(4), "constituents": jets.fields["constituents"]})
    assert ak.array_equal(made, ak.with_field(JETS, nested(np.arange(4), jets.counts), "pt"))


def test_records_are_made_of_columns():
    made = Objects.make({"a": np.arange(3), "b": nested(np.arange(2), [0, 2, 0])}, np.array([1, 0, 2]))
    assert made.tolist() == [[{"a": 0, "b": []}], [], [{"a": 1, "b": [0, 1]}, {"a": 2, "b": []}]]


def test_entries_of_other_objects_are_refused():
    jets = Objects.of(JETS)
    assert values(jets.aligned(JETS.pt, "pt")).tolist() == [30, 20, 50, 10]
    with pytest.raises(LogicError, match="weights must have one entry for each of 4 objects"):
        jets.aligned(ak.Array([[1.0], [1.0], [1.0], [1.0]]), "weights")


def test_lists_that_leave_out_some_content_are_flat_without_it():
    offsets, content = flat(ak.Array([[1, 2], [3], [], [4, 5, 6]])[1:, :2].layout)
    assert offsets.tolist() == [0, 1, 1, 3]
    assert values(content).tolist() == [3, 4, 5]
