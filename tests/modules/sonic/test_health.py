from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import attrs
import numpy as np
import pytest
from sonic_models import write_scale
from sonic_service import X, triton_service

from pyrun.modules.sonic.errors import TritonError
from pyrun.modules.sonic.health import FAILURES, Canary, Circuit, is_busy, is_dead_stub
from pyrun.modules.sonic.model_repository import Model
from pyrun.modules.sonic.server.launch import LocalServer
from pyrun.modules.sonic.wanted_model import WantedModel


def test_a_circuit_opens_after_failures_in_a_row():
    circuit = Circuit()
    for _ in range(10):
        circuit.failed("once")
        circuit.succeeded()
    assert not circuit.is_open
    for _ in range(FAILURES):
        circuit.failed("always")
    assert circuit.is_open and "always" in str(circuit)
    circuit.close()
    assert not circuit.is_open and circuit.failures == 0


def test_the_canary_is_zeros_of_the_smallest_shape():
    model = Model.load(Path(__file__).parents[3] / "models" / "particletransformer_AK4")
    inputs = Canary(WantedModel(model)).request("1").inputs
    assert inputs["input_1"].shape == (1, 1, 16) and inputs["input_1"].dtype == np.float32
    assert not any(array.any() for array in inputs.values())


def test_the_canary_of_a_model_without_batches_has_no_batch(tmp_path):
    model = Model.load(write_scale(tmp_path, batch=0))
    assert Canary(WantedModel(model)).request("").inputs["x"].shape == (1, 1)


@pytest.mark.parametrize(
    "status, message, busy, dead",
    [
        ("UNAVAILABLE", "[request id: <id_unknown>] Exceeds maximum queue size", True, False),
        ("UNAVAILABLE", "failed to connect to all addresses", False, False),
        ("RESOURCE_EXHAUSTED", "", True, False),
        ("INTERNAL", "Stub process 'scale_0_0' is not healthy.", False, True),
        ("INTERNAL", "the model says no", False, False),
    ],
)
def test_what_errors_tell_of_a_server(status, message, busy, dead):
    error = TritonError(status, message)
    assert (is_busy(error), is_dead_stub(error)) == (busy, dead)


def stub_of(server: LocalServer) -> int:
    """PID of the process that runs the server's model."""
    for task in Path(f"/proc/{server.pid}/task").iterdir():
        for pid in (task / "children").read_text().split():
            if b"triton_python_backend_stub" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)
    raise AssertionError("no stub")


def test_a_model_whose_process_died_is_loaded_again(server_options, scale_model):
    with LocalServer.start(server_options) as server, triton_service({"one": server}) as user:
        wanted = user.wants(scale_model)
        os.kill(stub_of(server), signal.SIGKILL)
        assert server.ready()
        user.check(wanted, 20)
        assert "was told to load 'scale' again" in user.messages


def test_meanwhile_other_servers_do_the_work(server_options, local_server, scale_model):
    with LocalServer.start(server_options) as server:
        with triton_service({"one": server, "other": local_server}) as user:
            wanted = user.wants(scale_model)
            os.kill(stub_of(server), signal.SIGKILL)
            for _ in range(20):
                user.check(wanted, 5)
            assert user.requests["other"] >= 50


def test_a_server_whose_model_is_dead_from_the_beginning_is_repaired(server_options, scale_model):
    with LocalServer.start(server_options) as server:
        os.kill(stub_of(server), signal.SIGKILL)
        with triton_service({"one": server}) as user:
            user.check(user.wants(scale_model), 5)


def test_a_model_that_can_not_compute_zeros_is_used_nevertheless(server_options, tmp_path):
    """It answers its canary with INTERNAL, which a server that never passed one is allowed to."""
    folder = write_scale(tmp_path, batch=0)  # takes two dimensions; the configuration promises any length ...
    text = (folder / "config.pbtxt").read_text().replace("[ -1, -1 ]", "[ -1 ]", 1)  # ... of a single one
    (folder / "config.pbtxt").write_text(text)
    with LocalServer.start(attrs.evolve(server_options, models=[folder])) as server:
        with triton_service({"one": server}) as user:
            wanted = user.wants(folder)
            assert user.service.served(wanted).servers == ("one",)
            assert "gets no requests" not in user.messages


def test_a_server_is_used_again_soon_after_it_works(server_options, scale_model):
    with LocalServer.start(server_options) as server, triton_service({"one": server}) as user:
        wanted = user.wants(scale_model)
        os.kill(stub_of(server), signal.SIGKILL)
        began = time.monotonic()
        np.testing.assert_array_equal(user.submit(wanted).result(20)["y"], 2 * X)
        assert time.monotonic() - began < 8
