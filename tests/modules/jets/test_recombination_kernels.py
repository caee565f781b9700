"""Jets are those of FastJet; where distances are equal, those of the definition."""

from __future__ import annotations

import awkward as ak
import fastjet
import numpy as np
import pytest
import uproot
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrun.framework.resources import file_in_path
from pyrun.modules.jets.clustering import ALGORITHMS, Momenta, cluster, masses
from pyrun.modules.jets.recombination_kernels import coordinates

FASTJETS = {"AntiKt": "antikt_algorithm", "CambridgeAachen": "cambridge_algorithm", "Kt": "kt_algorithm"}


def fastjets(momenta, counts, algorithm, radius, pt_min):
    """Of each event, by falling pt: the jets' momenta, shape (jets, 4), and their constituents."""
    particles = ak.unflatten(ak.zip(momenta._asdict()), counts)
    definition = fastjet.JetDefinition(getattr(fastjet, FASTJETS[algorithm]), radius)
    sequence = fastjet.ClusterSequence(particles, definition)
    events = []
    for jets, members in zip(sequence.inclusive_jets(pt_min), sequence.constituent_index(pt_min).tolist(), strict=True):
        values = np.column_stack([ak.to_numpy(jets[name]) for name in momenta._fields])
        order = np.argsort(-np.hypot(values[:, 0], values[:, 1]), kind="stable")
        events.append((values[order], [tuple(sorted(members[i])) for i in order]))
    return events


def ours(momenta, counts, algorithm, radius, pt_min):
    jets = cluster(momenta, counts, algorithm, radius, pt_min)
    rows, sizes = jets.constituents()
    members = np.split(rows, np.cumsum(sizes)[:-1]) if len(sizes) else []
    values, events, done = np.column_stack(jets.momenta), [], 0
    for n, begin in zip(jets.counts, np.cumsum(counts) - counts, strict=True):
        own = slice(done, done + n)
        events.append((values[own], [tuple((jet - begin).tolist()) for jet in members[own]]))
        done += n
    return events


def assert_same(momenta, counts, algorithm, radius, pt_min=0.0):
    """The same jets in the same order."""
    found, expected = (f(momenta, counts, algorithm, radius, pt_min) for f in (ours, fastjets))
    for (values, members), (their_values, their_members) in zip(found, expected, strict=True):
        assert members == their_members
        scale = their_values[:, 3:]  # E; a component near zero is a difference of large numbers
        assert np.all(np.abs(values - their_values) <= 1e-12 * scale)


def particles(rng, n, ghosts=0):
    """Collimated sprays over a soft underlying event, and `ghosts` of which pt is practically nothing."""
    axes = rng.uniform((-2.5, -np.pi), (2.5, np.pi), (6, 2))
    hard = rng.random(n) < 0.5
    at = axes[rng.integers(0, 6, n)] + rng.normal(0, 0.15, (n, 2))
    at = np.where(hard[:, None], at, rng.uniform((-5, -np.pi), (5, np.pi), (n, 2)))
    pt = np.where(hard, rng.exponential(5, n), rng.exponential(0.7, n)) + 0.1
    pt[rng.permutation(n)[:ghosts]] *= 1e-18
    return Momenta.from_pt_eta_phi_mass(pt, at[:, 0], at[:, 1], rng.choice([0.0, 0.13957], n))


@pytest.mark.parametrize("radius", [0.05, 0.4, 0.8, 1.5, 4.0])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_jets_are_those_of_fastjet(algorithm, radius):
    rng = np.random.default_rng(17)
    counts = np.array([0, 300, 1, 2, 0, 700, 40, 1500, 0])
    assert_same(particles(rng, counts.sum()), counts, algorithm, radius, pt_min=3.0)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_ghosts_end_in_the_jets_of_fastjet(algorithm):
    rng = np.random.default_rng(18)
    counts = np.array([200, 400])
    assert_same(particles(rng, counts.sum(), ghosts=150), counts, algorithm, 0.4)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_jets_of_simulated_events_are_those_of_fastjet(algorithm):
    with uproot.open(file_in_path("data/ttbar_pu30_aodsim.root")) as file:
        candidates = file["Events"]["recoPFCandidates_particleFlow__SIM"].array(entry_stop=12)
    flat = ak.flatten(candidates)
    # towers have equal distances, of which FastJet may take any first
    rng = np.random.default_rng(21)
    eta, phi = (ak.to_numpy(flat[name]) + rng.normal(0, 1e-7, len(flat)) for name in ("eta", "phi"))
    momenta = Momenta.from_pt_eta_phi_mass(flat.pt, eta, phi, masses(ak.to_numpy(flat.pdgId)))
    assert_same(momenta, ak.to_numpy(ak.num(candidates)), algorithm, 0.4, pt_min=1.0)


