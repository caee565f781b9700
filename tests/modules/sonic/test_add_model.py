"""ONNX files into model repositories."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper
from sonic_models import write_scale

from pyrun.framework.errors import ModelError
from pyrun.modules.sonic.add_model import add_model
from pyrun.modules.sonic.cli import pysonic
from pyrun.modules.sonic.model_repository import Model
from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions


def write_onnx(file: Path, shape: list, elements: int = TensorProto.FLOAT) -> Path:
    """A model whose output "y" is its input "x"."""
    ends = [helper.make_tensor_value_info(name, elements, shape) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "same", ends[:1], ends[1:])
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]), file)
    return file


@pytest.fixture
def same(tmp_path) -> Path:
    return write_onnx(tmp_path / "same.onnx", ["jets", "candidates", 3])


def test_the_first_axis_is_the_batch_and_variable_ones_are_any(same, tmp_path):
    model = add_model(same, tmp_path / "models")
    assert (model.name, model.versions, model.max_batch_size) == ("same", (1,), 4096)
    assert [(x.name, x.dtype, x.dims) for x in model.inputs] == [("x", np.float32, (-1, 3))]
    assert model.file().read_bytes() == same.read_bytes()
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["same"]


def test_without_a_batch_all_axes_are_described(tmp_path):
    file = write_onnx(tmp_path / "table.onnx", [2, "n"], TensorProto.INT64)
    model = add_model(file, tmp_path, name="whole", max_batch_size=0)
    assert (model.name, model.max_batch_size) == ("whole", 0)
    assert [(x.dtype, x.dims) for x in model.outputs] == [(np.int64, (2, -1))]


def test_a_second_call_adds_a_version_and_leaves_the_configuration(same, tmp_path):
    config = add_model(same, tmp_path, labels=["u", "v", "w"]).folder / "config.pbtxt"
    config.write_text(text := config.read_text().replace("4096", "100"))
    model = add_model(same, tmp_path)
    assert model.versions == (1, 2) and config.read_text() == text
    assert model.outputs[0].labels == ("u", "v", "w")


@pytest.mark.parametrize(
    ("shape", "options", "problem"),
    [
        ([2, 3], {}, "has no batch: the first axis of x, y has a fixed length"),
        (["n"], {}, "must be an array with an axis beside the batch"),
        (["n", 3], {"labels": ["a", "b"]}, r"The 2 labels a, b don't fit the outputs of .*: y \['n', 3\]"),
        (["n", 4], {"name": "same"}, r"can't be a new version of .*: it has the inputs x float32 \[4\], those before"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing(same, tmp_path, shape, options, problem):
    before = add_model(same, tmp_path / "models")
    with pytest.raises(ModelError, match=problem):
        add_model(write_onnx(tmp_path / "other.onnx", shape), tmp_path / "models", **options)
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["same"]
    assert Model.load(before.folder).versions == (1,)


def test_a_file_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(ModelError, match="text.onnx is not a model that onnxruntime can load"):
        add_model(tmp_path / "text.onnx", tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_the_command_tells_where_the_model_is(tmp_path):
    scale = write_scale(tmp_path / "source") / "1" / "model.onnx"
    arguments = ["add-model", str(scale), "-M", str(tmp_path / "models"), "-n", "twice", "-b", "32"]
    result = CliRunner().invoke(pysonic, arguments, catch_exceptions=False)
    assert result.output == f"{tmp_path}/models/twice, version 1: see its config.pbtxt\n"
    assert Model.load(tmp_path / "models" / "twice").max_batch_size == 32


def test_a_server_runs_what_was_added(triton, same, tmp_path):
    model = add_model(same, tmp_path / "models")
    with LocalServer.start(ServerOptions(models=[model.folder], executable="bundled", temp=tmp_path / "t")) as server:
        assert server.ready() and list(server.state.models) == ["same"]
