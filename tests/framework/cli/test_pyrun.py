"""The pyrun command as a user meets it: text, exit codes, files left behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PYRUN = str(Path(sys.executable).with_name("pyrun"))

EMPTY_JOB = """
import FWCore.ParameterSet.Config as cms
process = cms.Process("TEST")
process.source = cms.Source("EmptySource", numberEventsInLuminosityBlock = cms.untracked.uint32(3))
process.maxEvents.input = 5
process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("out.root"))
process.end = cms.EndPath(process.out)
"""


def pyrun(folder, *arguments, **environment):
    command = [PYRUN, *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, env={**os.environ, **environment}
    )


@pytest.fixture
def job(tmp_path):
    """Run a configuration given as text."""

    def run(text, *arguments):
        (tmp_path / "job_cfg.py").write_text(text)
        return pyrun(tmp_path, "job_cfg.py", *arguments)

    return run


def test_a_job_announces_its_events_as_cmsrun_does(job, tmp_path):
    result = job(EMPTY_JOB)
    assert result.returncode == 0, result.stderr
    pattern = (
        r"Begin processing the (\d)(st|nd|rd|th) record. Run 1, Event (\d), LumiSection (\d) on stream 0 at \S+ \S+ \S+"
    )
    lines = re.findall(pattern, result.stderr)
    assert lines == [
        ("1", "st", "1", "1"),
        ("2", "nd", "2", "1"),
        ("3", "rd", "3", "1"),
        ("4", "th", "4", "2"),
        ("5", "th", "5", "2"),
    ]
    assert (tmp_path / "out.root").exists()


def test_the_summary_comes_only_if_asked_for(job):
    assert "TrigReport" not in job(EMPTY_JOB).stderr
    summary = job(EMPTY_JOB + "process.options.wantSummary = True\n").stderr
    assert "TrigReport Events total = 5 passed = 5 failed = 0" in summary
    assert summary.rstrip().endswith("T---Report end!")


def test_events_are_announced_as_often_as_the_message_logger_says(job):
    result = job(EMPTY_JOB + "process.MessageLogger.cerr.FwkReport.reportEvery = 2\n")
    assert re.findall(r"Begin processing the (\w+) record", result.stderr) == ["1st", "3rd", "5th"]


def fatal(result, code, category):
    """The message of a fatal exception with this exit code and category."""
    assert result.returncode == code % 256, result.stderr
    found = re.fullmatch(
        r"(?s).*----- Begin Fatal Exception [^\n]+-{23}\n"
        rf"An exception of category '{category}' occurred(?: while)?\n(.*)----- End Fatal Exception -+\n",
        result.stderr,
    )
    assert found, result.stderr
    assert "Traceback" not in result.stderr
    return found[1]


def test_a_missing_configuration(tmp_path):
    assert "nosuch_cfg.py" in fatal(pyrun(tmp_path, "nosuch_cfg.py"), 7001, "ConfigFileNotFound")


def test_a_configuration_that_does_not_parse_names_file_and_line(job):
    message = fatal(
        job("import FWCore.ParameterSet.Config as cms\nprocess = cms.Process('A'\n"), 7002, "ConfigFileReadError"
    )
    assert "job_cfg.py, line 2" in message


def test_a_configuration_that_raises_names_the_line_and_the_error(job):
    message = fatal(job("x = 1\ny = x.z\n"), 7002, "ConfigFileReadError")
    assert "line 2" in message and "AttributeError" in message


def test_a_misspelt_parameter_leaves_no_output(job, tmp_path):
    message = fatal(job(EMPTY_JOB.replace("numberEventsInL", "numberEventsInl")), 8009, "Configuration")
    assert "Did you mean 'numberEventsInLuminosityBlock'?" in message
    assert not list(tmp_path.glob("*.root"))


def test_a_missing_input_file_leaves_no_output(job, tmp_path):
    source = 'process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring("file:nosuch.root"))\n'
    assert "nosuch.root" in fatal(job(EMPTY_JOB + source), 8020, "FileOpenError")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job_cfg.py"]


def test_a_truncated_input_file_leaves_no_output(job, tmp_path):
    assert job(EMPTY_JOB).returncode == 0
    whole = (tmp_path / "out.root").read_bytes()
    (tmp_path / "cut.root").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "out.root").unlink()
    source = 'process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring("file:cut.root"))\n'
    result = job(EMPTY_JOB.replace('"TEST"', '"AGAIN"') + source)
    assert result.returncode in (8020 % 256, 8021 % 256)
    assert "cut.root" in result.stderr and "Traceback" not in result.stderr
    assert not (tmp_path / "out.root").exists()


def test_a_full_disk_leaves_no_output(tmp_path):
    (tmp_path / "job_cfg.py").write_text(EMPTY_JOB.replace("input = 5", "input = 20000"))
    limited = ["bash", "-c", f"ulimit -f 4; exec {PYRUN} job_cfg.py"]
    result = subprocess.run(limited, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert "out.root" in fatal(result, 8033, "FileWriteError")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job_cfg.py"]


def test_an_error_of_a_module_shows_where_in_its_code(job):
    result = job("""
