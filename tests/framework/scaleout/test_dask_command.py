"""``pyrun --executor dask`` as a user meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from pyrun.framework.io.event_file import EventFileReader

PYRUN = str(Path(sys.executable).with_name("pyrun"))

HELPER = """
import numba

SCALE = 3.0

@numba.njit
def scaled(values):
    return SCALE * values
"""

JOB = """
import os, time
import FWCore.ParameterSet.Config as cms
from FWCore.ParameterSet.VarParsing import VarParsing
from pyrun.framework import EDProducer, EDAnalyzer, parameters as param, plugin
import helper

@plugin
class Scaler(EDProducer):
    class Parameters(param.ParameterSet):
        offset: float = param.double(doc="added")

    def declare(self, p):
        self.out = self.produces("double")

    def produce(self, event, setup):
        event.put(self.out, helper.scaled(event.id.astype("f8")) + self.parameters.offset)

@plugin
class Checker(EDAnalyzer):
    def declare(self, p):
        self.scaled = self.consumes("scaler")

    def analyze(self, event, setup):
        time.sleep(float(os.environ.get("SLOWLY", 0)))
        if "FAIL" in os.environ and (event.get(self.scaled) > 100).any():
            raise RuntimeError("too large")

options = VarParsing("analysis")
options.parseArguments()
process = cms.Process("TEST")
process.source = cms.Source("EmptySource", numberEventsInLuminosityBlock = cms.untracked.uint32(10))
process.maxEvents.input = options.maxEvents
process.options.wantSummary = True
process.scaler = cms.EDProducer("Scaler", offset = cms.double(0.5))
process.checker = cms.EDAnalyzer("Checker")
process.p = cms.Path(process.scaler + process.checker)
process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("out.root"))
process.e = cms.EndPath(process.out)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "helper.py").write_text(HELPER)
    (tmp_path / "config" / "job_cfg.py").write_text(textwrap.dedent(JOB))
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def command(*arguments):
    return [PYRUN, "--executor", "dask", "--eventsPerTask", "20", *arguments, "../config/job_cfg.py", "maxEvents=50"]


def pyrun(folder, *arguments, **environment):
    env = {**os.environ, **environment}
    return subprocess.run(
        command(*arguments), cwd=folder, capture_output=True, text=True, timeout=120, env=env, check=False
    )


def test_modules_of_the_configuration_and_beside_it_run_on_workers(folder):
    result = pyrun(folder, "--workers", "2")
    assert result.returncode == 0, result.stderr
    with EventFileReader(folder / "out.root") as file:
        branch = next(branch for branch in file.branches if branch.label == "scaler")
        assert file.read(branch, 0, 50)[0].tolist() == [3.0 * n + 0.5 for n in range(1, 51)]
    assert os.listdir(folder) == ["out.root"]
    text = result.stderr
    assert "TrigReport Events total = 50 passed = 50 failed = 0" in text and text.rstrip().endswith("T---Report end!")
    assert "Part 3 of 3 done, 16 events" in text and "Traceback" not in text


@pytest.mark.slow
def test_a_failure_looks_as_without_workers(folder):
    result = pyrun(folder, "--workers", "1", FAIL="1")
    assert result.returncode == 8002 % 256
    text = result.stderr
    assert "----- Begin Fatal Exception" in text and "RuntimeError: too large" in text
    assert "[0] Processing  Event run: 1 lumi: 4 event: 34 stream: 0" in text
    assert "[2] Calling method for module Checker/'checker'" in text
    assert "job_cfg.py" in text and "Traceback" not in text
    assert os.listdir(folder) == []


@pytest.mark.slow
@pytest.mark.parametrize("to_group", [False, True], ids=["kill", "terminal"])
def test_ctrl_c_stops_cleanly(folder, to_group):
    running = subprocess.Popen(
        command("--workers", "2"),
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SLOWLY": "3"},
        start_new_session=True,
    )
    while not list(folder.glob(".pyrun-*/part*")):
        assert running.poll() is None
        time.sleep(0.05)
    time.sleep(1)
    began = time.monotonic()
    if to_group:
        os.killpg(running.pid, signal.SIGINT)
    else:
        running.send_signal(signal.SIGINT)
    _, text = running.communicate(timeout=60)
    assert running.returncode == 9000 % 256
    assert text.rstrip().endswith("pyrun: interrupted; no output was written")
    assert "Traceback" not in text
    assert time.monotonic() - began < 20
    assert os.listdir(folder) == []


def test_a_worker_whose_scheduler_has_ended_says_nothing(folder):
    code = (
        "import logging; from pyrun.framework.scaleout.dask_executor import _WORKER_PRELOAD\n"
        "exec(_WORKER_PRELOAD)\n"
        "log = logging.getLogger('distributed.worker')\n"
        "log.error('Failed to communicate with scheduler during heartbeat.'); log.error('Out of memory')"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr
    assert told == "Out of memory\n"


def test_a_scheduler_that_does_not_answer(folder):
    result = pyrun(folder, "--scheduler", "nonsense")
    assert result.returncode == 8036 % 256
    assert "No Dask scheduler answers at 'nonsense'" in result.stderr and "Traceback" not in result.stderr


@pytest.mark.slow
def test_a_cluster_that_runs_already_with_workers_that_know_nothing_of_the_job(folder, tmp_path):
    scheduler_file, elsewhere = tmp_path / "scheduler.json", tmp_path / "elsewhere"
    elsewhere.mkdir()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": elsewhere}
    connect = ["--scheduler-file", str(scheduler_file)]
    python = [sys.executable, "-m"]
    scheduler = [*python, "distributed.cli.dask_scheduler", *connect, "--port", "0", "--dashboard-address", ":0"]
    worker = [*python, "distributed.cli.dask_worker", *connect, "--nthreads", "2", "--no-dashboard"]
    started = [subprocess.Popen(words, **quiet) for words in (scheduler, worker)]
    try:
        while not scheduler_file.exists() or not scheduler_file.read_text().rstrip().endswith("}"):
            time.sleep(0.1)
        address = json.loads(scheduler_file.read_text())["address"]
        result = pyrun(folder, "--scheduler", address)
        assert result.returncode == 0, result.stderr
        with EventFileReader(folder / "out.root") as file:
            assert file.ids.event.tolist() == list(range(1, 51))
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(timeout=30)
