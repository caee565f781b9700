"""pyrun --lint as a user meets it, and the warnings of a normal run."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

PYRUN = str(Path(sys.executable).with_name("pyrun"))
CLEAN = """\
import FWCore.ParameterSet.Config as cms
process = cms.Process("TEST")
process.source = cms.Source("EmptySource")
process.maxEvents.input = 1
"""
LATE = """\
import FWCore.ParameterSet.Config as cms
run3 = cms.Modifier()
pre = cms.EDFilter("Prescaler", prescaleFactor = cms.int32(1), prescaleOffset = cms.int32(0))
run3.toModify(pre, prescaleFactor = 2)
process = cms.Process("TEST", run3)
process.pre = pre
process.source = cms.Source("EmptySource")
process.maxEvents.input = 1
process.p = cms.Path(process.pre)
"""
SECOND = """\
import FWCore.ParameterSet.Config as cms
run3 = cms.Modifier()
first = cms.Process("FIRST")
process = cms.Process("TEST", run3)
"""


@pytest.fixture
def pyrun(tmp_path):
    """Run pyrun on a configuration given as text."""

    def pyrun(text, *options):
        (tmp_path / "job_cfg.py").write_text(text)
        command = [PYRUN, *options, "job_cfg.py"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    return pyrun


def test_a_clean_configuration(pyrun):
    result = pyrun(CLEAN, "--lint")
    assert (result.returncode, result.stdout) == (0, "Nothing wrong was found in job_cfg.py\n"), result.stderr


def test_a_misuse_is_told_and_the_exit_code_is_1(pyrun):
    result = pyrun(LATE, "--lint")
    assert result.returncode == 1, result.stderr
    assert result.stdout.startswith("job_cfg.py:4: the modifier run3 does not change process.pre")
    assert "    move this line below job_cfg.py:5" in result.stdout
    assert result.stdout.endswith("1 problem in job_cfg.py\n")


def test_as_json(pyrun):
    result = pyrun(LATE, "--lint", "--json")
    report = json.loads(result.stdout)
    assert result.returncode == 1
    assert report["config"] == "job_cfg.py"
    assert [(f["kind"], f["file"], f["line"]) for f in report["findings"]] == [("late-modifier", "job_cfg.py", 4)]


def test_a_normal_run_warns_of_a_late_modifier(pyrun):
    result = pyrun(LATE)
    assert result.returncode == 0, result.stderr
    assert "%MSG-w Configuration:" in result.stderr
    assert "job_cfg.py:4: the modifier run3 does not change process.pre" in result.stderr


def test_a_normal_run_warns_of_a_second_process_without_the_modifiers(pyrun):
    result = pyrun(LATE.replace("run3.toModify", "first = cms.Process('FIRST', run3)\nrun3.toModify").replace(
        '"TEST", run3', '"TEST"'))  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "job_cfg.py:6: the process 'TEST' does not ask for the modifier run3" in result.stderr


def test_a_normal_run_without_misuse_warns_of_nothing(pyrun):
    assert "%MSG-w" not in pyrun(LATE.replace("run3.toModify", "# run3.toModify")).stderr


def test_a_modifier_that_only_a_second_process_asks_for(pyrun):
    told = pyrun(SECOND, "--lint")
    assert told.returncode == 1
    assert told.stdout.startswith("job_cfg.py:4: the process 'TEST' asks for the modifier run3")
    run = pyrun(SECOND)
    assert run.returncode == 7002 % 256
    assert (
        "'TEST' asks for the modifier run3, but the process 'FIRST' was made before it, in job_cfg.py:3" in run.stderr
    )


def test_a_configuration_that_can_not_be_loaded(pyrun):
    result = pyrun("import nothing_of_the_kind", "--lint")
    assert result.returncode == 7002 % 256
    assert "No module named 'nothing_of_the_kind'" in result.stderr


def test_a_configuration_as_text(tmp_path):
    result = subprocess.run([PYRUN, "--lint", "-c", LATE], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert result.returncode == 1, result.stderr
    assert "command_line_cfg.py:4" in result.stdout


def test_json_is_for_lint_alone(pyrun):
    result = pyrun(CLEAN, "--json")
    assert result.returncode == 7000 % 256
    assert "--json goes with --lint" in result.stderr


def test_a_terminal_gets_colours(tmp_path):
    (tmp_path / "job_cfg.py").write_text(LATE)
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    subprocess.run([PYRUN, "--lint", "job_cfg.py"], cwd=tmp_path, stdout=theirs, env=environment, timeout=120)
    os.close(theirs)
    text = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "\x1b[1mjob_cfg.py:4" in text
