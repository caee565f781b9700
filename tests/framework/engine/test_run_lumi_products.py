"""Products of runs and luminosity blocks that one job writes and another reads."""

from __future__ import annotations

import pytest
from engine_jobs import NOTES, Jobs, empty_source

from pyrun.framework import EDAnalyzer, EDFilter, EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.io.event_file import EventFileReader

HOWS = [{}, {"block": 1}, {"block": 3}, {"streams": 3, "threads": 2, "block": 2}]


@plugin
class CountsEvents(EDProducer):
    """Puts how many events runs and luminosity blocks have, and texts and lists about them."""

    def declare(self, p):
        self.in_lumi = self.produces("int", "events", "EndLuminosityBlock")
        self.name = self.produces("string", "name", "BeginLuminosityBlock")
        self.in_run = self.produces("int", "events", "EndRun")
        self.list = self.produces("ints", "list", "BeginRun")
        self.lumi_count = self.run_count = 0

    def produce(self, event, setup):
        self.lumi_count += len(event)
        self.run_count += len(event)

    def globalBeginRun(self, run, setup):
        run.put(self.list, list(range(run.run)))

    def globalBeginLuminosityBlock(self, lumi, setup):
        lumi.put(self.name, f"lumi {lumi.run}:{lumi.luminosityBlock}")

    def endLuminosityBlockSummary(self):
        count, self.lumi_count = self.lumi_count, 0
        return count

    def endRunSummary(self):
        count, self.run_count = self.run_count, 0
        return count

    def globalEndLuminosityBlock(self, lumi, setup, summaries):
        lumi.put(self.in_lumi, sum(summaries))

    def globalEndRun(self, run, setup, summaries):
        run.put(self.in_run, sum(summaries))


@plugin
class ReadsCounts(EDAnalyzer):
    """Notes the products of another process's runs and luminosity blocks, at transitions and in events."""

    kind = "one"

    def declare(self, p):
        self.in_lumi = self.consumes("counts:events", level="LuminosityBlock")
        self.name = self.consumes("counts:name", level="LuminosityBlock")
        self.in_run = self.consumes("counts:events", level="Run")
        self.list = self.consumes("counts:list", level="Run")

    def beginRun(self, run, setup):
        NOTES.add("run", run.run, int(run.get(self.in_run)), list(run.get(self.list)))

    def beginLuminosityBlock(self, lumi, setup):
        NOTES.add("lumi", lumi.run, lumi.luminosityBlock, int(lumi.get(self.in_lumi)), lumi.get(self.name))

    def analyze(self, event, setup):
        lumi, run = event.getLuminosityBlock(), event.getRun()
        NOTES.add("event", run.run, lumi.luminosityBlock, int(lumi.get(self.in_lumi)), int(run.get(self.in_run)))


@plugin
class StreamReadsCounts(ReadsCounts):
    """The same in each stream."""

    kind = "stream"


@plugin
class FirstEvents(EDFilter):
    """Passes events with small numbers."""

    class Parameters(param.ParameterSet):
        last: int = param.int32(doc="the last that passes")

    def filter(self, event, setup):
        return event.id <= self.parameters.last


def simulate(jobs: Jobs, name: str = "sim.root", *, run: int = 1, last: int = 1000, **how: int) -> None:
    """Two runs (15 and 5 events) of luminosity blocks of 5 events; only events up to `last` are written."""
    text = empty_source(20, per_lumi=5, per_run=15).replace('"TEST"', '"SIM"')
    jobs.run(
        text
        + f"""
process.source.firstRun = cms.untracked.uint32({run})
process.counts = cms.EDProducer("CountsEvents")
process.first = cms.EDFilter("FirstEvents", last = cms.int32({last}))
process.p = cms.Path(process.counts)
process.q = cms.Path(process.first)
process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("{name}"),
    SelectEvents = cms.untracked.PSet(SelectEvents = cms.vstring("q")))
process.e = cms.EndPath(process.out)
""",
        **how,
    )


def read(jobs: Jobs, *names: str, module: str = "ReadsCounts", **how: int) -> None:
    jobs.run(
        f"""
        process = cms.Process("READ")
        process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring({list(names)}))
        process.read = cms.EDAnalyzer("{module}")
        process.p = cms.Path(process.read)
        process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("copy.root"))
        process.e = cms.EndPath(process.out)
        """,
        **how,
    )


RUNS = [(1, 15, [0]), (2, 5, [0, 1])]
LUMIS = [(1, 1, 5, "lumi 1:1"), (1, 2, 5, "lumi 1:2"), (1, 3, 5, "lumi 1:3"), (2, 1, 5, "lumi 2:1")]


