from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from particle_gun import as_events, group

from pyrun.framework.testing import TestProcessor

PI = np.pi


def detect(events, seed=1, ids=None, **parameters):
    return TestProcessor("L1TLightDetectorProducer", **parameters).run({"mix": events}, seed=seed, ids=ids)


def guns(n, pt, eta, code, **place):
    """`n` events of one particle each at phi = 1."""
    return as_events([[group(1, pt, eta, 1.0, code, **place)] for _ in range(n)])


def test_a_muon_becomes_a_track_near_the_truth():
    tracks = detect(guns(2000, 20.0, 0.5, 13, z=3.0), fakeRate=0.0)["tracks"]
    found = ak.flatten(tracks)
    assert len(found) / 2000 == pytest.approx(0.98, abs=0.015)
    assert np.median(found.pt) == pytest.approx(20.0, rel=0.005) and np.median(found.z0) == pytest.approx(3, abs=0.02)
    assert set(found.charge.to_list()) == {-1}
    assert np.percentile(abs(found.pt / 20.0 - 1.0), 68) == pytest.approx(0.01, abs=0.003)
    assert np.percentile(abs(found.dxy), 68) == pytest.approx(0.010, rel=0.2)
    assert np.mean(found.identity == 2) == pytest.approx(0.95, abs=0.02)


def test_tracks_need_two_gev_and_the_outer_tracker():
    for pt, eta, place in ((1.5, 0.5, {}), (10.0, 2.6, {}), (10.0, 0.0, {"x": 30.0})):
        assert ak.sum(ak.num(detect(guns(200, pt, eta, 211, **place), fakeRate=0.0)["tracks"])) == 0


def test_displaced_particles_are_found_less_often():
    near, far = (
        ak.sum(ak.num(detect(guns(1000, 10.0, 0.0, 211, x=x * np.sin(1.0), y=-x * np.cos(1.0)))["tracks"]))
        for x in (0.05, 1.0)
    )
    assert far < 0.6 * near


def test_a_photon_becomes_one_electromagnetic_cluster():
    clusters = detect(guns(500, 30.0, 0.8, 22), fakeRate=0.0)["clusters"]
    assert ak.all(ak.num(clusters) == 1) and ak.sum(clusters.hadPt) == 0
    flat = ak.flatten(clusters)
    assert ak.mean(flat.emPt) == pytest.approx(30.0, rel=0.01) and np.std(flat.emPt) / 30 == pytest.approx(
        0.03, abs=0.02
    )
    assert np.allclose(flat.eta, 0.8, atol=1e-3) and np.allclose(flat.phi, 1.0, atol=1e-3)


def test_a_charged_hadron_bends_before_it_deposits():
    result = detect(guns(300, 5.0, 0.0, 211), fakeRate=0.0)
    hit = result["clusters"].phi[ak.num(result["clusters"]) > 0][:, 0]
    assert np.median(hit) == pytest.approx(1.0 - np.arcsin(129.0 * 0.00299792458 * 3.8 / 10.0), abs=0.01)


def test_fakes_are_as_many_as_asked_for():
    events = as_events([[group(50, 5.0, np.linspace(-2, 2, 50), np.linspace(-3, 3, 50), 211)]] * 200)
    without, many = (ak.sum(ak.num(detect(events, fakeRate=rate)["tracks"])) for rate in (0.0, 0.3))
    assert many / without == pytest.approx(1.3, abs=0.06)


def test_close_tracks_lose_the_softer():
    events = as_events([[group(2, [30.0, 10.0], [0.5, 0.5], [1.0, 1.0], 13)]] * 1000)
    softer = ak.sum(detect(events, fakeRate=0.0)["tracks"].pt < 15.0)
    assert softer / 1000 == pytest.approx(0.98 * (1 - 0.98 * 0.25), abs=0.05)


def test_the_vertex_is_where_the_hard_tracks_are():
    rng = np.random.default_rng(1)
    soft = [group(5, 2.5, rng.uniform(-2, 2, 5), rng.uniform(-PI, PI, 5), 211, z=z) for z in (-8.0, -3.0, 5.0)]
    hard = group(4, 15.0, [-1.0, 0.0, 1.0, 0.5], [0.0, 1.0, 2.0, 3.0], 211, z=1.2)
    vertices = detect(as_events([[hard, *soft]] * 200))["vertices"]
    assert ak.all(ak.num(vertices) == 1) and np.mean(abs(vertices.z0[:, 0] - 1.2) < 0.15) > 0.95


def test_an_event_is_the_same_in_any_block():
    rng = np.random.default_rng(2)
    events = as_events(
        [[group(40, rng.uniform(1, 20, 40), rng.uniform(-4, 4, 40), rng.uniform(-PI, PI, 40), 211)] for _ in range(6)]
    )
    together = detect(events, ids=(np.ones(6), np.ones(6), np.arange(1, 7)))
    for i in range(6):
        alone = detect(events[i : i + 1], ids=([1], [1], [i + 1]))
        for instance in ("tracks", "clusters", "vertices"):
            assert ak.array_equal(alone[instance][0], together[instance][i])


def test_an_event_without_particles_has_a_vertex_and_nothing_else():
    empty = detect(as_events([[group(1, 5.0, 0.0, 0.0, 22)]])[:, :0])
    assert ak.num(empty["tracks"])[0] == 0 and ak.num(empty["clusters"])[0] == 0
    assert empty["vertices"].to_list() == [[{"z0": 0.0, "sumPt2": 0.0}]]
