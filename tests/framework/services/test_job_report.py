"""FrameworkJobReport.xml, read with the standard library's parser as production tools do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
import uproot

from pyrun.framework.engine.failure import Failure
from pyrun.framework.errors import FileReadError, FileWriteError
from pyrun.framework.event.provenance import FileRecord
from pyrun.framework.services.job_report import JobReport
from pyrun.framework.services.tfile_service import TFileService
from pyrun.framework.services.timing import Timing

INPUT = FileRecord(
    lfn="/store/a.root",
    pfn="/data/a.root",
    module="source",
    module_class="PoolSource",
    events=30,
    lumis={1: {1: 10, 2: 20}},
    branches=("x_a__P.", "y_b__P."),
    guid="GUID-A",
)
OUTPUT = FileRecord(
    lfn="out.root",
    pfn="/tmp/out.root",
    module="out",
    module_class="PoolOutputModule",
    events=12,
    lumis={1: {2: 12}},
    branches=("x_a__P.",),
    guid="GUID-B",
    inputs=("/data/a.root",),
)


@pytest.fixture
def report(tmp_path):
    return JobReport(tmp_path / "job.xml")


def read(report):
    return ET.parse(report.path).getroot()


def texts(element, *tags):
    return [element.findtext(tag) for tag in tags]


def test_a_process_that_is_killed_leaves_a_report_of_it(report):
    error = read(report).find("FrameworkError")
    assert error.attrib == {"ExitStatus": "8901", "Type": "UnexpectedJobTermination"}


def test_input_files_are_described_as_in_cmssw(report):
    report.write([INPUT])
    root = read(report)
    file = root.find("InputFile")
    assert root.find("FrameworkError") is None
    assert texts(file, "LFN", "PFN", "Catalog", "InputType") == ["/store/a.root", "/data/a.root", "", "primaryFiles"]
    assert texts(file, "ModuleLabel", "GUID", "InputSourceClass") == ["source", "GUID-A", "PoolSource"]
    assert file.findtext("EventsRead") == "30"
    lumis = [(run.get("ID"), lumi.get("ID")) for run in file.findall("Runs/Run") for lumi in run.findall("LumiSection")]
    assert lumis == [("1", "1"), ("1", "2")]
    assert [b.attrib for b in root.findall("ReadBranches/Branch")] == [
        {"Name": "x_a__P.", "ReadCount": "30"},
        {"Name": "y_b__P.", "ReadCount": "30"},
    ]


def test_output_files_are_described_as_in_cmssw(report):
    report.write([INPUT], [OUTPUT])
    file = read(report).find("File")
    assert texts(file, "LFN", "PFN", "ModuleLabel", "GUID", "OutputModuleClass", "TotalEvents", "DataType") == [
        "out.root", "/tmp/out.root", "out", "GUID-B", "PoolOutputModule", "12", ""
    ]  # fmt: skip
    assert [branch.text for branch in file.findall("Branches/Branch")] == ["x_a__P."]
    assert len(file.findtext("BranchHash")) == 32
    assert texts(file.find("Inputs/Input"), "LFN", "PFN") == ["/store/a.root", "/data/a.root"]
    assert file.find("Runs/Run/LumiSection").attrib == {"ID": "2", "NEvents": "12"}


def metrics(root, group):
    found = root.findall(f"PerformanceReport/PerformanceSummary[@Metric='{group}']/Metric")
    return {metric.get("Name"): metric.get("Value") for metric in found}


def test_every_job_tells_its_time_and_memory(report):
    report.write()
    root = read(report)
    assert float(metrics(root, "Timing")["TotalJobCPU"]) > 0
    assert float(metrics(root, "ApplicationMemory")["PeakValueRss"]) > 10


def test_services_add_their_metrics_and_files(report, signals, tmp_path):
    histograms = TFileService("TFileService", TFileService.Parameters(fileName=str(tmp_path / "h.root")))
    job = signals(report, histograms, Timing("Timing", Timing.Parameters(summaryOnly=True)))
    job.begin()
    with job.block(1, 4):
        pass
    job.end()
    report.write()
    root = read(report)
    assert root.findtext("Process/Name") == "TEST"
    assert float(metrics(root, "Timing")["MinEventTime"]) >= 0
    assert metrics(root, "ProcessingSummary")["NumberEvents"] == "4"
    assert root.findtext("AnalysisFile/FileName") == str(tmp_path / "h.root")
    assert root.find("AnalysisFile/Source").get("Value") == "TFileService"


def test_a_failure_is_told_with_its_full_code_and_text(report):
    error = FileReadError("bad <cluster> ]]> in \x07 'a.root' & more")
    error.add_context("Processing  Event run: 1 lumi: 1 event: 4 stream: 0")
    report.write([INPUT], failure=Failure.of(error))
    element = read(report).find("FrameworkError")
    assert element.attrib == {"ExitStatus": "8021", "Type": "Fatal Exception"}
    assert element.text.splitlines() == [
        "",
        "An exception of category 'FileReadError' occurred while",
        "   [0] Processing  Event run: 1 lumi: 1 event: 4 stream: 0",
        "Exception Message:",
        "bad <cluster> ]]> in ? 'a.root' & more",
    ]
    assert "<![CDATA[" in report.path.read_text()


def test_a_report_that_can_not_be_written_is_told_at_once(tmp_path):
    with pytest.raises(FileWriteError, match="nowhere"):
        JobReport(tmp_path / "nowhere" / "job.xml")


JOB = """
import FWCore.ParameterSet.Config as cms
process = cms.Process("REPORT")
process.source = cms.Source("EmptySource")
process.maxEvents.input = 5
process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("out.root"))
process.end = cms.EndPath(process.out)
"""


def pyrun(folder, text, *arguments):
    (folder / "job_cfg.py").write_text(text)
    code = "from pyrun.framework.cli.pyrun import main; main()"
    command = [sys.executable, "-c", code, *arguments, "job_cfg.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_pyrun_writes_a_report_if_asked(tmp_path):
    result = pyrun(tmp_path, JOB, "-j", "mine.xml")
    assert result.returncode == 0, result.stderr
    root = ET.parse(tmp_path / "mine.xml").getroot()
    assert root.find("FrameworkError") is None
    assert root.findtext("File/TotalEvents") == "5" and root.findtext("File/ModuleLabel") == "out"
    assert sorted(os.listdir(tmp_path)) == ["job_cfg.py", "mine.xml", "out.root"]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("import nothing_of_this_name\n", "7002", "nothing_of_this_name"),
        (JOB.replace("fileName", "fileNane"), "8009", "fileNane"),
        (JOB + "process.source = cms.Source('PoolSource', fileNames = cms.untracked.vstring('file:no.root'))\n", "8020",
         "no.root"),
    ],
)  # fmt: skip
def test_a_job_that_can_not_begin_has_a_report_with_the_full_code(tmp_path, text, code, message):
    result = pyrun(tmp_path, text, "-e")
    error = ET.parse(tmp_path / "FrameworkJobReport.xml").getroot().find("FrameworkError")
    assert error.get("ExitStatus") == code and message in error.text
    assert result.returncode == int(code) % 256 and "Traceback" not in result.stderr


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_report_of_an_interrupted_job_has_its_files_and_the_signal(tmp_path, threads):
    (tmp_path / "job_cfg.py").write_text(JOB.replace("input = 5", "input = 2000000000"))
    code = f"from pyrun.framework.cli.pyrun import main; main(['-e', '-n{threads}', 'job_cfg.py'])"
    job = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while "Begin processing the 1001st" not in job.stderr.readline():
        assert job.poll() is None
    job.send_signal(signal.SIGINT)
    job.communicate(timeout=60)
    assert job.returncode == 9000 % 256
    root = ET.parse(tmp_path / "FrameworkJobReport.xml").getroot()
    assert root.find("ShutdownSignal") is not None and root.find("FrameworkError") is None
    with uproot.open(tmp_path / "out.root") as file:
        assert int(root.findtext("File/TotalEvents")) == file["Events"].num_entries >= 1000
