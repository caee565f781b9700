"""Jobs that write and read event files: EmptySource, PoolSource, PoolOutputModule."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from pyrun.framework import EDAnalyzer, EDFilter, EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.config.description import describe
from pyrun.framework.config.loading import load_process
from pyrun.framework.engine.job import Job, JobResult
from pyrun.framework.errors import CMSException, Configuration, FileOpenError
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.io.event_file import EventFileReader
from pyrun.framework.services.message_logger import MessageLogger

HITS = BranchDescription("hits", "hits", "", "SIM")
TWICE = BranchDescription("double", "twice", "", "PAT")


@plugin
class HitProducer(EDProducer):
    """Event n has n % 4 hits of energy n."""

    def declare(self, p):
        self.hits = self.produces("hits")

    def produce(self, event, setup):
        counts = (event.id % 4).astype("i8")
        event.put(self.hits, ak.unflatten(ak.zip({"energy": np.repeat(event.id, counts).astype("f4")}), counts))


@plugin
class TwiceProducer(EDProducer):
    """Twice the energy of an event's hits."""

    def declare(self, p):
        self.hits, self.twice = self.consumes("hits"), self.produces("double")

    def produce(self, event, setup):
        event.put(self.twice, 2.0 * ak.to_numpy(ak.sum(event.get(self.hits).energy, axis=1)))


@plugin
class ModuloFilter(EDFilter):
    """Passes every n-th event."""

    class Parameters(param.ParameterSet):
        n: int = param.int32(doc="n")

    def filter(self, event, setup):
        return event.id % self.parameters.n == 0


@plugin
class IDRecorder(EDAnalyzer):
    """Keeps the numbers of the events it sees, and the blocks they come in."""

    kind = "one"
    seen: list[tuple[int, int, int]] = []
    blocks: list[int] = []

    def analyze(self, event, setup):
        self.seen.extend(zip(event.run.tolist(), event.lumi.tolist(), event.id.tolist(), strict=True))
        self.blocks.append(len(event))