import FWCore.ParameterSet.Config as cms
from pyrun.framework import EDAnalyzer, plugin

@plugin
class Divides(EDAnalyzer):
    def analyze(self, event, setup):
        [1 / (4 - int(number)) for number in event.id]

process = cms.Process("TEST")
process.source = cms.Source("EmptySource")
process.maxEvents.input = 9
process.divides = cms.EDAnalyzer("Divides")
process.p = cms.Path(process.divides)
""")
    message = result.stderr
    assert result.returncode == 8002 % 256
    assert "[0] Processing  Event run: 1 lumi: 1 event: 4 stream: 0" in message
    assert "[1] Running path 'p'" in message
    assert "[2] Calling method for module Divides/'divides'" in message
    assert "job_cfg.py" in message and "ZeroDivisionError" in message and "4 - int(number)" in message


def test_an_unknown_option_is_a_command_line_error(tmp_path):
    result = pyrun(tmp_path, "--nosuch")
    assert result.returncode == 7000 % 256 and "--nosuch" in result.stderr


def test_a_configuration_may_be_given_as_text(tmp_path):
    result = pyrun(tmp_path, "-c", EMPTY_JOB)
    assert result.returncode == 0 and (tmp_path / "out.root").exists()


def test_the_installed_configurations_are_found_from_anywhere(tmp_path):
    result = pyrun(tmp_path, "cfg/miniaod_cfg.py", "maxEvent=1")
    assert "There is no argument 'maxEvent' (did you mean 'maxEvents'?)" in fatal(result, 7002, "ConfigFileReadError")


def test_arguments_after_the_configuration_are_its_own(job):
    result = job("import sys\nprint(sys.argv)\nsys.exit(0)\n", "--help", "maxEvents=3")
    assert result.stdout.strip() == "['job_cfg.py', '--help', 'maxEvents=3']" and result.returncode == 0


def test_help_imports_nothing_heavy():
    code = (
        "import sys, pyrun.framework.cli.pyrun as command\n"
        "try: command.main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "awkward", "numba", "uproot", "onnxruntime", "matplotlib", "tensorflow"} & set(loaded)


def test_what_has_no_effect_is_told(job):
    result = job(EMPTY_JOB + 'process.add_(cms.Service("InitRootHandlers"))\n')
    assert result.returncode == 0
    assert "Without effect here: the service InitRootHandlers, which is not installed" in result.stderr


def test_two_output_modules_with_one_file_are_refused(job, tmp_path):
    again = "process.again = process.out.clone()\nprocess.end2 = cms.EndPath(process.again)\n"
    message = fatal(job(EMPTY_JOB + again), 8009, "Configuration")
    assert "'out' and 'again' both write" in message and not (tmp_path / "out.root").exists()
