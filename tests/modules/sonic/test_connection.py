from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import attrs
import numpy as np
import pytest
from sonic_service import stop

from pyrun.framework.errors import Configuration, ExternalFailure
from pyrun.framework.testing import running_service
from pyrun.modules.sonic.connection import Address, Connection, InferRequest, SslOptions, TritonError
from pyrun.modules.sonic.event_loop import EventLoopThread
from pyrun.modules.sonic.model_repository import Model
from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions, ServerSsl
from pyrun.modules.sonic.statistics import ModelStatistics
from pyrun.modules.sonic.wanted_model import WantedModel

X = np.arange(12, dtype=np.float32).reshape(3, 4)


def address(server: LocalServer, ssl: SslOptions | None = None, host: str = "127.0.0.1") -> Address:
    return Address("here", host, server.grpc_port, ssl)


def talk(where: Address, *calls):
    """The results of `calls`, each given a connection."""

    async def all_calls():
        connection = Connection(where)
        try:
            return [await call(connection) for call in calls]
        finally:
            await connection.close()

    return asyncio.run(all_calls())


async def counts_when(connection: Connection, enough) -> ModelStatistics:
    """The counts for "scale" as soon as they are `enough`, or after 10 s: a server makes some when it has answered."""
    end = time.monotonic() + 10
    while not enough(so_far := await connection.statistics("scale")) and time.monotonic() < end:
        await asyncio.sleep(0.01)
    return so_far


def infer(where: Address, request: InferRequest, timeout: float = 10.0) -> dict[str, np.ndarray]:
    return talk(where, lambda connection: connection.infer(request, timeout))[0]


@pytest.mark.parametrize("blocking", [False, True])
@pytest.mark.parametrize("compression", ["", "deflate", "gzip"])
def test_an_inference_returns_the_outputs_by_name(local_server, blocking, compression):
    request = InferRequest("scale", "1", {"x": X}, ["y"], compression, blocking=blocking)
    outputs = infer(address(local_server), request)
    assert list(outputs) == ["y"]
    np.testing.assert_array_equal(outputs["y"], 2 * X)


@pytest.mark.parametrize(
    ("request_", "status", "words"),
    [
        (InferRequest("nothing", inputs={"x": X}), "NOT_FOUND", "'nothing'"),
        (InferRequest("scale", "7", {"x": X}), "NOT_FOUND", "version 7"),
        (InferRequest("scale", inputs={"x": X[0]}), "INVALID_ARGUMENT", "shape"),
        (InferRequest("scale", inputs={"x": X.astype(int)}), "INVALID_ARGUMENT", "INT64"),
        (InferRequest("scale", inputs={"z": X}), "INVALID_ARGUMENT", "'z'"),
        (InferRequest("scale", inputs={"x": np.zeros((65, 4), np.float32)}), "INVALID_ARGUMENT", "batch-size"),
        (InferRequest("scale", inputs={"x": X}, outputs=["z"]), "INVALID_ARGUMENT", "'z'"),
    ],
)
@pytest.mark.parametrize("blocking", [False, True])
def test_a_wrong_request_is_not_worth_another_try(local_server, request_, status, words, blocking):
    with pytest.raises(TritonError, match=words) as caught:
        infer(address(local_server), attrs.evolve(request_, blocking=blocking))
    assert caught.value.status == status and not caught.value.retryable


@pytest.mark.parametrize("blocking", [False, True])
def test_no_server_is_told_at_once(blocking):
    began = time.monotonic()
    with pytest.raises(TritonError) as caught:
        infer(Address("none", "127.0.0.1", 1), InferRequest("scale", inputs={"x": X}, blocking=blocking))
    assert caught.value.status == "UNAVAILABLE" and caught.value.retryable
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("gone", [False, True])
def test_a_request_under_way_to_a_server_that_is_gone_may_be_made_elsewhere(gone):
    async def closed():
        server = await asyncio.start_server(lambda reader, writer: asyncio.sleep(5), "127.0.0.1", 0)
        connection = Connection(Address("mute", *server.sockets[0].getsockname()))
        request = asyncio.create_task(connection.infer(InferRequest("scale", inputs={"x": X}), 20))
        await asyncio.sleep(0.3)
        await connection.close(gone=gone)
        await asyncio.wait([request], timeout=5)
        server.close()
        return request

    request = asyncio.run(closed())
    if gone:
        assert request.exception().status == "UNAVAILABLE" and request.exception().retryable
    else:
        assert request.cancelled()


REQUESTS = 12


@pytest.fixture
def standing_server(server_options):
    """A server that stands still until the signal to continue."""
    with LocalServer.start(server_options) as server:
        stop(server)
        yield server


