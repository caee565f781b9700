"""Training of the tagger's models: what is short enough to be tried each time uses toy jets and floating point."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest

from pyrun.framework.errors import Configuration, ModelError
from pyrun.modules.l1t.ng_inputs import FEATURES
from pyrun.tagger.l1jet.data import making
from pyrun.tagger.l1jet.toy_jets import CLASSES

pytestmark = [
    pytest.mark.slow,  # the import of tensorflow alone
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in ("tensorflow", "hgq")), reason="needs the extra tagger"
    ),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    options = making.Options()
    making.make(making.sources(["toy:1200"], options), folder, options, lambda *_: None)
    return folder


def configured(folder, text, name="my"):
    from pyrun.tagger.l1jet.models import config

    (folder / f"{name}.yaml").write_text(text)
    return config.read(folder / f"{name}.yaml")


FLOAT = "model: deepsets\ntraining_config: {epochs: 4, batch_size: 256, flip: true}\n"


@pytest.mark.parametrize("schedule", ["plateau", "cosine"])
def test_a_resumed_training_gives_the_same_bits(tmp_path, data, schedule):
    from pyrun.tagger.l1jet.models import load
    from pyrun.tagger.l1jet.train import interrupted, train

    def stop(epoch, numbers):
        if epoch == 2:
            raise KeyboardInterrupt

    config = configured(tmp_path, FLOAT.replace("}", f", learning_rate_schedule: {schedule}}}"))
    train(config, data, tmp_path / "straight")
    with pytest.raises(KeyboardInterrupt):
        train(config, data, tmp_path / "resumed", report=stop)
    assert interrupted(tmp_path / "resumed") and not (tmp_path / "resumed").exists()
    told = []
    train(config, data, tmp_path / "resumed", report=lambda epoch, _: told.append(epoch))
    assert told == [3, 4] and not interrupted(tmp_path / "resumed")
    straight, resumed = load(tmp_path / "straight"), load(tmp_path / "resumed")
    assert straight.history == resumed.history
    for one, other in zip(straight.keras.weights, resumed.keras.weights, strict=True):
        assert np.array_equal(one, other)
    assert straight.metadata["labels"] == list(CLASSES)
    assert straight.metadata["dataset"]["checksum"] and straight.metadata["versions"]["keras"]


BY_JAX = """
import sys
from pathlib import Path
from pyrun.tagger.l1jet.models import config
from pyrun.tagger.l1jet.train import train

def stop(epoch, numbers):
    if epoch == 2:
        raise KeyboardInterrupt

folder, data = map(Path, sys.argv[1:3])
for name in sys.argv[3:]:
    chosen = config.read(folder / f"{name}.yaml")
    train(chosen, data, folder / name, backend="jax")
    if chosen.training_config.epochs > 2:
        try:
            train(chosen, data, folder / "resumed", report=stop, backend="jax")
        except KeyboardInterrupt:
            train(chosen, data, folder / "resumed", backend="jax")
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs the extra jax")
def test_what_jax_trains_is_read_by_tensorflow(tmp_path, data):
    from pyrun.tagger.l1jet.data import Dataset
    from pyrun.tagger.l1jet.models import load
    from pyrun.tagger.l1jet.train import train

    config = configured(tmp_path, FLOAT, "float")
    configured(tmp_path, FLOAT.replace("deepsets", "deepsets_hgq").replace("epochs: 4", "epochs: 1"), "quantised")
    subprocess.run([sys.executable, "-c", BY_JAX, tmp_path, data, "float", "quantised"], check=True, timeout=400)
    straight, resumed, quantised = (load(tmp_path / name) for name in ("float", "resumed", "quantised"))
    assert straight.history == resumed.history
    for one, two in zip(straight.keras.weights, resumed.keras.weights, strict=True):
        assert np.array_equal(one, two)
    jets = Dataset(data, "validation")
    for model in (straight, quantised):
        assert model.metadata["backend"] == "jax" and model.metadata["versions"]["jax"]
        scores, _ = model.predict(jets.inputs)
        surprise = -np.log(scores[np.arange(len(jets)), jets.label] + 2.0**-10)
        told = model.metadata["at_best_epoch"]["val_jet_id_output_loss"]
        assert np.average(surprise, weights=jets.weights) == pytest.approx(told, rel=0.03)
    assert quantised.metadata["ebops"] > 0
    with pytest.raises(ModelError, match="train by jax in another"):
        train(config, data, tmp_path / "here", backend="jax")


def test_the_learning_rate_falls_along_a_cosine(tmp_path, data):
    from pyrun.tagger.l1jet.models import load
    from pyrun.tagger.l1jet.train import train

    options = "epochs: 4, learning_rate: 0.002, learning_rate_schedule: cosine, ReduceLROnPlateau_min_lr: 0"
    train(configured(tmp_path, f"model: deepsets\ntraining_config: {{{options}}}\n"), data, tmp_path / "out")
    rates = np.array(load(tmp_path / "out").history["learning_rate"])
    assert rates / 0.002 == pytest.approx([1, 0.85355, 0.5, 0.14645], rel=1e-4)


