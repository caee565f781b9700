"""Services in jobs of the real engine."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import awkward as ak
import FWCore.ParameterSet.Config as cms
import hist
import numpy as np
import pytest
import uproot

from pyrun.framework import EDAnalyzer, plugin
from pyrun.framework.api import run as framework_run
from pyrun.framework.config.description import describe
from pyrun.framework.engine.job import Job
from pyrun.framework.errors import Configuration
from pyrun.framework.services.message_logger import MessageLogger


class _Books(EDAnalyzer):
    def beginJob(self):
        fs = self.service("TFileService")
        axis = hist.axis.Regular(10, 0, 1, name="x")
        self.h = fs.make(hist.Hist(axis, storage=hist.storage.Weight()), "h", "weights")
        self.tree = fs.makeTree("events", {"event": "uint64", "values": "var * float64"})

    def analyze(self, event, setup):
        rows = [np.random.default_rng(int(number)).lognormal(0, 6, int(number) % 7) for number in event.id]
        values = ak.Array(rows)
        weights = ak.flatten(values)
        self.h.fill(x=ak.to_numpy(weights) % 1.0, weight=ak.to_numpy(weights))
        self.tree.fill(event=event.id, values=values)


@plugin
class BooksInStreams(_Books):
    kind = "stream"


@plugin
class BooksInOne(_Books):
    kind = "one"


@plugin
class BooksInGlobal(_Books):
    kind = "global"


@plugin
class FailsAtSeventy(BooksInStreams):
    def analyze(self, event, setup):
        super().analyze(event, setup)
        if (event.id == 70).any():
            raise ValueError("seventy")


def process_with(analyzer, path, block, threads, streams=0):
    process = cms.Process("BOOKS")
    process.source = cms.Source("EmptySource")
    process.maxEvents.input = 100
    process.options.eventsPerBlock = cms.untracked.uint32(block)
    process.options.numberOfThreads = threads
    process.options.numberOfStreams = streams
    process.TFileService = cms.Service("TFileService", fileName=cms.string(str(path)))
    process.books = cms.EDAnalyzer(analyzer)
    process.p = cms.Path(process.books)
    return process


def run(process):
    return Job(describe(process), MessageLogger(stream=io.StringIO())).run()


def content(path):
    with uproot.open(path) as file:
        h = file["books/h"]
        tree = file["books/events"].arrays(["event", "values"]).tolist()
        return h.values(flow=True).tobytes(), h.variances(flow=True).tobytes(), tree


@pytest.mark.parametrize("analyzer", ["BooksInStreams", "BooksInOne", "BooksInGlobal"])
def test_histograms_and_trees_are_the_same_bits_for_any_blocks_and_streams(tmp_path, analyzer):
    found = []
    for number, (block, threads, streams) in enumerate([(100, 1, 0), (7, 1, 0), (3, 2, 4)]):
        path = tmp_path / f"{number}.root"
        assert run(process_with(analyzer, path, block, threads, streams)).exit_code == 0
        found.append(content(path))
    assert found[0] == found[1] == found[2]
    assert [entry["event"] for entry in found[0][2]] == list(range(1, 101))


def test_a_job_that_fails_leaves_no_histograms(tmp_path):
    result = run(process_with("FailsAtSeventy", tmp_path / "h.root", 10, 2))
    assert result.exit_code == 8002 and not list(tmp_path.iterdir())


def test_a_module_that_needs_a_service_says_how_to_add_it(tmp_path):
    process = process_with("BooksInStreams", tmp_path / "h.root", 10, 1)
    del process.TFileService
    with pytest.raises(Configuration, match="add process.TFileService"):
        run(process)


JOB = """
import FWCore.ParameterSet.Config as cms
process = cms.Process("SERVICES")
process.source = cms.Source("EmptySource")
process.maxEvents.input = 6
process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("out.root"))
process.end = cms.EndPath(process.out)
process.Timing = cms.Service("Timing", summaryOnly = cms.untracked.bool(True))
process.add_(cms.Service("SimpleMemoryCheck", ignoreTotal = cms.untracked.int32(1)))
process.add_(cms.Service("Tracer"))
process.MessageLogger.cerr.enableStatistics = True
"""


def test_the_services_of_a_job_tell_and_report(tmp_path):
    (tmp_path / "job_cfg.py").write_text(JOB)
    code = "from pyrun.framework.cli.pyrun import main; main(['-e', 'job_cfg.py'])"
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert re.search(r"^TimeReport> Time report complete in [\d.]+ seconds$", result.stderr, re.MULTILINE)
    assert " - Number of Events:  6" in result.stderr and "MemoryReport> Peak virtual size" in result.stderr
    assert "++++ starting: processing event : stream = 0 run = 1 lumi = 1 event = 1-6" in result.stderr
    assert "MessageLogger Summary" in result.stderr
    root = ET.parse(tmp_path / "FrameworkJobReport.xml").getroot()
    groups = {summary.get("Metric") for summary in root.iter("PerformanceSummary")}
    assert groups == {"Timing", "ProcessingSummary", "ApplicationMemory", "SystemMemory"}
    assert root.findtext("Process/Name") == "SERVICES" and root.find("FrameworkError") is None


def test_the_example_of_the_documentation_runs(tmp_path):
    page = (Path(__file__).parents[3] / "docs" / "services.md").read_text()
    service, module = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[:2]
    process = cms.Process("DOCS")
    exec(service.replace("histo.root", str(tmp_path / "histo.root")), {"process": process, "cms": cms})
    exec(module, {})
    process.plots = cms.EDAnalyzer("MuonPlots", src=cms.InputTag("muons"))
    process.p = cms.Path(process.plots)
    muons = ak.Array([[{"pt": 30.0}, {"pt": 20.0}], [], [{"pt": 90.0}]])
    framework_run(process, input={"muons": muons}, announce=False)
    with uproot.open(tmp_path / "histo.root") as file:
        assert file["plots/pt"].values().sum() == 3 and "plots/barrel/eta" in file.keys(cycle=False)
        assert file["plots/muons"]["n"].array().tolist() == [2, 0, 1]
