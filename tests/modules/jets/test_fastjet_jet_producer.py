from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.errors import Configuration
from pyrun.framework.testing import TestProcessor
from pyrun.modules.jets import clustering
from pyrun.modules.jets.fastjet_jet_producer import FastjetJetProducer


def cluster(candidates, weights=None, **parameters):
    products = {"particleFlow": candidates}
    if weights is not None:
        products["puppi"] = weights
        parameters["applyWeight"] = True
    return TestProcessor(FastjetJetProducer, **parameters).run(products)[""]


def momenta(particles):
    mass = clustering.masses(ak.to_numpy(particles.pdgId))
    return clustering.Momenta.from_pt_eta_phi_mass(particles.pt, particles.eta, particles.phi, mass)


def anti_kt(particles, radius):
    """All jets, as sets of indices, by comparing all pairs in each step."""
    vectors = {frozenset([i]): np.array(vector) for i, vector in enumerate(zip(*momenta(particles), strict=True))}
    jets = []
    while vectors:
        best, pair = np.inf, None
        for a, va in vectors.items():
            if 1 / (va[0] ** 2 + va[1] ** 2) < best:
                best, pair = 1 / (va[0] ** 2 + va[1] ** 2), (a, None)
            for b, vb in vectors.items():
                if a == b:
                    continue
                dy = np.arctanh(va[2] / va[3]) - np.arctanh(vb[2] / vb[3])
                dphi = np.arctan2(va[1], va[0]) - np.arctan2(vb[1], vb[0])
                dphi = (dphi + np.pi) % (2 * np.pi) - np.pi
                inverse = min(1 / (v[0] ** 2 + v[1] ** 2) for v in (va, vb))
                distance = inverse * (dy**2 + dphi**2) / radius**2
                if distance < best:
                    best, pair = distance, (a, b)
        a, b = pair
        if b is None:
            jets.append((a, vectors.pop(a)))
        else:
            vectors[a | b] = vectors.pop(a) + vectors.pop(b)
    return jets


def test_jets_are_those_of_the_definition_of_anti_kt():
    rng = np.random.default_rng(3)
    n = 30
    event = ak.zip(
        {
            "pt": rng.exponential(5, n) + 0.5,
            "eta": rng.uniform(-1.5, 1.5, n),
            "phi": rng.uniform(-np.pi, np.pi, n),
            "pdgId": rng.choice([211, 22, 130, 13], n),
        }
    )
    found = cluster(ak.unflatten(event, [n]), rParam=0.8, jetPtMin=3.0)[0]
    expected = sorted(
        ((np.hypot(*vector[:2]), sorted(members)) for members, vector in anti_kt(event, 0.8)), key=lambda jet: -jet[0]
    )
    expected = [jet for jet in expected if jet[0] >= 3.0]
    assert found.constituents.tolist() == [members for _, members in expected]
    np.testing.assert_allclose(found.pt, [pt for pt, _ in expected], rtol=1e-6)


def test_a_jet_is_the_weighted_sum_of_its_constituents(candidates):
    weights = ak.unflatten(np.random.default_rng(5).random(ak.count(candidates.pt)), ak.num(candidates))
    weights = ak.where(weights < 0.3, 0, weights)
    jets = cluster(candidates, weights)
    assert ak.sum(ak.num(jets)) > 20
    for event in range(len(candidates)):
        for jet in jets[event]:
            own = jet.constituents
            assert ak.all(weights[event][own] > 0)
            total = [ak.sum(part) for part in momenta(candidates[event][own]).scaled(ak.to_numpy(weights[event][own]))]
            summed = clustering.Momenta(*map(np.array, total))
            np.testing.assert_allclose([jet.pt, jet.eta], [summed.pt, summed.eta], rtol=1e-5, atol=1e-5)
            np.testing.assert_allclose(jet.mass, summed.mass, rtol=1e-3)


def test_jets_fall_in_pt_and_are_above_the_threshold(candidates):
    jets = cluster(candidates, jetPtMin=8.0)
    assert ak.all(jets.pt >= 8)
    assert ak.all(jets.pt[:, :-1] >= jets.pt[:, 1:])


def test_events_without_candidates_have_no_jets(candidates):
    assert ak.num(cluster(candidates))[2] == 0
    assert len(cluster(candidates[:, :0])) == len(candidates)


