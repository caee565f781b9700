from __future__ import annotations

import asyncio
import shutil
import threading
import time
from concurrent.futures import Future

import numpy as np
import pytest
from sonic_service import LIMIT, triton_service

from pyrun.framework.errors import Configuration, ExternalFailure, ModelError
from pyrun.modules.sonic.client import AT_ONCE, Calls, ClientParameters, TritonClient, client
from pyrun.modules.sonic.connection import Address, Connection
from pyrun.modules.sonic.server.launch import LocalServer
from pyrun.modules.sonic.triton_data import TritonDataError

MODES = ["Sync", "Async", "PseudoAsync"]
RANDOM = np.random.default_rng(1)


def make(folder, **parameters) -> TritonClient:
    parameters = {"modelName": folder.name, "modelConfigPath": str(folder / "config.pbtxt"), "timeout": 10} | parameters
    return TritonClient("Tagger/'tagger'", "tagger", ClientParameters(**parameters))


@pytest.fixture
def service(local_server):
    with triton_service({"here": local_server}) as user:
        yield user.service


def requests(service) -> int:
    return int(service.performance()["TritonService"]["Requests-here"])


def answer(service, client, multiple=1, **arrays):
    inputs = client.inputs()
    for name, array in arrays.items():
        inputs[name].toServer(array)
    outputs = client.submit(service, inputs, multiple=multiple).result(LIMIT)
    return {name: output.fromServer() for name, output in outputs.items()}


def floats(*shape: int) -> np.ndarray:
    return RANDOM.random(shape, dtype=np.float32)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("rows", [1, 64, 65, 1000])
def test_a_batch_of_any_size_is_answered_in_order(service, scale_model, mode, rows):
    array = floats(rows, 3)
    np.testing.assert_array_equal(answer(service, make(scale_model, mode=mode), x=array)["y"], 2 * array)
    assert requests(service) == -(-rows // 64)


@pytest.mark.parametrize("rows", [1, 8, 20])
def test_several_inputs_and_outputs_stay_together_when_a_batch_is_divided(service, sums_model, rows):
    x, w = floats(rows, 5, 3), floats(rows, 2)
    got = answer(service, make(sums_model), x=x, w=w)
    np.testing.assert_array_equal(got["each"], 2 * x)
    np.testing.assert_allclose(got["total"], x.sum(axis=(1, 2))[:, None] * w, rtol=1e-5)


def test_ragged_rows_come_back_in_order_and_share_requests(service, sums_model):
    x = [floats(n, 3) for n in (4, 2, 4, 1, 2, 4)]
    w = [floats(2) for _ in x]
    got = answer(service, make(sums_model), x=x, w=w)
    assert requests(service) == 3  # of the lengths 4, 2 and 1
    assert isinstance(got["each"], list) and got["total"].shape == (6, 2)
    for row, entry in enumerate(x):
        np.testing.assert_array_equal(got["each"][row], 2 * entry)
        np.testing.assert_allclose(got["total"][row], entry.sum() * w[row], rtol=1e-5)


def test_batches_of_different_lengths_are_answered_one_behind_the_other(service, sums_model):
    client, parts = (
        make(sums_model, outputs=["total"]),
        [(floats(20, 5, 3), floats(20, 2)), (floats(3, 9, 3), floats(3, 2))],
    )
    inputs = client.inputs()
    for x, w in parts:
        inputs.addBatch({"x": x, "w": w})
    total = client.submit(service, inputs).result(LIMIT)["total"].fromServer()
    np.testing.assert_allclose(total, np.concatenate([x.sum(axis=(1, 2))[:, None] * w for x, w in parts]), rtol=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_no_rows_cost_no_request_and_give_empty_outputs(service, sums_model, mode):
    client = make(sums_model, mode=mode)
    inputs = client.inputs()
    inputs.setBatchSize(0)
    outputs = client.submit(service, inputs).result(LIMIT)
    assert outputs["total"].fromServer().shape == (0, 2) and outputs["each"].fromServer().shape == (0, 0, 3)
    assert outputs["total"].fromServer().dtype == np.float32
    assert service.performance() == {}  # no server has been asked for anything


def test_a_model_without_batches_gets_its_whole_input_or_rows_one_by_one(service, whole_model):
    whole, rows = floats(7, 3), floats(4, 7, 3)
    client = make(whole_model)
    np.testing.assert_array_equal(answer(service, client, x=whole)["y"], 2 * whole)
    np.testing.assert_array_equal(answer(service, client, x=rows)["y"], 2 * rows)
    assert requests(service) == 1 + 4


@pytest.mark.parametrize("mode", MODES)
def test_large_batches_are_answered_by_shared_memory_as_well(service, scale_model, mode):
    for shared in (True, False):
        array = floats(200, 5000)
        got = answer(service, make(scale_model, mode=mode, useSharedMemory=shared), x=array)
        np.testing.assert_array_equal(got["y"], 2 * array)


def test_requests_are_filled_up_to_a_multiple_of_rows(service, scale_model, local_server):
    async def inferences():
        connection = Connection(Address("here", "127.0.0.1", local_server.grpc_port))
        counted = await connection.statistics("scale")
        await connection.close()
        return counted.inferences

    array = floats(70, 3)
    client = make(scale_model)
    service.addModel(client.wanted)  # with its test inference
    before = asyncio.run(inferences())
    got = answer(service, client, multiple=16, x=array)["y"]
    np.testing.assert_array_equal(got, 2 * array)
    assert asyncio.run(inferences()) - before == 64 + 16


def test_only_the_wanted_outputs_are_there(service, sums_model):
    client = make(sums_model, outputs=["total"])
    inputs = client.inputs()
    inputs["x"].toServer(floats(2, 5, 3))
    inputs["w"].toServer(floats(2, 2))
    outputs = client.submit(service, inputs, acquired="what acquire returned").result(LIMIT)
    assert list(outputs) == ["total"] and outputs.acquired == "what acquire returned"
    with pytest.raises(TritonDataError, match="no output 'each'; there are total.*add it to Client.outputs"):
        outputs["each"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"mode": "async"}, "Client.mode is 'async'; it may be one of 'Sync', 'Async', 'PseudoAsync'"),
        ({"timeoutUnit": "s"}, "Client.timeoutUnit is 's'"),
        ({"compression": "zip"}, "Client.compression is 'zip'"),
        ({"modelName": "other"}, "modelName is 'other', but Client.modelConfigPath, .* describes 'scale'"),
    ],
)
def test_a_wrong_parameter_is_a_configuration_error(scale_model, parameters, message):
    with pytest.raises(Configuration, match=message):
        make(scale_model, **parameters)


