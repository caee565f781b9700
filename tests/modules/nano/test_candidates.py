"""Candidates: selector, combiner, count filter."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
import vector

from pyrun.framework.errors import Configuration
from pyrun.framework.testing import TestProcessor
from pyrun.modules.nano.flat_objects import FlatObjects


def leptons(seed: int, events: int = 50) -> ak.Array:
    """Random leptons, none to four per event."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 5, events)
    n = counts.sum()
    flat = {
        "pt": rng.exponential(20, n).astype("f4") + 1,
        "eta": rng.normal(0, 1.5, n).astype("f4"),
        "phi": rng.uniform(-np.pi, np.pi, n).astype("f4"),
        "mass": np.full(n, 0.105, "f4"),
        "charge": rng.choice([-1, 1], n).astype("i4"),
    }
    return ak.unflatten(ak.zip(flat), counts)


def combine(products, decay, **parameters):
    return TestProcessor("CandViewShallowCloneCombiner", decay=decay, **parameters).run(products)[""]


@pytest.mark.parametrize("view", [slice(None), slice(3, 40), np.array([5, 2, 30]), np.zeros(0, "i8")])
def test_flat_columns_of_any_view(view):
    objects = leptons(1)[view]
    flat = FlatObjects(objects)
    assert flat["pt"].tolist() == ak.flatten(objects.pt).tolist()
    assert flat.counts.tolist() == ak.num(objects).tolist()
    passed = flat["pt"] > 15
    hard = flat.take(passed)
    assert hard.to_list() == objects[objects.pt > 15].to_list()
    assert FlatObjects(hard).take(FlatObjects(hard)["charge"] > 0).to_list() == hard[hard.charge > 0].to_list()


def test_fields_that_are_lists_are_no_columns():
    flat = FlatObjects(ak.Array([[{"x": 1, "parts": [1, 2]}]]))
    assert list(flat) == ["x"]
    with pytest.raises(KeyError):
        flat["parts"]


def test_selection_keeps_all_fields():
    muons = leptons(2)
    selected = TestProcessor("CandViewSelector", src="muons", cut="pt > 10 && abs(eta) < 1").run({"muons": muons})[""]
    assert selected.to_list() == muons[(muons.pt > 10) & (abs(muons.eta) < 1)].to_list()


def test_pairs_of_opposite_charge_have_the_four_momentum_of_the_vector_package():
    muons = leptons(3)
    pairs = combine({"muons": muons}, "muons@+ muons@-", roles=["one", "two"])
    places = ak.argcombinations(muons, 2, fields=["one", "two"])
    places = places[muons.charge[places.one] != muons.charge[places.two]]
    fields = {name: ak.values_astype(muons[name], "f8") for name in ("pt", "eta", "phi", "mass")}
    momenta = ak.zip(fields, with_name="Momentum4D", behavior=vector.backends.awkward.behavior)
    total = momenta[places.one] + momenta[places.two]
    assert (pairs.oneIdx.to_list(), pairs.twoIdx.to_list()) == (places.one.to_list(), places.two.to_list())
    for name in ("pt", "eta", "phi", "mass"):
        np.testing.assert_allclose(ak.flatten(pairs[name]), ak.flatten(getattr(total, name)), rtol=1e-5, atol=1e-5)
    assert set(ak.flatten(pairs.charge).to_list()) == {0}


def test_pairs_of_two_collections():
    muons, electrons = leptons(4), leptons(5)
    pairs = combine({"muons": muons, "electrons": electrons}, "muons@+ electrons@-")
    places = ak.cartesian({"a": ak.local_index(muons), "b": ak.local_index(electrons)})
    places = places[muons.charge[places.a] != electrons.charge[places.b]]
    assert pairs.daughter1Idx.to_list() == places.a.to_list()
    assert pairs.daughter2Idx.to_list() == places.b.to_list()


@pytest.mark.parametrize(
    ("decay", "check", "charges"),
    [("muons@+ muons@+", True, {-2, 2}), ("muons muons", True, {-2, 0, 2}), ("muons@+ muons@-", False, {-2, 0, 2})],
)
def test_charges_are_as_asked_for(decay, check, charges):
    pairs = combine({"muons": leptons(6)}, decay, checkCharge=check)
    assert set(ak.flatten(pairs.charge).to_list()) == charges


def test_the_cut_is_for_pairs():
    pairs = combine({"muons": leptons(7)}, "muons@+ muons@-", cut="20 < mass < 60")
    masses = ak.flatten(pairs.mass)
    assert len(masses) and ak.all((masses > 20) & (masses < 60))


def test_no_events_and_no_objects():
    assert combine({"muons": leptons(8)[:0]}, "muons@+ muons@-").to_list() == []
    assert combine({"muons": leptons(8)[:, :0]}, "muons@+ muons@-").to_list() == [[]] * 50


@pytest.mark.parametrize("decay", ["muons@+", "muons@+ muons@- muons@+", "muons@0 muons@-"])
def test_other_decays_are_refused(decay):
    with pytest.raises(Configuration, match="pyrun combines two collections"):
        TestProcessor("CandViewShallowCloneCombiner", decay=decay)


def test_events_with_enough_objects_pass():
    muons = leptons(9)
    passed = TestProcessor("CandViewCountFilter", src="muons", minNumber=2).run({"muons": muons}).passed
    assert passed.tolist() == (ak.num(muons) >= 2).to_list()
