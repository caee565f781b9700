from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.errors import Configuration
from pyrun.framework.testing import TestProcessor
from pyrun.modules.pat.matching import match_nearest
from pyrun.modules.pat.pat_jet_producer import PATJetProducer
from pyrun.modules.pat.pat_jet_selector import PATJetSelector
from pyrun.modules.pat.pat_jet_slimmer import PATJetSlimmer
from pyrun.modules.pat.pat_jet_updater import PATJetUpdater

JETS = ak.Array(
    [
        [
            {
                "pt": 50.0,
                "eta": 0.0,
                "phi": 3.1,
                "chargedMultiplicity": 3,
                "muonEnergyFraction": 0.1,
                "constituents": [0],
            },
            {
                "pt": 30.0,
                "eta": 0.3,
                "phi": -3.1,
                "chargedMultiplicity": 2,
                "muonEnergyFraction": 0.0,
                "constituents": [1, 4],
            },
        ],
        [],
        [
            {
                "pt": 20.0,
                "eta": 1.0,
                "phi": 0.0,
                "chargedMultiplicity": 1,
                "muonEnergyFraction": 0.0,
                "constituents": [2],
            }
        ],
    ]
)
FLAVOURS = ak.Array([[{"hadronFlavour": 5}, {"hadronFlavour": 0}], [], [{"hadronFlavour": 4}]])
GEN_JETS = ak.Array(
    [
        [{"pt": 48.0, "eta": 0.1, "phi": -3.12}],
        [{"pt": 33.0, "eta": 0.0, "phi": 0.0}],
        [{"pt": 21.0, "eta": 1.0, "phi": 0.5}],
    ]
)
SCORES = ak.Array([[0.9, 0.1], [], [-1.0]])
PRODUCTS = {
    "ak4PFJetsPuppi": JETS,
    "patJetFlavourAssociation": FLAVOURS,
    "ak4GenJets": GEN_JETS,
    "pfTagger:probb": SCORES,
}


def test_jets_get_flavour_generated_jet_and_scores():
    jets = TestProcessor(PATJetProducer, discriminatorSources=["pfTagger:probb"]).run(PRODUCTS)[""]
    assert jets.hadronFlavour.tolist() == [[5, 0], [], [4]]
    assert jets.pfTagger_probb.tolist() == SCORES.tolist()
    # both jets of the first event are near the generated one: the harder has it; that of the third is too far
    assert jets.genJetPt.tolist() == [[48.0, 0.0], [], [0.0]]
    assert jets.constituents.tolist() == JETS.constituents.tolist()
    assert jets.pt.tolist() == JETS.pt.tolist()


def test_data_have_no_truth():
    test = TestProcessor(PATJetProducer, addJetFlavourInfo=False, addGenJetMatch=False)
    assert test.run({"ak4PFJetsPuppi": JETS})[""].fields == JETS.fields


def test_scores_of_other_jets_are_refused():
    test = TestProcessor(PATJetProducer, discriminatorSources=["pfTagger:probb"])
    with pytest.raises(Configuration, match="pfTagger:probb has 2 values for 3 jets"):
        test.run({**PRODUCTS, "pfTagger:probb": SCORES[:, :1]})


def test_each_object_is_matched_to_the_nearest_and_each_other_once():
    rng = np.random.default_rng(2)
    counts, other_counts = np.array([5, 0, 8]), np.array([6, 3, 4])
    eta, phi = rng.uniform(-1, 1, 13), rng.uniform(-np.pi, np.pi, 13)
    other_eta, other_phi = rng.uniform(-1, 1, 13), rng.uniform(-np.pi, np.pi, 13)
    found = match_nearest(eta, phi, counts, other_eta, other_phi, other_counts, 1.0)
    taken = set()
    for i in range(13):
        others = range(6) if i < 5 else range(9, 13)
        dphi = [abs((phi[i] - other_phi[k] + np.pi) % (2 * np.pi) - np.pi) for k in others]
        distances = [np.hypot(eta[i] - other_eta[k], d) for k, d in zip(others, dphi, strict=True)]
        nearest = others[int(np.argmin(distances))]
        expected = nearest if min(distances) < 1.0 and nearest not in taken else -1
        taken.add(expected)
        assert found[i] == expected


def test_updater_adds_scores_and_drops_the_postfix_of_labels():
    test = TestProcessor(PATJetUpdater, discriminatorSources=["pfTaggerNew:probb"], labelPostfix="New")
    jets = test.run({"slimmedJets": JETS, "pfTaggerNew:probb": SCORES})[""]
    assert jets.fields == [*JETS.fields, "pfTagger_probb"]


def test_selector_keeps_jets_that_pass():
    jets = TestProcessor(PATJetSelector, cut="pt > 25 && abs(phi) > 3").run({"patJets": JETS})[""]
    assert jets.pt.tolist() == [[50.0, 30.0], [], []]
    assert jets.constituents.tolist() == [[[0], [1, 4]], [], []]


def test_selector_names_unknown_fields():
    with pytest.raises(Configuration, match="no field 'pT'. Did you mean 'pt'"):
        TestProcessor(PATJetSelector, cut="pT > 25").run({"patJets": JETS})


def test_slimmer_drops_what_it_is_told_to():
    slimmed = TestProcessor(PATJetSlimmer, dropDaughters=True, dropSpecific=True).run({"selectedPatJets": JETS})[""]
    assert slimmed.fields == ["pt", "eta", "phi"]
    assert TestProcessor(PATJetSlimmer).run({"selectedPatJets": JETS})[""].fields == JETS.fields
