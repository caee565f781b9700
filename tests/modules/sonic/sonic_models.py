"""Small models in Triton's layout, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def write_identity(repository: Path, name: str, onnx_type: int, triton_type: str) -> Path:
    """A model whose output "y" is its input "x", of any type; rows of any length.

    Parameters
    ----------
    onnx_type : int
        As ``TensorProto.INT64``.
    triton_type : str
        As ``"INT64"``.
    """
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        name,
        [helper.make_tensor_value_info("x", onnx_type, ["n", "m"])],
        [helper.make_tensor_value_info("y", onnx_type, ["n", "m"])],
    )
    rest = f"data_type: TYPE_{triton_type}, dims: [ -1 ] }} ]"
    return _write(repository / name, graph, 1, f'input [ {{ name: "x", {rest}\noutput [ {{ name: "y", {rest}', 64)


def write_scale(
    repository: Path, name: str = "scale", *, factor: float = 2.0, version: int = 1, batch: int = 64, extra: str = ""
) -> Path:
    """A model whose output "y" is `factor` times its input "x", float32 rows of any length.

    Parameters
    ----------
    batch : int
        max_batch_size.
    extra : str
        Further lines for ``config.pbtxt``, such as ``dynamic_batching { ... }``.

    Returns
    -------
    Path
        The model's folder; a second call adds a version to it.
    """
    constant = numpy_helper.from_array(np.array(factor, np.float32), "factor")
    shape = ["n", "m"]
    graph = helper.make_graph(
        [helper.make_node("Mul", ["x", "factor"], ["y"])],
        name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [constant],
    )
    dims = "[ -1 ]" if batch else "[ -1, -1 ]"
    tensors = (
        f'input [ {{ name: "x", data_type: TYPE_FP32, dims: {dims} }} ]\n'
        f'output [ {{ name: "y", data_type: TYPE_FP32, dims: {dims} }} ]\n'
    )
    return _write(repository / name, graph, version, tensors + extra, batch)


def _write(folder: Path, graph: onnx.GraphProto, version: int, text: str, batch: int) -> Path:
    file = folder / str(version) / "model.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]), file)
    (folder / "config.pbtxt").write_text(
        f'name: "{folder.name}"\nbackend: "onnxruntime"\nmax_batch_size: {batch}\n{text}\n'
    )
    return folder
