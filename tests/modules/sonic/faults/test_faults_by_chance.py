"""One request in a hundred fails, by chance: of thousands, every one is answered, and right."""

from __future__ import annotations

import attrs
import pytest
from failing_proxy import BreakingProxy, FailingProxy
from fault_jobs import FaultJob, write_doubler

from pyrun.modules.sonic.server.launch import LocalServer

NUMBERS = [1000, pytest.param(10_000, marks=pytest.mark.slow)]
DEADLINE = 120.0  # seconds; 10,000 requests without failures take about 15


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """One row per request: a block is many requests."""
    return write_doubler(tmp_path_factory.mktemp("models"), batch=1)


@pytest.fixture(scope="module")
def server(triton, model, tmp_path_factory):
    from pyrun.modules.sonic.server.launch import ServerOptions

    options = ServerOptions(models=[model], executable="bundled", temp=tmp_path_factory.mktemp("servers"))
    with LocalServer.start(options) as server:
        yield server


def job(folder, model, events, servers, **options) -> FaultJob:
    options = {"timeout": 1.0, "streams": 2, **options}
    return FaultJob(folder=folder, model=model, servers=servers, events=events, block=events // 10, **options)


@pytest.mark.parametrize("number", NUMBERS)
def test_requests_that_fail_on_their_way(server, model, tmp_path, number):
    """Refused, failed, answered in vain or not answered at all, by a gRPC proxy before the server."""
    with FailingProxy(server.grpc_port, 0.01, seed=1) as proxy:
        with job(tmp_path / "job", model, number, {"only": proxy.port}) as running:
            running.check(DEADLINE)
        assert proxy.inferences > number and 0.005 * number < sum(proxy.failed.values()) < 0.02 * number
        assert number < 10_000 or len(proxy.failed) == 1 + len(FailingProxy.STATUSES)


@pytest.mark.parametrize("number", NUMBERS)
def test_requests_that_the_model_fails(server_options, tmp_path, number):
    model = write_doubler(tmp_path, batch=1, failures=0.01)
    with LocalServer.start(attrs.evolve(server_options, models=[model])) as server:
        with job(tmp_path / "job", model, number, {"only": server}) as running:
            running.check(DEADLINE)
    assert running.log.count("a failure by chance") > 0.003 * number


@pytest.mark.parametrize("number", NUMBERS)
def test_connections_that_break(server, model, tmp_path, number):
    """All requests under way, up to 16, fail together: those are one or two percent of all."""
    with BreakingProxy(server.grpc_port, 400, seed=1) as proxy:
        with job(tmp_path / "job", model, number, {"only": proxy.port}) as running:
            running.check(DEADLINE)
        assert proxy.broken >= number / 1000


@pytest.mark.slow
def test_two_servers_with_failures_and_a_model_that_fails(server_options, tmp_path):
    model = write_doubler(tmp_path, batch=1, failures=0.01)
    options = attrs.evolve(server_options, models=[model])
    with LocalServer.start(options) as one, LocalServer.start(options) as two:
        with (
            FailingProxy(one.grpc_port, 0.01, seed=2) as failing,
            BreakingProxy(two.grpc_port, 400, seed=3) as breaking,
        ):
            servers = {"failing": failing.port, "breaking": breaking.port}
            with job(tmp_path / "job", model, 10_000, servers, threads=2, streams=4) as running:
                running.check(DEADLINE)
