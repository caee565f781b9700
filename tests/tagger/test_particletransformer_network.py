from __future__ import annotations

import argparse
import json
import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
keras = pytest.importorskip("keras", reason="the 'tagger' extra is not installed")
pytest.importorskip("tensorflow", reason="the 'tagger' extra is not installed")
pytest.importorskip("onnx", reason="the 'tagger' extra is not installed")

from pyrun.modules.btag.batching import JetInputs, Particles  # noqa: E402
from pyrun.modules.btag.features import CAPS, CLASSES, FEATURES  # noqa: E402
from pyrun.tagger.particletransformer.export import compare, random_inputs, to_onnx  # noqa: E402
from pyrun.tagger.particletransformer.network import PairFeatures, build_network  # noqa: E402
from pyrun.tagger.particletransformer.prepare import Sample  # noqa: E402
from pyrun.tagger.particletransformer.train import Batches, OneCycle, fit_scales, train  # noqa: E402


@pytest.fixture(scope="module")
def network():
    """Untrained, but with every weight away from its initial value, so that no part is without effect."""
    keras.utils.set_random_seed(2)
    network = build_network(width=16, heads=2, blocks=2)
    rng = np.random.default_rng(2)
    for weight in network.weights:
        value = np.asarray(weight)
        noise = rng.normal(scale=0.2, size=value.shape).astype(np.float32)
        weight.assign(np.abs(value + noise) + 0.5 if weight.name == "width" else value + noise)
    return network


def run(network, inputs) -> np.ndarray:
    return keras.ops.convert_to_numpy(network([np.asarray(x, dtype=np.float32) for x in inputs], training=False))


def padded(inputs, lengths) -> list[np.ndarray]:
    """The same jets with more padding."""
    more = [np.pad(x, ((0, 0), (0, n - x.shape[1]), (0, 0))) for x, n in zip(inputs, (*lengths, *lengths), strict=True)]
    return more


def test_scores_do_not_depend_on_padding(network):
    inputs = random_inputs(np.random.default_rng(3), 64)
    expected = run(network, inputs)
    assert np.ptp(expected, axis=0).max() > 0.1
    for lengths in ((25, 25, 6), (40, 25, 5), (30, 31, 9)):
        assert np.abs(run(network, padded(inputs, lengths)) - expected).max() < 1e-5


def test_scores_do_not_depend_on_where_padding_is(network):
    inputs = random_inputs(np.random.default_rng(3), 16)
    turned = [np.roll(x, 3, axis=1) for x in inputs]
    assert np.abs(run(network, turned) - run(network, inputs)).max() < 1e-5


def test_features_of_padding_are_ignored(network):
    inputs = random_inputs(np.random.default_rng(4), 16)
    noisy = [np.where(p4[..., 3:] > 0, x, 7.0) for x, p4 in zip(inputs[:3], inputs[3:], strict=True)]
    assert np.abs(run(network, noisy + inputs[3:]) - run(network, inputs)).max() < 1e-5


@pytest.mark.parametrize("absent", [(0,), (1,), (2,), (0, 1), (0, 1, 2)])
def test_scores_are_finite_without_particles_of_a_kind(network, absent):
    inputs = random_inputs(np.random.default_rng(5), 8)
    for kind in absent:
        inputs[kind][:] = 0
        inputs[kind + 3][:] = 0
    scores = run(network, inputs)
    assert np.isfinite(scores).all()
    assert np.allclose(scores.sum(axis=1), 1, atol=1e-5)
    shortest = [x[:, :1] if i % 3 in absent else x for i, x in enumerate(inputs)]
    assert np.abs(run(network, shortest) - scores).max() < 1e-5


def test_every_input_matters(network):
    inputs = random_inputs(np.random.default_rng(6), 32)
    expected = run(network, inputs)
    for i in range(6):
        changed = [x * 1.5 if j == i else x for j, x in enumerate(inputs)]
        assert np.abs(run(network, changed) - expected).max() > 1e-4


def test_pairs_are_described_as_in_the_paper():
    rng = np.random.default_rng(8)
    p3 = rng.normal(size=(2, 3))
    p3[1] = p3[0] * 0.4 + rng.normal(scale=0.05, size=3)
    p4 = np.concatenate([p3, np.linalg.norm(p3, axis=1, keepdims=True)], axis=1)
    pt = np.hypot(p4[:, 0], p4[:, 1])
    rapidity, phi = 0.5 * np.log((p4[:, 3] + p4[:, 2]) / (p4[:, 3] - p4[:, 2])), np.arctan2(p4[:, 1], p4[:, 0])
    delta = np.hypot(*np.diff([rapidity, phi], axis=1))[0]
    expected = np.log([pt.min() * delta, pt.min() / pt.sum(), delta])
    mass2 = p4.sum(axis=0)[3] ** 2 - (p4.sum(axis=0)[:3] ** 2).sum()
    found = keras.ops.convert_to_numpy(PairFeatures()(p4[None].astype(np.float32)))[0, 0, 1]
    found = found * np.array(PairFeatures.width) + np.array(PairFeatures.centre)
    assert found[:3] == pytest.approx(expected, abs=2e-3)
    assert found[3] == pytest.approx(np.log(mass2), abs=0.02)  # of massless particles at small angle


