"""Repositories written for servers: the local one and a production server's."""

from __future__ import annotations

import attrs
import pytest
from google.protobuf import text_format
from sonic_models import write_scale
from tritonclient.grpc.model_config_pb2 import ModelConfig, ModelInstanceGroup

from pyrun.framework.errors import ModelError
from pyrun.modules.sonic.model_repository import Model, configured_checksums
from pyrun.modules.sonic.server import layout


@pytest.fixture
def model(tmp_path):
    extra = "dynamic_batching { default_queue_policy { max_queue_size: 3 } }\n# said by its author"
    return Model.load(write_scale(tmp_path / "models", extra=extra))


def local(model, folder, **options):
    values = {"instances": 0, "threads": 1, "gpu": False, "shim": True} | options
    layout.write_local([model], folder, **values)
    return Model.load(folder / model.name)


def test_local_repository_calls_onnxruntime_from_the_python_backend(model, tmp_path):
    served = local(model, tmp_path / "served", threads=4, instances=2)
    assert served.config.backend == "python"
    assert served.config.parameters["pysonic_threads"].string_value == "4"
    assert served.config.dynamic_batching == model.config.dynamic_batching
    assert [(x.count, x.kind) for x in served.config.instance_group] == [(2, ModelInstanceGroup.KIND_CPU)]
    assert {path.name for path in (served.folder / "1").iterdir()} == {"model.py", "model.onnx"}
    assert (served.folder / "1" / "model.onnx").resolve() == model.file()
    assert configured_checksums(served.config, 1) == model.checksums(1)


def test_server_with_onnxruntime_gets_the_files_as_they_are(model, tmp_path):
    served = local(model, tmp_path / "served", shim=False, gpu=True)
    assert served.config.backend == "onnxruntime"
    assert (served.folder / "1").resolve() == model.folder / "1"
    assert served.config.instance_group[0].kind == ModelInstanceGroup.KIND_AUTO


def test_version_folders_hold_the_files_of_their_version(model, tmp_path):
    write_scale(model.folder.parent, version=2, factor=5.0)
    served = local(Model.load(model.folder), tmp_path / "served")
    assert served.versions == (1, 2)
    assert configured_checksums(served.config, 2)["2/model.onnx"] == served.checksums(2)["2/model.onnx"]


def test_model_without_version_is_refused(model, tmp_path):
    with pytest.raises(ModelError, match="no version"):
        local(attrs.evolve(model, versions=()), tmp_path / "served")


def test_files_that_differ_from_the_configured_checksums_are_refused(model, tmp_path):
    exported, *_ = layout.export([model], tmp_path)
    write_scale(exported.parent / "new", factor=3.0)
    (exported / "1" / "model.onnx").write_bytes((exported.parent / "new/scale/1/model.onnx").read_bytes())
    with pytest.raises(ModelError, match=r"1/model\.onnx is not the one that config\.pbtxt describes"):
        local(Model.load(exported), tmp_path / "served")


def test_exported_repository_is_a_copy_with_checksums_for_the_agent(model, tmp_path):
    (exported,) = layout.export([model], tmp_path)
    found = Model.load(exported)
    assert found.config.backend == "onnxruntime"
    assert not (exported / "1" / "model.onnx").is_symlink()
    assert found.checksums() == model.checksums() == configured_checksums(found.config, 1)
    assert "# said by its author" in (exported / "config.pbtxt").read_text()
    agent = found.config.model_repository_agents.agents[0]
    assert (agent.name, list(agent.parameters)) == ("checksum", ["MD5:1/model.onnx"])


def test_export_names_the_backend_that_the_file_name_implies(model, tmp_path):
    config = model.folder / "config.pbtxt"
    config.write_text(config.read_text().replace('backend: "onnxruntime"', ""))
    (exported,) = layout.export([Model.load(model.folder)], tmp_path, checksums=False)
    text = (exported / "config.pbtxt").read_text()
    assert text_format.Parse(text, ModelConfig()).backend == "onnxruntime"
    assert "checksum" not in text


def test_export_replaces_nothing(model, tmp_path):
    layout.export([model], tmp_path)
    with pytest.raises(ModelError, match="already is a model"):
        layout.export([model], tmp_path)
