"""Models with what `sonic_models` has not: several inputs and outputs, fixed lengths, no batches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def write_sums(repository: Path) -> Path:
    """Inputs "x" [any, 3] and "w" [2]; outputs "total" [2], the sum of x times w, and "each" [any, 3], twice x."""
    axes = numpy_helper.from_array(np.array([1, 2], np.int64), "axes")
    nodes = [
        helper.make_node("ReduceSum", ["x", "axes"], ["sum"], keepdims=0),
        helper.make_node("Reshape", ["sum", "column"], ["sums"]),
        helper.make_node("Mul", ["sums", "w"], ["total"]),
        helper.make_node("Add", ["x", "x"], ["each"]),
    ]
    column = numpy_helper.from_array(np.array([-1, 1], np.int64), "column")
    inputs = [("x", ["b", "n", 3]), ("w", ["b", 2])]
    outputs = [("total", ["b", 2]), ("each", ["b", "n", 3])]
    return _write(repository, "sums", nodes, inputs, outputs, [axes, column], batch=8)


def write_whole(repository: Path) -> Path:
    """A model without batches: "y" is twice "x", [any, 3]."""
    nodes = [helper.make_node("Add", ["x", "x"], ["y"])]
    return _write(repository, "whole", nodes, [("x", ["n", 3])], [("y", ["n", 3])], [], batch=0)


def _write(repository, name, nodes, inputs, outputs, constants, batch):
    values = [[helper.make_tensor_value_info(tensor, FLOAT, dims) for tensor, dims in x] for x in (inputs, outputs)]
    graph = helper.make_graph(nodes, name, *values, constants)
    file = repository / name / "1" / "model.onnx"
    file.parent.mkdir(parents=True)
    onnx.save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]), file)
    lines = [f'name: "{name}"', 'backend: "onnxruntime"', f"max_batch_size: {batch}"]
    for what, tensors in (("input", inputs), ("output", outputs)):
        for tensor, dims in tensors:
            own = ", ".join(str(n if isinstance(n, int) else -1) for n in (dims[1:] if batch else dims))
            lines.append(f'{what} [ {{ name: "{tensor}", data_type: TYPE_FP32, dims: [ {own} ] }} ]')
    (repository / name / "config.pbtxt").write_text("\n".join(lines) + "\n")
    return repository / name
