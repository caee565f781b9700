"""The tagger's inputs, against the firmware's types in C++."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from ng_jets import Jets, some_jets

from pyrun.modules.l1t import words as w
from pyrun.modules.l1t.ng_inputs import FEATURES, QUIRKS, tagger_inputs

VERSIONS = {"cmssw_v1": 1, "cmssw_v2": 2, "exact": 0}


def reference_inputs(library, jets, version, particles=16):
    """What the C++ says."""
    features = len(QUIRKS[version].features)
    low = np.ascontiguousarray(jets.jet_words[:, 0])
    candidates, of_jets = np.empty((len(low), particles, features)), np.empty((len(low), 2))
    arrays = (jets.words, jets.constituents.astype(np.int64), jets.offsets.astype(np.int64), low)
    library.reference_inputs(
        VERSIONS[version],
        *(ctypes.c_void_p(array.ctypes.data) for array in arrays),
        ctypes.c_int64(len(low)),
        particles,
        ctypes.c_void_p(candidates.ctypes.data),
        ctypes.c_void_p(of_jets.ctypes.data),
    )
    return candidates, of_jets


@pytest.mark.parametrize("version", QUIRKS)
def test_inputs_equal_the_firmwares_types(ng_reference, version):
    jets = some_jets(100_000)
    found = tagger_inputs(*jets, quirks=version)
    candidates, of_jets = reference_inputs(ng_reference, jets, version)
    assert (found.candidates != candidates).sum() == 0
    assert (found.jets != of_jets).sum() == 0


@pytest.mark.parametrize("version", QUIRKS)
def test_every_pt_of_candidate_and_jet(ng_reference, version):
    pt = np.arange(1 << 14)
    other = np.random.default_rng(3).permutation(pt)
    jets = Jets(
        w.pack_puppi(w.PuppiFields.of(pt=pt)),
        pt,
        np.arange(len(pt) + 1),
        w.pack_ct_jet(w.CTJetFields.of(pt=other)),
    )
    found = tagger_inputs(*jets, quirks=version, particles=1).candidates
    assert (found != reference_inputs(ng_reference, jets, version, 1)[0]).sum() == 0


def single(version, pt=50.0, jet_pt=50.0, **fields):
    """The inputs, by name, of a candidate alone in a jet at the origin."""
    candidate = w.pack_puppi(w.PuppiFields.of(pt=[w.make_pt(pt)], **{name: [x] for name, x in fields.items()}))
    jet = w.pack_ct_jet(w.CTJetFields.of(pt=[w.make_pt(jet_pt)]))
    values = tagger_inputs(candidate, [0], [0, 1], jet, version).candidates[0, 0]
    return dict(zip(QUIRKS[version].features, values, strict=True))


def test_reciprocal_of_each_version():
    """Negative in version 1, nothing in version 2, and right otherwise."""
    assert single("cmssw_v1", pt=1.0)["pt_rel"] == -320 / 4096
    assert single("cmssw_v2")["pt_rel"] == 0.0
    assert single("exact", pt=25.0)["pt_rel"] == 0.5


def test_logarithm_of_each_version():
    assert single("cmssw_v2", pt=50.0)["pt_log"] == 4.0
    assert single("cmssw_v2", pt=0.75)["pt_log"] == 0.0
    for version in ("cmssw_v1", "exact"):
        assert single(version, pt=50.0)["pt_log"] == pytest.approx(np.log(50.0), abs=1.5 / 4096)


def test_weight_and_em_id_by_value_or_by_bits():
    """By value only the lowest bit is left."""
    for version, weight, em_id in (("cmssw_v1", 1.0, 1.0), ("cmssw_v2", 77 / 256, 37.0), ("exact", 77 / 256, 37.0)):
        found = single(version, weight=77, em_id=37)
        assert (found["puppiweight"], found["emid"]) == (weight, em_id)


def test_fields_of_the_other_charge_are_zero():
    charged = single("exact", id=w.ParticleID.HADPLUS, z0=-100, dxy=8, quality=5, weight=200, em_id=9)
    assert [charged[name] for name in ("z0", "dxy", "quality", "puppiweight", "emid")] == [-100, 8, 5, 0, 0]
    neutral = single("exact", id=w.ParticleID.PHOTON, z0=-100, dxy=8, quality=5, weight=128, em_id=9)
    assert [neutral[name] for name in ("z0", "dxy", "quality", "puppiweight", "emid")] == [0, 0, 0, 0.5, 9]


@pytest.mark.parametrize("particle", w.ParticleID)
def test_one_flag_per_particle(particle):
    names = {
        **{0: "isNeutralHadron", 1: "isPhoton", 2: "isChargedHadronMinus", 3: "isChargedHadronPlus"},
        **{4: "isElectronMinus", 5: "isElectronPlus", 6: "isMuonMinus", 7: "isMuonPlus"},
    }
    found = single("exact", id=particle)
    assert {name for name in FEATURES[6:14] if found[name]} == {names[particle]}


def test_constituents_of_equal_pt_keep_their_order():
    pt = [8, 20, 8, 20, 8]
    words = w.pack_puppi(w.PuppiFields.of(pt=pt, eta=[1, 2, 3, 4, 5]))
    jet = w.pack_ct_jet(w.CTJetFields.of(pt=[64]))
    found = tagger_inputs(words, np.arange(5), [0, 5], jet, particles=4).candidates[0]
    assert list(-found[:, FEATURES.index("deta")]) == [2, 4, 1, 3]


def test_no_jets():
    found = tagger_inputs([], [], [0], np.empty((0, 2), np.uint64))
    assert found.candidates.shape == (0, 16, 20)
    assert found.jets.shape == (0, 2)
