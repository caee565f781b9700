from __future__ import annotations

import awkward as ak
import pytest

from pyrun.framework.errors import Configuration
from pyrun.framework.testing import TestProcessor
from pyrun.modules.pat.gen_particle_pruner import GenParticlePruner
from pyrun.modules.pat.pat_gen_jet_slimmer import PATGenJetSlimmer
from pyrun.modules.pat.pat_packed_candidate_producer import TRACK_DETAILS, PATPackedCandidateProducer
from pyrun.modules.pat.pat_secondary_vertex_slimmer import PATSecondaryVertexSlimmer
from pyrun.modules.pat.pat_vertex_slimmer import PATVertexSlimmer


def test_packed_candidates_keep_their_places_and_soft_ones_lose_details():
    one = {"eta": 1.0, "phi": 0.0, "pdgId": 211, "d0": 0.1, "dz": 0.2, "vertex": 0, "pvAssociation": 7}
    one |= {"trackQuality": 1, "hcalFraction": 0.0, **dict.fromkeys(TRACK_DETAILS, 3)}
    candidates = ak.Array([[{"pt": 2.0, **one}, {"pt": 0.9, **one}], []])
    weights = ak.Array([[1.0, 0.25], []])
    packed = TestProcessor(PATPackedCandidateProducer).run({"particleFlow": candidates, "puppi": weights})[""]
    assert packed.pt.tolist() == [[2.0, 0.9], []]
    assert packed.d0.tolist() == [[0.1, 0.1], []]
    assert packed.puppiWeight.tolist() == [[1.0, 0.25], []]
    for name in TRACK_DETAILS:
        assert packed[name].tolist() == [[3, 0], []]


def test_vertices_lose_their_tracks():
    names = ("x", "y", "z", "xErr", "yErr", "zErr", "chi2", "ndof", "score", "nTracks")
    vertices = ak.Array([[dict.fromkeys(names, 1.0)]])
    slimmed = TestProcessor(PATVertexSlimmer).run({"offlinePrimaryVertices": vertices})[""]
    assert slimmed.fields == list(names[:-1])


def test_secondary_vertices_stay_as_they_are():
    vertices = ak.Array([[{"pt": 1.0, "mass": 2.0}], []])
    slimmed = TestProcessor(PATSecondaryVertexSlimmer).run({"inclusiveCandidateSecondaryVertices": vertices})[""]
    assert slimmed.tolist() == vertices.tolist()


def test_soft_generated_jets_are_dropped():
    jets = ak.Array(
        [[{"pt": 20.0, "eta": 0.0, "phi": 0.0, "mass": 1.0}, {"pt": 9.0, "eta": 0.0, "phi": 0.0, "mass": 1.0}]]
    )
    slimmed = TestProcessor(PATGenJetSlimmer, cut="pt > 10").run({"ak4GenJets": jets})[""]
    assert slimmed.pt.tolist() == [[20.0]]


# t -> W b, W -> tau nu, tau -> mu nu nu, b -> B -> D -> K
DECAY = [
    (6, 62, -1),
    (24, 52, 0),
    (5, 71, 0),
    (15, 2, 1),
    (16, 1, 1),
    (13, 1, 3),
    (14, 1, 3),
    (511, 2, 2),
    (411, 2, 7),
    (321, 1, 8),
]
PARTICLES = ak.Array(
    [[], [{"pdgId": pdg_id, "status": status, "mother": mother, "pt": 10.0} for pdg_id, status, mother in DECAY]]
)


def prune(*statements):
    parameters = {"select": list(statements)} if statements else {}
    pruned = TestProcessor(GenParticlePruner, **parameters).run({"genParticles": PARTICLES})[""]
    assert len(pruned[0]) == 0
    return pruned[1]


@pytest.mark.parametrize(
    ("statements", "kept"),
    [
        (["keep *"], [pdg_id for pdg_id, _, _ in DECAY]),
        (["keep *", "drop status == 1"], [6, 24, 5, 15, 511, 411]),
        (["keep abs(pdgId) == 15"], [15]),
        (["+keep abs(pdgId) == 15"], [24, 15]),
        (["++keep abs(pdgId) == 15"], [6, 24, 15]),
        (["keep+ abs(pdgId) == 24"], [24, 15, 16]),
        (["keep++ abs(pdgId) == 24"], [24, 15, 16, 13, 14]),
        (["+keep+ abs(pdgId) == 511"], [5, 511, 411]),
        (["keep *", "++drop abs(pdgId) == 411"], [24, 15, 16, 13, 14, 321]),
        ([], [6, 24, 5, 15, 16, 13, 14, 511, 411]),
    ],
)
def test_statements_act_one_after_the_other(statements, kept):
    assert prune(*statements).pdgId.tolist() == kept


def test_mothers_are_the_nearest_that_are_kept():
    kept = prune("keep abs(pdgId) == 6 || abs(pdgId) == 411 || abs(pdgId) == 13")
    assert kept.pdgId.tolist() == [6, 13, 411]
    assert kept.mother.tolist() == [-1, 0, 0]


@pytest.mark.parametrize("statement", ["save *", "keep", "+++keep *", "keep pt >"])
def test_other_statements_are_refused(statement):
    with pytest.raises(Configuration):
        prune(statement)
