"""Networks run by onnxruntime inside the server: all types, errors of requests, memory."""

from __future__ import annotations

import contextlib
from pathlib import Path

import attrs
import numpy as np
import pytest
import tritonclient.grpc as client
from onnx import TensorProto
from sonic_models import write_identity, write_scale
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from pyrun.framework.errors import ExternalFailure, ModelError
from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions

LIMIT = 20.0  # seconds; nothing here takes that long
TYPES = {
    "FP64": (TensorProto.DOUBLE, np.linspace(-1, 1, 6)),
    "FP16": (TensorProto.FLOAT16, np.linspace(-1, 1, 6, dtype=np.float16)),
    "INT64": (TensorProto.INT64, np.arange(6) - 3),
    "UINT8": (TensorProto.UINT8, np.arange(6, dtype=np.uint8)),
    "BOOL": (TensorProto.BOOL, np.arange(6) % 2 == 0),
}


@pytest.fixture(scope="module")
def connection(triton, tmp_path_factory):
    folder = tmp_path_factory.mktemp("types")
    models = [write_identity(folder, name.lower(), TYPES[name][0], name) for name in TYPES]
    options = ServerOptions(models=[*models, write_scale(folder)], executable="bundled", temp=folder / "servers")
    with (
        LocalServer.start(options) as server,
        contextlib.closing(client.InferenceServerClient(server.address)) as found,
    ):
        found.server = server
        yield found


def infer(connection, model, x):
    given = client.InferInput("x", x.shape, np_to_triton_dtype(x.dtype))
    given.set_data_from_numpy(x)
    return connection.infer(model, [given], client_timeout=LIMIT).as_numpy("y")


@pytest.mark.parametrize("name", TYPES)
def test_arrays_of_all_types_come_and_go_unchanged(connection, name):
    x = TYPES[name][1].reshape(2, 3)
    y = infer(connection, name.lower(), x)
    np.testing.assert_array_equal(y, x)
    assert y.dtype == x.dtype


def test_memory_does_not_grow_with_the_number_of_requests(connection):
    (stub,) = (
        int(pid)
        for pid in Path(f"/proc/{connection.server.pid}/task/{connection.server.pid}/children").read_text().split()
        if b"/scale/" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )

    def megabytes():
        return int(Path(f"/proc/{stub}/statm").read_text().split()[1]) * 4096 / 1e6

    x = np.ones((50, 20_000), np.float32)  # 4 MB
    for _ in range(5):
        infer(connection, "scale", x)
    before = megabytes()
    for _ in range(50):
        np.testing.assert_array_equal(infer(connection, "scale", x)[::7], 2 * x[::7])
    assert megabytes() - before < 40


def test_log_has_nothing_to_say_about_requests(connection):
    infer(connection, "scale", np.ones((1, 3), np.float32))
    text = connection.server.log_file.read_text()
    assert "Traceback" not in text and "Error" not in text


def test_configuration_that_does_not_fit_the_file_is_told_at_the_start(server_options, tmp_path):
    folder = write_scale(tmp_path / "models")
    config = folder / "config.pbtxt"
    config.write_text(config.read_text().replace('name: "y"', 'name: "scores"'))
    with pytest.raises(ExternalFailure, match=r"config\.pbtxt names the outputs scores, but the ONNX file has y"):
        LocalServer.start(attrs.evolve(server_options, models=[folder]))


def test_texts_are_refused(server_options, tmp_path):
    """The server's python backend crashes with them and numpy 2."""
    folder = write_identity(tmp_path / "models", "texts", TensorProto.STRING, "STRING")
    with pytest.raises(ModelError, match="texts has tensors of type STRING"):
        LocalServer.start(attrs.evolve(server_options, models=[folder]))


def test_request_that_the_network_refuses_fails_alone(connection, server_options, tmp_path):
    """Type and rank are checked by Triton, so a network is needed that is stricter than its configuration."""
    import onnx

    extra = "dynamic_batching { max_queue_delay_microseconds: 300000 }"
    folder = write_scale(tmp_path / "models", "strict", extra=extra)
    network = onnx.load(folder / "1" / "model.onnx")
    network.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 3
    onnx.save(network, folder / "1" / "model.onnx")
    answers = {}
    with (
        LocalServer.start(attrs.evolve(server_options, models=[folder])) as server,
        contextlib.closing(client.InferenceServerClient(server.address)) as other,
    ):
        for width in (4, 3):
            x = np.ones((1, width), np.float32)
            try:
                answers[width] = infer(other, "strict", x)
            except InferenceServerException as error:
                answers[width] = error.message()
    np.testing.assert_array_equal(answers[3], [[2, 2, 2]])
    assert "Got: 4 Expected: 3" in answers[4]