numbers = st.floats(-50, 50, width=32)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(numbers, numbers, st.floats(-500, 500, width=32), st.sampled_from([0.0, 0.1, 5.0])), max_size=40
    ),
    st.sampled_from(sorted(ALGORITHMS)),
    st.floats(0.1, 3.0),
)
def test_every_particle_is_in_one_jet_and_momentum_is_conserved(vectors, algorithm, radius):
    px, py, pz, mass = np.array(vectors, dtype=np.float64).reshape(-1, 4).T
    momenta = Momenta(px, py, pz, np.sqrt(px**2 + py**2 + pz**2 + mass**2))
    jets = cluster(momenta, np.array([len(px)]), algorithm, radius, 0.0)
    rows, sizes = jets.constituents()
    assert sorted(rows) == list(range(len(px)))
    assert sizes.sum() == len(px)
    for component, total in zip(jets.momenta, momenta, strict=True):
        np.testing.assert_allclose(component.sum(), total.sum(), rtol=1e-12, atol=1e-10)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60), st.sampled_from(sorted(ALGORITHMS)), st.floats(0.1, 3.0))
def test_random_events_have_the_jets_of_fastjet(seed, n, algorithm, radius):
    rng = np.random.default_rng(seed)
    assert_same(particles(rng, n, ghosts=n // 3), np.array([n]), algorithm, radius)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_particles_along_the_beam_are_jets_of_their_own(algorithm):
    px = np.array([0.0, 0.0, 0.0, 20.0, 0.0, 0.0, 19.0])
    py = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 2.0])
    pz = np.array([100.0, -100.0, 0.0, 5.0, 200.0, 7.0, 5.0])
    mass = np.array([0.0, 0.0, 0.0, 0.1, 0.0, 1.0, 0.1])
    momenta = Momenta(px, py, pz, np.sqrt(px**2 + py**2 + pz**2 + mass**2))
    found = {jet for _, members in ours(momenta, np.array([7]), algorithm, 0.4, 0.0) for jet in members}
    theirs = {jet for _, members in fastjets(momenta, np.array([7]), algorithm, 0.4, 0.0) for jet in members}
    assert found == theirs == {(0,), (1,), (2,), (3, 6), (4,), (5,)}


def by_definition(momenta, algorithm, radius):
    """The constituents of jets; all distances are computed in each step, and the first of equal ones is taken."""
    power, vectors = ALGORITHMS[algorithm], dict(enumerate(np.column_stack(momenta)))
    members = {i: (i,) for i in vectors}
    jets = set()
    while vectors:
        at = {i: coordinates.py_func(vector, power) for i, vector in vectors.items()}
        best, pair = np.inf, None
        for i, (y, phi, weight) in at.items():
            nearest, partner = radius * radius, None
            for j, (other_y, other_phi, _) in at.items():
                dphi = abs(other_phi - phi)
                dphi = min(dphi, 2 * np.pi - dphi)
                separation = dphi * dphi + (other_y - y) ** 2
                if j != i and separation < nearest:
                    nearest, partner = separation, j
            smallest = nearest * (weight if partner is None else min(weight, at[partner][2]))
            if smallest < best:
                best, pair = smallest, (i, partner)
        i, j = pair
        if j is None:
            jets.add(members.pop(i))
            del vectors[i]
            continue
        i, j = min(pair), max(pair)
        vectors[i] = vectors[i] + vectors.pop(j)
        members[i] = tuple(sorted(members[i] + members.pop(j)))
        vectors = dict(sorted(vectors.items()))
    return jets


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_of_equal_distances_that_of_the_lowest_number_counts(algorithm):
    rng = np.random.default_rng(19)
    for _ in range(40):  # towers of equal pt at the corners of a grid, some of them twice
        eta, phi = rng.integers(-4, 5, (2, 25)) * 0.25
        momenta = Momenta.from_pt_eta_phi_mass(rng.choice([1.0, 2.0], 25), eta, phi, np.zeros(25))
        ((_, found),) = ours(momenta, np.array([25]), algorithm, 0.6, 0.0)
        assert set(found) == by_definition(momenta, algorithm, 0.6)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_momenta_of_no_particles_are_clustered_too(algorithm):
    rng = np.random.default_rng(20)
    px, py, pz = rng.normal(0, 1, (3, 300))
    spacelike = Momenta(px, py, pz, rng.random(300) * np.sqrt(px**2 + py**2 + pz**2))
    assert_same(spacelike, np.array([300]), algorithm, 0.4)
