"""Signals sent to real jobs: what they leave, and what they tell."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import uproot

from pyrun.framework import EDAnalyzer, cms, plugin, run
from pyrun.framework.errors import CMSException

PYRUN = str(Path(sys.executable).with_name("pyrun"))
INTERRUPTED = 9000 % 256

JOB = """
import asyncio, os, signal, time
import FWCore.ParameterSet.Config as cms
import hist
from pyrun.framework import EDAnalyzer, EDProducer, Service, per_event, plugin

NUMBER = signal.SIGINT

def send():
    os.kill(os.getpid(), NUMBER)

@plugin
class Busy(EDAnalyzer):
    kind = "one"
    def beginJob(self):
        self.h = self.service("TFileService").make(hist.Hist(hist.axis.Regular(10, 0, 10)), "h", "events")
    def analyze(self, event, setup):
        self.h.fill(event.id % 10)
    def endJob(self):
        print("endJob of", self.label, flush=True)

process = cms.Process("TEST")
process.source = cms.Source("EmptySource", numberEventsInLuminosityBlock = cms.untracked.uint32(130))
process.maxEvents.input = 200000
process.options.eventsPerBlock = cms.untracked.uint32(100)
process.options.wantSummary = True
process.MessageLogger.cerr.FwkReport.reportEvery = 1000
process.TFileService = cms.Service("TFileService", fileName = cms.string("histo.root"))
process.busy = cms.EDAnalyzer("Busy")
process.p = cms.Path(process.busy)
process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("out.root"))
process.nano = cms.OutputModule("NanoAODOutputModule", fileName = cms.untracked.string("nano.root"))
process.end = cms.EndPath(process.out + process.nano)
"""

AT_250 = """
@plugin
class Interrupting(EDAnalyzer):
    kind = "one"
    def analyze(self, event, setup):
        if 250 in event.id:
            send()
process.interrupting = cms.EDAnalyzer("Interrupting")
process.p += process.interrupting
"""


@pytest.fixture
def job(tmp_path):
    """Run a configuration of several texts."""

    def run(*texts, command=(PYRUN,), threads=1):
        (tmp_path / "job_cfg.py").write_text("".join(map(textwrap.dedent, texts)))
        arguments = [*command, "-n", str(threads), "-j", "report.xml", "job_cfg.py"]
        return subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, timeout=25)

    return run


def events_of(path):
    """The event numbers of a file that a job has written."""
    process = cms.Process("READ")
    process.source = cms.Source("PoolSource", fileNames=cms.untracked.vstring(f"file:{path}"))
    return run(process).events.event.tolist()


def assert_whole(folder, result, code=INTERRUPTED):
    """All files have the same events, the first of the input; the job has ended as any other. Gives their number."""
    assert result.returncode == code, result.stderr
    assert "endJob of busy" in result.stdout
    events = events_of(folder / "out.root")
    count = len(events)
    assert events == list(range(1, count + 1))
    assert f"TrigReport Events total = {count} passed = {count} failed = 0" in result.stderr
    with uproot.open(folder / "nano.root") as nano, uproot.open(folder / "histo.root") as histograms:
        assert nano["Events"]["event"].array().tolist() == events
        assert histograms["busy/h"].values().sum() == count
    report = ET.parse(folder / "report.xml").getroot()
    assert [file.findtext("TotalEvents") for file in report.findall("File")] == [str(count)] * 2
    assert (report.find("ShutdownSignal") is not None) == (code == INTERRUPTED)
    assert report.find("FrameworkError") is None
    assert no_temporaries(folder) == ["histo.root", "job_cfg.py", "nano.root", "out.root", "report.xml"]
    return count


def no_temporaries(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != "__pycache__")


@pytest.mark.parametrize(("name", "threads"), [("SIGINT", 1), ("SIGTERM", 2), ("SIGUSR2", 1)])
def test_the_first_signal_ends_the_job_in_good_order(job, tmp_path, name, threads):
    result = job(JOB.replace("SIGINT", name), AT_250, threads=threads)
    count = assert_whole(tmp_path, result)
    assert count == 260 if threads == 1 else count >= 260
    assert result.stderr.count("%MSG-s ShutdownSignal:") == 1 and f"{name}: an external signal" in result.stderr


def test_a_wrapper_that_signals_the_process_and_its_group_asks_once(job, tmp_path):
    """timeout(1) sends the signal to its child and then to the group that it shares with it."""
    slowly = JOB.replace("self.h.fill(event.id % 10)", "self.h.fill(event.id % 10); time.sleep(0.2)")
    result = job(slowly, command=("timeout", "--preserve-status", "-s", "INT", "5", PYRUN))
    assert assert_whole(tmp_path, result) > 0


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("call", ["time.sleep(60)", "sum(1 for _ in iter(int, 1))"], ids=["waiting", "computing"])
def test_a_second_signal_ends_the_job_at_once_and_leaves_nothing(job, tmp_path, threads, call):
    if "sleep" in call:
        twice = f"send(); time.sleep(0.5); send(); {call}"
    else:
        twice = f"import threading; send(); threading.Timer(0.5, send).start(); {call}"
    began = time.monotonic()
    result = job(JOB, AT_250.replace("send()", twice), threads=threads)
    assert time.monotonic() - began < 20
    assert result.returncode == INTERRUPTED
    assert result.stderr.rstrip().endswith("pyrun: interrupted; no output was written")
    assert "Traceback" not in result.stderr and "endJob" not in result.stdout
    assert no_temporaries(tmp_path) == ["job_cfg.py", "report.xml"]
    error = ET.parse(tmp_path / "report.xml").getroot().find("FrameworkError")
    assert error.attrib == {"ExitStatus": "9000", "Type": "Fatal Exception"}


EXTERNAL = """
@plugin
class External(EDProducer):
    def declare(self, p):
        self.out = self.produces("double")
    async def acquire(self, event, setup):
        send()
        await asyncio.sleep(WAIT)
    def produce(self, event, setup, result):
        event.put(self.out, event.id * 0.5)
