"""What happens to servers while a job goes on; the job's output must be what it would have been."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import attrs
import pytest
from fault_jobs import FaultJob, write_doubler
from sonic_service import kill, stop

from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions


@pytest.fixture(scope="module")
def doubler(tmp_path_factory) -> Path:
    """10 ms for each request of at most 16 rows."""
    return write_doubler(tmp_path_factory.mktemp("models"), seconds=0.01)


@pytest.fixture
def options(server_options, doubler):
    return attrs.evolve(server_options, models=[doubler])


@pytest.fixture(scope="module")
def two(triton, doubler, tmp_path_factory):
    """Two servers that are well again after each test."""
    options = ServerOptions(models=[doubler], executable="bundled", temp=tmp_path_factory.mktemp("servers"))
    with LocalServer.start(options) as one, LocalServer.start(options) as two:
        yield {"one": one, "two": two}


SLOW = [pytest.param(mode, marks=pytest.mark.slow) for mode in ("PseudoAsync", "Sync")]


@pytest.mark.parametrize("mode", ["Async", *SLOW])
def test_a_server_is_killed_and_started_again(options, doubler, tmp_path, mode):
    with LocalServer.start(options) as server:
        port = server.grpc_port
        with FaultJob(folder=tmp_path / "job", model=doubler, servers={"only": server}, mode=mode, rows=16) as job:
            job.wait_for(100)
            kill(server)
            server.stop()  # what is left of it
            with LocalServer.start(attrs.evolve(options, port=port)):
                job.check()
            assert "gets no requests" in job.log and "works again" in job.log


@pytest.mark.parametrize("threads", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_one_of_three_servers_is_lost(two, options, doubler, tmp_path, threads):
    with LocalServer.start(options) as third:
        servers = {"lost": third, **two}
        with FaultJob(
            folder=tmp_path / "job", model=doubler, servers=servers, rows=16, threads=threads, streams=4
        ) as job:
            job.wait_for(100)
            kill(third)
            job.check()
    assert job.log.count("gets no requests") == 1 and "works again for" not in job.log


def test_a_server_that_stands_still_for_a_while_costs_a_deadline(two, doubler, tmp_path):
    with FaultJob(
        folder=tmp_path / "job", model=doubler, servers=two, rows=16, events=1200, streams=4, timeout=0.5
    ) as job:
        job.wait_for(100)
        stop(two["one"])
        try:
            job.eventually(lambda: "DEADLINE_EXCEEDED" in job.log)
            job.wait_for(job.done + 100)  # the other server goes on
        finally:
            os.kill(two["one"].pid, signal.SIGCONT)
        job.check()
    assert "works again for" in job.log


@pytest.mark.slow
def test_a_server_may_stand_still_until_the_end(two, doubler, tmp_path):
    with FaultJob(folder=tmp_path / "job", model=doubler, servers=two, rows=16, streams=4, timeout=0.5) as job:
        job.wait_for(100)
        stop(two["one"])
        try:
            job.check()
        finally:
            os.kill(two["one"].pid, signal.SIGCONT)


@pytest.mark.slow
def test_the_fallback_server_takes_over_from_one_that_stands_still(two, doubler, tmp_path):
    with FaultJob(
        folder=tmp_path / "job", model=doubler, servers={"one": two["one"]}, rows=16, timeout=0.5, fallback=True
    ) as job:
        job.wait_for(100)
        stop(two["one"])
        try:
            job.check()
        finally:
            os.kill(two["one"].pid, signal.SIGCONT)
    assert "The server fallback has the models doubler" in job.log
