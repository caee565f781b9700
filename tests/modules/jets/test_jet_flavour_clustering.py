from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.testing import TestProcessor
from pyrun.modules.jets.fastjet_jet_producer import FastjetJetProducer
from pyrun.modules.jets.hadron_and_parton_selector import HadronAndPartonSelector
from pyrun.modules.jets.jet_flavour_clustering import JetFlavourClustering

INSTANCES = ("bHadrons", "cHadrons", "algorithmicPartons", "leptons")
# a jet at eta = 0, phi = 0 and another opposite
CANDIDATES = [
    {"pt": 50.0, "eta": 0.0, "phi": 0.0, "pdgId": 211},
    {"pt": 40.0, "eta": 0.0, "phi": 3.1, "pdgId": 22},
    {"pt": 20.0, "eta": 0.1, "phi": 0.1, "pdgId": 22},
]


def particle(pdg_id, phi=0.0, eta=0.0, pt=30.0, status=2, mother=-1):
    return {"pt": pt, "eta": eta, "phi": phi, "mass": 0.0, "pdgId": pdg_id, "status": status, "mother": mother}


def flavours(particles, candidates=None, weights=None, **parameters):
    candidates = ak.Array([CANDIDATES]) if candidates is None else candidates
    particles = ak.Array([particles]) if isinstance(particles, list) else particles
    products = {"particleFlow": candidates, "genParticles": particles}
    if weights is not None:
        products["puppi"] = weights
    clustering = TestProcessor(FastjetJetProducer, applyWeight=weights is not None)
    products["ak4PFJetsPuppi"] = clustering.run(products)[""]
    selected = TestProcessor(HadronAndPartonSelector).run(products)
    products |= {f"patJetPartons:{instance}": selected[instance] for instance in INSTANCES}
    test = TestProcessor(JetFlavourClustering, weights="" if weights is None else "puppi", **parameters)
    return products["ak4PFJetsPuppi"], test.run(products)[""]


def first(particles, **parameters):
    """The flavour of the harder jet of `CANDIDATES`."""
    return flavours(particles, **parameters)[1][0, 0]


@pytest.mark.parametrize(
    ("particles", "flavour", "n_b", "n_c"),
    [
        ([particle(211)], 0, 0, 0),
        ([particle(421)], 4, 0, 1),
        ([particle(511), particle(421, mother=0)], 5, 1, 1),
        ([particle(513), particle(511, mother=0)], 5, 1, 0),  # an excited hadron and what it becomes are one
        ([particle(511), particle(-5122, eta=0.2)], 5, 2, 0),
        ([particle(511, phi=1.5)], 0, 0, 0),  # in no jet
        ([particle(511, phi=3.1), particle(411)], 4, 0, 1),  # in the other jet
    ],
)
def test_hadron_flavour_is_the_heaviest_quarks(particles, flavour, n_b, n_c):
    found = first(particles)
    assert (found.hadronFlavour, found.nBHadrons, found.nCHadrons) == (flavour, n_b, n_c)


@pytest.mark.parametrize(
    ("partons", "flavour"),
    [
        ([(21, 40, 71), (1, 20, 71)], 21),
        ([(21, 10, 71), (-2, 20, -71)], -2),
        ([(21, 40, 71), (-4, 5, 72), (4, 3, 71)], -4),
        ([(4, 40, 71), (5, 5, 71)], 5),
        ([(21, 40, 62), (6, 40, 71)], 0),
    ],
)
def test_parton_flavour_is_the_hardest_b_else_c_else_light_parton(partons, flavour):
    assert first([particle(pdg_id, pt=pt, status=status) for pdg_id, pt, status in partons]).partonFlavour == flavour


@pytest.mark.parametrize(
    ("particles", "flavour"),
    [
        ([particle(5, status=71), particle(1, status=71, pt=3.0)], 1),
        ([particle(5, status=71)], 0),
        ([particle(511), particle(21, status=71)], 5),
        ([particle(511), particle(-5, status=71)], -5),
    ],
)
def test_hadrons_can_overrule_partons(particles, flavour):
    assert first(particles, hadronFlavourHasPriority=True).partonFlavour == flavour


@pytest.mark.parametrize(
    ("particles", "leptonic"),
    [
        ([particle(511), particle(411, mother=0), particle(-13, mother=1, status=1)], 1),
        ([particle(511), particle(-13, mother=0, status=1, phi=3.1)], 0),  # flies into the other jet
        ([particle(24), particle(11, mother=0, status=1)], 0),
        ([particle(511), particle(15, mother=0), particle(11, mother=1, status=1)], 1),
        ([particle(511), particle(15, mother=0)], 0),
    ],
)
def test_jets_are_leptonic_with_an_electron_or_muon_from_a_heavy_hadron(particles, leptonic):
    assert first(particles).leptonic == leptonic