def answers(server: LocalServer) -> tuple[int, int]:
    """How many requests a server has answered since it began, `REQUESTS` being waited for, and how many failed."""

    async def all_answered(connection):
        return await counts_when(connection, lambda so_far: so_far.success >= REQUESTS)

    (counts,) = talk(address(server), all_answered)
    return counts.success, counts.fail


# Triton 2.51 may crash if a request is cancelled, by a deadline as well, in the moment in which it is answered.


def test_requests_under_way_at_the_end_of_a_job_are_not_cancelled(standing_server):
    async def connect():
        return Connection(address(standing_server))

    loop = EventLoopThread("test")
    connection = loop.run(connect(), 10)
    request = InferRequest("scale", inputs={"x": X})
    calls = [loop.start(connection.infer(request, 10)) for _ in range(REQUESTS)]
    loop.run(asyncio.sleep(0), 10)  # all of them have begun
    threading.Timer(0.3, os.kill, (standing_server.pid, signal.SIGCONT)).start()
    loop.close(connection.close)
    assert all(call.cancelled() for call in calls)
    assert answers(standing_server) == (REQUESTS, 0)


@pytest.mark.parametrize("blocking", [False, True])
def test_requests_that_miss_their_deadline_are_not_cancelled(standing_server, blocking):
    request = InferRequest("scale", inputs={"x": X}, blocking=blocking)

    async def miss(connection):
        calls = (connection.infer(request, 0.5) for _ in range(REQUESTS))
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        os.kill(standing_server.pid, signal.SIGCONT)
        return {outcome.status for outcome in outcomes}

    assert talk(address(standing_server), miss) == [{"DEADLINE_EXCEEDED"}]
    assert answers(standing_server) == (REQUESTS, 0)


FORK = """
import asyncio, contextlib, gc, os
from pyrun.modules.sonic.connection import Address, Connection, InferRequest, TritonError

async def ask():
    connection = Connection(Address("none", "127.0.0.1", 1))
    connection.itself = connection
    with contextlib.suppress(TritonError):
        await connection.infer(InferRequest("scale"), 1)

gc.disable()
asyncio.run(ask())
child = os.fork()
if not child:
    gc.collect()
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_process_made_by_fork_lets_the_garbage_of_connections_be():
    made = subprocess.Popen([sys.executable, "-c", FORK], stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert made.communicate(timeout=30)[0] == "7\n"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(made.pid, signal.SIGKILL)


@pytest.mark.parametrize("blocking", [False, True])
def test_a_server_that_does_not_answer_costs_the_timeout_and_no_more(blocking):
    async def silent():
        server = await asyncio.start_server(lambda reader, writer: asyncio.sleep(5), "127.0.0.1", 0)
        connection = Connection(Address("mute", *server.sockets[0].getsockname()))
        began = time.monotonic()
        with pytest.raises(TritonError) as caught:
            await connection.infer(InferRequest("scale", inputs={"x": X}, blocking=blocking), 0.5)
        took = time.monotonic() - began
        await connection.close()
        server.close()
        return caught.value, took

    error, took = asyncio.run(silent())
    assert error.status == "DEADLINE_EXCEEDED" and error.retryable
    assert 0.4 < took < 2


def test_a_server_tells_its_models_and_what_it_has_counted(local_server):
    async def count(connection):
        before = await connection.statistics("scale")
        await connection.infer(InferRequest("scale", inputs={"x": X}), 10)
        return await counts_when(connection, lambda so_far: (so_far - before).executions) - before

    ready, models, config, metadata, counted = talk(
        address(local_server),
        lambda connection: connection.ready(),
        lambda connection: connection.models(),
        lambda connection: connection.config("scale"),
        lambda connection: connection.metadata("scale"),
        count,
    )
    assert ready
    assert ("scale", "1", "READY") in [(model.name, model.version, model.state) for model in models]
    assert config.max_batch_size == 64
    assert [tensor.name for tensor in metadata.inputs] == ["x"]
    assert (counted.inferences, counted.executions, counted.success, counted.fail) == (3, 1, 1, 0)
    assert counted.success_ns >= counted.compute_infer_ns > 0
    assert counted + ModelStatistics() == counted


def test_only_this_machines_addresses_are_local():
    async def locality(host):
        connection = Connection(Address("x", host, 1))
        await connection.close()
        return connection.is_local

    hosts = ["127.0.0.1", "localhost", "::1", "192.0.2.1", "triton.example"]
    assert [asyncio.run(locality(host)) for host in hosts] == [True, True, True, False, False]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A test authority, a server's certificate by it, and another authority."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    for authority in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN=test {authority}",
                "-keyout", f"{authority}.key", "-out", f"{authority}.pem")  # fmt: skip
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for owner in ("server", "client"):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={owner}", "-keyout", f"{owner}.key",
                "-out", f"{owner}.csr")  # fmt: skip
        openssl("x509", "-req", "-in", f"{owner}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "2", "-extfile", "names", "-out", f"{owner}.pem")  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def mutual_server(triton, scale_model, certificates, tmp_path_factory):
    """A server that also wants to see the client's certificate."""
    ssl = ServerSsl(*(str(certificates / name) for name in ("server.pem", "server.key", "ca.pem")))
    options = ServerOptions(
        models=[scale_model], executable="bundled", temp=tmp_path_factory.mktemp("servers"), ssl=ssl
    )
    with LocalServer.start(options) as server:
        yield server


