from __future__ import annotations

import awkward as ak
import hist
import numpy as np
import pytest
import uproot
from seeded_cone_events import events

import pyrun.framework.config as cms
from pyrun.framework.errors import Configuration
from pyrun.framework.plugins.registry import find_plugin
from pyrun.framework.testing import TestProcessor
from pyrun.modules.l1t import words as l1
from pyrun.modules.l1t.seeded_cone import SeededCone
from pyrun.modules.l1t.seeded_cone_quirks import ALL_QUIRKS, Quirk

NAME = "L1SeedConePFJetProducer"


def candidates(kind="pileup", n_events=50, **changes):
    words, offsets = events(kind, n_events)
    fields = l1.unpack_puppi(words)
    record = {
        "encodedPuppi64": words,
        "pt": l1.PT.value(fields.pt),
        "eta": fields.eta * l1.ETA_PHI_LSB,
        "phi": fields.phi * l1.ETA_PHI_LSB,
        "mass": l1.MASS[fields.id],
        **changes,
    }
    record = {name: np.asarray(v, np.uint64 if name == "encodedPuppi64" else np.float32) for name, v in record.items()}
    return ak.unflatten(ak.zip(record), np.diff(offsets)), words, offsets


def jets_of(array, **parameters):
    return TestProcessor(NAME, **parameters).run({"l1tLayer1:Puppi": array})[""]


def column(jets, name):
    return ak.to_numpy(ak.flatten(jets[name]))


def test_with_hw_jets_are_those_of_the_algorithm_on_words():
    array, words, offsets = candidates()
    jets, expected = jets_of(array, HW=True), SeededCone().jets(words, offsets)
    assert ak.num(jets).tolist() == expected.counts.tolist()
    assert np.array_equal(np.column_stack([column(jets, f"encodedJetCT{i}") for i in (0, 1)]), expected.ct_words())
    assert np.array_equal(np.column_stack([column(jets, f"encodedJetGT{i}") for i in (0, 1)]), expected.gt_words())
    assert ak.to_numpy(ak.flatten(jets.constituents, axis=None)).tolist() == expected.constituents.tolist()


def test_pt_eta_and_phi_are_those_of_the_global_triggers_word():
    jets = jets_of(candidates()[0], HW=True)
    gt = l1.unpack_gt_jet(np.column_stack([column(jets, f"encodedJetGT{i}") for i in (0, 1)]))
    assert np.array_equal(column(jets, "pt"), gt.pt / 32)
    assert column(jets, "eta") == pytest.approx(gt.eta * np.pi / 4096, rel=1e-6)
    assert column(jets, "phi") == pytest.approx(gt.phi * np.pi / 4096, rel=1e-6)
    assert not column(jets, "mass").any() and np.array_equal(column(jets, "rawPt"), column(jets, "pt"))


def test_jets_have_the_types_of_the_product():
    expected = (
        "var * {pt: float32, eta: float32, phi: float32, mass: float32, rawPt: float32, encodedJetCT0: uint64, "
        "encodedJetCT1: uint64, encodedJetGT0: uint64, encodedJetGT1: uint64, constituents: var * int32}"
    )
    for array in (candidates()[0], candidates()[0][:, :0]):
        for parameters in ({}, {"HW": True}):
            assert str(jets_of(array, **parameters).type.content) == expected


def test_jets_come_by_falling_pt_with_their_constituents():
    array = candidates("any order")[0]
    for hw in (True, False):
        jets = jets_of(array, HW=hw)
        assert ak.all(jets.pt[:, 1:] <= jets.pt[:, :-1])
        pt_of_candidates = array.pt[ak.flatten(jets.constituents, axis=2)]
        sums = ak.sum(ak.unflatten(pt_of_candidates, ak.flatten(ak.num(jets.constituents, axis=2)), axis=1), axis=2)
        assert ak.to_numpy(ak.flatten(sums)) == pytest.approx(column(jets, "pt"), rel=1e-6)


def test_wide_jets_have_a_mass_and_their_own_word():
    array, words, offsets = candidates("one cone")
    jets = jets_of(array, HW=True, wideConeJet=True, coneSize=0.8)
    expected = SeededCone(cone_size=0.8, with_mass=True).jets(words, offsets)
    assert np.array_equal(column(jets, "encodedJetGTWide1").astype(np.int64), expected.mass2)
    assert np.array_equal(column(jets, "encodedJetGTWide0"), expected.gt_words()[:, 0])
    assert not column(jets, "encodedJetGT0").any() and not column(jets, "encodedJetGT1").any()
    assert column(jets, "mass") == pytest.approx(np.sqrt(expected.mass2 / 4), rel=1e-6)
    assert column(jets, "mass").max() > 1


def test_with_hw_only_words_count():
    changed, *_ = candidates(pt=np.zeros(len(candidates()[1])))
    assert jets_of(changed, HW=True).tolist() == jets_of(candidates()[0], HW=True).tolist()


