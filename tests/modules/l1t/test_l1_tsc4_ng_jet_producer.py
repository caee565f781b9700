"""The producer of tagged jets."""

from __future__ import annotations

import ctypes
import importlib.util
import shutil

import awkward as ak
import numpy as np
import pytest
from ng_jets import some_jets

from pyrun.framework.errors import Configuration, ModelError
from pyrun.framework.testing import TestProcessor
from pyrun.modules.l1t import words as w
from pyrun.modules.l1t.emulators import load_emulator
from pyrun.modules.l1t.l1_tsc4_ng_jet_producer import FIELDS
from pyrun.modules.l1t.ng_inputs import tagger_inputs

SCORES = tuple(FIELDS.values())


def product(jets, per_event):
    """Candidates and jets of events, as their producers make them."""
    counts = np.diff(jets.offsets)
    firsts = jets.offsets[:-1]
    # each event gets all candidates of its jets
    n = np.asarray(per_event)
    begin = np.concatenate([[0], np.cumsum(n)])
    sizes = np.array([counts[a:b].sum() for a, b in zip(begin[:-1], begin[1:], strict=True)])
    candidates = ak.unflatten(ak.zip({"encodedPuppi64": jets.words[jets.constituents]}), sizes)
    start = np.repeat(np.cumsum(sizes) - sizes, n)
    place = np.arange(jets.offsets[-1]) - np.repeat(start, counts)
    assert len(firsts) == n.sum()
    fields = w.unpack_ct_jet(jets.jet_words)
    flat = ak.zip(
        {
            "pt": w.PT.value(fields.pt).astype(np.float32),
            "rawPt": w.PT.value(fields.pt).astype(np.float32),
            "eta": (fields.eta * w.ETA_PHI_LSB).astype(np.float32),
            "encodedJetCT0": jets.jet_words[:, 0].copy(),
            "encodedJetCT1": jets.jet_words[:, 1].copy(),
            "encodedJetGT0": np.zeros(n.sum(), np.uint64),
            "encodedJetGT1": np.zeros(n.sum(), np.uint64),
            "constituents": ak.unflatten(place.astype(np.int32), counts),
        },
        depth_limit=1,
    )
    return {"l1tLayer1:Puppi": candidates, "l1tSC4PFL1PuppiExtendedEmulator": ak.unflatten(flat, n)}


def run(jets, per_event, **parameters):
    return TestProcessor("L1TSC4NGJetProducer", **parameters).run(product(jets, per_event))["l1tSC4NGJets"]


def answers(jets):
    return load_emulator("L1TSC4NGJetModel")(tagger_inputs(*jets, "exact").candidates)


def ct_words(tagged):
    flat = ak.flatten(tagged)
    return np.stack([ak.to_numpy(flat.encodedJetCT0), ak.to_numpy(flat.encodedJetCT1)], axis=1)


@pytest.fixture(scope="module")
def jets():
    return some_jets(6000, seed=21)


