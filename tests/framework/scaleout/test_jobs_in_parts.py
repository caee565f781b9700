"""A job in parts on real worker processes gives what the same job gives here."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import awkward as ak
import hist
import nano_files
import numpy as np
import pytest
import uproot

import pyrun.framework
from pyrun.framework import EDAnalyzer, EDFilter, EDProducer, OutputModule, cms, errors, plugin, run
from pyrun.framework import parameters as param
from pyrun.framework.io.event_file import EventFileReader


@plugin
class PartsHitProducer(EDProducer):
    """Event n has n % 4 hits of random energies."""

    def declare(self, p):
        self.hits = self.produces("hits")

    def produce(self, event, setup):
        counts = (event.id % 4).astype("i8")
        energies = [rng.random(count) for rng, count in zip(event.generators(), counts, strict=True)]
        event.put(self.hits, ak.unflatten(ak.zip({"energy": np.concatenate(energies)}), counts))


@plugin
class PartsFilter(EDFilter):
    """Passes every n-th event, and says so of the first of a hundred."""

    class Parameters(param.ParameterSet):
        n: int = param.int32(3, doc="n")

    def filter(self, event, setup):
        for number in event.id[event.id % 100 == 0]:
            self.log.warning("Hundred", f"event {number}")
        return event.id % self.parameters.n == 0


@plugin
class PartsFailer(EDAnalyzer):
    """Fails at some events, the later ones sooner."""

    class Parameters(param.ParameterSet):
        events: list[int] = param.vint32([], doc="where")

    def analyze(self, event, setup):
        for number in self.parameters.events:
            if number in event.id:
                time.sleep(1.0 / number)
                raise errors.NotFound(f"no luck with {number}")


@plugin
class PartsTouch(EDAnalyzer):
    """Leaves a file named after its process and the first event of a view, and takes its time."""

    class Parameters(param.ParameterSet):
        folder: str = param.string(doc="where")
        seconds: float = param.double(0.2, doc="how long")

    def analyze(self, event, setup):
        Path(self.parameters.folder, f"{os.getpid()}_{event.id[0]}_{time.time_ns()}").touch()
        time.sleep(self.parameters.seconds)


@plugin
class PartsSuicide(EDAnalyzer):
    """Takes the process down with it."""

    def analyze(self, event, setup):
        os.kill(os.getpid(), signal.SIGKILL)


@plugin
class PartsTextOutput(OutputModule):
    """Writes text."""

    class Parameters(param.ParameterSet):
        fileName: str = param.untracked.string(doc="the file")
        path: int = param.untracked.int32(doc="column of the path that selects")

    @property
    def destination(self):
        return os.path.abspath(self.parameters.fileName)

    def keep(self, branches):
        self.hits = next(branch for branch in branches if branch.label == "hits")
        return [branch for branch in branches if branch.level == "Event"]

    def open(self, job):
        self.kept, self.lines = job.kept, []

    def select(self, trigger_results):
        return trigger_results["SIM"][:, self.parameters.path] == 1

    def write(self, ids, products):
        array, present = products[self.hits]
        assert present.all()
        for number, hits in zip(ids.event.tolist(), array.energy.tolist(), strict=True):
            self.lines.append(f"event {number} {hits}")

    def close(self):
        Path(self.destination).write_text("\n".join([*self.lines, f"closed, {len(self.kept)} branches\n"]))


@pytest.fixture(autouse=True)
def afresh(tmp_path, monkeypatch):
    pyrun.framework.reset()
    monkeypatch.chdir(tmp_path)


def simulation(name="SIM", events=250, output="sim.root"):
    process = cms.Process(name)
    process.source = cms.Source(
        "EmptySource",
        numberEventsInLuminosityBlock=cms.untracked.uint32(40),
        numberEventsInRun=cms.untracked.uint32(150),
    )
    process.maxEvents.input = events
    process.RandomNumberGeneratorService = cms.Service(
        "RandomNumberGeneratorService", hits=cms.PSet(initialSeed=cms.untracked.uint32(7))
    )
    process.hits = cms.EDProducer("PartsHitProducer")
    process.third = cms.EDFilter("PartsFilter")
    process.p = cms.Path(process.hits)
    process.q = cms.Path(process.third)
    if output:
        process.out = cms.OutputModule(
            "PoolOutputModule",
            fileName=cms.untracked.string(output),
            eventsPerCluster=cms.untracked.int32(30),
            compressionAlgorithm=cms.untracked.string("LZ4"),
        )
        process.e = cms.EndPath(process.out)
    return process


def reading(files, **parameters):
    process = cms.Process("READ")
    process.source = cms.Source("PoolSource", fileNames=cms.untracked.vstring(files), **parameters)
    process.fourth = cms.EDFilter("PartsFilter", n=cms.int32(4))
    process.f = cms.Path(process.fourth)
    process.out = cms.OutputModule(
        "PoolOutputModule",
        fileName=cms.untracked.string("file:read.root"),
        SelectEvents=cms.untracked.PSet(SelectEvents=cms.vstring("f", "q:SIM")),
    )
    process.e = cms.EndPath(process.out)
    return process


def content(path):
    """All that is in an event file."""
    with EventFileReader(path) as file:
        products = {}
        for branch in file.branches:
            if branch.level == "Event":
                array, present = file.read(branch, 0, file.num_entries)
                products[branch.name] = (ak.to_list(array), None if present is None else present.tolist())
        ids = [column.tolist() for column in (file.ids.run, file.ids.lumi, file.ids.event)]
        return ids, products, file.metadata.to_json(), list(dict.fromkeys(file.lumis)), list(dict.fromkeys(file.runs))


def compare(process, client, output, **how):
    """Run here and on the cluster; both results, after seeing that the files are the same."""
    here = run(process)
    expected = content(output)
    os.unlink(output)
    there = run(process, client=client, **how)
    found = content(output)
    for one, other in zip(expected, found, strict=True):
        assert one == other
    assert repr(here.trig_report) == repr(there.trig_report)
    assert os.listdir() == [entry for entry in os.listdir() if not entry.startswith(".")]
    return here, there


def test_generated_events_are_those_of_the_local_job(client):
    compare(simulation(), client, "sim.root", events_per_task=35)


@pytest.mark.parametrize(
    "parameters, limit",
    [
        ({}, None),
        ({"skipEvents": cms.untracked.uint32(33)}, 222),
        ({"lumisToProcess": cms.untracked.VLuminosityBlockRange("1:2-1:3", "2:1-2:1")}, None),
        ({"duplicateCheckMode": cms.untracked.string("noDuplicateCheck")}, 390),
    ],
)
def test_files_are_read_as_by_the_local_job(client, parameters, limit):
    """The second file repeats events of the first, and goes on where the first ends."""
    run(simulation(events=200, output="a.root"))
    run(simulation(events=250, output="b.root"))
    process = reading(["a.root", "file:b.root"], **parameters)
    if limit:
        process.maxEvents.input = limit
    here, _ = compare(process, client, "read.root", events_per_task=41)
    assert here.trig_report.events > 50


def test_products_come_back_in_memory(client):
    process = simulation(output="")
    process.q += process.hits
    del process.p
    here = run(process, products=["hits"])
    there = run(process, products=["hits"], client=client, events_per_task=60)
    assert there.events.event.tolist() == here.events.event.tolist()
    assert there["hits"].energy.tolist() == here["hits"].energy.tolist()
    assert ak.all(there.trigger_results["SIM"].q == here.trigger_results["SIM"].q)


def test_a_job_without_input_events(client):
    run(simulation(events=10, output="a.root"))
    compare(reading(["a.root"], skipEvents=cms.untracked.uint32(100)), client, "read.root")


def test_messages_come_in_the_order_of_the_input(client, capsys):
    process = simulation(events=450)
    process.source.numberEventsInRun = 0
    run(process, client=client, events_per_task=50)
    text = capsys.readouterr().err
    assert [line for line in text.splitlines() if line.startswith("event ")] == [f"event {n}00" for n in (1, 2, 3, 4)]


@pytest.mark.parametrize("bad", [[170, 30, 210], [249]])
def test_the_first_failing_event_is_told_and_nothing_is_left(client, bad):
    process = simulation()
    process.source.numberEventsInRun = 0
    process.fails = cms.EDAnalyzer("PartsFailer", events=cms.vint32(bad))
    process.r = cms.Path(process.fails)
    here = run(process, raise_on_error=False)
    there = run(process, client=client, events_per_task=50, raise_on_error=False)
    assert there.failure.message == here.failure.message == f"no luck with {min(bad)}"
    assert there.failure.context == here.failure.context
    assert there.exit_code == 8026
    assert os.listdir() == []
    with pytest.raises(errors.NotFound, match=f"no luck with {min(bad)}"):
        run(process, client=client, events_per_task=50)


def test_workers_stop_soon_when_the_job_has_failed(client, tmp_path):
    process = simulation(events=2000, output="")
    process.source.numberEventsInRun = 0
    process.source.numberEventsInLuminosityBlock = 10
    process.fails = cms.EDAnalyzer("PartsFailer", events=cms.vint32(9))
    process.touch = cms.EDAnalyzer("PartsTouch", folder=cms.string(str(tmp_path)))
    process.r = cms.Path(process.fails + process.touch)
    with pytest.raises(errors.NotFound):
        run(process, client=client, events_per_task=1000)
    time.sleep(2)
    marks = len(list(tmp_path.glob("*_*_*")))
    time.sleep(1)
    assert len(list(tmp_path.glob("*_*_*"))) == marks < 80  # of 100 blocks


@pytest.mark.slow
def test_a_killed_worker_is_made_up_for(fragile_client, tmp_path, capsys):
    process = simulation(events=150)
    process.touch = cms.EDAnalyzer("PartsTouch", folder=cms.string(str(tmp_path)), seconds=cms.double(0.2))
    process.r = cms.Path(process.touch)
    here = run(process, products=["hits"])
    expected = content("sim.root")
    os.unlink("sim.root")
    for mark in tmp_path.glob("*_*"):
        mark.unlink()
    killed = threading.Thread(target=_kill_first_to_work, args=(tmp_path, fragile_client))
    killed.start()
    there = run(process, products=["hits"], client=fragile_client, events_per_task=50)
    killed.join()
    assert content("sim.root") == expected
    assert there["hits"].energy.tolist() == here["hits"].energy.tolist()
    firsts = [mark.name.split("_")[1] for mark in tmp_path.glob("*_*_*")]
    assert len(firsts) > len(set(firsts))  # what the worker was doing has been done again
    assert "was run again: its worker was lost" in capsys.readouterr().err


def _kill_first_to_work(folder, client):
    workers = set(client.run(os.getpid).values())
    while not (marks := list(folder.glob("*_*_*"))):
        time.sleep(0.01)
    pid = int(marks[0].name.split("_")[0])
    assert pid in workers
    os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_a_part_that_kills_every_worker_is_given_up(fragile_client):
    process = simulation()
    process.kill = cms.EDAnalyzer("PartsSuicide")
    process.r = cms.Path(process.kill)
    with pytest.raises(errors.ExternalFailure, match="Part 1 of the job .* died 4 times.*memory"):
        run(process, client=fragile_client)
    assert os.listdir() == []


def test_a_scratch_folder_that_can_not_be_made(client):
    with pytest.raises(errors.FileWriteError, match="'nowhere'"):
        run(simulation(), client=client, scratch="nowhere")


def test_an_output_folder_that_is_missing(client):
    with pytest.raises(errors.FileWriteError, match="nowhere/x.root"):
        run(simulation(output="nowhere/x.root"), client=client)


def test_arrays_as_input_stay_here(client):
    with pytest.raises(errors.Configuration, match="without client"):
        run(cms.Process("T"), input={"x": np.ones(3)}, client=client)


def test_large_outputs_are_divided_as_by_the_local_job(client):
    process = simulation()
    process.out.maxSize = cms.untracked.int32(1)
    here = run(process)
    expected = {name: content(name) for name in sorted(os.listdir())}
    assert len(expected) > 2
    for name in expected:
        os.unlink(name)
    there = run(process, client=client, events_per_task=35)
    assert {name: content(name) for name in sorted(os.listdir())} == expected
    assert [record.events for record in there.job.outputs] == [record.events for record in here.job.outputs]


def test_output_modules_of_other_kinds_see_what_they_see_in_the_local_job(client):
    process = simulation(output="")
    process.p.insert(0, process.third)
    process.out = cms.OutputModule(
        "PartsTextOutput", fileName=cms.untracked.string("hits.txt"), path=cms.untracked.int32(1)
    )
    process.e = cms.EndPath(process.out)
    run(process)
    expected = Path("hits.txt").read_text()
    os.unlink("hits.txt")
    run(process, client=client, events_per_task=35)
    assert Path("hits.txt").read_text() == expected
    assert expected.count("event") == 83 and expected.endswith("closed, 2 branches\n")


def test_nanoaod_is_that_of_the_local_job(client):
    def skim():
        with uproot.open("skim.root") as file:
            trees = {
                name: {branch.name: (branch.title, branch.array()) for branch in file[name].branches}
                for name in ("Events", "LuminosityBlocks", "Runs")
            }
            return trees, str(file["MetaData"])

    process = cms.Process("SKIM")
    columns = nano_files.columns(first_event=5)
    files = [nano_files.write("a.root"), nano_files.write("b.root", **columns)]
    process.source = cms.Source("NanoAODSource", fileNames=cms.untracked.vstring(files))
    process.third = cms.EDFilter("PartsFilter")
    process.p = cms.Path(process.third)
    process.out = cms.OutputModule(
        "NanoAODOutputModule",
        fileName=cms.untracked.string("skim.root"),
        outputCommands=cms.untracked.vstring("keep *", "drop *_LHEPdfSumw_*_*"),
        SelectEvents=cms.untracked.PSet(SelectEvents=cms.vstring("p")),
    )
    process.e = cms.EndPath(process.out)
    here = run(process)
    expected, text = skim()
    os.unlink("skim.root")
    there = run(process, client=client, events_per_task=3)
    found, other_text = skim()
    assert other_text == text and there.job.outputs[0].events == here.job.outputs[0].events > 1
    for name, branches in expected.items():
        assert found[name].keys() == branches.keys()
        for branch, (title, array) in branches.items():
            assert found[name][branch][0] == title
            assert ak.array_equal(found[name][branch][1], array, equal_nan=True), branch


def test_records_of_files_are_those_of_the_local_job(client):
    run(simulation(events=200, output="a.root"))
    other_run = simulation(events=90, output="b.root")
    other_run.source.firstRun = cms.untracked.uint32(7)
    run(other_run)
    here, there = compare(reading(["a.root", "b.root"]), client, "read.root", events_per_task=41)
    assert there.job.inputs == here.job.inputs
    (one,), (other,) = here.job.outputs, there.job.outputs
    assert (one.lfn, one.pfn, one.module, one.module_class) == (other.lfn, other.pfn, other.module, other.module_class)
    assert (one.events, one.lumis, one.checksum, one.inputs) == (
        other.events,
        other.lumis,
        other.checksum,
        other.inputs,
    )


@plugin
class PartsCounter(EDProducer):
    """Counts events in its histogram and in products of runs and luminosity blocks."""

    kind = "one"

    class Parameters(param.ParameterSet):
        type: str = param.string(doc="of the products")

    def declare(self, p):
        self.lumi_count = self.produces(p.type, "", "EndLuminosityBlock")
        self.run_count = self.produces(p.type, "", "EndRun")

    def beginJob(self):
        axis = hist.axis.Regular(10, 0, 500)
        self.histogram = self.service("TFileService").make(hist.Hist(axis), "events")
        self.in_lumi = self.in_run = 0

    def produce(self, event, setup):
        self.histogram.fill(event.id)
        self.in_lumi += len(event)

    def endLuminosityBlock(self, lumi, setup):
        lumi.put(self.lumi_count, self.in_lumi)
        self.in_run += self.in_lumi
        self.in_lumi = 0

    def endRun(self, run, setup):
        run.put(self.run_count, self.in_run)
        self.in_run = 0


@pytest.mark.parametrize("type_", ["int", "edmMergeableCounter"])
def test_products_of_runs_and_luminosity_blocks_and_histograms(client, type_):
    """Plain numbers are made in one part each; those of the other type are added."""

    def made():
        with EventFileReader("sim.root") as file, uproot.open("histograms.root") as histograms:
            counts = {branch.level: branch for branch in file.branches if branch.label == "counter"}
            lumis = {key: file.read_summary(counts["LuminosityBlock"], *key).tolist() for key in file.lumis}
            runs = {run: file.read_summary(counts["Run"], run).tolist() for run in file.runs}
            return lumis, runs, histograms["counter/events"].values(flow=True).tolist()

    process = simulation()
    process.TFileService = cms.Service("TFileService", fileName=cms.string("histograms.root"))
    process.counter = cms.EDProducer("PartsCounter", type=cms.string(type_))
    process.r = cms.Path(process.counter)
    run(process)
    expected = made()
    assert expected[1] == {1: [150], 2: [100]} and sum(expected[2]) == 250
    for name in os.listdir():
        os.unlink(name)
    run(process, client=client, events_per_task=35)
    assert made() == expected
    assert sorted(os.listdir()) == ["histograms.root", "sim.root"]


@pytest.mark.parametrize("lumis", [0, 3])
def test_only_the_first_luminosity_blocks_are_processed(client, lumis):
    process = simulation()
    process.maxLuminosityBlocks.input = lumis
    here, _ = compare(process, client, "sim.root", events_per_task=35)
    assert here.trig_report.events == 40 * lumis


def test_classes_that_can_not_be_sent_are_refused(client):
    lock = threading.Lock()

    @plugin
    class PartsLocked(EDAnalyzer):
        def analyze(self, event, setup):
            with lock:
                pass

    run(simulation(events=10), client=client)  # which does not use it
    os.unlink("sim.root")
    process = simulation()
    process.locked = cms.EDAnalyzer("PartsLocked")
    process.r = cms.Path(process.locked)
    with pytest.raises(errors.Configuration, match="PartsLocked.*can't be sent to workers.*lock"):
        run(process, client=client)
    assert os.listdir() == []


def test_a_source_that_can_not_be_divided_is_refused(client):
    @plugin
    class PartsSource(pyrun.framework.Source):
        pass

    process = simulation()
    process.source = cms.Source("PartsSource")
    with pytest.raises(errors.Configuration, match="events of a PartsSource can't be divided"):
        run(process, client=client)