def test_a_finished_training_does_not_ask_its_teacher_again(tmp_path, data, monkeypatch):
    from pyrun.tagger.l1jet.data import Dataset
    from pyrun.tagger.l1jet.training import targets, trainer

    config, jets = configured(tmp_path, FLOAT), Dataset(data, "training")
    first = trainer.train(config, jets, jets, tmp_path, "same", lambda *_: None)
    monkeypatch.setattr(targets, "of", lambda *_: pytest.fail("asked again"))
    again = trainer.train(config, jets, jets, tmp_path, "same", lambda *_: None)
    assert again.history == first.history and again.epochs == 4


def test_the_loss_is_no_number(tmp_path, data):
    from pyrun.tagger.l1jet.train import train

    config = configured(tmp_path, "model: deepsets\ntraining_config: {epochs: 3, learning_rate: 1e30}\n")
    with pytest.raises(ModelError, match="try a smaller learning_rate"):
        train(config, data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_teacher_is_learned_from(tmp_path, data):
    from pyrun.tagger.l1jet.data import Dataset
    from pyrun.tagger.l1jet.models import load
    from pyrun.tagger.l1jet.train import train
    from pyrun.tagger.l1jet.training import targets

    train(configured(tmp_path, FLOAT), data, tmp_path / "teacher")
    teacher, jets = load(tmp_path / "teacher"), Dataset(data, "training")
    scores, _ = teacher.predict(jets.inputs)
    target = targets.of(jets, str(teacher.folder), 0.75)
    assert np.allclose(target, 0.75 * scores + 0.25 * np.eye(len(CLASSES))[jets.label], atol=1e-5)
    assert np.array_equal(targets.of(jets), np.eye(len(CLASSES))[jets.label])

    def distance(name, extra):
        text = FLOAT.replace("}", f", start_from: {teacher.folder}, learning_rate: 0.01{extra}}}")
        train(configured(tmp_path, text, name), data, tmp_path / name)
        return np.abs(load(tmp_path / name).predict(jets.inputs)[0] - scores).mean()

    assert distance("taught", f", teacher: {teacher.folder}, teacher_weight: 0.99") < distance("alone", "")


def test_class_weights_count_jets_more(tmp_path, data):
    from pyrun.tagger.l1jet.data import Dataset
    from pyrun.tagger.l1jet.train import train
    from pyrun.tagger.l1jet.training import targets

    jets = Dataset(data, "training", weights="none")
    config = configured(tmp_path, "model: deepsets\ntraining_config: {class_weights: {b: 3, light: 1.5}}\n")
    weights = targets.weights(jets, config.training_config)
    b, light, muon = (weights[jets.label == CLASSES.index(name)] for name in ("b", "light", "muon"))
    assert np.ptp(b) == 0 and b[0] / muon[0] == pytest.approx(3) and light[0] / muon[0] == pytest.approx(1.5)
    assert weights.mean() == pytest.approx(1)
    config = configured(tmp_path, "model: deepsets\ntraining_config: {class_weights: {ligth: 3}}\n")
    with pytest.raises(ModelError, match=r"no class 'ligth'\. Did you mean 'light'\?"):
        train(config, data, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    for wrong in ("{b: 0}", "{b: high}", "[b, light]", "3"):
        with pytest.raises(Configuration, match=r"my.yaml, line 2: .*positive numbers"):
            configured(tmp_path, f"model: deepsets\ntraining_config: {{class_weights: {wrong}}}\n")


def test_models_to_begin_with_and_to_learn_from_are_options(tmp_path, data):
    from click.testing import CliRunner

    from pyrun.tagger.l1jet.commands.train import command
    from pyrun.tagger.l1jet.models import load

    (tmp_path / "my.yaml").write_text(FLOAT.replace("4", "1"))
    common = ["-y", str(tmp_path / "my.yaml"), "-i", str(data)]
    first, second = (str(tmp_path / name) for name in ("first", "second"))
    for words in (["-o", first], ["-o", second, "--start-from", first, "--teacher", first]):
        CliRunner().invoke(command, [*common, *words], catch_exceptions=False)
    options = load(second).config.training_config
    assert (options.start_from, options.teacher) == (first, first)
    assert load(second).history["loss"][0] < load(first).history["loss"][0]


def test_a_teacher_of_other_classes_is_refused(tmp_path, data):
    from pyrun.tagger.l1jet.train import train

    train(configured(tmp_path, FLOAT.replace("4", "1")), data, tmp_path / "teacher")
    metadata = json.loads((tmp_path / "teacher" / "metadata.json").read_text())
    metadata["labels"][0] = "top"
    (tmp_path / "teacher" / "metadata.json").write_text(json.dumps(metadata))
    taught = configured(tmp_path, FLOAT.replace("}", f", teacher: {tmp_path / 'teacher'}}}"), "taught")
    with pytest.raises(ModelError, match="teacher has classes top, .*; .* has b, "):
        train(taught, data, tmp_path / "out")
    assert not [path.name for path in tmp_path.iterdir() if "out" in path.name]


def test_the_best_epoch_weighs_the_size_of_the_network(tmp_path):
    from pyrun.tagger.l1jet.training import checkpoint, trainer

    config = configured(tmp_path, FLOAT)
    model = config.model_config.build(16, len(FEATURES), len(CLASSES))
    trainer.compile_model(model, 1e-3, (1.0, 1.0))
    state = checkpoint.State()
    watch = trainer._Watch(config, state, None, lambda *_: None, lambda *_: None)
    watch.set_model(model)
    task = {"jet_id_output_loss": 0.9, "pT_output_loss": 0.1, "val_pT_output_loss": 0.1}
    watch.on_epoch_end(0, {**task, "loss": 1.8, "val_jet_id_output_loss": 0.90})
    watch.on_epoch_end(1, {**task, "loss": 1.4, "val_jet_id_output_loss": 0.91})
    assert (state.best_epoch, state.best) == (2, pytest.approx(1.41))
    watch.on_epoch_end(2, {**task, "loss": 1.4, "val_jet_id_output_loss": 0.93})
    assert state.best_epoch == 2 and state.history["val_task_loss"] == pytest.approx([1.0, 1.01, 1.03])


@pytest.mark.parametrize("name", ["interaction_network", "attention"])
def test_models_do_not_depend_on_the_order_of_particles(name):
    from pyrun.tagger.l1jet.models import config

    model = config.read(name).model_config.build(16, len(FEATURES), len(CLASSES))
    inputs = np.random.default_rng(1).normal(size=(5, 16, len(FEATURES))).astype(np.float32)
    inputs[..., FEATURES.index("isfilled")] = 1
    order = np.random.default_rng(2).permutation(16)
    for one, other in zip(model(inputs), model(inputs[:, order]), strict=True):
        assert np.asarray(one) == pytest.approx(np.asarray(other), abs=1e-5)
        assert np.ptp(np.asarray(one), axis=0).max() > 0


def test_mirrored_jets_keep_their_classes_but_for_the_charge():
    from pyrun.tagger.l1jet.training.batches import Symmetries

    inputs = np.zeros((2, 1, len(FEATURES)), dtype=np.float32)
    at = FEATURES.index
    inputs[:, 0, [at("deta"), at("dphi"), at("isMuonPlus"), at("pt")]] = 3, 4, 1, 5
    target = np.eye(len(CLASSES), dtype=np.float32)[[CLASSES.index("taup"), CLASSES.index("b")]]
    target[0, CLASSES.index("b")] = 0.25
    Symmetries(FEATURES, CLASSES).apply(inputs, target, np.array([[True, False, True], [False, True, False]]))
    assert {CLASSES[k]: target[0, k] for k in np.nonzero(target[0])[0]} == {"taum": 1, "b": 0.25}
    assert target[1].argmax() == CLASSES.index("b")
    first, second = inputs[:, 0]
    assert (first[at("deta")], first[at("isMuonPlus")], first[at("isMuonMinus")], first[at("pt")]) == (-3, 0, 1, 5)
    assert (second[at("deta")], second[at("dphi")], second[at("isMuonPlus")]) == (3, -4, 1)


def test_a_quantised_model_starts_where_the_float_one_is():
    from pyrun.tagger.l1jet.models import config
    from pyrun.tagger.l1jet.training.warm_start import take_weights

    source = config.read("float").model_config.build(16, len(FEATURES), len(CLASSES))
    rng = np.random.default_rng(1)
    for layer in source.layers:
        if layer.name.endswith("_norm"):
            layer.set_weights([rng.uniform(0.5, 2, x.shape) for x in layer.get_weights()])
    model = config.read("baseline").model_config.build(16, len(FEATURES), len(CLASSES))
    take_weights(model, source)
    inputs = rng.uniform(0, 2, size=(50, 16, len(FEATURES))).astype(np.float32)
    expected, found = np.asarray(source(inputs)[0]), np.asarray(model(inputs, training=True)[0])
    assert np.corrcoef(expected.ravel(), np.asarray(model(inputs)[0]).ravel())[0, 1] > 0.95
    assert found.shape == expected.shape
    with pytest.raises(ModelError, match="of another shape"):
        take_weights(config.read("larger").model_config.build(16, len(FEATURES), len(CLASSES)), source)
