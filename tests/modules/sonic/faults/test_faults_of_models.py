"""Models that are wrong, damaged, dead or overloaded, and servers that are not there, in whole jobs."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import attrs
import pytest
from fault_jobs import FaultJob, write_doubler
from sonic_models import write_scale

from pyrun.modules.sonic.model_repository import Model
from pyrun.modules.sonic.server import layout
from pyrun.modules.sonic.server.launch import LocalServer

NOWHERE = 1  # a port where nothing listens
EXTERNAL_FAILURE = 8036 % 256


def stub_of(server: LocalServer) -> int:
    """PID of the process that runs the server's model."""
    children = Path(f"/proc/{server.pid}/task")
    pids = [int(pid) for task in children.iterdir() for pid in (task / "children").read_text().split()]
    (found,) = [pid for pid in pids if b"triton_python_backend_stub" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return found


def message(job: FaultJob) -> str:
    """What the job says when it ends with an exception."""
    return job.log[job.log.index("Begin Fatal Exception") :]


def test_the_process_that_runs_the_model_is_killed(server_options, tmp_path):
    """The server goes on to say that it is ready, and fails every request; the client has the model loaded again."""
    model = write_doubler(tmp_path, seconds=0.01)
    with LocalServer.start(attrs.evolve(server_options, models=[model])) as server:
        with FaultJob(folder=tmp_path / "job", model=model, servers={"only": server}, rows=16) as job:
            job.wait_for(100)
            os.kill(stub_of(server), signal.SIGKILL)
            job.check()
        assert server.ready() and "was told to load 'doubler' again" in job.log


def test_a_server_with_a_full_queue_is_asked_again(server_options, tmp_path):
    """Two streams have 16 requests under way, for which there is no room: one is worked on and 4 may wait."""
    queue = "dynamic_batching { default_queue_policy { max_queue_size: 4 } }"
    model = write_doubler(tmp_path, seconds=0.01, batch=1, extra=queue)
    with LocalServer.start(attrs.evolve(server_options, models=[model], verbose=True)) as server:
        with FaultJob(
            folder=tmp_path / "job", model=model, servers={"only": server}, events=100, streams=2, timeout=20
        ) as job:
            job.check()
        assert "gets no requests" not in job.log
        assert server.log_file.read_text(errors="replace").count("Exceeds maximum queue size") > 2


def test_a_version_that_no_server_has_is_refused_with_those_there_are(server_options, tmp_path):
    model = write_doubler(tmp_path)
    write_doubler(tmp_path, version=3, extra="version_policy { all {} }")
    with LocalServer.start(attrs.evolve(server_options, models=[model])) as server:
        with FaultJob(folder=tmp_path / "job", model=model, servers={"only": server}, version="2") as job:
            assert job.end(20) == EXTERNAL_FAILURE
    assert "'MissingModel'" in message(job) and "'doubler' version 2" in message(job)
    assert "version 2 of the model is not there: it has 1, 3" in message(job)
    assert not (job.folder / "out.root").exists()


def test_another_model_of_the_same_name_is_refused(server_options, tmp_path):
    own, others = write_scale(tmp_path / "own"), write_scale(tmp_path / "others", factor=3.0)
    with LocalServer.start(attrs.evolve(server_options, models=[others])) as server:
        with FaultJob(folder=tmp_path / "job", model=own, servers={"only": server}) as job:
            assert job.end(20) == EXTERNAL_FAILURE
    assert re.search("it is another model: 1/model.onnx has the MD5 [0-9a-f]{32} there, but", message(job))


def test_a_damaged_file_is_told_by_the_fallback_server(tmp_path, triton):
    model = write_scale(tmp_path)
    file = model / "1" / "model.onnx"
    file.write_bytes(b"\xff" + file.read_bytes()[1:20])
    with FaultJob(folder=tmp_path / "job", model=model, servers={}, fallback=True) as job:
        assert job.end(30) == EXTERNAL_FAILURE
    assert "'FallbackFailed'" in message(job) and "model.onnx" in message(job)


def test_a_file_that_is_not_what_its_configuration_says_is_refused(tmp_path, triton):
    (model,) = layout.export([Model.load(write_scale(tmp_path / "plain"))], tmp_path)
    with (model / "1" / "model.onnx").open("ab") as file:
        file.write(b" ")
    with FaultJob(folder=tmp_path / "job", model=model, servers={}, fallback=True) as job:
        assert job.end(30) == EXTERNAL_FAILURE
    assert "is not the one that config.pbtxt describes: its MD5 is" in message(job)


@pytest.mark.slow
def test_a_server_that_could_not_load_the_model_is_not_used(server_options, tmp_path):
    """It runs with what it could load, as many production servers do."""
    good, bad = write_scale(tmp_path / "good"), write_scale(tmp_path / "bad")
    file = bad / "1" / "model.onnx"
    file.write_bytes(file.read_bytes()[:20])
    arguments = ["--exit-on-error=false", "--strict-readiness=false"]
    with (
        LocalServer.start(attrs.evolve(server_options, models=[bad], arguments=arguments)) as broken,
        LocalServer.start(attrs.evolve(server_options, models=[good])) as works,
    ):
        servers = {"broken": broken, "works": works}
        with FaultJob(folder=tmp_path / "job", model=good, servers=servers) as job:
            job.check()
    assert "broken" in job.log


def test_the_fallback_server_starts_when_the_given_address_is_dead(server_options, tmp_path):
    model = write_scale(tmp_path)
    with FaultJob(folder=tmp_path / "job", model=model, servers={"dead": NOWHERE}, fallback=True) as job:
        job.check()
    assert "The server dead (127.0.0.1:1) is not used, as it does not answer" in job.log


@pytest.mark.parametrize("tries", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_when_all_servers_are_lost_the_exception_names_each_try(server_options, tmp_path, tries):
    model = write_doubler(tmp_path, seconds=0.01)
    options = attrs.evolve(server_options, models=[model])
    with LocalServer.start(options) as one, LocalServer.start(options) as two:
        with FaultJob(
            folder=tmp_path / "job", model=model, servers={"one": one, "two": two}, rows=16, timeout=1, tries=tries
        ) as job:
            job.wait_for(100)
            os.kill(one.pid, signal.SIGKILL)
            os.kill(two.pid, signal.SIGKILL)
            assert job.end(20) == EXTERNAL_FAILURE
    text = message(job)
    assert "'ExternalFailure'" in text and "doubling" in text and "SonicCallFailed" in text
    assert "[UNAVAILABLE]" in text and re.search(r"\n +1\. ((one|two) \(127.0.0.1:\d+\)|no server)", text)
    assert not (job.folder / "out.root").exists() and "Traceback" not in job.log
