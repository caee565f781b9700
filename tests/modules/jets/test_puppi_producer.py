from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.errors import Configuration
from pyrun.framework.testing import TestProcessor
from pyrun.modules.jets import puppi_producer as puppi

CENTRAL = {
    "etaMin": [0.0],
    "etaMax": [2.5],
    "ptMin": [0.0],
    "MinNeutralPt": [0.2],
    "MinNeutralPtSlope": [0.015],
    "RMSEtaSF": [1.0],
    "MedEtaSF": [1.0],
    "puppiAlgos": [{"useCharged": True}],
}
FORWARD = {
    "etaMin": [2.5, 3.0],
    "etaMax": [3.0, 10.0],
    "ptMin": [0.0, 0.0],
    "MinNeutralPt": [1.7, 2.0],
    "MinNeutralPtSlope": [0.08, 0.08],
    "RMSEtaSF": [1.2, 0.95],
    "MedEtaSF": [0.9, 0.75],
    "puppiAlgos": [{"rmsPtMin": 0.5}],
}
# what CMS ran for the events of the comparison
RUN2_TUNE = {
    "EtaMinUseDeltaZ": 0.0,
    "UseFromPV2Recovery": False,
    "NumOfPUVtxsForCharged": 0,
    "PtMaxCharged": -1.0,
    "PtMaxNeutralsStartSlope": 0.0,
}


def weigh(candidates, n_vertices=20, **parameters):
    vertices = ak.Array([[{"z": 0.0, "ndof": 10.0}] * n_vertices] * len(candidates))
    test = TestProcessor(puppi.PuppiProducer, **{"algos": [CENTRAL, FORWARD], **parameters})
    return test.run({"particleFlow": candidates, "offlinePrimaryVertices": vertices})[""]


def candidate(pt, eta, phi, pdg_id=22, vertex=-1, dz=0.0, quality=7):
    return {
        "pt": pt,
        "eta": eta,
        "phi": phi,
        "pdgId": pdg_id,
        "vertex": vertex,
        "dz": dz,
        "pvAssociation": quality if vertex >= 0 else 0,
    }


def pileup_tracks(n=40):
    """Charged candidates of a pileup vertex, each with a soft one of the primary vertex not far away."""
    angles = np.linspace(-3, 3, n)
    pairs = [
        [candidate(1.0, -1.5, phi, 211, vertex=7, dz=5.0), candidate(0.5, -1.5 + spread, phi, 211, vertex=0)]
        for phi, spread in zip(angles, np.linspace(0.15, 0.35, n), strict=True)
    ]
    return [track for pair in pairs for track in pair]


def test_weights_lie_between_0_and_1_and_charged_ones_follow_the_vertex(candidates):
    weights = weigh(candidates)
    assert ak.all(ak.num(weights) == ak.num(candidates))
    assert ak.type(weights).content.content.primitive == "float32"
    assert ak.all((weights >= 0) & (weights <= 1))
    charged = (abs(candidates.pdgId) == 211) & (candidates.pvAssociation == 7)
    assert ak.all(weights[charged & (candidates.vertex == 0)] == 1)
    assert ak.all(weights[charged & (candidates.vertex > 2)] == 0)


def test_a_neutral_beside_a_hard_primary_track_is_kept_and_a_lonely_one_is_not():
    hard = candidate(50.0, 1.0, 0.0, 211, vertex=0)
    event = [*pileup_tracks(), hard, candidate(5.0, 1.1, 0.0), candidate(5.0, 1.0, 2.0)]
    weights = weigh(ak.Array([event]))[0]
    assert weights[-2] > 0.99
    assert weights[-1] == 0


def test_without_pileup_neutrals_keep_their_weight():
    event = [candidate(50.0, 1.0, 0.0, 211, vertex=0), candidate(5.0, 1.1, 0.0), candidate(5.0, 1.0, 2.0)]
    np.testing.assert_array_equal(weigh(ak.Array([event]))[0], [1, 1, 1])


def test_soft_neutrals_are_cut_the_harder_the_more_vertices_there_are():
    event = ak.Array([[candidate(1.0, 1.0, 2.0), candidate(50.0, 1.0, 0.0, 211, vertex=0)]])
    assert weigh(event, n_vertices=20)[0, 0] == 1  # the cut is 0.2 + 20 x 0.015 = 0.5 GeV
    assert weigh(event, n_vertices=60)[0, 0] == 0  # 1.1 GeV