def test_words_equal_the_firmwares_types(ng_reference, jets):
    n = len(jets.jet_words)
    tagged = run(jets, [12] * (n // 12))
    found, said = w.unpack_ct_jet(ct_words(tagged)), answers(jets)
    pt, scores = np.empty(n, np.int64), np.empty((n, 8), np.int64)
    arrays = (np.ascontiguousarray(jets.jet_words[:, 0]), said.scores.copy(), said.ratio.copy())
    ng_reference.reference_tags(
        *(ctypes.c_void_p(array.ctypes.data) for array in arrays),
        *(ctypes.c_int64(n), ctypes.c_double(10.0), ctypes.c_double(2.4)),
        *(ctypes.c_void_p(array.ctypes.data) for array in (pt, scores)),
    )
    assert (found.pt != pt).sum() == 0
    assert (found.scores != scores).sum() == 0


def test_columns_and_both_words_tell_the_same(jets):
    tagged = ak.flatten(run(jets, [12] * 500))
    ct = w.unpack_ct_jet(ct_words(run(jets, [12] * 500)))
    assert np.array_equal(ak.to_numpy(tagged.pt), w.PT.value(ct.pt).astype(np.float32))
    for k, name in enumerate(SCORES):
        assert np.array_equal(ak.to_numpy(tagged[name]), w.TAG_SCORE.value(ct.scores[:, k]).astype(np.float32))
    gt = np.stack([ak.to_numpy(tagged.encodedJetGT0), ak.to_numpy(tagged.encodedJetGT1)], axis=1)
    assert np.array_equal(gt, w.ct_to_gt_jet(ct))
    assert tagged.pt.layout.dtype == np.float32


def test_pt_is_multiplied_and_others_lose_their_scores(jets):
    tagged, before, said = ak.flatten(run(jets, [12] * 500)), w.unpack_ct_jet(jets.jet_words), answers(jets)
    inside = (np.abs(before.eta) < 550) & (before.pt > 40)
    assert 1000 < inside.sum() < 5000
    ratio = np.clip(said.ratio, 0, None)
    expected = np.where(inside, np.minimum(np.floor(before.pt * ratio), 16383), before.pt) / 4
    assert np.array_equal(ak.to_numpy(tagged.pt), expected.astype(np.float32))
    some_score = np.any([ak.to_numpy(tagged[name]) > 0 for name in SCORES], axis=0)
    assert not some_score[~inside].any()
    assert some_score[inside].mean() > 0.9


def edge(pt, eta):
    """A jet with one constituent."""
    jets = some_jets(1, seed=1)
    word = w.pack_puppi(w.PuppiFields.of(pt=[pt], eta=[eta], id=[3]))
    return jets._replace(
        words=word,
        constituents=np.array([0]),
        offsets=np.array([0, 1]),
        jet_words=w.pack_ct_jet(w.CTJetFields.of(pt=[pt], eta=[eta])),
    )


@pytest.mark.parametrize(
    ("pt", "eta", "tagged"),
    [(40, 0, False), (41, 0, True), (100, 549, True), (100, 550, False), (100, -549, True), (100, -550, False)],
)
def test_limits_are_strict(pt, eta, tagged):
    found = run(edge(pt, eta), [1])
    assert (sum(found[name][0, 0] for name in SCORES) > 0) == tagged


def test_return_raw_pt_keeps_pt_and_all_scores(jets):
    tagged = ak.flatten(run(jets, [12] * 500, returnRawPt=True))
    before, said = w.unpack_ct_jet(jets.jet_words), answers(jets)
    assert np.array_equal(ak.to_numpy(tagged.pt), w.PT.value(before.pt).astype(np.float32))
    for k, name in enumerate(SCORES):
        expected = w.TAG_SCORE.value(w.TAG_SCORE.raw(said.scores[:, k]))
        assert np.array_equal(ak.to_numpy(tagged[name]), expected.astype(np.float32))


def test_jets_beyond_max_jets_are_dropped(jets):
    few = run(jets, [12] * 500, maxJets=5)
    assert ak.to_list(ak.num(few)) == [5] * 500
    everything = run(jets, [12] * 500)
    assert ak.all(few.encodedJetCT0 == everything.encodedJetCT0[:, :5])


def test_events_do_not_depend_on_each_other(jets):
    products = product(jets, [12] * 500)
    processor = TestProcessor("L1TSC4NGJetProducer")
    together = processor.run(products)["l1tSC4NGJets"]
    part = processor.run({key: array[100:103] for key, array in products.items()})["l1tSC4NGJets"]
    assert ak.to_list(part) == ak.to_list(together[100:103])


def test_events_without_jets_and_without_candidates(jets):
    empty = run(
        jets._replace(offsets=np.array([0]), jet_words=jets.jet_words[:0], constituents=np.array([], int)), [0, 0]
    )
    assert ak.to_list(ak.num(empty)) == [0, 0]
    assert set(SCORES) < set(empty.fields)


def test_fields_of_the_jets_are_kept(jets):
    before = product(jets, [12] * 500)["l1tSC4PFL1PuppiExtendedEmulator"]
    tagged = run(jets, [12] * 500)
    assert set(tagged.fields) == {*before.fields, *SCORES, "ptRegression"}
    for name in ("eta", "rawPt", "constituents"):
        assert ak.all(tagged[name] == before[name], axis=None)


def test_order_of_classes_names_the_scores(jets):
    usual = run(jets, [12] * 500)
    swapped = run(jets, [12] * 500, classes=["c", "b", "uds", "g", "tau_p", "tau_n", "mu", "e"])
    assert ak.all(swapped.charm == usual.b)
    assert ak.all(swapped.encodedJetCT0 == usual.encodedJetCT0)


@pytest.mark.parametrize("backend", ["da4ml", "hls4ml", "cmssw"])
def test_backend_changes_nothing(jets, backend):
    if importlib.util.find_spec("hls4ml") is None or shutil.which("g++") is None:
        pytest.skip("needs the tagger extra and g++")
    few = jets._replace(offsets=jets.offsets[:601], jet_words=jets.jet_words[:600])
    few = few._replace(constituents=jets.constituents[: few.offsets[-1]])
    assert ak.to_list(run(few, [12] * 50, backend=backend)) == ak.to_list(run(few, [12] * 50))


def test_corrections_of_jets_out_of_range(jets, tmp_path):
    import uproot

    edges = np.array([0.0, 2.0, 6.0])
    pt = np.arange(0.0, 5000.0, 500.0)
    with uproot.recreate(tmp_path / "jec.root") as file:
        file["jets/INDEX"] = (np.zeros(2), edges)
        for k in (1, 2):
            file[f"jets/emul_eta_bin{k}"] = ((pt[:-1] + 250) * 0.5, pt)
    tagged = ak.flatten(
        run(jets, [12] * 500, doJEC=True, correctorFile=str(tmp_path / "jec.root"), correctorDir="jets")
    )
    plain, before = ak.flatten(run(jets, [12] * 500)), w.unpack_ct_jet(jets.jet_words)
    inside = (np.abs(before.eta) < 550) & (before.pt > 40)
    assert np.array_equal(ak.to_numpy(tagged.pt)[inside], ak.to_numpy(plain.pt)[inside])
    expected = (np.floor(before.pt[~inside] / 4 / 500) * 500 + 250) * 0.5
    assert np.array_equal(ak.to_numpy(tagged.pt)[~inside], expected.astype(np.float32))


def test_missing_model_is_a_model_error():
    with pytest.raises(ModelError, match="no tagger model"):
        TestProcessor("L1TSC4NGJetProducer", l1tSC4NGJetModelPath="L1TSC4NGJetModel_v0")


def test_wrong_classes():
    with pytest.raises(Configuration, match="8 scores"):
        TestProcessor("L1TSC4NGJetProducer", classes=["b", "c"])
