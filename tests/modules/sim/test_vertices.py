from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from particle_gun import as_events, group, simulate, soft_interaction

B_FLIGHT = 0.4  # cm


def b_like_event(rng, displaced):
    """A hard interaction at the origin and a jet of which five pions come from B_FLIGHT away, if `displaced`."""
    eta, phi = 0.5, 1.0
    at = B_FLIGHT * np.array([np.cos(phi), np.sin(phi), np.sinh(eta)]) if displaced else np.zeros(3)
    decay = group(
        5,
        rng.uniform(3, 12, 5),
        eta + rng.normal(0, 0.12, 5),
        phi + rng.normal(0, 0.12, 5),
        [211, -211, 211, -211, 211],
        *at,
    )
    prompt = group(5, rng.uniform(1, 10, 5), eta + rng.normal(0, 0.2, 5), phi + rng.normal(0, 0.2, 5), 211)
    return [decay, prompt, soft_interaction(rng, 0.0, 50), soft_interaction(rng, 5.0)]


@pytest.fixture(scope="module")
def b_like():
    rng = np.random.default_rng(3)
    return simulate(as_events([b_like_event(rng, True) for _ in range(60)]))


def test_each_interaction_gives_a_vertex_where_it_was(soft_products):
    vertices = soft_products["offlinePrimaryVertices"]
    assert ak.mean(ak.num(vertices) == 3) > 0.9
    for z in (0.0, -4.0, 3.0):
        distance = ak.min(abs(vertices.z - z), axis=1)
        assert ak.mean(distance < 0.02) > 0.95


def test_the_hard_interaction_comes_first(soft_products):
    vertices = soft_products["offlinePrimaryVertices"]
    assert np.abs(vertices.z[:, 0].to_numpy()).max() < 0.01
    assert ak.all(vertices.score[:, :-1] >= vertices.score[:, 1:])


def test_vertex_errors_describe_the_scatter(soft_products):
    first = soft_products["offlinePrimaryVertices"][:, 0]
    assert np.std(first.z / first.zErr) == pytest.approx(1.0, abs=0.5)
    assert np.all(first.ndof > 10) and np.mean(first.chi2 / first.ndof) < 2


def test_an_event_without_tracks_has_the_beam_spot_as_its_vertex():
    products = simulate(as_events([[group(3, 5.0, 0.0, [0.0, 1.0, 2.0], 22)]]))
    (vertex,) = products["offlinePrimaryVertices"][0]
    assert vertex.ndof == 0 and vertex.z == 0 and vertex.zErr == 3.5
    assert ak.all(products["particleFlow"].vertex == -1)


def test_tracks_are_associated_with_their_vertex(soft_events, soft_products):
    tracks, used = soft_products["generalTracks"], soft_products["offlinePrimaryVertices:tracks"]
    vertices = soft_products["offlinePrimaryVertices"]
    real = tracks.particle >= 0
    true_z = soft_events.z[tracks.particle[real]]
    vertex = used.vertex[real]
    has = vertex >= 0
    assert ak.mean(has) > 0.85
    assert ak.mean(abs(vertices.z[vertex[has]] - true_z[has]) < 0.05) > 0.97


def test_displaced_decays_are_found_at_their_place_with_a_significant_flight(b_like):
    found = b_like["inclusiveCandidateSecondaryVertices"]
    assert ak.mean(ak.num(found) > 0) > 0.8
    first = found[ak.num(found) > 0][:, 0]
    length = B_FLIGHT * np.cosh(0.5)
    assert np.median(first.d3d) == pytest.approx(length, rel=0.05) and np.median(first.dxy) == pytest.approx(
        B_FLIGHT, rel=0.05
    )
    assert np.median(first.d3dSig) > 10 and np.min(first.cosThetaSVPV) > 0.95
    assert np.median(first.nTracks) >= 3 and 0.5 < np.median(first.mass) < 6


def test_prompt_jets_rarely_have_a_secondary_vertex():
    rng = np.random.default_rng(4)
    found = simulate(as_events([b_like_event(rng, False) for _ in range(60)]))["inclusiveCandidateSecondaryVertices"]
    assert ak.mean(ak.num(found) > 0) < 0.15


def test_a_kaon_decay_has_the_kaon_mass():
    """Two pions back to back in the kaon's rest frame, boosted along x."""
    mass, pion, flight, momentum = 0.4976, 0.1396, 1.0, 6.0
    q = np.sqrt(mass**2 / 4 - pion**2)
    rng = np.random.default_rng(8)
    energy = np.hypot(momentum, mass)
    events = []
    for angle in rng.uniform(0.5, 2.6, 80):
        along = momentum / 2 + np.array([1, -1]) * energy / mass * q * np.cos(angle)
        across = np.array([1, -1]) * q * np.sin(angle)
        pions = group(2, np.hypot(along, across), 0.0, np.arctan2(across, along), [211, -211], x=flight)
        events.append([pions, soft_interaction(rng, 0.0, 60)])
    found = ak.flatten(simulate(as_events(events))["inclusiveCandidateSecondaryVertices"])
    pairs = found[found.nTracks == 2]
    assert len(pairs) > 30 and np.median(pairs.mass) == pytest.approx(mass, abs=0.02)
