"""Configurations of the tagger's models."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from pyrun.framework.errors import ConfigFileNotFound, Configuration, ModelError
from pyrun.modules.l1t.ng_inputs import FEATURES
from pyrun.tagger.l1jet.models import config, names


def read(folder, text):
    (folder / "my.yaml").write_text(text)
    return config.read(folder / "my.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "model: deepsets\nmodel_config:\n  conv1d_layer: [3]\n",
            "line 3: unknown key 'conv1d_layer'. Did you mean 'conv1",
        ),
        ("model: deepsets\ntraining_config:\n  epoch: 3\n", "line 3: unknown key 'epoch'. Did you mean 'epochs'"),
        ("model: deepsets\ntrain: {}\n", "line 2: unknown key 'train'"),
        ("model: deepsets\ntraining_config:\n  epochs: many\n", "line 3: epochs has to be of type int, not 'many'"),
        ("model: deepsets\ntraining_config:\n  epochs: 0\n", "line 3: 'epochs' must be > 0"),
        ("model: deepsets\ntraining_config:\n  weight_method: some\n", "line 3: 'weight_method' must be in"),
        ("model: deepsets\ntraining_config: {loss_weights: [1]}\n", "line 2: 'loss_weights' has to be two numbers"),
        ("model: deepsets\nmodel_config:\n  conv1d_layers: 3\n", "line 3: conv1d_layers has to be a list"),
        ("model: deepsets\nmodel: deepsets\n", "line 2: model is there twice"),
        ("training_config: {}\n", "line 1: model is missing"),
        ("model: [\n", "is no YAML"),
        ("- a\n", "does not consist of keys"),
    ],
)
def test_errors_name_the_line(tmp_path, text, message):
    with pytest.raises(Configuration, match=message):
        read(tmp_path, text)


def test_unknown_model_names_the_nearest(tmp_path):
    with pytest.raises(ModelError, match="Did you mean 'deepsets_hgq'"):
        read(tmp_path, "model: deepset_hgq\n")


def test_no_such_configuration():
    with pytest.raises(ConfigFileNotFound, match="one of attention, baseline"):
        config.read("basline")


def test_a_folder_of_the_same_name_does_not_hide_a_shipped_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "baseline").mkdir()
    assert config.read("baseline").model == "deepsets_hgq"


def test_numbers_may_be_written_as_in_python(tmp_path):
    assert read(tmp_path, "model: deepsets_hgq\nmodel_config: {beta: 1e-6}\n").model_config.beta == 1e-6


@pytest.mark.parametrize("name", config.shipped())
def test_shipped_ones_are_the_same_after_writing(tmp_path, name):
    chosen = config.read(name)
    (tmp_path / "again.yaml").write_text(chosen.dump())
    again = config.read(tmp_path / "again.yaml")
    assert (again.model_config, again.training_config) == (chosen.model_config, chosen.training_config)


@pytest.mark.skipif(importlib.util.find_spec("hgq") is None, reason="needs the extra tagger")
@pytest.mark.parametrize("name", ["deepsets", "deepsets_hgq"])
def test_context_shows_the_hardest_particles_to_all(tmp_path, name):
    import keras

    network = read(tmp_path, f"model: {name}\nmodel_config: {{context: 2}}\n").model_config.build(16, 20, 8)
    first = keras.Model(network.inputs, network.get_layer("particle_0_relu").output)
    jet = np.random.default_rng(1).integers(-8, 8, (16, 20)).astype(np.float32)
    changed = np.stack([jet] + [jet + 3 * (np.arange(16) == k)[:, None] for k in (0, 1, 2, 15)])
    there, *after = first.predict(changed, verbose=0)
    assert (after[0] != there).any(axis=1).all()
    assert (after[1] != there).any(axis=1).all()
    assert [np.flatnonzero((one != there).any(axis=1)).tolist() for one in after[2:]] == [[2], [15]]


@pytest.mark.skipif(importlib.util.find_spec("hgq") is None, reason="needs the extra tagger")
@pytest.mark.parametrize(("quantised", "precision"), [(False, 1e-5), (True, 2**-5)])
def test_relative_z0_is_the_distance_from_the_mean_of_the_charged(quantised, precision):
    import keras

    from pyrun.tagger.l1jet.models.layers import Plain, Quantized

    jets = np.zeros((4, 16, 20), dtype=np.float32)
    columns = [FEATURES.index(name) for name in ("isPhoton", "isMuonMinus", "isChargedHadronPlus", "z0")]
    jets[0, :3, columns[2:]] = [[1, 1, 1], [100, 101, 105]]  # mean of 102
    jets[1, :4, columns] = [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 1], [-290, 0, -290, -299]]  # one is no track
    jets[2, :1, columns[0]] = 1  # no track at all
    jets[3, :, columns[2:]] = [[1] * 16, [*range(280, 296)]]  # mean of 287.5
    layers = Quantized(0, 8, 2, 6, 4) if quantised else Plain()
    inputs = keras.Input((16, 20))
    with layers.scope():
        network = keras.Model(inputs, layers.with_relative_z0(layers.entry(inputs)))
    seen = network.predict(jets, verbose=0)
    wanted = np.zeros((4, 16))
    wanted[0, :3] = np.array([-2, -1, 3]) / 8
    wanted[1, :4] = np.array([3, 0, 3, -6]) / 8
    wanted[3] = (np.arange(16) - 7.5) / 8
    assert np.abs(seen[..., 20] - np.tanh(wanted)).max() <= precision
    assert np.array_equal(seen[..., :20], keras.Model(inputs, layers.entry(inputs)).predict(jets, verbose=0))


@pytest.mark.skipif(importlib.util.find_spec("hgq") is None, reason="needs the extra tagger")
@pytest.mark.parametrize("more", ["context: 2", "context: 2, relative_z0: true"])
def test_quantised_network_begins_as_the_float_one(tmp_path, more):
    from pyrun.tagger.l1jet.training.warm_start import take_weights

    sizes = f"conv1d_layers: [6], classification_layers: [4], regression_layers: [4], {more}"
    plain = read(tmp_path, f"model: deepsets\nmodel_config: {{{sizes}}}\n").model_config.build(16, 20, 8)
    wide = f"{sizes}, quantizer_bits: 18, quantizer_bits_int: 4, fraction_bits: 14, integer_bits: 10"
    quantised = read(tmp_path, f"model: deepsets_hgq\nmodel_config: {{{wide}}}\n").model_config.build(16, 20, 8)
    take_weights(quantised, plain)
    rng = np.random.default_rng(1)
    jets = rng.integers(-8, 8, (50, 16, 20)).astype(np.float32)
    kinds = [FEATURES.index(name) for name in FEATURES if name.startswith("is") and name != "isfilled"]
    jets[..., kinds] = np.eye(len(kinds))[rng.integers(len(kinds), size=(50, 16))]
    assert np.allclose(quantised.predict(jets, verbose=0)[1], plain.predict(jets, verbose=0)[1], atol=0.02)


def test_a_model_of_ones_own_takes_one_file(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import attrs\nfrom pyrun.tagger.l1jet.models import register\n\n"
        '@register("mine")\n@attrs.frozen\nclass Mine:\n    quantized = False\n    width: int = 3\n'
    )
    chosen = read(tmp_path, "model: mine\nmodule: mine.py\nmodel_config: {width: 5}\n")
    assert chosen.model_config.width == 5
    assert "mine" in names()


def test_broken_module_of_ones_own(tmp_path):
    (tmp_path / "broken.py").write_text("1 / 0\n")
    with pytest.raises(ModelError, match="broken.py can't be imported: ZeroDivisionError"):
        read(tmp_path, "model: broken\nmodule: broken.py\n")


def test_help_and_lists_need_no_tensorflow():
    code = (
        "import sys; from pyrun.tagger.l1jet import cli, models; models.names(); cli.pytagger(['train', '--list'],"
        " standalone_mode=False); assert not {'tensorflow', 'keras', 'uproot', 'numba'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
