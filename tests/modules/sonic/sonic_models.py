"""Small models in Triton's layout, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


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
    folder = repository / name
    file = folder / str(version) / "model.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]), file)
    dims = "[ -1 ]" if batch else "[ -1, -1 ]"
    (folder / "config.pbtxt").write_text(
        f"""name: "{name}"
backend: "onnxruntime"
max_batch_size: {batch}
input [ {{ name: "x", data_type: TYPE_FP32, dims: {dims} }} ]
output [ {{ name: "y", data_type: TYPE_FP32, dims: {dims} }} ]
{extra}
"""
    )
    return folder