def test_without_hw_only_numbers_count():
    changed, *_ = candidates(encodedPuppi64=np.zeros(len(candidates()[1])))
    jets = jets_of(candidates()[0])
    assert jets.tolist() == jets_of(changed).tolist()
    assert not column(jets, "encodedJetCT0").any() and column(jets, "mass").max() > 0


@pytest.mark.parametrize(
    ("parameter", "quirk", "kind"),
    [
        ("coarseRCone2", Quirk.COARSE_R_CONE2, "edge"),
        ("mirroredDeltaPhi", Quirk.MIRRORED_DELTA_PHI, "phi ends"),
        ("unwrappedPhi", Quirk.UNWRAPPED_PHI, "phi ends"),
        ("treeSeed", Quirk.TREE_SEED, "ties"),
        ("reciprocalTable", Quirk.RECIPROCAL_TABLE, "pileup"),
        ("truncatedAxis", Quirk.TRUNCATED_AXIS, "pileup"),
    ],
)
def test_each_quirk_has_its_parameter(parameter, quirk, kind):
    array, words, offsets = candidates(kind, 100)
    jets = column(jets_of(array, HW=True, **{parameter: False}), "encodedJetCT0")
    assert np.array_equal(jets, SeededCone(quirks=ALL_QUIRKS & ~quirk).jets(words, offsets).ct_words()[:, 0])
    assert not np.array_equal(jets, SeededCone().jets(words, offsets).ct_words()[:, 0])


def test_njets_and_conesize():
    array, words, offsets = candidates()
    jets = jets_of(array, HW=True, nJets=3, coneSize=0.2)
    assert ak.all(ak.num(jets) == 3)
    assert np.array_equal(column(jets, "encodedJetCT0"), SeededCone(3, 0.2).jets(words, offsets).ct_words()[:, 0])


@pytest.fixture
def corrections(tmp_path):
    """Twice the pt in floating point; in bins of 100 GeV for the emulation."""
    path = tmp_path / "jecs.root"
    table = hist.Hist(hist.axis.Regular(41, 0, 4100), storage=hist.storage.Double())
    table.view()[:] = 100.0 * np.arange(1, 42)
    with uproot.recreate(path) as out:
        out["jets/INDEX"] = hist.Hist(hist.axis.Regular(1, 0, 5), storage=hist.storage.Double())
        out["jets/eta_bin1"] = uproot.as_TGraph({"x": np.array([0.0, 100.0]), "y": np.array([0.0, 200.0])})
        out["jets/emul_eta_bin1"] = table
    return {"doCorrections": True, "correctorFile": str(path), "correctorDir": "jets"}


def test_corrections_with_hw_are_looked_up_and_are_in_the_words(corrections):
    array, *_ = candidates()
    plain, jets = jets_of(array, HW=True), jets_of(array, HW=True, **corrections)
    assert np.array_equal(column(jets, "pt"), np.minimum(100 * (column(jets, "rawPt") // 100 + 1), 65535 / 32))
    assert np.array_equal(np.sort(column(jets, "rawPt")), np.sort(column(plain, "pt")))
    assert np.array_equal((column(jets, "encodedJetCT0") & np.uint64(0x3FFF)) / 4, column(jets, "pt"))


def test_corrections_without_hw_are_interpolated(corrections):
    jets = jets_of(candidates()[0], **corrections)
    assert column(jets, "pt") == pytest.approx(2 * column(jets, "rawPt"), rel=1e-6)


def test_corrections_need_a_file():
    with pytest.raises(Configuration, match="correctorFile"):
        TestProcessor(NAME, doCorrections=True)


def test_a_cone_too_large_for_the_tables_is_refused_with_hw_only():
    with pytest.raises(Configuration, match="coneSize is 1.2"):
        TestProcessor(NAME, HW=True, coneSize=1.2)
    assert ak.num(jets_of(candidates()[0], coneSize=1.2)).tolist()[0] > 0


def test_debug_writes_the_jets(capfd):
    array, words, offsets = candidates(n_events=2)
    jets_of(array, HW=True, debug=True, nJets=2)
    lines = capfd.readouterr().err.splitlines()
    first = SeededCone(2).jets(words, offsets)
    assert lines[0] == "2 events, 4 jets: number, pt, eta, phi, constituents"
    assert lines[1].split()[:2] == ["0", f"{first.pt[0] / 4:.3f}"] and len(lines) == 5


def test_both_names_are_known():
    long, short = find_plugin("L1SeededConePFJetProducer"), find_plugin(NAME)
    assert issubclass(short, long) and short.Parameters is long.Parameters


def test_fragments_are_cmssws():
    from L1Trigger.Phase2L1ParticleFlow.l1SeedConePFJetEmulatorProducer_cfi import l1SeedConePFJetEmulatorProducer
    from L1Trigger.Phase2L1ParticleFlow.l1SeedConePFJetProducer_cfi import l1SeedConePFJetProducer

    assert l1SeedConePFJetProducer.type_() == NAME and l1SeedConePFJetProducer.HW == cms.bool(False)
    assert l1SeedConePFJetEmulatorProducer.HW.value()