def test_onnx_gives_what_keras_gives(network):
    assert compare(network, to_onnx(network)) < 1e-5


def test_onnx_has_cms_interface_with_dynamic_axes(network):
    graph = to_onnx(network).graph
    widths = [len(names) for names in FEATURES.values()] + [4, 4, 4]
    for i, (info, width) in enumerate(zip(graph.input, widths, strict=True)):
        batch, particles, columns = info.type.tensor_type.shape.dim
        assert info.name == f"input_{i + 1}"
        assert batch.dim_param and particles.dim_param
        assert columns.dim_value == width
    assert [info.name for info in graph.output] == ["softmax"]
    assert graph.output[0].type.tensor_type.shape.dim[1].dim_value == len(CLASSES)


@pytest.fixture(scope="module")
def sample() -> Sample:
    """600 jets whose label is told by the first feature of charged candidates."""
    rng = np.random.default_rng(9)
    label = rng.integers(0, len(CLASSES), 600)
    kinds = []
    for kind, names in FEATURES.items():
        counts = rng.integers(1, CAPS[kind], len(label))
        p3 = rng.normal(scale=5.0, size=(counts.sum(), 3))
        p4 = np.concatenate([p3, np.linalg.norm(p3, axis=1, keepdims=True) + 0.1], axis=1)
        features = rng.normal(size=(len(p4), len(names)))
        features[:, 0] += np.repeat(label, counts)
        kinds.append(Particles(np.append(0, np.cumsum(counts)), features.astype(np.float32), p4.astype(np.float32)))
    pt = rng.uniform(20, 100, len(label)).astype(np.float32)
    return Sample(JetInputs(tuple(kinds)), label, pt, 0 * pt, np.arange(len(label)) % 10)


def test_an_epoch_has_every_jet_once_in_an_order_of_its_own(sample):
    jets = sample.part("train")
    first, second = (Batches(sample, jets, 32, seed=1) for _ in range(2))
    epochs = [[label for _, label, _ in batches()] for batches in (first, first, second)]
    assert first.count == len(epochs[0])
    assert np.array_equal(np.bincount(np.concatenate(epochs[0])), np.bincount(sample.label[jets]))
    assert np.array_equal(np.concatenate(epochs[0]), np.concatenate(epochs[2]))
    assert not np.array_equal(np.concatenate(epochs[0]), np.concatenate(epochs[1]))


def test_scaled_features_have_zero_mean_and_unit_width(sample):
    network = build_network(width=8, heads=1, blocks=1)
    fit_scales(network, sample, np.arange(len(sample.label)))
    layer = network.get_layer("npf_scale")
    features = sample.inputs.kinds[1].features[None]
    scaled = keras.ops.convert_to_numpy(layer(features, np.ones((*features.shape[:2], 1), np.float32)))[0]
    assert np.abs(scaled.mean(axis=0)).max() < 1e-3
    assert np.abs(scaled.std(axis=0) - 1).max() < 0.02  # clipped at 5 widths


def test_the_learning_rate_rises_and_falls():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.AdamW(1.0))
    schedule = OneCycle(0.01, 100)
    schedule.set_model(model)
    rates = []
    for step in range(100):
        schedule.on_train_batch_begin(step)
        rates.append(float(model.optimizer.learning_rate))
    assert np.argmax(rates) == 10
    assert max(rates) == pytest.approx(0.01)
    assert rates[0] < 0.001 and rates[-1] < 0.001


@pytest.mark.slow
def test_training_learns_and_leaves_model_history_and_metadata(sample, tmp_path):
    arguments = argparse.Namespace(
        files=[], output=tmp_path, epochs=4, batch_size=32, learning_rate=3e-3, dropout=0.0, seed=1
    )
    keras.utils.set_random_seed(1)
    network = train(build_network(width=16, heads=2, blocks=1), sample, arguments)
    history = json.loads((tmp_path / "history.json").read_text())
    assert history["loss"][-1] < history["loss"][0]
    assert history["val_accuracy"][-1] > 0.4  # by chance 0.17
    assert (tmp_path / "loss.png").exists()
    metadata = json.loads((tmp_path / "metadata.json").read_text())
    assert sum(metadata["jets"]["train"]) == 480
    assert metadata["parameters"] == network.count_params()
    assert compare(network, to_onnx(network)) < 1e-5
