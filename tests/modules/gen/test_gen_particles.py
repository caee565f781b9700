from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.testing import TestProcessor
from pyrun.modules.gen.gen_particle_kernels import hadron_flavour, keep_particles, kept_mothers


@pytest.fixture(scope="module")
def particles(top_pairs):
    return TestProcessor("GenParticleProducer").run({"VtxSmeared": top_pairs})[""]


def heavy(codes, flavour):
    return ak.unflatten([hadron_flavour(abs(code)) == flavour for code in ak.flatten(codes)], ak.num(codes))


def chain(event, index):
    """Codes of the ancestors of a particle."""
    codes = []
    while (index := int(event.mother[index])) >= 0:
        codes.append(int(event.pdgId[index]))
    return codes


@pytest.mark.parametrize(
    ("code", "flavour"), [(511, 5), (5122, 5), (541, 5), (421, 4), (4122, 4), (443, 4), (211, 0), (21, 0)]
)
def test_hadron_flavour_is_that_of_the_heaviest_quark(code, flavour):
    assert hadron_flavour(code) == flavour


def test_mothers_skip_what_was_dropped():
    keep = np.array([False, True, False, False, True, True])
    mother1 = np.array([0, 0, 1, 2, 3, 0])
    assert kept_mothers(keep, mother1).tolist() == [-1, 0, -1]


def test_top_pairs_have_their_hard_process_and_two_b_hadrons_at_least(particles):
    assert ak.all(ak.sum((abs(particles.pdgId) == 6) & (particles.status == 22), axis=1) == 2)
    assert ak.all(ak.sum(heavy(particles.pdgId, 5), axis=1) >= 2)


def test_no_b_hadron_decays_to_a_kept_b_hadron(particles):
    b_hadron = heavy(particles.pdgId, 5)
    mothers_are_b = b_hadron[particles.mother[particles.mother >= 0]]
    assert not ak.any(mothers_are_b & b_hadron[particles.mother >= 0])


def test_mothers_are_in_the_collection_and_never_the_particle_itself(particles):
    index = ak.local_index(particles.pdgId)
    assert ak.all(particles.mother < ak.num(particles)) and ak.all(particles.mother != index)


def test_leptons_of_b_decays_lead_back_to_their_b_hadron(particles):
    found = 0
    for event in particles:
        code = abs(event.pdgId.to_numpy())
        for i in np.flatnonzero((code >= 11) & (code <= 14) & (event.status.to_numpy() == 1)):
            found += any(hadron_flavour(abs(ancestor)) == 5 for ancestor in chain(event, i))
    assert found >= 1


def test_taus_keep_their_decay_products_down_to_pions_and_kaons():
    ids = np.array([90, 23, 15, -15, 15, 16, -213, 111, -211, 22, 22, -16, -13, 14])
    mother1 = np.array([0, 0, 1, 1, 2, 4, 4, 6, 6, 7, 7, 3, 3, 3])
    daughter1 = np.array([1, 2, 4, 11, 5, 0, 7, 9, 0, 0, 0, 0, 0, 0])
    daughter2 = np.array([2, 3, 4, 13, 6, 0, 8, 10, 0, 0, 0, 0, 0, 0])
    status = np.where(daughter1 > 0, -2, 1)
    kept = keep_particles(ids, status, mother1, daughter1, daughter2, np.full(14, 20.0), 1.0)
    assert ids[kept].tolist() == [23, -15, 15, 16, -213, 111, -211, -16, -13, 14]
    assert kept_mothers(kept, mother1).tolist() == [-1, 0, 0, 2, 2, 4, 4, 1, 1, 1]


def test_partons_before_hadronisation_are_above_the_cut(particles):
    partons = particles[(particles.status >= 71) & (particles.status <= 79) & (abs(particles.pdgId) <= 21)]
    assert ak.all(partons.pt >= 1.0) and ak.min(ak.num(partons)) > 10


def test_stable_particles_are_visible_and_in_acceptance(top_pairs):
    stable = TestProcessor("StableParticleProducer", ptMin=0.5, etaMax=3.0).run({"VtxSmeared": top_pairs})[""]
    assert not ak.any(np.isin(abs(ak.flatten(stable.pdgId)), (12, 14, 16)))
    assert ak.min(stable.pt) > 0.5 and ak.max(abs(stable.eta)) < 3.001
    final = top_pairs[top_pairs.status > 0]
    pt = np.hypot(final.px, final.py)
    accepted = (pt > 0.5) & (abs(np.arcsinh(final.pz / pt)) < 3.0)
    neutrino = (abs(final.pdgId) == 12) | (abs(final.pdgId) == 14) | (abs(final.pdgId) == 16)
    assert ak.num(stable).to_list() == ak.sum(accepted & ~neutrino, axis=1).to_list()


def test_compact_numbers_stay_close(top_pairs):
    exact, rounded = (
        TestProcessor("StableParticleProducer", compact=compact).run({"VtxSmeared": top_pairs})[""]
        for compact in (False, True)
    )
    assert ak.max(abs(rounded.pt / exact.pt - 1)) < 2**-9 + 1e-6
    assert ak.max(abs(rounded.eta - exact.eta)) < 2**-11 + 1e-6
    assert ak.max(abs(rounded.x - exact.x) - abs(exact.x) * 2**-10) < 2e-6


def test_vertex_moves_all_particles_of_an_event_together(top_pairs):
    moved = TestProcessor("GaussEvtVtxGenerator").run({"generator:unsmeared": top_pairs}, seed=1)[""]
    shift = moved.z - top_pairs.z
    assert ak.max(ak.max(shift, axis=1) - ak.min(shift, axis=1)) < 1e-2
    assert len(set(np.round(shift[:, 0].to_list(), 3))) == 5 and 0.5 < np.std(shift[:, 0]) < 10


def test_generator_jets_of_a_top_pair(top_pairs):
    stable = TestProcessor("StableParticleProducer").run({"VtxSmeared": top_pairs})[""]
    jets = TestProcessor("GenJetProducer", jetPtMin=20.0).run({"stableParticles": stable})[""]
    assert ak.min(jets.pt) > 20 and ak.all(ak.num(jets) >= 2)
    assert ak.all(jets.pt[:, :-1] >= jets.pt[:, 1:])
    assert ak.all(jets.mass < jets.pt)


def test_generator_jet_of_two_collinear_particles_is_their_sum():
    particles = ak.Array(
        [[{"pt": 30.0, "eta": 1.0, "phi": 0.5, "pdgId": 211}, {"pt": 20.0, "eta": 1.0, "phi": 0.5, "pdgId": 22}]]
    )
    (jet,) = TestProcessor("GenJetProducer").run({"stableParticles": particles})[""][0]
    np.testing.assert_allclose([jet.pt, jet.eta, jet.phi], [50.0, 1.0, 0.5], rtol=1e-3)