@pytest.mark.parametrize("how", HOWS)
def test_a_second_job_reads_what_the_first_wrote(jobs, how):
    simulate(jobs, **how)
    read(jobs, "sim.root", **how)
    assert NOTES.of("run") == RUNS
    assert NOTES.of("lumi") == LUMIS
    assert set(NOTES.of("event")) == {(run, lumi, 5, 15 if run == 1 else 5) for run, lumi, _, _ in LUMIS}
    read(jobs, "sim.root", module="StreamReadsCounts", **how)
    assert set(NOTES.of("event")) == {(run, lumi, 5, 15 if run == 1 else 5) for run, lumi, _, _ in LUMIS}


@pytest.mark.parametrize("how", HOWS)
def test_a_third_job_reads_what_the_second_copied(jobs, how):
    simulate(jobs)
    read(jobs, "sim.root", **how)
    (jobs.path / "copy.root").rename("middle.root")
    jobs.run(
        """
        process = cms.Process("THIRD")
        process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring("middle.root"))
        process.read = cms.EDAnalyzer("ReadsCounts")
        process.p = cms.Path(process.read)
        """,
        **how,
    )
    assert (NOTES.of("run"), NOTES.of("lumi")) == (RUNS, LUMIS)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("last", [0, 7])
def test_luminosity_blocks_whose_events_are_rejected_are_written_with_their_products(jobs, how, last):
    simulate(jobs, last=last, **how)
    with EventFileReader("sim.root") as file:
        assert file.ids.event.tolist() == list(range(1, last + 1)) + list(range(1, min(last, 5) + 1))
        for run, lumi, events, _ in LUMIS:
            in_lumi = BranchDescription("int", "counts", "events", "SIM", "LuminosityBlock")
            assert file.read_summary(in_lumi, run, lumi).tolist() == [events]
    read(jobs, "sim.root", **how)
    assert (NOTES.of("run"), NOTES.of("lumi")) == (RUNS, LUMIS)


@pytest.mark.parametrize("how", HOWS)
def test_several_files(jobs, how):
    simulate(jobs, "a.root")
    simulate(jobs, "b.root", run=11)
    read(jobs, "a.root", "b.root", **how)
    assert NOTES.of("run") == [*RUNS, (11, 15, list(range(11))), (12, 5, list(range(12)))]
    assert [(run, lumi) for run, lumi, _, _ in NOTES.of("lumi")] == [
        *((run, lumi) for run, lumi, _, _ in LUMIS),
        *((run + 10, lumi) for run, lumi, _, _ in LUMIS),
    ]


@pytest.mark.parametrize("how", HOWS)
def test_files_do_not_depend_on_how_the_job_ran(jobs, how):
    simulate(jobs, last=7, **how)
    first = summaries("sim.root")
    read(jobs, "sim.root", **how)
    assert summaries("copy.root") == first
    simulate(jobs, last=7)
    assert summaries("sim.root") == first
    assert len(first) == 2 * (2 + 4)


def summaries(name: str) -> list[tuple]:
    """Every run and luminosity block product of a file."""
    found = []
    with EventFileReader(name) as file:
        places = {"LuminosityBlock": [(run, lumi) for run, lumi, _, _ in LUMIS], "Run": [(1, 0), (2, 0)]}
        for branch in file.branches:
            for run, lumi in places.get(branch.level, ()):
                found.append((branch.name, run, lumi, file.read_summary(branch, run, lumi).tolist()))
    return sorted(found)


def test_products_of_runs_and_luminosity_blocks_can_be_dropped(jobs):
    simulate(jobs)
    jobs.run(
        """
        process = cms.Process("READ")
        process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring("sim.root"))
        process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("copy.root"),
            outputCommands = cms.untracked.vstring("keep *", "drop *_counts_events_*"))
        process.e = cms.EndPath(process.out)
        """
    )
    with EventFileReader("copy.root") as file:
        assert sorted((branch.level, branch.instance) for branch in file.branches if branch.label == "counts") == [
            ("LuminosityBlock", "name"),
            ("Run", "list"),
        ]


@pytest.mark.parametrize("how", HOWS)
def test_products_of_this_process_come_before_those_of_the_input(jobs, how):
    simulate(jobs, last=6)
    jobs.run(
        """
        process = cms.Process("AGAIN")
        process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring("sim.root"))
        process.counts = cms.EDProducer("CountsEvents")
        process.p = cms.Path(process.counts)
        process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("again.root"))
        process.e = cms.EndPath(process.out)
        """,
        **how,
    )
    read(jobs, "again.root", **how)
    assert [events for _, events, _ in NOTES.of("run")] == [6, 5]
    assert [events for _, _, events, _ in NOTES.of("lumi")] == [5, 1, 0, 5]