process.external = cms.EDProducer("External")
process.p += process.external
"""


@pytest.mark.parametrize("threads", [1, 2])
def test_external_work_under_way_is_waited_for(job, tmp_path, threads):
    result = job(JOB, EXTERNAL.replace("WAIT", "0.2"), threads=threads)
    assert assert_whole(tmp_path, result) >= 100


def test_external_work_is_given_up_at_a_second_signal(job, tmp_path):
    began = time.monotonic()
    result = job(JOB, EXTERNAL.replace("WAIT", "0.5); send(); await asyncio.sleep(60"))
    assert result.returncode == INTERRUPTED and time.monotonic() - began < 20
    assert "Traceback" not in result.stderr and no_temporaries(tmp_path) == ["job_cfg.py", "report.xml"]


def test_a_signal_before_the_first_event_leaves_files_without_events(job, tmp_path):
    result = job(JOB.replace("def beginJob(self):", "def beginJob(self):\n        send()"))
    assert assert_whole(tmp_path, result) == 0


def test_events_one_by_one_are_finished_with_their_block(job, tmp_path):
    one_by_one = """
    @plugin
    class OneByOne(per_event.EDProducer):
        def declare(self, p):
            self.out = self.produces("double")
        def produceEvent(self, event, setup):
            if event.id == 105:
                send()
            time.sleep(0.005)
            event.put(self.out, 1.0)
    process.one = cms.EDProducer("OneByOne")
    process.p += process.one
    """
    assert assert_whole(tmp_path, job(JOB, one_by_one)) == 130


FEW = JOB.replace("input = 200000", "input = 150")


def test_a_signal_at_the_end_of_the_job_changes_nothing(job, tmp_path):
    text = FEW.replace("def endJob(self):", "def endJob(self):\n        send()")
    assert assert_whole(tmp_path, job(text), code=0) == 150


def test_signals_after_the_job_change_nothing(job, tmp_path):
    late = """
    @plugin
    class Late(Service):
        def jobEnded(self, result, error):
            send()
            time.sleep(0.5)
            send()
    process.add_(cms.Service("Late"))
    """
    assert assert_whole(tmp_path, job(FEW, late), code=0) == 150


@pytest.mark.parametrize("threads", [1, 2])
def test_a_module_that_ends_the_interpreter_fails_as_any_other(job, tmp_path, threads):
    result = job(JOB, AT_250.replace("send()", "raise SystemExit(0)"), threads=threads)
    assert result.returncode == 8002 % 256 and "SystemExit" in result.stderr
    assert no_temporaries(tmp_path) == ["job_cfg.py", "report.xml"]


@plugin
class Acting(EDAnalyzer):
    """Does something in the first block."""

    action = staticmethod(lambda: None)

    def analyze(self, event, setup):
        type(self).action()


def in_python(action, **options):
    Acting.action = staticmethod(action)
    process = cms.Process("TEST")
    process.source = cms.Source("EmptySource")
    process.maxEvents.input = 20
    process.options.eventsPerBlock = cms.untracked.uint32(10)
    process.acting = cms.EDAnalyzer("Acting")
    process.p = cms.Path(process.acting)
    return run(process, **options)


def test_python_has_its_own_handlers_before_and_after():
    def handlers():
        return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR2)]

    before, seen = handlers(), []
    in_python(lambda: seen.append(handlers()))
    assert handlers() == before and before not in seen
    with pytest.raises(CMSException, match="ZeroDivisionError"):
        in_python(lambda: 1 // 0)
    assert handlers() == before


def test_python_gets_a_keyboard_interrupt_or_the_events_so_far():
    with pytest.raises(KeyboardInterrupt):
        in_python(lambda: signal.raise_signal(signal.SIGINT))
    result = in_python(lambda: signal.raise_signal(signal.SIGINT), raise_on_error=False)
    assert result.exit_code == 9000 and result.job.interrupted == signal.SIGINT
    assert result.events.event.tolist() == list(range(1, 11))


def test_a_second_interrupt_of_python_leaves_handlers_as_they_were():
    before = signal.getsignal(signal.SIGINT)

    def twice():
        signal.raise_signal(signal.SIGINT)
        time.sleep(0.5)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        in_python(twice, raise_on_error=False)
    assert signal.getsignal(signal.SIGINT) is before
    assert not [thread for thread in threading.enumerate() if thread.name == "interrupts"]


def test_jobs_outside_the_main_thread_leave_signals_alone():
    before, seen, results = signal.getsignal(signal.SIGINT), [], []

    def work():
        results.append(in_python(lambda: seen.append(signal.getsignal(signal.SIGINT))))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert results[0].exit_code == 0 and set(seen) == {before}
