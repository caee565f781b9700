"""How jobs end that are interrupted or killed while servers work for them, and what they leave; TLS in whole jobs."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import attrs
import psutil
import pytest
from fault_jobs import FaultJob, processes_with, write_doubler

from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions, ServerSsl

INTERRUPTED = 9000 % 256
EXTERNAL_FAILURE = 8036 % 256


@pytest.fixture(scope="module")
def doubler(tmp_path_factory) -> Path:
    return write_doubler(tmp_path_factory.mktemp("models"), seconds=0.01)


class Leftovers:
    """What may be left of a job's fallback server and of its shared memory; made while the server runs."""

    def __init__(self, job: FaultJob) -> None:
        self._folder = job.folder / "fallback"
        job.eventually(lambda: any(self._folder.glob("*/state.json")))
        (self._server,) = (file.parent for file in self._folder.glob("*/state.json"))
        prefix = json.loads((self._server / "state.json").read_text())["prefix"]
        self._shared = [f"{prefix}*", f"pyrun-sonic-*-{job.process.pid}-*"]
        job.eventually(lambda: self.processes and self.files)

    @property
    def processes(self) -> list[int]:
        return processes_with(str(self._folder))

    @property
    def files(self) -> list[Path]:
        shared = [path for pattern in self._shared for path in Path("/dev/shm").glob(pattern)]
        return [*shared, *([self._server] if self._server.exists() else [])]

    def gone_after(self, seconds: float) -> None:
        """Wait until there are none, but not longer."""
        deadline = time.monotonic() + seconds
        while self.processes or self.files:
            assert time.monotonic() < deadline, (self.processes, self.files)
            time.sleep(0.02)


@pytest.mark.parametrize("name", ["SIGINT", pytest.param("SIGTERM", marks=pytest.mark.slow)])
def test_a_signal_ends_a_job_in_good_order(triton, doubler, tmp_path, name):
    """What is under way is answered, and written."""
    with FaultJob(
        folder=tmp_path / "job", model=doubler, servers={}, fallback=True, events=20_000, rows=16, streams=4
    ) as job:
        job.wait_for(100)
        left, began = Leftovers(job), time.monotonic()
        job.process.send_signal(getattr(signal, name))
        assert job.end(20) == INTERRUPTED, job.log
        assert time.monotonic() - began < 15
        left.gone_after(0.5)
    assert 100 <= job.count() < 20_000
    assert "Traceback" not in job.log and "ExternalFailure" not in job.log


def test_a_second_signal_ends_a_job_at_once(triton, tmp_path):
    """Even with requests under way that take half a minute each."""
    model = write_doubler(tmp_path, seconds=30.0)
    with FaultJob(folder=tmp_path / "job", model=model, servers={}, fallback=True, rows=16, timeout=100) as job:
        left = Leftovers(job)
        job.eventually(lambda: "Begin processing" in job.log)
        time.sleep(0.5)
        job.process.send_signal(signal.SIGINT)
        time.sleep(1.0)
        began = time.monotonic()
        job.process.send_signal(signal.SIGINT)
        assert job.end(30) == INTERRUPTED, job.log
        assert time.monotonic() - began < 20
        left.gone_after(0.5)
    assert not (job.folder / "out.root").exists() and "Traceback" not in job.log


def test_a_killed_job_leaves_no_server(triton, doubler, tmp_path):
    with FaultJob(folder=tmp_path / "job", model=doubler, servers={}, fallback=True, events=20_000, rows=16) as job:
        job.wait_for(100)
        left = Leftovers(job)
        job.process.kill()
        job.process.wait(10)
        left.gone_after(8)


def test_nothing_listens_beyond_loopback(triton, doubler, tmp_path):
    """Neither the job nor anything that it starts."""
    with FaultJob(folder=tmp_path / "job", model=doubler, servers={}, fallback=True, events=20_000, rows=16) as job:
        job.wait_for(100)
        family = [psutil.Process(job.process.pid), *map(psutil.Process, processes_with(str(job.folder / "fallback")))]
        family += [child for process in family for child in process.children(recursive=True)]
        listening = {
            (connection.laddr.ip.removeprefix("::ffff:"), process.name())
            for process in set(family)
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN or (connection.type.name == "SOCK_DGRAM" and connection.laddr)
        }
    assert listening == {("127.0.0.1", "tritonserver")}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Path:
    """A certificate of 127.0.0.1 by one authority, and another authority."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)

    for name in ("ours", "others"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                "-keyout", f"{name}.key", "-out", f"{name}.pem")  # fmt: skip
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1")
    openssl(
        "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr"
    )
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ours.pem", "-CAkey", "ours.key", "-CAcreateserial",
            "-days", "2", "-extfile", "names", "-out", "server.pem")  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def secure(triton, doubler, certificates, tmp_path_factory):
    ssl = ServerSsl(str(certificates / "server.pem"), str(certificates / "server.key"))
    options = ServerOptions(models=[doubler], executable="bundled", temp=tmp_path_factory.mktemp("servers"), ssl=ssl)
    with LocalServer.start(options) as server:
        yield server


def test_a_job_with_tls(secure, doubler, certificates, tmp_path):
    with FaultJob(
        folder=tmp_path / "job",
        model=doubler,
        servers={"only": secure},
        rootCertificates=str(certificates / "ours.pem"),
    ) as job:
        job.check()


@pytest.mark.parametrize(
    ("roots", "reason"),
    [
        ("others.pem", "its certificate is not by an authority in rootCertificates = "),
        pytest.param("", "may want TLS \\(useSsl\\)", marks=pytest.mark.slow),
    ],
)
def test_a_wrong_certificate_is_refused(secure, doubler, certificates, tmp_path, roots, reason):
    roots = str(certificates / roots) if roots else ""
    with FaultJob(folder=tmp_path / "job", model=doubler, servers={"only": secure}, rootCertificates=roots) as job:
        assert job.end(30) == EXTERNAL_FAILURE
    assert re.search(reason, job.log[job.log.index("Begin Fatal Exception") :])
    assert not (job.folder / "out.root").exists()


@pytest.mark.slow
def test_a_job_goes_on_without_a_server_whose_certificate_is_wrong(
    secure, server_options, doubler, certificates, tmp_path
):
    with LocalServer.start(attrs.evolve(server_options, models=[doubler])) as plain:
        servers = {"plain": plain, "secure": secure}
        with FaultJob(folder=tmp_path / "job", model=doubler, servers=servers) as job:
            job.check()
    assert "The server secure" in job.log and os.path.exists(job.folder / "out.root")