def test_vertices_with_few_degrees_of_freedom_or_far_out_do_not_count():
    event = ak.Array([[candidate(1.0, 1.0, 2.0), candidate(50.0, 1.0, 0.0, 211, vertex=0)]])
    vertices = ak.Array([[{"z": 0.0, "ndof": 3.0}] * 60 + [{"z": 30.0, "ndof": 9.0}] * 60])
    test = TestProcessor(puppi.PuppiProducer, algos=[CENTRAL, FORWARD])
    assert test.run({"particleFlow": event, "offlinePrimaryVertices": vertices})[""][0, 0] == 1


def test_hard_neutrals_are_kept_wherever_they_are():
    event = [*pileup_tracks(), candidate(250.0, 1.0, 2.0), candidate(110.0, 1.0, 2.8)]
    np.testing.assert_allclose(weigh(ak.Array([event]))[0, -2:], [1.0, 0.5])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"pdg_id": 130}, puppi.UNKNOWN),
        ({"pdg_id": 211, "vertex": 0}, puppi.PRIMARY),
        ({"pdg_id": -13, "vertex": 9, "dz": 4.0}, puppi.PILEUP),
        ({"pdg_id": 211, "vertex": 1, "dz": 0.1}, puppi.PRIMARY),  # the primary vertex, split in two
        ({"pdg_id": 211, "vertex": 1, "dz": 0.25}, puppi.PILEUP),
        ({"pdg_id": 211, "vertex": 9, "quality": 1, "dz": 0.1}, puppi.UNKNOWN),
        ({"pdg_id": 211, "dz": 4.0, "pt": 30.0}, puppi.PRIMARY),
        ({"pdg_id": 211, "dz": 0.1, "eta": 2.45}, puppi.PRIMARY),
        ({"pdg_id": 211, "dz": 0.4, "eta": 2.45}, puppi.PILEUP),
        ({"pdg_id": 211, "vertex": 0, "quality": 1, "dz": 0.4, "pt": 5.0}, puppi.PRIMARY),
        ({"pdg_id": 211, "vertex": 0, "quality": 1, "dz": 0.4, "pt": 3.0}, puppi.UNKNOWN),
    ],
)
def test_origin_of_candidates(given, expected):
    one = candidate(**{"pt": 2.0, "eta": 0.5, "phi": 0.0, **given})
    columns = {name: np.array([value]) for name, value in one.items()}
    assert puppi.origin(columns, puppi.PuppiProducer.Parameters()) == [expected]


def test_weights_of_an_event_do_not_depend_on_the_others(candidates):
    together = weigh(candidates)
    for i in range(len(candidates)):
        assert weigh(candidates[i : i + 1])[0].tolist() == together[i].tolist()


@pytest.mark.parametrize(
    ("algos", "message"),
    [
        ([], "Puppi_cff"),
        ([{**CENTRAL, "puppiAlgos": [{"algoId": 2}]}], "algoId is 2"),
        ([{**CENTRAL, "puppiAlgos": []}], "exactly one"),
        ([{**FORWARD, "ptMin": [0.0]}], "one entry per bin"),
    ],
)
def test_regions_that_make_no_sense_are_refused(algos, message):
    with pytest.raises(Configuration, match=message):
        TestProcessor(puppi.PuppiProducer, algos=algos)


def test_weights_of_neutrals_agree_with_those_of_cms(cms_events):
    theirs = cms_events.PFCands.puppiWeight
    charged = cms_events.PFCands.charge != 0
    candidates = cms_events.PFCands
    # the file lacks the vertices of tracks, but CMS's weights of 0 and 1 say as much
    candidates["vertex"] = ak.where(charged, ak.where(theirs == 1, 0, 5), -1)
    candidates["pvAssociation"] = ak.where(charged, 7, 0)
    counts = ak.to_numpy(ak.num(candidates))
    flat = {name: ak.to_numpy(ak.flatten(candidates[name])) for name in candidates.fields}
    regions = [
        puppi.Region(**{**region, "puppiAlgos": [puppi.PuppiAlgo(**region["puppiAlgos"][0])]})
        for region in (CENTRAL, FORWARD)
    ]
    parameters = puppi.PuppiProducer.Parameters(algos=regions, **RUN2_TUNE)
    ours = puppi.puppi_weights(flat, counts, ak.to_numpy(cms_events.n_vertices), parameters)

    theirs = ak.to_numpy(ak.flatten(theirs))
    used = (flat["charge"] == 0) & ((ours > 0) | (theirs > 0))
    forward = np.abs(flat["eta"]) > 2.5
    assert used.sum() > 1000
    # the file keeps weights with 8 bits
    assert np.all(np.abs(ours - theirs)[used & forward] < 0.01)
    assert np.mean(np.abs(ours - theirs)[used & ~forward] < 0.05) > 0.98
    assert np.mean((ours > 0)[used & ~forward] == (theirs > 0)[used & ~forward]) > 0.98
