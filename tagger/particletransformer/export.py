"""Write a trained network as ONNX: ``python -m pyrun.tagger.particletransformer.export FOLDER --output model.onnx``.

The graph is spelled out, operation by operation as in `network`, rather than converted: a converter needs five times
the nodes for the same arithmetic (shape computations, decomposed normalisations), and runs at half the speed. What
comes out is compared with Keras before it is written.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from pyrun.modules.btag.features import CAPS, CLASSES, FEATURES

from .network import MASKED, SMALLEST, LayerNorm, PairFeatures

OPSET = 17
"""The first with LayerNormalization; onnxruntime has it since 1.13."""

TOLERANCE = 1e-5
"""Largest difference from Keras, in any score."""


def main() -> None:
    """Entry point of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder with the model.keras of train.py")
    parser.add_argument("--output", type=Path, required=True, help="the ONNX file")
    arguments = parser.parse_args()
    network = keras.models.load_model(arguments.folder / "model.keras")
    model = to_onnx(network)
    difference = compare(network, model)
    if difference > TOLERANCE:
        raise SystemExit(f"onnxruntime differs from Keras by {difference:.2g}, over {TOLERANCE:g}: nothing written")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, arguments.output)
    print(f"{arguments.output}: {arguments.output.stat().st_size} bytes, within {difference:.2g} of Keras")


def to_onnx(network: keras.Model) -> onnx.ModelProto:
    """The same network as an ONNX model; all axes but those of features and classes are dynamic."""
    graph = Graph(network)
    reals, embedded, momenta = [], [], []
    for i, (kind, names) in enumerate(FEATURES.items()):
        x = graph.input(f"input_{i + 1}", ("batch", f"n_{kind}", len(names)))
        p4 = graph.input(f"input_{i + 4}", ("batch", f"n_{kind}", 4))
        energy = graph.columns(p4, 3, 4)
        real = graph("Cast", graph("Greater", energy, graph.constant(0.0)), to=TensorProto.FLOAT)
        x = graph.scale(f"{kind}_scale", x, real)
        x = graph.dense(f"{kind}_embed_2", graph("Relu", graph.dense(f"{kind}_embed_1", x)))
        embedded.append(x)
        reals.append(real)
        momenta.append(p4)
    x, real, p4 = (graph("Concat", *parts, axis=1) for parts in (embedded, reals, momenta))
    ignored = graph("Mul", graph("Sub", graph.constant(1.0), real), graph.constant(MASKED))
    ignored = graph("Unsqueeze", graph("Transpose", ignored, perm=(0, 2, 1)), graph.integers(1))
    padding = graph("Less", ignored, graph.constant(0.0))
    bias = graph("Where", padding, graph.constant(MASKED), graph.pair_bias(pair_features(graph, p4)))
    for name in graph.blocks("block"):
        normed = graph.norm(f"{name}_norm_1", x)
        x = graph("Add", x, graph.attention(f"{name}_attention", normed, normed, bias))
        x = graph("Add", x, graph.feed_forward(name, x))

    first = graph("Slice", x, graph.integers(0), graph.integers(1), graph.integers(1))
    nothing = graph("Mul", first, graph.constant(0.0))  # of the batch's size
    token = graph("Add", nothing, graph.constant(graph.weights("class_token")[0]))
    bias = graph("Pad", ignored, graph.integers(0, 0, 0, 1, 0, 0, 0, 0), mode="constant")
    for name in graph.blocks("class"):
        seen = graph.norm(f"{name}_norm_1", graph("Concat", token, x, axis=1))
        token = graph("Add", token, graph.attention(f"{name}_attention", token, seen, bias))
        token = graph("Add", token, graph.feed_forward(name, token))
    token = graph.norm("class_norm", graph("Squeeze", token, graph.integers(1)))
    graph("Softmax", graph.dense("softmax", token), axis=-1, output="softmax")
    return graph.model(("softmax", ("batch", len(CLASSES))))


