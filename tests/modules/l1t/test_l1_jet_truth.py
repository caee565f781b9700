"""Labels of level-1 jets, on events made by hand."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.testing import TestProcessor
from pyrun.modules.l1t.jet_truth import higgs_pair_mass
from pyrun.modules.nano.flat_objects import FlatObjects

JET = {"pt": 40.0, "eta": 1.0, "phi": 3.0}
FIELDS = ("pt", "eta", "phi", "mass", "pdgId", "status", "mother")


def particle(pdg_id, mother=-1, pt=30.0, eta=1.0, phi=3.0, status=1, mass=0.0):
    return dict(zip(FIELDS, (pt, eta, phi, mass, pdg_id, status, mother), strict=True))


def records(events, fields):
    """Lists of records that have these fields even if there are none."""
    flat = [record for event in events for record in event]
    columns = {name: np.array([record[name] for record in flat], dtype=fields[name]) for name in fields}
    return ak.unflatten(ak.zip(columns, depth_limit=1), [len(event) for event in events])


def truth(particles=((),), jets=([JET],), gen_jets=((),), flavours=None, **parameters):
    kinematics = dict.fromkeys(("pt", "eta", "phi"), "f4")
    integers = dict.fromkeys(("pdgId", "status", "mother"), "i4")
    if flavours is None:
        flavours = [[{"hadronFlavour": 0, "partonFlavour": 0} for _ in event] for event in gen_jets]
    products = {
        "l1tSC4PFL1PuppiExtendedEmulator": records(jets, kinematics),
        "ak4GenJets": records(gen_jets, kinematics | {"mass": "f4"}),
        "l1tGenJetFlavours": records(flavours, {"hadronFlavour": "i4", "partonFlavour": "i4"}),
        "genParticles": records(particles, kinematics | {"mass": "f4"} | integers),
    }
    types = ("l1tPFJets", "recoGenJets", "JetFlavourInfos", "recoGenParticles")
    tagged = {(kind, tag): product for kind, (tag, product) in zip(types, products.items(), strict=True)}
    return TestProcessor("L1TJetTruthProducer", **parameters).run(tagged)[""]


def of(particles, **parameters):
    """The labels of `JET` in an event of these particles."""
    return truth([particles], **parameters)[0, 0]


def flags(label):
    return label.tauflav, label.muflav, label.elflav


def gen_jet(pt=40.0, eta=1.0, phi=3.0):
    return {"pt": pt, "eta": eta, "phi": phi, "mass": 5.0}


def test_generator_jet_that_is_nearest_matches_and_gives_its_flavour():
    gen_jets = [[gen_jet(90.0, eta=1.3), gen_jet(20.0, eta=0.9), gen_jet(10.0, phi=2.0)]]
    flavours = [[{"hadronFlavour": h, "partonFlavour": p} for h, p in ((4, 4), (5, -5), (0, 21))]]
    found = truth(gen_jets=gen_jets, flavours=flavours)[0, 0]
    assert (found.pt, found.hflav, found.pflav) == (20.0, 5, -5)
    assert found.dR == pytest.approx(0.1, abs=1e-6) and found.mass == 5.0


def test_matches_go_around_in_phi():
    found = truth(jets=[[JET | {"phi": 3.1}]], gen_jets=[[gen_jet(phi=-3.1)]])[0, 0]
    assert found.dR == pytest.approx(2 * np.pi - 6.2, abs=1e-6)


@pytest.mark.parametrize("other", [gen_jet(eta=1.401), gen_jet(400.0)])
def test_generator_jets_that_are_far_or_ten_times_harder_do_not_match(other):
    assert truth(gen_jets=[[other]])[0, 0].pt == 0.0


def test_two_jets_may_have_the_same_generator_jet():
    found = truth(jets=[[JET, JET | {"eta": 0.7}]], gen_jets=[[gen_jet()]])[0]
    assert found.pt.tolist() == [40.0, 40.0]


@pytest.mark.parametrize(("boson", "sign"), [(23, 1), (24, 1), (24, -1), (25, 1)])
def test_leptons_of_bosons_label_jets(boson, sign):
    muon = of(
        [particle(boson, status=22), particle(13 * sign, mother=0, status=23), particle(13 * sign, mother=1, pt=25.0)]
    )
    assert flags(muon) == (0, 1, 0) and muon.lep_vis_pt == muon.lep_pt == 25.0
    electron = of([particle(boson, status=22), particle(11 * sign, mother=0)])
    assert flags(electron) == (0, 0, 1) and electron.taucharge == 0 and electron.taudecaymode == -1


@pytest.mark.parametrize("mothers", [[511], [421], [5], [511, 15]])
def test_leptons_of_hadrons_and_of_partons_are_not_prompt(mothers):
    chain = [particle(code, mother=i - 1, status=2) for i, code in enumerate(mothers)]
    assert flags(of([*chain, particle(13, mother=len(chain) - 1)])) == (0, 0, 0)


def tau(sign=1, products=((211, 20.0), (16, 10.0))):
    """A Z boson, its tau, a copy of that after it radiated, and the decay products, in the direction of the jet."""
    decay = [particle(code, mother=2, pt=pt) for code, pt in products]
    return [
        particle(23, status=22),
        particle(15 * sign, mother=0, status=23, pt=31.0, mass=1.777),
        particle(15 * sign, mother=1, status=2, mass=1.777),
        *decay,
        particle(22, mother=1, pt=1.0),
    ]


@pytest.mark.parametrize(
    ("products", "mode", "visible"),
    [
        ([(211, 20.0), (16, 10.0)], 0, 20.0),
        ([(211, 8.0), (111, 14.0), (16, 8.0)], 1, 22.0),
        ([(321, 8.0), (111, 7.0), (111, 7.0), (16, 8.0)], 2, 22.0),
        ([(211, 9.0), (-211, 8.0), (211, 7.0), (16, 6.0)], 10, 24.0),
        ([(211, 9.0), (310, 8.0), (16, 6.0)], 0, 17.0),
    ],
)
def test_hadronic_taus_have_charge_decay_mode_and_visible_pt(products, mode, visible):
    for sign in (1, -1):
        found = of(tau(sign, products))
        assert flags(found) == (1, 0, 0) and found.lepflav == 1
        assert (found.taucharge, found.taudecaymode) == (-sign, mode)
        assert found.lep_vis_pt == pytest.approx(visible) and found.lep_pt == 30.0


def test_pions_of_resonances_in_a_taus_decay_count():
    decay = [particle(-213, mother=0, pt=20.0), particle(16, mother=0, pt=10.0)]
    decay += [particle(111, mother=2, pt=5.0), particle(-211, mother=2, pt=15.0)]
    event = [particle(23, status=22), particle(15, mother=0, status=2)] + [
        p | {"mother": p["mother"] + 1} for p in decay
    ]
    found = of(event)
    assert found.taudecaymode == 1 and found.lep_vis_pt == pytest.approx(20.0)


@pytest.mark.parametrize(("code", "expected"), [(13, (0, 1, 0)), (11, (0, 0, 1))])
def test_taus_that_decay_to_a_lepton_count_as_that(code, expected):
    found = of(tau(1, [(code, 12.0), (-code - 1, 9.0), (16, 9.0)]))
    assert flags(found) == expected and found.lep_vis_pt == 12.0 and found.lepflav == 1


def test_of_several_leptons_the_nearest_counts():
    event = [particle(23, status=22), particle(13, mother=0, eta=1.2), particle(-11, mother=0, eta=0.9)]
    found = of(event)
    assert flags(found) == (0, 0, 1) and found.lepflav == 2 and found.lep_dR == pytest.approx(0.1, abs=1e-6)


def test_leptons_far_away_change_nothing():
    found = of([particle(23, status=22), particle(13, mother=0, eta=1.5)])
    assert flags(found) == (0, 0, 0) and found.lep_vis_pt == 0.0 and not found.reject


@pytest.mark.parametrize(("pt", "reject"), [(9.9, 1), (10.1, 0)])
def test_jets_of_soft_leptons_are_rejected(pt, reject):
    event = [particle(23, status=22), particle(13, mother=0, pt=pt)]
    assert of(event, ptGenLeptonMin=10.0, ptGenTauVisibleMin=1.0).reject == reject
    assert of(tau(1, [(211, pt), (16, 5.0)]), ptGenLeptonMin=1.0, ptGenTauVisibleMin=10.0).reject == reject


def test_labels_of_an_event_do_not_depend_on_the_others():
    events = [[], tau(-1), [particle(24, status=22), particle(13, mother=0)], []]
    jets = [[JET], [JET, JET | {"eta": -1.0}], [JET], []]
    together = truth(events, jets, [[gen_jet()], [], [gen_jet(30.0)], [gen_jet()]])
    for i in range(4):
        alone = truth(events[i : i + 1], jets[i : i + 1], [[[gen_jet()], [], [gen_jet(30.0)], [gen_jet()]][i]])
        assert alone[0].tolist() == together[i].tolist()


def test_mass_of_a_higgs_pair_is_that_of_their_last_copies():
    pair = [
        particle(35, pt=0.0, eta=23000.0, status=22, mass=400.0),
        particle(25, mother=0, pt=100.0, eta=0.0, phi=0.0, status=22, mass=125.0),
        particle(25, mother=0, pt=100.0, eta=0.0, phi=np.pi, status=22, mass=125.0),
        particle(25, mother=1, pt=120.0, eta=0.0, phi=0.0, status=62, mass=125.0),
        particle(25, mother=2, pt=120.0, eta=0.0, phi=np.pi, status=62, mass=125.0),
    ]
    fields = dict.fromkeys(("pt", "eta", "phi", "mass"), "f4") | dict.fromkeys(("pdgId", "status", "mother"), "i4")
    flat = FlatObjects(records([[], pair, pair[:2]], fields))
    expected = [-1.0, 2 * np.hypot(120.0, 125.0), -1.0]
    np.testing.assert_allclose(higgs_pair_mass(flat, flat.offsets), expected, rtol=1e-6)
