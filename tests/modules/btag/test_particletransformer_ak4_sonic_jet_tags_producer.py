"""On the real server, against the producer in the process."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.errors import ExternalFailure, ModelError
from pyrun.framework.testing import TestProcessor, running_service
from pyrun.modules.btag.particletransformer_ak4_onnx_jet_tags_producer import ParticleTransformerAK4ONNXJetTagsProducer
from pyrun.modules.btag.particletransformer_ak4_sonic_jet_tags_producer import (
    ParticleTransformerAK4SonicJetTagsProducer,
)
from pyrun.modules.btag.particletransformer_ak4_tag_info_producer import ParticleTransformerAK4TagInfoProducer
from pyrun.modules.sonic.server import bundle

SRC = "pfParticleTransformerAK4TagInfos"


@pytest.fixture(scope="module")
def triton():
    try:
        bundle.install()
    except ExternalFailure as error:
        pytest.skip(error.message)
    with running_service("TritonService", fallback={"enable": True}) as service:
        yield service


@pytest.fixture(scope="module")
def tag_infos(events) -> ak.Array:
    return TestProcessor(ParticleTransformerAK4TagInfoProducer).run(events)[""]


@pytest.fixture(scope="module")
def expected(tag_infos) -> dict[str, ak.Array]:
    return dict(TestProcessor(ParticleTransformerAK4ONNXJetTagsProducer).run({SRC: tag_infos}).products)


def scores(triton, tag_infos, **parameters) -> dict[str, ak.Array]:
    test = TestProcessor(ParticleTransformerAK4SonicJetTagsProducer, services=[triton], **parameters)
    return dict(test.run({SRC: tag_infos}).products)


def assert_same_bits(found: dict[str, ak.Array], expected: dict[str, ak.Array]) -> None:
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        assert ak.num(found[name]).to_list() == ak.num(array).to_list()
        np.testing.assert_array_equal(ak.to_numpy(ak.flatten(found[name])), ak.to_numpy(ak.flatten(array)))


def test_scores_have_the_bits_of_the_producer_in_the_process(triton, tag_infos, expected):
    assert ak.any(expected["probb"] < 0) and ak.any(expected["probb"] > 0)  # jets that are not filled, and others
    assert_same_bits(scores(triton, tag_infos), expected)


@pytest.mark.parametrize("block", [1, 7])
def test_scores_do_not_depend_on_the_blocks(triton, tag_infos, expected, block):
    starts = range(0, 4 * block, block)
    found = [scores(triton, tag_infos[start : start + block]) for start in starts]
    joined = {name: ak.concatenate([part[name] for part in found]) for name in expected}
    assert_same_bits(joined, {name: array[: 4 * block] for name, array in expected.items()})


@pytest.mark.parametrize("number", [0, 3])
def test_without_filled_jets_nothing_is_asked_of_the_server(triton, tag_infos, number):
    before = triton.performance()
    none = tag_infos[ak.num(tag_infos) == 0][:number]
    assert len(none) == number
    found = scores(triton, none)
    assert found["probb"].to_list() == [[]] * number
    assert triton.performance() == before


def test_another_number_of_classes_is_refused(triton, tag_infos):
    with pytest.raises(ModelError, match="gives .* scores for .* jets, but flav_names has 2 classes: a, b"):
        scores(triton, tag_infos, flav_names=["a", "b"])
