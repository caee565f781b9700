"""Servers that are far away: with streams enough, a job is as fast as with one nearby."""

from __future__ import annotations

import re
import time

import attrs
import numpy as np
import pytest
from delay_proxy import DelayProxy
from fault_jobs import FaultJob, write_doubler
from sonic_service import LIMIT, triton_service

from pyrun.modules.sonic.server.launch import LocalServer

DELAY = 0.2  # seconds in each direction


def test_the_proxy_holds_back_each_request_and_not_the_next(local_server, scale_model):
    with DelayProxy(local_server.grpc_port, DELAY) as proxy, triton_service({"far": ("127.0.0.1", proxy.port)}) as user:
        wanted = user.wants(scale_model)
        began = time.monotonic()
        user.check(wanted, 1)
        assert 2 * DELAY <= time.monotonic() - began < 3 * DELAY + 1
        began = time.monotonic()
        user.check(wanted, 200)  # one after the other they would take 80 s
        assert time.monotonic() - began < 10


def test_a_job_begins_when_all_questions_are_answered_at_once(local_server, scale_model):
    """Half a second to connect, one for the answers; with one question after the other it would be 3.5 s."""
    with DelayProxy(local_server.grpc_port, 0.5) as proxy, triton_service({"far": ("127.0.0.1", proxy.port)}) as user:
        began = time.monotonic()
        user.wants(scale_model)
        assert 1.0 <= time.monotonic() - began < 2.5


def test_large_requests_do_not_wait_for_each_of_their_pieces(local_server, scale_model):
    """5 MB there and 5 MB back; in pieces of 64 kB, gRPC's first limit for what is under way, they would take 32 s."""
    x = np.ones((64, 20_000), np.float32)
    with DelayProxy(local_server.grpc_port, DELAY) as proxy, triton_service({"far": ("127.0.0.1", proxy.port)}) as user:
        wanted = user.wants(scale_model)
        user.service._pool.servers["far"].connection.is_local = False  # no shared memory, as with a server far away
        began = time.monotonic()
        np.testing.assert_array_equal(user.submit(wanted, x, timeout=30).result(LIMIT)["y"], 2 * x)
        assert time.monotonic() - began < 8


@pytest.mark.slow
def test_streams_hide_the_delay(server_options, tmp_path):
    """The server is busy all the time: 20 ms for each of 400 requests."""
    model = write_doubler(tmp_path, seconds=0.02)
    seconds = {}
    with LocalServer.start(attrs.evolve(server_options, models=[model])) as server:
        for delay in (0.0, DELAY):
            with DelayProxy(server.grpc_port, delay) as proxy:
                with FaultJob(
                    folder=tmp_path / f"job{delay}", model=model, servers={"far": proxy.port}, rows=16, streams=8
                ) as job:
                    job.check()
                per_event = re.search(r"event loop Real/event = ([0-9.]+)", job.log)
                seconds[delay] = float(per_event.group(1))
    print(seconds)
    assert seconds[DELAY] < 1.2 * seconds[0.0]
