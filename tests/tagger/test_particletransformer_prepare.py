from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.errors import FileOpenError, ProductNotFound
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.io.event_file import EventFileWriter, FileMetadata
from pyrun.modules.btag.features import FEATURES
from pyrun.modules.columns import nested
from pyrun.tagger.particletransformer.prepare import (
    BB,
    LEPB,
    NO_LABEL,
    PARTS,
    PT_EDGES,
    UDS,
    B,
    C,
    G,
    Sample,
    concatenate,
    labels,
    matched,
    read,
    tenths,
    weights,
)


def products(number: int = 40, seed: int = 5) -> dict[str, ak.Array]:
    """What a training file holds, for `number` events of four jets; the last jet of each is not filled."""
    rng = np.random.default_rng(seed)
    jets = np.full(number, 4)
    filled = np.arange(4 * number) % 4 < 3
    record = {"jet": ak.to_layout(np.arange(4 * number) % 4), "is_filled": ak.to_layout(filled)}
    for kind, names in FEATURES.items():
        sizes = rng.integers(0, 6, 4 * number) * filled
        for name, width in ((kind, len(names)), (f"{kind}_p4", 4)):
            record[name] = nested(rng.normal(size=(sizes.sum(), width)).astype(np.float32), sizes).layout
    tag_infos = nested(ak.contents.RecordArray(list(record.values()), list(record)), jets)
    axes = {name: rng.uniform(-1, 1, 4 * number).astype(np.float32) for name in ("eta", "phi")}
    pt = rng.uniform(15, 200, 4 * number).astype(np.float32)
    flavour = {
        "hadronFlavour": rng.choice([0, 4, 5], 4 * number).astype(np.int32),
        "partonFlavour": rng.choice([0, 1, -2, 3, 21], 4 * number).astype(np.int32),
        "nBHadrons": rng.integers(1, 3, 4 * number).astype(np.int32),
        "leptonic": rng.integers(0, 2, 4 * number).astype(np.int8),
    }
    return {
        "pfParticleTransformerAK4TagInfos": tag_infos,
        "ak4PFJetsPuppi": nested(ak.zip({"pt": pt, **axes}), jets),
        "patJetFlavourAssociation": nested(ak.zip(flavour), jets),
        "ak4GenJets": nested(ak.zip({"pt": pt, **axes}), jets)[:, :2],  # of the first two jets
    }


def write(path, arrays: dict[str, ak.Array]) -> None:
    number = len(next(iter(arrays.values())))
    branches = {label: BranchDescription("any", label, "", "TRAIN") for label in arrays}
    with EventFileWriter(path, list(branches.values()), FileMetadata()) as file:
        file.write(
            EventIDs(np.ones(number), np.ones(number), np.arange(number)),
            {branches[label]: (array, None) for label, array in arrays.items()},
        )


def test_labels_follow_hadrons_then_partons():
    flavour = ak.Array(
        {
            "hadronFlavour": [5, 5, 5, 5, 4, 0, 0, 0, 0, 0],
            "partonFlavour": [5, 5, 5, 0, 4, 1, -3, 21, 0, 4],
            "nBHadrons": [1, 2, 1, 2, 0, 0, 0, 0, 0, 0],
            "leptonic": [0, 0, 1, 1, 1, 0, 0, 0, 0, 0],
        }
    )
    assert labels(flavour).tolist() == [B, BB, LEPB, BB, C, UDS, UDS, G, NO_LABEL, NO_LABEL]


def test_an_event_is_in_one_part_whatever_it_is_read_with():
    run, lumi, event = np.ones(10000), np.arange(10000) // 100, np.arange(10000)
    found = tenths(run, lumi, event)
    assert np.array_equal(tenths(run[50:60], lumi[50:60], event[50:60]), found[50:60])
    assert np.all(np.abs(np.bincount(found, minlength=10) - 1000) < 5 * np.sqrt(1000))
    assert sorted(n for part in PARTS.values() for n in part) == list(range(10))


def test_the_split_of_known_events_does_not_change():
    assert tenths([1, 1, 2], [1, 1, 1], [1, 2, 1]).tolist() == [2, 2, 5]


