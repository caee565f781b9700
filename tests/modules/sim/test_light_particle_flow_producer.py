from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from particle_gun import as_events, group, simulate, soft_interaction

from pyrun.framework.testing import TestProcessor


def test_candidates_are_sorted_and_charged_ones_come_from_tracks(soft_products):
    candidates, tracks = soft_products["particleFlow"], soft_products["generalTracks"]
    assert ak.all(candidates.pt[:, :-1] >= candidates.pt[:, 1:])
    charged = np.isin(ak.to_numpy(abs(ak.flatten(candidates.pdgId))), (211, 11, 13))
    assert charged.sum() == ak.count(tracks.pt)


def test_impact_parameters_are_relative_to_the_first_vertex():
    rng = np.random.default_rng(2)
    hard = group(20, 10.0, rng.uniform(-1, 1, 20), rng.uniform(-3, 3, 20), 211, x=0.004, y=-0.003, z=6.0)
    candidates = simulate(as_events([[hard, soft_interaction(rng, 6.0)]]))["particleFlow"][0]
    tracks = candidates[(candidates.pt > 5) & (candidates.d0Err > 0)]
    assert abs(np.median(tracks.d0)) < 5e-4 and abs(np.median(tracks.dz)) < 2e-3
    assert ak.all(tracks.vertex == 0) and ak.mean(tracks.pvAssociation == 7) > 0.8


def test_neutral_candidates_have_no_track_properties(soft_products):
    candidates = ak.flatten(soft_products["particleFlow"])
    neutral = candidates[(candidates.pdgId == 22) | (candidates.pdgId == 130)]
    assert len(neutral) and ak.all(neutral.d0Err == -1) and ak.all(neutral.vertex == -1) and ak.all(neutral.nHits == 0)


def test_soft_tracks_keep_their_vertex_only(soft_products):
    candidates = ak.flatten(soft_products["particleFlow"])
    soft = candidates[(abs(candidates.pdgId) == 211) & (candidates.pt < 0.9)]
    assert ak.all(soft.d0Err == -1) and ak.all(soft.d0 == 0) and ak.mean(soft.vertex >= 0) > 0.8


@pytest.mark.parametrize(
    ("pdg_id", "eta", "types"), [(22, 0.5, {22}), (130, 0.5, {130, 22}), (22, 4.0, {1, 2}), (130, 4.0, {1, 2})]
)
def test_energy_of_neutral_particles_is_found_as_their_type(pdg_id, eta, types):
    phi = np.linspace(-3, 3, 12)
    candidates = ak.flatten(simulate(as_events([[group(12, 40.0, eta, phi, pdg_id)]] * 20))["particleFlow"])
    assert set(np.unique(candidates.pdgId.to_numpy())) <= types
    assert ak.sum(candidates.pt) == pytest.approx(20 * 12 * 40.0, rel=0.12 if eta < 3 else 0.5)


def test_an_isolated_charged_hadron_is_not_counted_twice():
    phi = np.linspace(-3, 3, 10)
    particles = as_events([[group(10, 30.0, 0.3, phi, 211)]] * 40)
    candidates = ak.flatten(simulate(particles)["particleFlow"])
    assert ak.sum(candidates.pt) == pytest.approx(40 * 10 * 30.0, rel=0.1)
    assert ak.sum(candidates.pt[abs(candidates.pdgId) == 211]) > 0.8 * ak.sum(candidates.pt)


def test_leptons_are_identified_with_their_charge():
    phi = np.linspace(-3, 3, 10)
    event = [group(10, 20.0, 0.5, phi, 13), group(10, 20.0, -0.5, phi, -11)]
    candidates = ak.flatten(simulate(as_events([event] * 30))["particleFlow"])
    assert ak.sum(candidates.pdgId == 13) / 300 == pytest.approx(0.95, abs=0.05)
    assert ak.sum(candidates.pdgId == -11) / 300 == pytest.approx(0.68, abs=0.08)
    assert not ak.any((candidates.pdgId == -13) | (candidates.pdgId == 11))


def test_products_depend_neither_on_the_block_nor_on_its_neighbours(soft_events):
    together = simulate(soft_events[:7], ids=(np.ones(7), np.ones(7), np.arange(1, 8)))
    for i in range(7):
        alone = simulate(soft_events[i : i + 1], ids=([1], [1], [i + 1]))
        for tag, array in alone.items():
            assert ak.array_equal(array, together[tag][i : i + 1]), (tag, i)


def test_no_events_give_empty_products():
    products = simulate(as_events([[group(1, 1.0, 0.0, 0.0, 211)]])[:0])
    assert {tag: len(array) for tag, array in products.items()} == dict.fromkeys(products, 0)
    assert "d0Err" in products["particleFlow"].fields


def test_rho_of_a_uniform_event_is_its_density():
    rng = np.random.default_rng(6)
    n = 200_000
    candidates = ak.Array(
        [{"pt": np.full(n, 0.01), "eta": rng.uniform(-5, 5, n), "phi": rng.uniform(-np.pi, np.pi, n)}]
    )
    candidates = ak.zip({name: candidates[name] for name in candidates.fields})
    (rho,) = TestProcessor("FixedGridRhoProducerFastjet").run({"particleFlow": candidates})[""]
    assert rho == pytest.approx(0.01 * n / (10 * 2 * np.pi), rel=0.02)