def test_an_output_that_the_model_lacks_is_missing(scale_model):
    with pytest.raises(ModelError, match="Client.outputs names z, but the outputs in .* are y") as caught:
        make(scale_model, outputs=["y", "z"])
    assert caught.value.category == "MissingOutput"


@pytest.mark.parametrize(("unit", "seconds"), [("seconds", 20.0), ("milliseconds", 0.02), ("microseconds", 2e-5)])
def test_the_timeout_has_a_unit(scale_model, unit, seconds):
    assert make(scale_model, timeout=20, timeoutUnit=unit).timeout == pytest.approx(seconds)


def test_declared_defaults_take_the_place_of_cmssws():
    own = client(modelName="toy", timeout=5).metadata["parameter"].nested(modelConfigPath="toy/config.pbtxt")
    assert (own.modelName, own.timeout, own.mode) == ("toy", 5, "PseudoAsync")
    with pytest.raises(TypeError, match="no parameter 'modelname'"):
        client(modelname="toy")


def test_an_answer_that_is_not_what_the_configuration_says_is_told(service, scale_model, tmp_path):
    folder = tmp_path / "scale"
    shutil.copytree(scale_model, folder)
    config = folder / "config.pbtxt"
    config.write_text(config.read_text().replace("[ -1 ] }", "[ -1, 7 ] }").replace("[ -1, 7 ] }", "[ -1 ] }", 1))
    with pytest.raises(TritonDataError, match=r"gives float32 \[5, 3\] as output 'y', which .* describes .* \[-1, 7\]"):
        answer(service, make(folder), x=floats(5, 3))


def test_a_failure_of_one_request_is_the_failure_of_all(scale_model, server_options):
    with LocalServer.start(server_options) as server, triton_service({"here": server}) as user:
        own = make(scale_model, timeout=2, allowedTries=1)
        answer(user.service, own, x=floats(3, 3))
        server.stop()
        began = time.monotonic()
        with pytest.raises(ExternalFailure):
            answer(user.service, own, x=floats(1000, 3))
        assert time.monotonic() - began < LIMIT


def test_few_requests_are_under_way_at_a_time():
    lock, started, most = threading.Lock(), [], []

    def call(item):
        future = Future()
        with lock:
            started.append(future)
            most.append(sum(not other.done() for other in started))
        threading.Timer(0.002, lambda: future.set_result(item)).start()
        return future

    assert Calls(call).start(range(40), sum).result(LIMIT) == sum(range(40))
    assert max(most) == AT_ONCE


def test_a_verbose_client_tells_what_the_servers_have_counted(local_server, scale_model):
    with triton_service({"here": local_server}) as user:
        answer(user.service, make(scale_model, verbose=True), x=floats(100, 3))
    line = next(line for line in user.messages.splitlines() if "'scale' version 1 at here" in line)
    assert "2 requests, 100 rows in 2 runs, 0 failed" in line
    assert all(part in line for part in ("ms per request: queue ", "input ", "inference ", "output ", "overhead "))


def test_a_client_that_is_not_verbose_says_nothing(local_server, scale_model):
    with triton_service({"here": local_server}) as user:
        answer(user.service, make(scale_model), x=floats(100, 3))
    assert "ms per request" not in user.messages
