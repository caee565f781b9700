"""From which size on shared memory pays for tensors to and from a server on the same machine.

    python benchmarks/sonic_shared_memory.py [--quick]

One request after the other, in turn by message and by shared memory, to a model that doubles its input: the input and
the output are half of the bytes each. Milliseconds per request; the median of five rounds. The result is the constant
`WORTHWHILE` in modules/sonic/shared_memory.py.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from pyrun.modules.sonic import shared_memory
from pyrun.modules.sonic.connection import Address, Connection, InferRequest
from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions

ROWS = 16
CONFIG = """name: "double" backend: "onnxruntime" max_batch_size: 16
input [ { name: "x", data_type: TYPE_FP32, dims: [ -1 ] } ]
output [ { name: "y", data_type: TYPE_FP32, dims: [ -1 ] } ]
"""


def write_model(repository: Path) -> Path:
    """The model; returns its folder."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", "m"]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "double", [x], [y])
    folder = repository / "double"
    (folder / "1").mkdir(parents=True)
    (folder / "config.pbtxt").write_text(CONFIG)
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    onnx.save(model, folder / "1" / "model.onnx")
    return folder


async def milliseconds(connection: Connection, array: np.ndarray, shared: bool, calls: int) -> float:
    """The mean of some calls."""
    request = InferRequest(
        "double", inputs={"x": array}, outputs=["y"], output_bytes={"y": array.nbytes}, shared_memory=shared
    )
    began = time.perf_counter()
    for _ in range(calls):
        answer = await connection.infer(request, 60.0)
    took = (time.perf_counter() - began) / calls * 1e3
    assert (answer["y"] == 2 * array).all()
    return took


async def compare(port: int, sizes: list[int], rounds: int, calls: int) -> None:
    """Print the table."""
    connection = Connection(Address("benchmark", "127.0.0.1", port))
    shared_memory.WORTHWHILE = 0
    print(f"{'kB in all':>10}{'message':>10}{'shared memory':>15}{'ratio':>8}")
    for size in sizes:
        array = np.random.default_rng(1).random((ROWS, size // ROWS // 8), dtype=np.float32)
        times: dict[bool, list[float]] = {False: [], True: []}
        for shared in times:
            await milliseconds(connection, array, shared, 3)  # uncounted
        for _ in range(rounds):
            for shared, taken in times.items():
                taken.append(await milliseconds(connection, array, shared, max(2, min(calls, calls * 2**20 // size))))
        message, shared = (statistics.median(taken) for taken in times.values())
        print(f"{size / 1024:>10.0f}{message:>10.2f}{shared:>15.2f}{message / shared:>8.2f}")
    await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="little work, for tests")
    quick = parser.parse_args().quick
    sizes = [2**14, 2**18] if quick else [2**power for power in range(12, 26)]
    with tempfile.TemporaryDirectory() as folder:
        options = ServerOptions(models=[write_model(Path(folder))], temp=folder)
        with LocalServer.start(options) as server:
            asyncio.run(compare(server.grpc_port, sizes, 1 if quick else 5, 5 if quick else 100))


if __name__ == "__main__":
    main()
