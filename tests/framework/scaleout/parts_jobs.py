"""Modules and jobs for tests of jobs in parts."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import awkward as ak
import hist
import numpy as np

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
