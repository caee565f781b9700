from __future__ import annotations

import concurrent.futures
import contextlib
import os
import signal
import threading
import time
from pathlib import Path

import attrs
import pytest
from fault_jobs import FaultJob, processes_with, write_doubler
from sonic_models import write_scale
from sonic_service import LIMIT, X, kill, stop, triton_service

from pyrun.framework.errors import ExternalFailure
from pyrun.modules.sonic.retry import RetryFallbackServerAction
from pyrun.modules.sonic.server.launch import LocalServer
from pyrun.modules.sonic.triton_service import FallbackParameters

NOWHERE = ("127.0.0.1", 1)


@pytest.fixture
def enabled(triton, tmp_path, monkeypatch) -> FallbackParameters:
    monkeypatch.setenv("PYSONIC_TRITONSERVER", "bundled")
    return FallbackParameters(enable=True, tempDir=str(tmp_path / "fallback"), wait=30)


def running(parameters: FallbackParameters) -> list[Path]:
    """Folders of the servers that were started there and have not ended."""
    root = Path(parameters.tempDir)
    return [path for path in root.glob("*") if path.is_dir()] if root.exists() else []


def test_it_is_not_started_if_other_servers_have_all_models(local_server, scale_model, enabled):
    with triton_service({"one": local_server}, enabled) as user:
        user.check(user.wants(scale_model), 5)
        assert user.requests == {"one": 5} and not running(enabled)


def test_it_has_only_the_models_that_no_other_server_has(local_server, scale_model, enabled, tmp_path):
    folder = write_scale(tmp_path, "rare")
    with triton_service({"one": local_server}, enabled) as user:
        user.check(user.wants(scale_model), 5)
        user.check(user.wants(folder), 5)
        assert user.requests == {"one": 5, "fallback": 5}
        assert "The server fallback has the models rare:" in user.messages
    assert not running(enabled)


def test_it_is_started_when_the_given_server_is_dead(scale_model, enabled):
    began = time.monotonic()
    with triton_service({"dead": NOWHERE}, enabled) as user:
        user.check(user.wants(scale_model), 5)
        assert time.monotonic() - began < 5
        assert user.requests == {"dead": 0, "fallback": 5}


def test_it_is_started_when_all_servers_are_lost(server_options, scale_model, enabled):
    with LocalServer.start(server_options) as one, triton_service({"one": one}, enabled) as user:
        wanted = user.wants(scale_model)
        user.check(wanted, 5)
        kill(one)
        user.check(wanted, 50)
        assert user.requests["fallback"] >= 50 and user.messages.count("The server fallback has the models") == 1
    assert not running(enabled)


def test_requests_go_back_to_a_server_that_works_again(server_options, scale_model, enabled):
    with LocalServer.start(server_options) as one, triton_service({"one": one}, enabled) as user:
        wanted = user.wants(scale_model)
        stop(one)
        user.check(wanted, 5, timeout=0.5)
        os.kill(one.pid, signal.SIGCONT)
        before, deadline = user.requests["one"], time.monotonic() + 15
        while user.requests["one"] == before:
            user.check(wanted, 1)
            assert time.monotonic() < deadline, user.messages
            time.sleep(0.05)


def test_a_retry_action_starts_it(server_options, scale_model, enabled):
    with LocalServer.start(server_options) as one, triton_service({"one": one}, enabled) as user:
        wanted = user.wants(scale_model)
        stop(one)
        user.check(wanted, 1, retries=(RetryFallbackServerAction(),), timeout=0.5)
        assert user.requests == {"one": 1, "fallback": 1}


def test_models_that_need_it_later_get_a_server_beside_it(scale_model, enabled, tmp_path):
    with triton_service({}, enabled) as user:
        first = user.wants(scale_model)
        second = user.wants(write_scale(tmp_path, "rare"))
        user.check(first, 3)
        user.check(second, 3)
        assert user.requests == {"fallback": 3, "fallback-2": 3} and len(running(enabled)) >= 2
    assert not running(enabled)


def test_it_is_started_again_if_it_is_killed(scale_model, enabled):
    with triton_service({}, enabled) as user:
        wanted = user.wants(scale_model)
        user.check(wanted, 3)
        kill(user.service._fallback._servers[0])
        user.check(wanted, 20)
        assert user.requests == {"fallback-2": 20}
    assert not running(enabled)


def test_a_start_that_fails_is_told_with_the_end_of_the_log(enabled, tmp_path):
    folder = write_scale(tmp_path)
    (folder / "1" / "model.onnx").write_bytes(b"no network")
    with triton_service({}, enabled) as user:
        with pytest.raises(ExternalFailure, match="(?s)could not be started.*end of its log.*scale") as raised:
            user.wants(folder)
    assert raised.value.category == "FallbackFailed"
    assert not running(enabled)


def test_the_end_of_its_log_is_shown_if_the_job_fails_by_it(scale_model, enabled):
    with triton_service({}, enabled) as user:
        user.check(user.wants(scale_model))
        user.service.jobEnded(None, ExternalFailure("SonicCallFailed"))
        assert "Started GRPCInferenceService" in user.messages


def test_debug_keeps_its_log(scale_model, enabled, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with triton_service({}, attrs.evolve(enabled, debug=True, instanceName="mine")) as user:
        user.check(user.wants(scale_model))
    assert "Started GRPCInferenceService" in Path("log_mine.log").read_text()


def test_a_job_that_ends_while_it_starts_stops_it(scale_model, enabled):
    def ask() -> None:
        with contextlib.suppress(concurrent.futures.CancelledError, ExternalFailure):
            user.wants(scale_model)

    with triton_service({}, enabled) as user:
        thread = threading.Thread(target=ask)
        thread.start()
        deadline = time.monotonic() + LIMIT
        while not running(enabled):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    thread.join(LIMIT)
    assert not thread.is_alive() and not running(enabled)


def test_nothing_is_tried_on_it_if_it_is_not_enabled(server_options, scale_model):
    with LocalServer.start(server_options) as one, triton_service({"one": one}) as user:
        wanted = user.wants(scale_model)
        stop(one)
        future = user.submit(wanted, X, (RetryFallbackServerAction(),), 0.3)
        with pytest.raises(ExternalFailure, match="after 1 try"):
            future.result(LIMIT)


@pytest.mark.parametrize("how, left", [(signal.SIGINT, 9000 % 256), (signal.SIGKILL, -signal.SIGKILL)])
def test_it_ends_with_the_job_however_that_ends(triton, tmp_path, monkeypatch, how, left):
    monkeypatch.setenv("PYSONIC_TRITONSERVER", "bundled")
    model = write_doubler(tmp_path, seconds=0.01)
    with FaultJob(folder=tmp_path / "job", model=model, servers={}, fallback=True, events=20000, rows=16) as job:
        job.wait_for(20)
        (folder,) = (path for path in (job.folder / "fallback").glob("*") if path.is_dir())
        assert processes_with(str(folder))
        job.process.send_signal(how)
        assert job.end(30) == left
    deadline = time.monotonic() + 10  # SIGKILL leaves it to the server's keeper
    while processes_with(str(folder)) or folder.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
