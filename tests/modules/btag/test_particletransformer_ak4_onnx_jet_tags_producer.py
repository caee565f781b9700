from __future__ import annotations

import shutil

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.errors import ModelError
from pyrun.framework.resources import file_in_path
from pyrun.framework.testing import TestProcessor
from pyrun.modules.btag.features import CLASSES
from pyrun.modules.btag.particletransformer_ak4_onnx_jet_tags_producer import ParticleTransformerAK4ONNXJetTagsProducer
from pyrun.modules.btag.particletransformer_ak4_tag_info_producer import ParticleTransformerAK4TagInfoProducer

MODEL = "models/particletransformer_AK4/1/model.onnx"
SRC = "pfParticleTransformerAK4TagInfos"


@pytest.fixture(scope="module")
def tag_infos(events) -> ak.Array:
    return TestProcessor(ParticleTransformerAK4TagInfoProducer).run(events)[""]


@pytest.fixture(scope="module")
def producer() -> TestProcessor:
    return TestProcessor(ParticleTransformerAK4ONNXJetTagsProducer)


@pytest.fixture(scope="module")
def scores(producer, tag_infos) -> dict[str, ak.Array]:
    return dict(producer.run({SRC: tag_infos}).products)


def same_bits(first: ak.Array, second: ak.Array) -> bool:
    a, b = (ak.to_numpy(ak.flatten(x)) for x in (first, second))
    return ak.num(first).tolist() == ak.num(second).tolist() and a.tobytes() == b.tobytes()


def test_filled_jets_have_probabilities_and_the_others_minus_one(scores, tag_infos):
    assert list(scores) == list(CLASSES)
    total = sum(scores.values())
    assert np.allclose(ak.flatten(total[tag_infos.is_filled]), 1, atol=1e-5)
    assert ak.all(total[~tag_infos.is_filled] == -len(CLASSES))
    assert ak.sum(~tag_infos.is_filled) > 50
    assert all(str(column.type) == f"{len(tag_infos)} * var * float32" for column in scores.values())


@pytest.mark.parametrize("size", [1, 7, 100])
def test_scores_have_the_same_bits_in_blocks_of_any_size(producer, scores, tag_infos, size):
    parts = [producer.run({SRC: tag_infos[i : i + size]}) for i in range(0, len(tag_infos), size)]
    for name in CLASSES:
        assert same_bits(ak.concatenate([part[name] for part in parts]), scores[name])


def test_scores_have_the_same_bits_in_any_company(producer, scores, tag_infos):
    rng = np.random.default_rng(11)
    for _ in range(10):
        order = rng.integers(0, len(tag_infos), rng.integers(1, 200))
        found = producer.run({SRC: tag_infos[order]})
        for name in CLASSES:
            assert same_bits(found[name], scores[name][order])


def test_scores_have_the_same_bits_for_any_largest_batch(scores, tag_infos):
    for largest in (1, 16, 40, 512):
        found = TestProcessor(ParticleTransformerAK4ONNXJetTagsProducer, max_batch=largest).run({SRC: tag_infos})
        assert all(same_bits(found[name], scores[name]) for name in CLASSES)


def test_a_jet_without_any_particle_gets_finite_scores(producer, tag_infos):
    one = ak.to_packed(tag_infos[ak.any(tag_infos.is_filled, axis=1)][:1])
    for kind in ("cpf", "npf", "sv"):
        one = ak.with_field(one, one[kind][:, :, :0], kind)
        one = ak.with_field(one, one[f"{kind}_p4"][:, :, :0], f"{kind}_p4")
    found = producer.run({SRC: one})
    assert np.isfinite(ak.to_numpy(ak.flatten(found["probb"]))).all()


def test_nothing_is_sent_without_a_filled_jet(producer, tag_infos, monkeypatch):
    calls = []
    monkeypatch.setattr(producer.module, "globalCache", lambda inputs: calls.append(inputs))
    empty = tag_infos[~ak.any(tag_infos.is_filled, axis=1)]
    assert len(empty) > 2
    found = producer.run({SRC: empty})
    assert not calls
    assert ak.all(found["probb"] == -1)
    assert ak.num(found["probb"]).tolist() == ak.num(empty).tolist()


def test_streams_share_one_session():
    parameters = ParticleTransformerAK4ONNXJetTagsProducer.Parameters()
    cache = ParticleTransformerAK4ONNXJetTagsProducer.initializeGlobalCache(parameters)
    assert cache.session.get_session_options().intra_op_num_threads == 1


def test_a_missing_model_is_named():
    with pytest.raises(ModelError, match="models/no_such/1/model.onnx"):
        TestProcessor(ParticleTransformerAK4ONNXJetTagsProducer, model_path="models/no_such/1/model.onnx")


def test_a_damaged_model_is_named(tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(file_in_path(MODEL).read_bytes()[:2000])
    with pytest.raises(ModelError, match="broken.onnx is not a model"):
        TestProcessor(ParticleTransformerAK4ONNXJetTagsProducer, model_path=str(broken))


@pytest.mark.parametrize(
    ("is_now", "text"),
    [
        ("dims: [ -1, 17 ]", r"'input_1' as tensor\(float\) \[-1, -1, 17\], but .* has input_1 tensor\(float\) \["),
        ("dims: [ 16 ]", "the input 'input_1'"),
    ],
)
def test_a_model_that_its_repository_describes_otherwise_is_refused(tmp_path, is_now, text):
    folder = shutil.copytree(file_in_path(MODEL).parents[1], tmp_path / "particletransformer_AK4")
    config = folder / "config.pbtxt"
    config.write_text(config.read_text().replace("dims: [ -1, 16 ]", is_now))
    with pytest.raises(ModelError, match=text):
        TestProcessor(ParticleTransformerAK4ONNXJetTagsProducer, model_path=str(folder / "1" / "model.onnx"))


def test_inputs_that_the_model_has_not_are_listed_with_those_it_has():
    names = [f"in_{i}" for i in range(6)]
    with pytest.raises(ModelError, match=r"inputs input_1, .*input_6, but .* configured for in_0, .*in_5"):
        TestProcessor(ParticleTransformerAK4ONNXJetTagsProducer, input_names=names)


def test_outputs_that_the_model_has_not_are_listed_with_those_it_has():
    with pytest.raises(ModelError, match="outputs softmax, but .* configured for ID_pred"):
        TestProcessor(ParticleTransformerAK4ONNXJetTagsProducer, output_names=["ID_pred"])


def test_another_number_of_classes_is_refused(tag_infos):
    test = TestProcessor(ParticleTransformerAK4ONNXJetTagsProducer, flav_names=["probb", "probc"])
    with pytest.raises(ModelError, match="flav_names has 2 classes: probb, probc"):
        test.run({SRC: tag_infos})
