from __future__ import annotations

import numpy as np
import pytest
from seeded_cone_events import events

from pyrun.modules.l1t.seeded_cone import SeededCone
from pyrun.modules.l1t.seeded_cone_float import SeededConeFloat
from pyrun.modules.l1t.words import ETA_PHI_LSB, MASS, PT, unpack_puppi


def floats(words):
    fields = unpack_puppi(words)
    return PT.value(fields.pt), fields.eta * ETA_PHI_LSB, fields.phi * ETA_PHI_LSB, MASS[fields.id]


def one_event(pt, eta, phi, mass=None, **settings):
    mass = np.zeros(len(pt)) if mass is None else mass
    return SeededConeFloat(**settings).jets(pt, eta, phi, mass, [0, len(pt)])


def slow_jets(pt, eta, phi, mass, n_jets, cone_size):
    """Jets of one event, from the definition, with vectors."""
    left = sorted(range(len(pt)), key=lambda i: -pt[i])
    while left and n_jets:
        n_jets -= 1
        d_eta, d_phi = eta - eta[left[0]], np.angle(np.exp(1j * (phi - phi[left[0]])))
        inside = [i for i in left if np.hypot(d_eta[i], d_phi[i]) <= cone_size]
        weight = pt[inside] / (pt[inside].sum() or 1.0)
        energy = np.hypot(pt * np.cosh(eta), mass)[inside].sum()
        momentum = [(pt * part)[inside].sum() for part in (np.cos(phi), np.sin(phi), np.sinh(eta))]
        yield (
            pt[inside].sum(),
            eta[left[0]] + weight @ d_eta[inside],
            np.angle(np.exp(1j * (phi[left[0]] + weight @ d_phi[inside]))),
            np.sqrt(max(energy**2 - np.sum(np.square(momentum)), 0.0)),
            sorted(inside),
        )
        left = [i for i in left if i not in inside]


@pytest.mark.parametrize("kind", ["pileup", "any order", "phi ends"])
def test_jets_are_those_of_the_definition(kind):
    words, offsets = events(kind, 40)
    candidates = [np.asarray(column, dtype=np.float32) for column in floats(words)]
    jets = SeededConeFloat(10, 0.35).jets(*candidates, offsets)
    jet = member = 0
    for event, count in enumerate(jets.counts):
        here = slice(offsets[event], offsets[event + 1])
        expected = list(slow_jets(*(column[here].astype(np.float64) for column in candidates), 10, 0.35))
        expected.sort(key=lambda row: -np.float32(row[0]))
        assert count == len(expected)
        for pt, eta, phi, mass, members in expected:
            found = jets.pt[jet], jets.eta[jet], np.exp(1j * jets.phi[jet]), jets.mass[jet]
            assert found[:3] == pytest.approx((pt, eta, np.exp(1j * phi)), rel=1e-5, abs=1e-5)
            assert found[3] == pytest.approx(mass, rel=1e-4, abs=0.01)
            assert jets.constituents[member : member + jets.sizes[jet]].tolist() == members
            member, jet = member + len(members), jet + 1


def test_integers_approximate_floating_point():
    words, offsets = events("pileup", 500)
    integers = SeededCone(with_mass=True).jets(words, offsets)
    numbers = SeededConeFloat().jets(*floats(words), offsets)
    assert np.array_equal(integers.counts, numbers.counts)
    pairs = (PT.value(integers.pt) == numbers.pt) & (integers.sizes == numbers.sizes)
    assert pairs.mean() > 0.98  # the rest: at the edge of a cone
    hard = pairs & (numbers.pt > 10)
    d_phi = np.angle(np.exp(1j * (integers.phi * ETA_PHI_LSB - numbers.phi)))
    assert np.abs(integers.eta * ETA_PHI_LSB - numbers.eta)[hard].max() < 3 * ETA_PHI_LSB
    assert np.median(np.abs(d_phi)[hard]) < 2 * ETA_PHI_LSB


def test_a_candidate_at_the_edge_is_inside():
    assert one_event([10.0, 5.0], [0.0, 0.5], [0.0, 0.0], cone_size=0.5).sizes.tolist() == [2]


def test_across_pi_the_axis_is_between_the_candidates():
    jets = one_event([10.0, 10.0], [0.0, 0.0], [-3.1, 3.1])
    assert abs(jets.phi[0]) == pytest.approx(np.pi, abs=1e-5) and jets.pt.tolist() == [20.0]


def test_candidates_without_pt_make_a_jet_without_pt():
    jets = one_event([0.0, 0.0], [0.3, 0.4], [1.0, 1.0])
    assert [jets.pt[0], jets.eta[0], jets.phi[0], jets.mass[0]] == pytest.approx([0.0, 0.3, 1.0, 0.0])


def test_corrections_decide_the_order():
    jets = SeededConeFloat().jets([9, 8], [0, 2], [0, 0], [0, 0], [0, 2], lambda pt, eta: pt * (1 + np.abs(eta)))
    assert jets.pt.tolist() == [24.0, 9.0] and jets.raw_pt.tolist() == [8.0, 9.0]
    assert jets.constituents.tolist() == [1, 0]


def test_events_without_candidates_have_no_jets():
    empty = np.empty(0, np.float32)
    jets = SeededConeFloat().jets(empty, empty, empty, empty, [0, 0])
    assert jets.counts.tolist() == [0] and len(jets.pt) == 0