def pair_features(graph: Graph, p4: str) -> str:
    """As `network.PairFeatures`, not standardised."""
    px, py, pz, energy = (graph.columns(p4, i, i + 1) for i in range(4))
    smallest = graph.constant(SMALLEST)
    pt2 = graph("Add", graph("Mul", px, px), graph("Mul", py, py))
    pt = graph("Sqrt", graph("Max", pt2, graph.constant(SMALLEST**2)))
    plus = graph("Max", graph("Add", energy, pz), smallest)
    minus = graph("Max", graph("Sub", energy, pz), smallest)
    half, two = graph.constant(0.5), graph.constant(2.0)
    rapidity = graph("Mul", half, graph("Log", graph("Div", plus, minus)))

    def pairwise(op: str, x: str) -> str:
        return graph(op, x, graph("Transpose", x, perm=(0, 2, 1)))

    parts = [pairwise("Sub", x) for x in (rapidity, graph("Div", px, pt), graph("Div", py, pt))]
    squares = [graph("Mul", part, part) for part in parts]
    delta2 = graph("Add", graph("Add", squares[0], squares[1]), squares[2])
    log_delta = graph("Mul", half, graph("Log", graph("Max", delta2, smallest)))
    log_pt = graph("Log", pt)
    softer, total = pairwise("Min", log_pt), graph("Log", pairwise("Add", pt))
    mass2 = graph("Add", pairwise("Add", log_pt), graph("Mul", two, log_delta))
    features = (graph("Add", softer, log_delta), graph("Sub", softer, total), log_delta, mass2)
    return graph("Concat", *(graph("Unsqueeze", x, graph.integers(3)) for x in features), axis=3)