def test_energy_fractions_and_multiplicities_say_what_a_jet_is_made_of():
    kinds = [211, -211, 130, 22, 11, 13, 1, 2]
    event = ak.Array([[{"pt": 10.0, "eta": 0.0, "phi": 0.01 * i, "pdgId": kind} for i, kind in enumerate(kinds)]])
    jet = cluster(event)[0, 0]
    assert jet.chargedHadronEnergyFraction == pytest.approx(2 / 8, rel=1e-3)
    assert jet.neutralHadronEnergyFraction == pytest.approx(2 / 8, rel=1e-3)
    assert jet.chargedEmEnergyFraction == pytest.approx(1 / 8, rel=1e-3)
    assert jet.neutralEmEnergyFraction == pytest.approx(2 / 8, rel=1e-3)
    assert jet.muonEnergyFraction == pytest.approx(1 / 8, rel=1e-3)
    assert jet.HFHadronEnergyFraction == pytest.approx(1 / 8, rel=1e-3)
    assert jet.HFEMEnergyFraction == pytest.approx(1 / 8, rel=1e-3)
    assert (jet.chargedMultiplicity, jet.neutralMultiplicity) == (4, 4)


def test_jets_of_an_event_do_not_depend_on_the_others(candidates):
    together = cluster(candidates)
    for i in range(len(candidates)):
        assert cluster(candidates[i : i + 1])[0].tolist() == together[i].tolist()


def test_soft_candidates_can_be_left_out(candidates):
    jets = cluster(candidates, inputEtMin=1.0)
    used = ak.flatten(candidates.pt[ak.flatten(jets.constituents, axis=2)])
    assert ak.min(used) >= 1.0


def test_generated_jets_use_the_mass_that_particles_have():
    particles = ak.Array([[{"pt": 30.0, "eta": 0.0, "phi": 0.0, "mass": 5.0}]])
    jets = cluster(particles, jetType="GenJet")
    assert jets.fields == ["pt", "eta", "phi", "mass", "constituents"]
    assert jets.mass[0, 0] == pytest.approx(5.0)


@pytest.mark.parametrize(("parameter", "value"), [("jetAlgorithm", "SISCone"), ("jetType", "CaloJet")])
def test_unknown_algorithms_and_types_are_refused(parameter, value):
    with pytest.raises(Configuration, match=f"{parameter} is '{value}'; it can be "):
        TestProcessor(FastjetJetProducer, **{parameter: value})


def test_puppi_jets_agree_with_those_of_cms(cms_events):
    ours = cluster(cms_events.PFCands, cms_events.PFCands.puppiWeight, rParam=0.8, jetPtMin=170.0)
    raw = cms_events.FatJet.pt * (1 - cms_events.FatJet.rawFactor)
    raw = ak.sort(raw, ascending=False)
    assert ak.all(ak.num(ours) == ak.num(raw))
    np.testing.assert_allclose(ak.flatten(ours.pt), ak.flatten(raw), rtol=0.005)  # momenta in the file are rounded


def test_charged_hadron_subtracted_jets_agree_with_those_of_cms(cms_events):
    candidates = cms_events.PFCands
    from_pileup = (candidates.charge != 0) & (candidates.puppiWeight == 0) & (candidates.pvAssocQuality >= 6)
    ours = cluster(candidates[~from_pileup])
    theirs = cms_events.Jet
    pairs = ak.cartesian({"theirs": theirs, "ours": ours}, nested=True)
    dphi = np.remainder(pairs.ours.phi - pairs.theirs.phi + np.pi, 2 * np.pi) - np.pi
    nearest = ak.argmin(np.hypot(pairs.ours.eta - pairs.theirs.eta, dphi), axis=2, keepdims=True)
    matched = ak.flatten(pairs.ours[nearest], axis=2)
    ratio = ak.flatten(matched.pt / (theirs.pt * (1 - theirs.rawFactor)))
    assert np.mean(np.abs(ratio - 1) < 0.002) > 0.95
    difference = ak.flatten(matched.chargedHadronEnergyFraction - theirs.chHEF)
    assert np.mean(np.abs(difference) < 0.01) > 0.95
