"""Model repositories: what config.pbtxt says, and what is said about wrong ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from google.protobuf import text_format
from sonic_models import write_scale
from tritonclient.grpc.model_config_pb2 import ModelConfig

from pyrun.framework.errors import ModelError
from pyrun.modules.sonic.model_repository import Model, ModelRepository, configured_checksums, load_models

MODELS = Path(__file__).parents[3] / "models"


@pytest.fixture
def folder(tmp_path):
    return write_scale(tmp_path / "models")


def edit(folder, old, new):
    file = folder / "config.pbtxt"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_configuration_of_particle_transformer():
    model = Model.load(MODELS / "particletransformer_AK4")
    assert (model.name, model.max_batch_size, model.versions) == ("particletransformer_AK4", 500, (1,))
    assert [(x.name, x.dims) for x in model.inputs][:2] == [("input_1", (-1, 16)), ("input_2", (-1, 8))]
    (output,) = model.outputs
    assert (output.name, output.dtype, output.dims) == ("softmax", np.float32, (6,))
    assert output.labels == ("probb", "probbb", "problepb", "probc", "probuds", "probg")
    assert model.file() == MODELS / "particletransformer_AK4" / "1" / "model.onnx"


def test_model_is_named_by_its_configuration_or_its_folder(folder):
    assert Model.load(folder).config == Model.load(folder / "config.pbtxt").config


def test_repository_holds_all_models(folder):
    write_scale(folder.parent, "other")
    (folder.parent / "notes").mkdir()
    assert [model.name for model in ModelRepository.load(folder.parent).models] == ["other", "scale"]


def test_versions_are_numbers_and_the_latest_is_the_default(folder):
    for version in (10, 9):
        write_scale(folder.parent, version=version)
    (folder / "old").mkdir()
    model = Model.load(folder)
    assert model.versions == (1, 9, 10)
    assert model.file() == folder / "10" / "model.onnx"
    assert model.file("9") == model.file(9) == folder / "9" / "model.onnx"
    assert model.version("") == 10


def test_checksums_are_md5_of_all_files_of_the_version(folder):
    (folder / "1" / "weights").mkdir()
    (folder / "1" / "weights" / "part").write_bytes(b"numbers")
    network = hashlib.md5((folder / "1" / "model.onnx").read_bytes()).hexdigest()
    expected = {"1/model.onnx": network, "1/weights/part": hashlib.md5(b"numbers").hexdigest()}
    assert Model.load(folder).checksums(1) == expected


def test_checksum_of_a_changed_file_changes(folder):
    before = Model.load(folder).checksums()
    write_scale(folder.parent, factor=3.0)
    assert Model.load(folder).checksums() != before


@pytest.mark.parametrize(
    "text",
    [
        'model_repository_agents { agents { name: "checksum" parameters { key: "MD5:2/model.onnx" value: "0A" }'
        ' parameters { key: "MD5:1/model.onnx" value: "0B" } } }',
        'parameters { key: "MD5:2/model.onnx" value { string_value: "0a" } }',
    ],
    ids=["of the agent", "of the model"],
)
def test_checksums_in_a_configuration(text):
    config = text_format.Parse(text, ModelConfig())
    assert configured_checksums(config, 2) == {"2/model.onnx": "0a"}
    assert configured_checksums(config, 22) == {}


@pytest.mark.parametrize("name, dtype", [("INT64", np.int64), ("BOOL", bool), ("FP16", np.float16), ("STRING", object)])
def test_types_are_those_of_numpy(folder, name, dtype):
    edit(folder, "TYPE_FP32", f"TYPE_{name}")
    assert Model.load(folder).inputs[0].dtype == np.dtype(dtype)


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("max_batch_size", "max_bach_size", r"config\.pbtxt is wrong at line:column 3:1.*max_bach_size"),
        ('name: "scale"', 'name: "scales"', "is for 'scales', but its folder is called 'scale'"),
        ("TYPE_FP32", "TYPE_BF16", "TYPE_BF16.*TYPE_FP32"),
        ("output [", "# [", "lists no output"),
        ("[ -1 ] }", '[ -1 ], label_filename: "names.txt" }', r"names\.txt of output 'y'.*label_filename"),
    ],
)
def test_wrong_configuration_is_told_with_its_file(folder, old, new, message):
    if old == "[ -1 ] }":
        edit(
            folder,
            'output [ { name: "y", data_type: TYPE_FP32, dims: [ -1 ] }',
            'output [ { name: "y", data_type: TYPE_FP32, dims: [ -1 ], label_filename: "names.txt" }',
        )
    else:
        edit(folder, old, new)
    with pytest.raises(ModelError, match=message) as caught:
        Model.load(folder)
    assert str(folder) in str(caught.value)


def test_configuration_without_name_has_that_of_its_folder(folder):
    edit(folder, 'name: "scale"', "")
    assert Model.load(folder).name == "scale"


def test_missing_configuration_version_and_file_are_told(folder, tmp_path):
    with pytest.raises(ModelError, match=r"nowhere/config\.pbtxt can't be read|nowhere can't be read"):
        Model.load(tmp_path / "nowhere")
    with pytest.raises(ModelError, match="does not exist"):
        ModelRepository.load(tmp_path / "nowhere")
    with pytest.raises(ModelError, match="holds no folder"):
        ModelRepository.load(folder)
    with pytest.raises(ModelError, match="no version 3; versions there: 1"):
        Model.load(folder).file(3)
    (folder / "1" / "model.onnx").rename(folder / "1" / "network.onnx")
    with pytest.raises(ModelError, match="default_model_filename"):
        Model.load(folder).file()
    edit(folder, 'backend: "onnxruntime"', 'default_model_filename: "network.onnx"')
    assert Model.load(folder).file() == folder / "1" / "network.onnx"
    assert Model.load(folder).is_onnx


def test_binary_file_is_no_configuration(folder):
    with pytest.raises(ModelError, match=r"model\.onnx is no text|model\.onnx is wrong"):
        Model.load(folder / "1" / "model.onnx")


def test_models_of_all_paths_once_each(folder, tmp_path):
    assert list(load_models([folder, folder.parent, folder / "config.pbtxt"])) == ["scale"]
    with pytest.raises(ModelError, match="Two models are called 'scale'"):
        load_models([folder, write_scale(tmp_path / "others")])