class Graph:
    """An ONNX graph in the making; calling it adds a node and returns the name of its output."""

    def __init__(self, network: keras.Model) -> None:
        self.network = network
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}
        self.inputs: list[onnx.ValueInfoProto] = []

    def __call__(self, op: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def input(self, name: str, shape: tuple[str | int, ...]) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def constant(self, value: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        """A constant; equal ones are stored once."""
        array = np.asarray(value, dtype=dtype)
        for name, known in self.initializers.items():
            if known.dims == list(array.shape) and numpy_helper.to_array(known).tobytes() == array.tobytes():
                return name
        name = f"constant_{len(self.initializers)}"
        self.initializers[name] = numpy_helper.from_array(array, name)
        return name

    def integers(self, *values: int) -> str:
        return self.constant(values, np.int64)

    def weights(self, layer: str) -> list[npt.NDArray[np.float32]]:
        return self.network.get_layer(layer).get_weights()

    def blocks(self, kind: str) -> list[str]:
        """Names of the blocks of one kind, in order."""
        names = {layer.name for layer in self.network.layers}
        return [f"{kind}_{i}" for i in range(len(names)) if f"{kind}_{i}_attention" in names]

    def columns(self, x: str, start: int, stop: int) -> str:
        """Columns of an array [N, P, columns]."""
        return self("Slice", x, self.integers(start), self.integers(stop), self.integers(2))

    def multiply(self, x: str, weights: list[npt.NDArray[np.float32]]) -> str:
        """x times a kernel, plus its bias if it has one."""
        x = self("MatMul", x, self.constant(weights[0]))
        return self("Add", x, self.constant(weights[1])) if len(weights) > 1 else x

    def dense(self, name: str, x: str) -> str:
        return self.multiply(x, self.weights(name))

    def norm(self, name: str, x: str) -> str:
        scale, shift = (self.constant(weight) for weight in self.weights(name))
        return self("LayerNormalization", x, scale, shift, axis=-1, epsilon=LayerNorm.epsilon)

    def scale(self, name: str, x: str, real: str) -> str:
        """As `network.Scale`."""
        units = np.array(self.network.get_layer(name).units)
        mean, width = (self.constant(weight) for weight in self.weights(name))
        inverse = self.constant(np.divide(1.0, units, out=np.ones(len(units)), where=units > 0))
        logarithm = self("Log", self("Add", self.constant(1.0), self("Mul", self("Abs", x), inverse)))
        logarithm = self("Mul", self("Sign", x), logarithm)
        x = self("Where", self.constant(units > 0, np.bool_), logarithm, x)
        x = self("Div", self("Sub", x, mean), width)
        return self("Mul", self("Clip", x, self.constant(-5.0), self.constant(5.0)), real)

    def pair_bias(self, pairs: str) -> str:
        """The pairs' embedding as [N, H, P, P]; their standardisation goes into the first layer's weights."""
        (kernel, shift), (head_kernel,) = self.weights("pairs_embed_1"), self.weights("pairs_embed_2")
        kernel = kernel / np.array(PairFeatures.width)[:, None]
        shift = shift - np.array(PairFeatures.centre) @ kernel
        flat = self("Reshape", pairs, self.integers(-1, len(kernel)))
        flat = self("Relu", self("Gemm", flat, self.constant(kernel), self.constant(shift)))
        heads = self.integers(head_kernel.shape[1])
        shape = self("Concat", self("Slice", self("Shape", pairs), self.integers(0), self.integers(3)), heads, axis=0)
        return self("Transpose", self("Reshape", self.multiply(flat, [head_kernel]), shape), perm=(0, 3, 1, 2))

    def attention(self, name: str, queries: str, keys: str, bias: str) -> str:
        """As `network.Attention`; the scale of the queries goes into their weights."""
        layer = self.network.get_layer(name)
        size = layer.width // layer.heads
        split, merged = self.integers(0, 0, layer.heads, size), self.integers(0, 0, layer.width)

        def heads(x: str, kernel: npt.NDArray[np.float32], order: tuple[int, ...]) -> str:
            return self("Transpose", self("Reshape", self.multiply(x, [kernel]), split), perm=order)

        key, value = np.split(layer.key_value.get_weights()[0], 2, axis=1)
        query = heads(queries, layer.query.get_weights()[0] * np.float32(size**-0.5), (0, 2, 1, 3))
        scores = self("MatMul", query, heads(keys, key, (0, 2, 3, 1)))
        mixed = self("Softmax", self("Add", scores, bias), axis=-1)
        mixed = self("Transpose", self("MatMul", mixed, heads(keys, value, (0, 2, 1, 3))), perm=(0, 2, 1, 3))
        return self.multiply(self("Reshape", mixed, merged), layer.out.get_weights())

    def feed_forward(self, name: str, x: str) -> str:
        x = self("Relu", self.dense(f"{name}_widen", self.norm(f"{name}_norm_2", x)))
        return self.dense(f"{name}_narrow", x)

    def model(self, output: tuple[str, tuple[str | int, ...]]) -> onnx.ModelProto:
        outputs = [helper.make_tensor_value_info(output[0], TensorProto.FLOAT, output[1])]
        inputs = sorted(self.inputs, key=lambda info: info.name)
        graph = helper.make_graph(self.nodes, self.network.name, inputs, outputs, list(self.initializers.values()))
        opset = [helper.make_operatorsetid("", OPSET)]
        model = helper.make_model(graph, producer_name="pyrun", opset_imports=opset, ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model


def compare(network: keras.Model, model: onnx.ModelProto, jets: int = 512) -> float:
    """Largest difference of any score between Keras and onnxruntime, on random jets of all sizes."""
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(1)
    inputs = random_inputs(rng, jets)
    expected = keras.ops.convert_to_numpy(network(inputs, training=False))
    names = [f"input_{i + 1}" for i in range(len(inputs))]
    found = session.run(["softmax"], dict(zip(names, inputs, strict=True)))[0]
    return float(np.abs(found - expected).max())


def random_inputs(rng: np.random.Generator, jets: int) -> list[npt.NDArray[np.float32]]:
    """Six inputs with values of about the right size, padded to the caps; each jet has 0 or more of each kind."""
    features, momenta = [], []
    for kind, names in FEATURES.items():
        real = np.arange(CAPS[kind]) < rng.integers(0, CAPS[kind] + 1, size=(jets, 1))
        p3 = rng.normal(scale=10.0, size=(*real.shape, 3))
        energy = np.sqrt((p3**2).sum(axis=-1, keepdims=True) + 0.02)
        values = rng.normal(scale=3.0, size=(*real.shape, len(names)))
        features.append((values * real[..., None]).astype(np.float32))
        momenta.append((np.concatenate([p3, energy], axis=-1) * real[..., None]).astype(np.float32))
    return features + momenta


if __name__ == "__main__":
    main()