class Folder:
    """Runs configurations in a folder; `log` has what the last one printed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = ""

    def job(self, text: str, more: str = "") -> JobResult:
        config = self.path / "job_cfg.py"
        config.write_text("import FWCore.ParameterSet.Config as cms\n" + textwrap.dedent(text) + more)
        stream = io.StringIO()
        IDRecorder.seen.clear()
        IDRecorder.blocks.clear()
        try:
            return Job(describe(load_process(str(config))), MessageLogger(stream=stream)).run()
        finally:
            self.log = stream.getvalue()

    def run(self, text: str, more: str = "") -> None:
        result = self.job(text, more)
        assert result.failure is None, result.failure

    def simulate(self, name: str = "sim.root", *, events: int = 25, first: int = 1, more: str = "") -> None:
        self.run(
            f"""
            process = cms.Process("SIM")
            process.source = cms.Source("EmptySource", firstEvent = cms.untracked.uint32({first}),
                                        numberEventsInLuminosityBlock = cms.untracked.uint32(10))
            process.maxEvents.input = {events}
            process.hits = cms.EDProducer("HitProducer")
            process.third = cms.EDFilter("ModuloFilter", n = cms.int32(3))
            process.p = cms.Path(process.hits)
            process.q = cms.Path(process.third)
            process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("{name}"),
                                           eventsPerCluster = cms.untracked.int32(7))
            process.e = cms.EndPath(process.out)
            """,
            more,
        )

    def read(self, source: str, more: str = "") -> list[int]:
        """Event numbers seen by a job with this PoolSource."""
        self.run(
            f"""
            process = cms.Process("PAT")
            process.source = cms.Source("PoolSource", {source})
            process.record = cms.EDAnalyzer("IDRecorder")
            process.p = cms.Path(process.record)
            """,
            more,
        )
        return [event for _, _, event in IDRecorder.seen]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Folder:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYRUN_SEARCH_PATH", raising=False)
    return Folder(tmp_path)


def files(*names: str) -> str:
    return "fileNames = cms.untracked.vstring(" + ", ".join(map(repr, names)) + ")"


def test_empty_source_numbers_events_as_cmssw_does(folder):
    folder.run(
        """
        process = cms.Process("TEST")
        process.source = cms.Source("EmptySource",
            firstRun = cms.untracked.uint32(5), firstLuminosityBlock = cms.untracked.uint32(2),
            firstEvent = cms.untracked.uint32(11), numberEventsInRun = cms.untracked.uint32(5),
            numberEventsInLuminosityBlock = cms.untracked.uint32(2))
        process.maxEvents.input = 7
        process.record = cms.EDAnalyzer("IDRecorder")
        process.p = cms.Path(process.record)
        """
    )
    assert IDRecorder.seen == [(5, 2, 11), (5, 2, 12), (5, 3, 13), (5, 3, 14), (5, 4, 15), (6, 2, 1), (6, 2, 2)]
    assert IDRecorder.blocks == [2, 2, 1, 2]


def test_empty_source_without_an_end_is_refused(folder):
    result = folder.job(
        'process = cms.Process("TEST")\nprocess.source = cms.Source("EmptySource")\n'
        'process.record = cms.EDAnalyzer("IDRecorder")\nprocess.p = cms.Path(process.record)\n'
    )
    assert result.exit_code == Configuration.exit_code


@pytest.mark.parametrize("options", ["", "process.options.numberOfThreads = 3"])
def test_a_second_process_reads_what_the_first_wrote(folder, options):
    folder.simulate(more=options)
    folder.run(
        f"""
        process = cms.Process("PAT")
        process.source = cms.Source("PoolSource", {files("file:sim.root")})
        process.twice = cms.EDProducer("TwiceProducer")
        process.t = cms.Task(process.twice)
        process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("file:pat.root"),
            outputCommands = cms.untracked.vstring("drop *", "keep *_twice_*_*", "keep hits_*_*_*"))
        process.e = cms.EndPath(process.out, process.t)
        {options}
        """
    )
    events = np.arange(1, 26)
    with EventFileReader("pat.root") as file:
        assert file.branches == [TWICE, HITS]
        assert file.ids.event.tolist() == events.tolist()
        assert file.ids.lumi.tolist() == [1] * 10 + [2] * 10 + [3] * 5
        assert file.read(TWICE, 0, 25)[0].tolist() == (2.0 * events * (events % 4)).tolist()
        assert file.read(HITS, 0, 25)[0].energy.tolist() == [[float(n)] * (n % 4) for n in events.tolist()]
        assert [process.name for process in file.metadata.processes] == ["SIM", "PAT"]
        assert file.metadata.processes[0].trigger_paths == ("p", "q")
        assert "HitProducer" in file.metadata.processes[0].configuration
        assert file.metadata.parentage[TWICE.name] == (HITS.name,)


def test_the_log_tells_of_files(folder):
    folder.simulate()
    folder.read(files("sim.root"))
    lines = [line.split("  ", 1)[1] for line in folder.log.splitlines() if "file:sim.root" in line]
    assert lines == [
        "Initiating request to open file file:sim.root",
        "Successfully opened file file:sim.root",
        "Closed file file:sim.root",
    ]


def test_several_files_with_skipped_events_and_a_limit(folder):
    folder.simulate("a.root", events=12)
    folder.simulate("b.root", events=12, first=101)
    both = [*range(1, 13), *range(101, 113)]
    assert folder.read(files("a.root", "b.root")) == both
    assert folder.log.count("Closed file") == 2
    assert folder.read(files("a.root", "b.root") + ", skipEvents = cms.untracked.uint32(15)") == both[15:]
    limited = folder.read(
        files("a.root", "b.root") + ", skipEvents = cms.untracked.uint32(3)", "process.maxEvents.input = 11"
    )
    assert limited == both[3:14]
    assert folder.read(files("a.root", "b.root"), "process.maxEvents.input = 12") == both[:12]
    assert "b.root" not in folder.log
    assert folder.read(files("a.root") + ", skipEvents = cms.untracked.uint32(50)") == []


def test_blocks_end_with_their_luminosity_block(folder):
    folder.simulate()
    folder.read(files("sim.root"), "process.options.eventsPerBlock = cms.untracked.uint32(8)")
    assert IDRecorder.blocks == [8, 2, 8, 2, 5]


@pytest.mark.parametrize(
    "mode, seen",
    [
        ("checkAllFilesOpened", [1, 2, 3, 4]),
        ("checkEachFile", [1, 2, 3, 1, 2, 3, 4]),
        ("noDuplicateCheck", [1, 2, 3, 1, 2, 3, 4]),
    ],
)
def test_events_that_come_twice(folder, mode, seen):
    folder.simulate("a.root", events=3)
    folder.simulate("b.root", events=4)
    mode_text = f", duplicateCheckMode = cms.untracked.string('{mode}')"
    assert folder.read(files("a.root", "b.root") + mode_text) == seen
    assert ("3 events that were read before" in folder.log) == (mode == "checkAllFilesOpened")


def test_input_commands_drop_products_and_what_was_made_from_them(folder):
    folder.simulate()
    folder.run(
        f"""
        process = cms.Process("PAT")
        process.source = cms.Source("PoolSource", {files("sim.root")})
        process.twice = cms.EDProducer("TwiceProducer")
        process.p = cms.Path(process.twice)
        process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("pat.root"))
        process.e = cms.EndPath(process.out)
        """
    )
    for keep_children, expected in [("True", set()), ("False", {TWICE})]:
        folder.run(
            f"""
            process = cms.Process("THIRD")
            process.source = cms.Source("PoolSource", {files("pat.root")},
                inputCommands = cms.untracked.vstring("keep *", "drop *_hits_*_*", "drop *_TriggerResults_*_*"),
                dropDescendantsOfDroppedBranches = cms.untracked.bool({keep_children}))
            process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("third.root"))
            process.e = cms.EndPath(process.out)
            """
        )
        with EventFileReader("third.root") as file:
            assert set(file.branches) == expected


@pytest.mark.parametrize(
    "terms, events",
    [
        (["half"], [6, 12, 18, 24]),
        (["!half"], [n for n in range(1, 26) if n % 6]),
        (["q:SIM"], [3, 6, 9, 12, 15, 18, 21, 24]),
        (["!q:SIM", "half"], [n for n in range(1, 26) if n % 3 or n % 6 == 0]),
        (["no*"], []),
    ],
)
def test_select_events_of_this_process_and_of_the_one_before(folder, terms, events):
    folder.simulate()
    folder.run(
        f"""
        process = cms.Process("PAT")
        process.source = cms.Source("PoolSource", {files("sim.root")})
        process.sixth = cms.EDFilter("ModuloFilter", n = cms.int32(6))
        process.half = cms.Path(process.sixth)
        process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("pat.root"),
            SelectEvents = cms.untracked.PSet(SelectEvents = cms.vstring({terms})))
        process.e = cms.EndPath(process.out)
        """
    )
    with EventFileReader("pat.root") as file:
        assert file.ids.event.tolist() == events
    assert ("matches no trigger path" in folder.log) == (terms == ["no*"])


def test_a_product_of_a_filtered_path_is_written_for_the_events_that_have_it(folder):
    folder.simulate(more="process.p.insert(0, process.third)")
    with EventFileReader("sim.root") as file:
        array, present = file.read(HITS, 0, 25)
        assert present.tolist() == [n % 3 == 0 for n in range(1, 26)]
        assert array[present].energy.tolist() == [[float(n)] * (n % 4) for n in range(3, 26, 3)]
    folder.run(
        f"""
        process = cms.Process("PAT")
        process.source = cms.Source("PoolSource", {files("sim.root")})
        process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("copy.root"))
        process.e = cms.EndPath(process.out)
        """
    )
    with EventFileReader("copy.root") as file:
        assert file.read(HITS, 0, 25)[1].tolist() == present.tolist()


def test_a_job_that_fails_leaves_no_output(folder):
    result = folder.job(
        """
        process = cms.Process("PAT")
        process.source = cms.Source("EmptySource")
        process.maxEvents.input = 10
        process.twice = cms.EDProducer("TwiceProducer")
        process.p = cms.Path(process.twice)
        process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("pat.root"))
        process.e = cms.EndPath(process.out)
        """
    )
    assert result.failure is not None
    assert [entry.name for entry in folder.path.iterdir() if ".root" in entry.name] == []


def refused(folder: Folder, text: str) -> CMSException:
    with pytest.raises(CMSException) as error:
        folder.job(text)
    return error.value


@pytest.mark.parametrize(
    "source, category, what",
    [
        (files("simm.root"), FileOpenError, "Did you mean 'sim.root'"),
        (files("/store/mc/x.root"), FileOpenError, "root://cms-xrd-global.cern.ch//store/mc/x.root"),
        (files("sim*.rooot"), FileOpenError, "Did you mean 'sim.root'"),
        (files(), Configuration, "no files"),
        (files("sim.root") + ", duplicateCheckMode = cms.untracked.string('never')", Configuration, "noDuplicateCheck"),
        (files("sim.root") + ", inputCommands = cms.untracked.vstring('kep *')", Configuration, "'kep \\*'"),
    ],
)
def test_a_source_that_can_not_start(folder, source, category, what):
    folder.simulate()
    error = refused(
        folder,
        f"""
        process = cms.Process("PAT")
        process.source = cms.Source("PoolSource", {source})
        process.record = cms.EDAnalyzer("IDRecorder")
        process.p = cms.Path(process.record)
        """,
    )
    assert type(error) is category
    assert what.replace("\\", "") in str(error)


def test_bad_files_are_skipped_on_request(folder):
    folder.simulate("a.root", events=2)
    Path("bad.root").write_text("nothing")
    names = files("bad.root", "a.root", "missing.root")
    assert folder.read(names + ", skipBadFiles = cms.untracked.bool(True)") == [1, 2]
    assert folder.log.count("Skipping a file") == 2


def test_files_of_different_processes_are_not_mixed(folder):
    folder.simulate("a.root", events=2)
    folder.simulate("b.root", events=2, first=11, more="process.r = cms.Path(process.third)")
    result = folder.job(
        f"""
        process = cms.Process("PAT")
        process.source = cms.Source("PoolSource", {files("a.root", "b.root")})
        process.record = cms.EDAnalyzer("IDRecorder")
        process.p = cms.Path(process.record)
        """
    )
    assert result.exit_code == Configuration.exit_code


def test_an_output_folder_that_is_missing(folder):
    text = """
        process = cms.Process("PAT")
        process.source = cms.Source("EmptySource")
        process.maxEvents.input = 1
        process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("nowhere/x.root"))
        process.e = cms.EndPath(process.out)
        """
    assert refused(folder, text).category == "FileWriteError"
