"""Configurations of the tagger's models."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pyrun.framework.errors import ConfigFileNotFound, Configuration, ModelError
from pyrun.tagger.l1jet.models import config, names


def read(folder, text):
    (folder / "my.yaml").write_text(text)
    return config.read(folder / "my.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "model: deepsets\nmodel_config:\n  conv1d_layer: [3]\n",
            "line 3: unknown key 'conv1d_layer'; did you mean conv1",
        ),
        ("model: deepsets\ntraining_config:\n  epoch: 3\n", "line 3: unknown key 'epoch'; did you mean epochs"),
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
    with pytest.raises(ModelError, match="did you mean deepsets_hgq"):
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
