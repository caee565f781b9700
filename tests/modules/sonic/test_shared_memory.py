from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import attrs
import numpy as np
import pytest
from sonic_service import stop

from pyrun.modules.sonic import shared_memory
from pyrun.modules.sonic.connection import Address, Connection, InferRequest, TritonError
from pyrun.modules.sonic.server.launch import LocalServer
from pyrun.modules.sonic.shared_memory import FOLDER, PREFIX, SMALLEST, WORTHWHILE, Layout, Region

ROWS = np.random.default_rng(1).random((64, 4 * WORTHWHILE // 256), dtype=np.float32)


def request(array: np.ndarray = ROWS, **changes) -> InferRequest:
    made = InferRequest("scale", inputs={"x": array}, outputs=["y"], output_bytes={"y": array.nbytes})
    return attrs.evolve(made, **changes)


def with_connection(server: LocalServer, work):
    """The result of `work`, a coroutine function that is given a connection."""

    async def call():
        connection = Connection(Address("here", "127.0.0.1", server.grpc_port))
        try:
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(call())


def ours() -> set[str]:
    return {path.name for path in FOLDER.glob(f"{PREFIX}-*")}


async def registered(connection: Connection) -> list[str]:
    status = await connection._client.get_system_shared_memory_status()
    return [name for name in status.regions if name.startswith(PREFIX)]


def test_a_small_request_goes_as_a_message():
    row = np.zeros((1, WORTHWHILE // 8), np.float32)
    assert Layout.of(request(row, output_bytes={})) is None
    layout = Layout.of(request(row))
    assert layout.inputs["x"].offset == 0 and layout.outputs["y"].offset == WORTHWHILE // 2


def test_texts_and_outputs_of_unknown_size_go_as_messages():
    texts = np.full((64, 5), b"x" * WORTHWHILE, object)
    layout = Layout.of(attrs.evolve(request(), inputs={"x": ROWS, "t": texts}, outputs=["y", "z"]))
    assert set(layout.inputs) == {"x"} and set(layout.outputs) == {"y"}


@pytest.mark.parametrize("blocking", [False, True])
@pytest.mark.parametrize("known", [True, False])
def test_answers_by_shared_memory_are_right_and_one_region_serves_many(local_server, blocking, known):
    async def work(connection):
        for factor in range(5):
            array = ROWS * factor
            outputs = await connection.infer(
                request(array, blocking=blocking, output_bytes={"y": array.nbytes} if known else {}), 10
            )
            np.testing.assert_array_equal(outputs["y"], 2 * array)
        return await registered(connection)

    before = ours()
    assert len(with_connection(local_server, work)) == 1
    assert ours() == before


def test_requests_at_the_same_time_have_regions_of_their_own(local_server):
    async def work(connection):
        arrays = [ROWS + number for number in range(6)]
        answers = await asyncio.gather(*(connection.infer(request(array), 10) for array in arrays))
        for array, answer in zip(arrays, answers, strict=True):
            np.testing.assert_array_equal(answer["y"], 2 * array)
        return await registered(connection)

    assert len(with_connection(local_server, work)) == 6


def test_nothing_is_registered_after_the_end(local_server):
    async def work(connection):
        await connection.infer(request(), 10)

    with_connection(local_server, work)
    assert with_connection(local_server, registered) == []


def test_messages_are_used_if_asked_for(local_server):
    async def work(connection):
        await connection.infer(request(shared_memory=False), 10)
        return await registered(connection)

    assert with_connection(local_server, work) == []


def test_a_server_that_has_forgotten_the_regions_gets_new_ones(local_server):
    async def work(connection):
        await connection.infer(request(), 10)
        await connection._client.unregister_system_shared_memory()
        answer = await connection.infer(request(), 10)
        np.testing.assert_array_equal(answer["y"], 2 * ROWS)
        return await registered(connection)

    assert len(with_connection(local_server, work)) == 1


def test_a_region_is_not_used_again_after_a_request_without_an_answer(server_options):
    with LocalServer.start(server_options) as server:

        async def work(connection):
            await connection.infer(request(), 10)
            (first,) = await registered(connection)
            stop(server)
            try:
                with pytest.raises(TritonError, match="DEADLINE_EXCEEDED"):
                    await connection.infer(request(), 0.3)
            finally:
                os.kill(server.pid, signal.SIGCONT)
            answer = await connection.infer(request(ROWS + 1), 10)
            np.testing.assert_array_equal(answer["y"], 2 * (ROWS + 1))
            free = [region.name for region in connection._pool._free]
            assert len(free) == 1 and first not in free
            return await unregistered(connection, first)

        assert with_connection(server, work)


async def unregistered(connection: Connection, name: str) -> bool:
    """Whether the server lets go of a region once it has dealt with the request."""
    for _ in range(100):
        await connection._pool._unregister_abandoned()
        if name not in await registered(connection):
            return True
        await asyncio.sleep(0.1)
    return False


@pytest.mark.parametrize("failure", [errno.ENOSPC, errno.EACCES])
def test_without_room_messages_are_used(local_server, monkeypatch, failure):
    def no_room(descriptor, offset, size):
        raise OSError(failure, os.strerror(failure))

    async def work(connection):
        answer = await connection.infer(request(), 10)
        np.testing.assert_array_equal(answer["y"], 2 * ROWS)
        return connection._pool.refused

    before = ours()
    monkeypatch.setattr(os, "posix_fallocate", no_room)
    refused = with_connection(local_server, work)
    assert ("Permission denied" in refused) == (failure == errno.EACCES)
    assert ours() == before


def test_a_server_that_sees_another_memory_gets_messages(local_server, monkeypatch, tmp_path):
    async def work(connection):
        answer = await connection.infer(request(), 10)
        np.testing.assert_array_equal(answer["y"], 2 * ROWS)
        return connection._pool.refused

    monkeypatch.setattr(shared_memory, "FOLDER", tmp_path)  # as if the server were in a container
    assert "the server can't open it" in with_connection(local_server, work)
    assert list(tmp_path.iterdir()) == []


def test_the_pool_stays_below_its_limit(local_server, monkeypatch):
    monkeypatch.setattr(shared_memory, "MOST", 4 * SMALLEST)
    monkeypatch.setattr(shared_memory, "WORTHWHILE", 0)

    async def work(connection):
        for size in (1, 2, 4, 1):  # in regions; each new one pushes the free ones out
            rows = np.ones((64, size * SMALLEST // 4 // 64 // 2 - 64), np.float32)
            answer = await connection.infer(request(rows), 10)
            np.testing.assert_array_equal(answer["y"], 2 * rows)
        arrays = [ROWS + number for number in range(8)]
        answers = await asyncio.gather(*(connection.infer(request(array), 10) for array in arrays))
        assert all((answer["y"] == 2 * array).all() for answer, array in zip(answers, arrays, strict=True))
        return connection._pool._total

    assert with_connection(local_server, work) <= 4 * SMALLEST


KILLED = """
import asyncio, os, signal, sys
import numpy as np
from pyrun.modules.sonic.connection import Address, Connection, InferRequest
from pyrun.modules.sonic.shared_memory import Region

async def work():
    connection = Connection(Address("here", "127.0.0.1", int(sys.argv[1])))
    x = np.ones((64, 20000), np.float32)
    await connection.infer(InferRequest("scale", inputs={"x": x}, outputs=["y"]), 10)
    Region(1 << 18)  # not registered yet
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(work())
"""


def test_what_a_killed_job_has_left_is_removed_by_the_next(local_server):
    before = ours()
    subprocess.run([sys.executable, "-c", KILLED, str(local_server.grpc_port)], check=False, timeout=60)
    assert len(ours() - before) == 1 and len(with_connection(local_server, registered)) == 1

    async def work(connection):
        await connection.infer(request(), 10)
        return await registered(connection)

    (own,) = with_connection(local_server, work)
    assert f"-{os.getpid()}-" in own
    assert ours() == before


def test_a_region_of_a_running_process_is_left_alone(local_server):
    region = Region(SMALLEST)
    try:
        with_connection(local_server, lambda connection: connection._pool._clean())
        assert Path(FOLDER / region.name).exists()
    finally:
        region.unlink()


def test_a_server_that_is_stuck_does_not_hold_the_end_up(server_options):
    with LocalServer.start(server_options) as server:

        async def work(connection):
            await asyncio.gather(*(connection.infer(request(ROWS + number), 10) for number in range(6)))
            stop(server)
            return time.monotonic()

        try:
            began = with_connection(server, work)
            assert time.monotonic() - began < 4  # two seconds for all regions together
        finally:
            os.kill(server.pid, signal.SIGCONT)


def test_calls_that_are_cancelled_at_any_moment_leave_the_pool_in_order(local_server):
    async def work(connection):
        for pause in np.linspace(0, 0.02, 25):
            calls = [asyncio.ensure_future(connection.infer(request(ROWS + number), 10)) for number in range(3)]
            await asyncio.sleep(pause)
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
        answer = await connection.infer(request(ROWS + 1), 10)
        np.testing.assert_array_equal(answer["y"], 2 * (ROWS + 1))
        pool = connection._pool
        assert pool._total == sum(region.size for region in pool._free + pool._abandoned)

    before = ours()
    with_connection(local_server, work)
    assert ours() == before


def test_the_benchmark_runs():
    command = [sys.executable, str(Path(__file__).parents[3] / "benchmarks" / "sonic_shared_memory.py"), "--quick"]
    lines = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["kB", "16", "256"]