def options(certificates: Path, root: str = "ca.pem", client: str = "client") -> SslOptions:
    own = (str(certificates / f"{client}.key"), str(certificates / f"{client}.pem")) if client else ("", "")
    return SslOptions(str(certificates / root), *own)


@pytest.mark.parametrize("blocking", [False, True])
def test_tls_with_certificates_of_the_same_authority_works(mutual_server, certificates, blocking):
    request = InferRequest("scale", inputs={"x": X}, blocking=blocking)
    outputs = infer(address(mutual_server, options(certificates)), request)
    np.testing.assert_array_equal(outputs["y"], 2 * X)


@pytest.mark.parametrize("blocking", [False, True])
def test_a_server_whose_authority_is_another_is_refused(mutual_server, certificates, blocking):
    wrong = address(mutual_server, options(certificates, "other.pem"))
    with pytest.raises(
        TritonError, match=r"no TLS connection with here.*not by an authority in .*other\.pem"
    ) as caught:
        infer(wrong, InferRequest("scale", inputs={"x": X}, blocking=blocking))
    assert caught.value.status == "UNAUTHENTICATED" and not caught.value.retryable


def test_a_server_is_refused_whose_certificate_is_for_another_address(mutual_server, certificates):
    with pytest.raises(TritonError, match="certificate is not for 'localhost'") as caught:
        infer(address(mutual_server, options(certificates), "localhost"), InferRequest("scale", inputs={"x": X}))
    assert not caught.value.retryable


def test_a_client_without_a_certificate_is_refused_by_a_server_that_wants_one(mutual_server, certificates):
    with pytest.raises(TritonError, match="may want the client's certificate"):
        infer(address(mutual_server, options(certificates, client="")), InferRequest("scale", inputs={"x": X}))


def test_a_client_without_tls_gets_nothing_from_a_server_with_it(mutual_server):
    with pytest.raises(TritonError, match="may want TLS"):
        infer(address(mutual_server), InferRequest("scale", inputs={"x": X}))


def test_a_client_with_tls_gets_nothing_from_a_server_without_it(local_server, certificates):
    with pytest.raises(TritonError, match="does not speak TLS; set useSsl = False") as caught:
        infer(address(local_server, options(certificates)), InferRequest("scale", inputs={"x": X}))
    assert not caught.value.retryable


def test_a_certificate_in_another_format_is_told(mutual_server, certificates, tmp_path):
    (tmp_path / "junk.pem").write_text("not a certificate")
    with pytest.raises(TritonError, match="is not in PEM format") as caught:
        infer(address(mutual_server, SslOptions(str(tmp_path / "junk.pem"))), InferRequest("scale", inputs={"x": X}))
    assert not caught.value.retryable


def test_a_certificate_that_cannot_be_read_is_named():
    with pytest.raises(Configuration, match="rootCertificates = '/nowhere/ca.pem'.*No such file"):
        talk(Address("x", "127.0.0.1", 1, SslOptions("/nowhere/ca.pem")))


def test_the_service_tells_why_a_server_with_a_wrong_certificate_is_not_used(mutual_server, certificates, scale_model):
    wanted = WantedModel(Model.load(scale_model))
    for root in ("ca.pem", "other.pem"):
        ssl = options(certificates, root)
        place = {"name": "here", "address": "127.0.0.1", "port": mutual_server.grpc_port, "useSsl": True}
        with running_service("TritonService", servers=[place | attrs.asdict(ssl)]) as service:
            if root == "ca.pem":
                service.addModel(wanted)
                answer = service.submit(wanted, InferRequest("scale", inputs={"x": X})).result(60)
                np.testing.assert_array_equal(answer["y"], 2 * X)
            else:
                with pytest.raises(ExternalFailure, match=r"not by an authority in rootCertificates = .*other\.pem"):
                    service.addModel(wanted)
