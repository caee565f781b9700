"""The real job, MiniAOD with ParticleTransformer by SONIC, while servers fail: bit for bit the job without servers."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import awkward as ak
import pytest
from failing_proxy import FailingProxy
from fault_jobs import PYRUN
from sonic_service import kill

from pyrun.framework import cms, run
from pyrun.modules.sonic.server.launch import LocalServer, ServerOptions

MODEL = Path(__file__).parents[4] / "models" / "particletransformer_AK4"
LIMIT = 120.0  # seconds


def start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """MiniAOD of 200 events in blocks of 10."""
    (folder / "job_cfg.py").write_text(
        "from FWCore.ParameterSet.processFromFile import processFromFile\n"
        "from pyrun.framework.config.loading import find_configuration\n"
        "process = processFromFile(find_configuration('cfg/miniaod_2023_cfg.py'))\n"
        "process.options.eventsPerBlock = 10\n"
    )
    command = [PYRUN, "cfg/run.py", "config=job_cfg.py", "maxEvents=200", "outputFile=out.root", *words]
    with (folder / "log").open("w") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)


def jets(folder: Path) -> ak.Array:
    """The jets with their scores."""
    process = cms.Process("READ")
    process.source = cms.Source("PoolSource", fileNames=cms.untracked.vstring(f"file:{folder}/out.root"))
    read = run(process, products=["slimmedJets"])
    assert len(read.events.event) == 200
    return read["slimmedJets"]


@pytest.mark.slow
def test_servers_fail_and_are_lost(triton, tmp_path):
    (tmp_path / "plain").mkdir()
    (tmp_path / "sonic").mkdir()
    with start(tmp_path / "plain", "sonic=False") as plain:
        assert plain.wait(LIMIT) == 0, (tmp_path / "plain" / "log").read_text()
    options = ServerOptions(models=[MODEL], executable="bundled", temp=tmp_path / "servers")
    with (
        LocalServer.start(options) as one,
        LocalServer.start(options) as two,
        FailingProxy(two.grpc_port, 0.2, seed=5) as failing,
    ):
        addresses = [f"--address {name} 127.0.0.1 {port}" for name, port in (("lost", one.grpc_port),
                                                                            ("failing", failing.port))]  # fmt: skip
        words = " ".join(addresses).split()
        job = start(tmp_path / "sonic", *words, "timeout=2", "threads=2", "streams=4")
        try:
            deadline = time.monotonic() + LIMIT
            while failing.inferences < 5:
                assert time.monotonic() < deadline and job.poll() is None, (tmp_path / "sonic" / "log").read_text()
                time.sleep(0.01)
            kill(one)
            assert job.wait(LIMIT) == 0, (tmp_path / "sonic" / "log").read_text()
        finally:
            job.kill()
            job.wait()
        assert sum(failing.failed.values()) > 0
    assert "The server lost" in (tmp_path / "sonic" / "log").read_text()
    expected, found = jets(tmp_path / "plain"), jets(tmp_path / "sonic")
    assert ak.any(ak.num(expected) > 0)
    assert ak.array_equal(found, expected, equal_nan=True)
