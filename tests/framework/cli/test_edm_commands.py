"""edmPluginHelp, edmConfigDump, edmCopyPickMerge, and what all edm commands have in common."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from edm_files import GEN, JETS, PAT, SIM

from pyrun.framework.event.ids import EventIDs
from pyrun.framework.io.event_file import EventFileReader, EventFileWriter, FileMetadata


def test_the_parameters_of_a_plugin(run):
    code, text, _ = run("edm_plugin_help", "-p", "PoolOutputModule")
    assert code == 0
    assert text.startswith("1  PoolOutputModule  (OutputModule)  pyrun ")
    assert (
        "    maxSize\n"
        "                        type: untracked int32\n"
        "                        default: 2130706432\n" in text
    )
    assert "see Section 1.1.1\n" in text and "  Section 1.1.1 SelectEvents: PSet description\n" in text
    brief = run("edm_plugin_help", "-b", "-p", "PoolOutputModule")[1]
    assert any(line.split() == ["fileName", "untracked", "string", "required"] for line in brief.splitlines())
    names = run("edm_plugin_help", "-a", "-q")[1].splitlines()
    assert len(names) > 20 and any(line.split()[1] == "PoolSource" for line in names)


def test_a_plugin_that_does_not_exist(run):
    code, _, error = run("edm_plugin_help", "-p", "PoolOutputModul")
    assert code == 1 and "Did you mean 'PoolOutputModule'" in error


CONFIGURATION = """
import sys
import FWCore.ParameterSet.Config as cms
process = cms.Process("DUMP")
process.source = cms.Source("EmptySource", firstRun = cms.untracked.uint32(int(sys.argv[1])))
process.used, process.unused = cms.EDProducer("A"), cms.EDProducer("B")
process.p = cms.Path(process.used)
"""


def test_a_configuration_written_out(here, run):
    Path("job_cfg.py").write_text(CONFIGURATION)
    code, text, _ = run("edm_config_dump", "job_cfg.py", "42")
    assert code == 0 and "cms.untracked.uint32(42)" in text and "process.unused = " in text
    code, text, _ = run("edm_config_dump", "--prune", "-o", "out.py", "job_cfg.py", "7")
    assert (code, text) == (0, "")
    assert "process.used = " in Path("out.py").read_text() and "unused" not in Path("out.py").read_text()
    code, _, error = run("edm_config_dump", "none_cfg.py")
    assert code == 7001 % 256 and "none_cfg.py" in error
    code, _, error = run("edm_config_dump", "-o", "no/folder.py", "job_cfg.py", "7")
    assert code == 8033 % 256 and "No such file" in error


def shell(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = Path(sys.executable).with_name(command)
    return subprocess.run([path, *arguments], capture_output=True, text=True, timeout=120)


def test_events_are_picked_and_files_merged(here):
    result = shell("edmCopyPickMerge", "inputFiles=pat.root", "eventsToProcess=5:12,5:2:21-5:2:22", "outputFile=p.root")
    assert result.returncode == 0, result.stderr
    with EventFileReader("p.root") as file:
        assert file.ids.event.tolist() == [12, 21, 22]
        assert file.read(JETS, 0, 3)[0].pt.tolist() == [[], [], []]
        assert [process.name for process in file.metadata.processes] == ["SIM", "PAT", "PickEvent"]
    result = shell("edmCopyPickMerge", "inputFiles=pat.root,p.root", "outputFile=m.root")
    assert result.returncode == 8009 % 256
    assert "comes from the processes" in result.stderr and not Path("m.root").exists()
    with EventFileWriter("next.root", [GEN], FileMetadata((SIM, PAT))) as writer:
        writer.write(EventIDs([6], [1], [1]), {GEN: (np.array([7.0]), None)})
    result = shell("edmCopyPickMerge", "inputFiles=pat.root,next.root", "outputFile=m.root", "maxSize=1")
    assert result.returncode == 0, result.stderr
    names = ["m.root", "m001.root", "m002.root"]
    assert sorted(path.name for path in here.glob("m*.root")) == names
    numbers: list[int] = []
    for name in names:
        with EventFileReader(name) as file:
            assert len(set(zip(file.ids.run.tolist(), file.ids.lumi.tolist(), strict=True))) == 1
            numbers += file.ids.event.tolist()
    assert numbers == [11, 12, 13, 21, 22, 23, 24, 1]


def test_without_arguments_there_is_help(here):
    assert shell("edmCopyPickMerge").returncode == 1
    assert "eventsToProcess=RANGE" in shell("edmCopyPickMerge", "--help").stdout


COMMANDS = [
    "edmConfigDump",
    "edmCopyPickMerge",
    "edmDumpEventContent",
    "edmEventSize",
    "edmFileUtil",
    "edmPluginHelp",
    "edmProvDump",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_needs_no_heavy_import(command):
    module = "".join("_" + letter.lower() if letter.isupper() else letter for letter in command)
    code = (
        f"import sys, pyrun.framework.cli.{module} as command\n"
        "try: command.main(['--help'])\nexcept SystemExit as end: print(end.code or 0, *sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    exit_code, *loaded = result.stdout.splitlines()[-1].split()
    assert exit_code == "0" and command in result.stdout
    assert not {"numpy", "awkward", "uproot", "numba", "onnxruntime", "matplotlib", "rich"} & set(loaded)


def test_a_reader_that_goes_away_is_no_error(here):
    path = Path(sys.executable).with_name("edmProvDump")
    command = f"for i in 1 2; do '{path}' -a -t pat.root; done | head -1; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0 and "Traceback" not in result.stderr and "Error" not in result.stderr