def test_jets_are_matched_across_the_end_of_phi():
    jets = ak.Array([[{"eta": 0.0, "phi": 3.1}, {"eta": 1.0, "phi": 0.0}], []])
    gen = ak.Array([[{"eta": 0.1, "phi": -3.1}], [{"eta": 0.0, "phi": 0.0}]])
    assert matched(jets, gen).tolist() == [[True, False], []]
    assert matched(jets, gen[:, :0]).tolist() == [[False, False], []]


def test_weights_give_all_classes_the_same_spectrum_and_families_the_same_sum():
    rng = np.random.default_rng(3)
    label = rng.choice([B, BB, LEPB, C, UDS, G], 60000, p=[0.25, 0.05, 0.1, 0.1, 0.2, 0.3])
    pt = 20 + rng.exponential(20 + 6 * label)
    sample = Sample(None, label, pt, np.zeros(len(pt)), np.zeros(len(pt)))
    chosen = np.flatnonzero(pt < 150)
    weight = weights(sample, chosen)
    assert weight.mean() == pytest.approx(1, abs=1e-4)
    sums = [weight[np.isin(label[chosen], family)].sum() for family in ((B, BB, LEPB), (C,), (UDS,), (G,))]
    assert sums == pytest.approx([sums[0]] * 4, rel=1e-3)
    edges = PT_EDGES[(PT_EDGES > 25) & (PT_EDGES < 100)]
    spectra = [
        np.histogram(pt[chosen][label[chosen] == i], edges, weights=weight[label[chosen] == i])[0] for i in (B, C, G)
    ]
    spectra = [spectrum / spectrum.sum() for spectrum in spectra]
    assert np.allclose(spectra[0], spectra[1], rtol=0.02)
    assert np.allclose(spectra[0], spectra[2], rtol=0.02)


def test_only_filled_matched_and_labelled_jets_are_read(tmp_path):
    arrays = products()
    write(tmp_path / "train.root", arrays)
    sample = read([tmp_path / "train.root"], step=7)
    jets, label = arrays["ak4PFJetsPuppi"], labels(ak.flatten(arrays["patJetFlavourAssociation"]))
    near = ak.to_numpy(ak.flatten(matched(jets, arrays["ak4GenJets"])))
    used = near & (np.arange(len(near)) % 4 < 3) & (label != NO_LABEL)
    assert 0 < used.sum() < len(used)
    assert np.array_equal(sample.label, label[used])
    assert np.array_equal(sample.pt, ak.to_numpy(ak.flatten(jets.pt))[used])
    expected = ak.flatten(arrays["pfParticleTransformerAK4TagInfos"])[used]
    for kind, particles in zip(FEATURES, sample.inputs.kinds, strict=True):
        assert np.diff(particles.offsets).tolist() == ak.num(expected[kind]).tolist()
        assert np.array_equal(particles.features, ak.to_numpy(ak.flatten(expected[kind])))
        assert np.array_equal(particles.p4, ak.to_numpy(ak.flatten(expected[f"{kind}_p4"])))


def test_several_files_are_one_sample(tmp_path):
    for seed in (1, 2):
        write(tmp_path / f"{seed}.root", products(seed=seed))
    one, two = (read([tmp_path / f"{seed}.root"]) for seed in (1, 2))
    both = read([tmp_path / "1.root", tmp_path / "2.root"])
    assert np.array_equal(both.label, np.concatenate([one.label, two.label]))
    assert np.array_equal(both.inputs.kinds[0].features, concatenate([one, two]).inputs.kinds[0].features)
    assert both.inputs.kinds[2].offsets[-1] == len(both.inputs.kinds[2].features)


def test_a_missing_product_is_named(tmp_path):
    arrays = products()
    del arrays["ak4GenJets"]
    write(tmp_path / "train.root", arrays)
    with pytest.raises(ProductNotFound, match="no product 'ak4GenJets'"):
        read([tmp_path / "train.root"])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileOpenError, match="nothing.root"):
        read([tmp_path / "nothing.root"])