def random_events(rng, n_events=40):
    """Jet-like sprays of candidates around directions, some of which have a hadron or parton."""
    candidates, particles = [], []
    for _ in range(n_events):
        axes = [(rng.uniform(-2, 2), rng.uniform(-np.pi, np.pi)) for _ in range(6)]
        sprays = [
            {
                "pt": 1 + rng.exponential(4),
                "eta": eta + rng.normal(0, 0.1),
                "phi": (phi + rng.normal(0, 0.1) + np.pi) % (2 * np.pi) - np.pi,
                "pdgId": int(rng.choice([211, 22, 130])),
            }
            for eta, phi in axes
            for _ in range(12)
        ]
        candidates.append(sorted(sprays, key=lambda one: -one["pt"]))
        kinds = rng.choice([511, 421, 21, 1], size=6)
        particles.append(
            [
                particle(int(kind), phi + rng.normal(0, 0.05), eta + rng.normal(0, 0.05), status=71)
                for kind, (eta, phi) in zip(kinds, axes, strict=True)
            ]
        )
    return ak.Array(candidates), ak.Array(particles)


def test_ghosts_agree_with_matching_by_distance_for_nearly_all_jets():
    candidates, particles = random_events(np.random.default_rng(11))
    weights = ak.ones_like(candidates.pt) * 0.7
    jets, found = flavours(particles, candidates, weights)
    hadrons = particles[particles.pdgId == 511]
    pairs = ak.cartesian({"jet": jets, "hadron": hadrons}, nested=True)
    dphi = np.remainder(pairs.jet.phi - pairs.hadron.phi + np.pi, 2 * np.pi) - np.pi
    near = ak.any(np.hypot(pairs.jet.eta - pairs.hadron.eta, dphi) < 0.4, axis=2)
    hard = jets.pt > 20
    agree = ak.flatten((near == (found.hadronFlavour == 5))[hard])
    assert len(agree) > 100
    assert np.mean(agree) > 0.97


def test_jets_without_constituents_stand_for_them():
    candidates, particles = random_events(np.random.default_rng(14))
    jets, found = flavours(particles, candidates)
    products = {"genParticles": particles, "jets": jets[["pt", "eta", "phi", "mass"]]}
    selected = TestProcessor(HadronAndPartonSelector).run(products)
    products |= {f"patJetPartons:{instance}": selected[instance] for instance in INSTANCES}
    alone = TestProcessor(JetFlavourClustering, jets="jets", candidates="jets").run(products)[""]
    hard = jets.pt > 20
    for name in ("hadronFlavour", "partonFlavour"):
        assert np.mean(ak.flatten((alone[name] == found[name])[hard])) > 0.97


def test_flavours_of_an_event_do_not_depend_on_the_others():
    candidates, particles = random_events(np.random.default_rng(12), 6)
    _, together = flavours(particles, candidates)
    for i in range(len(candidates)):
        _, alone = flavours(particles[i : i + 1], candidates[i : i + 1])
        assert alone[0].tolist() == together[i].tolist()


def test_events_without_jets_or_particles_are_no_problem():
    candidates = ak.Array([CANDIDATES, CANDIDATES[:0], CANDIDATES])
    particles = ak.Array([[particle(511)], [particle(511)], []])
    _, found = flavours(particles, candidates)
    assert found.hadronFlavour.tolist() == [[5, 0], [], [0, 0]]


def test_wrong_weights_are_noticed(capfd):
    candidates, particles = random_events(np.random.default_rng(13), 5)
    flavours(particles, candidates)
    assert "JetPtMismatch" not in capfd.readouterr().err
    products = {"particleFlow": candidates, "genParticles": particles, "puppi": ak.ones_like(candidates.pt) * 0.5}
    products["ak4PFJetsPuppi"] = TestProcessor(FastjetJetProducer).run(products)[""]
    selected = TestProcessor(HadronAndPartonSelector).run(products)
    products |= {f"patJetPartons:{instance}": selected[instance] for instance in INSTANCES}
    TestProcessor(JetFlavourClustering, weights="puppi").run(products)
    assert "JetPtMismatch" in capfd.readouterr().err


def test_hadron_flavours_agree_with_those_of_cms(cms_events):
    candidates = cms_events.PFCands
    from_pileup = (candidates.charge != 0) & (candidates.puppiWeight == 0) & (candidates.pvAssocQuality >= 6)
    particles = cms_events.GenPart
    particles["mother"] = particles.genPartIdxMother
    ours, found = flavours(particles, candidates[~from_pileup])
    theirs = cms_events.Jet
    pairs = ak.cartesian({"theirs": theirs, "ours": ours}, nested=True)
    dphi = np.remainder(pairs.ours.phi - pairs.theirs.phi + np.pi, 2 * np.pi) - np.pi
    nearest = ak.argmin(np.hypot(pairs.ours.eta - pairs.theirs.eta, dphi), axis=2)
    for name in ("hadronFlavour", "nBHadrons", "nCHadrons"):
        assert ak.all(found[name][nearest] == theirs[name])
    assert ak.sum(theirs.hadronFlavour == 4) > 0


def test_partons_along_the_beam_are_left_out():
    beam = particle(21, eta=23000.0, pt=0.0, status=61)
    assert first([beam, particle(421)]).hadronFlavour == 4
