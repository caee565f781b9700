"""PoolOutputModule: dividing the output into files, what is told of them, several outputs of one job."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path

import numpy as np
import pytest
import uproot

from pyrun.framework import EDFilter, EDProducer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.config.description import ModuleDescription, Parameter, describe
from pyrun.framework.config.loading import load_process
from pyrun.framework.engine.job import Job, JobResult
from pyrun.framework.errors import Configuration
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.event.principal import Principal
from pyrun.framework.event.provenance import FileRecord, JobRecord, ProcessRecord
from pyrun.framework.io.event_file import EventFileReader
from pyrun.framework.io.pool_output_module import PoolOutputModule
from pyrun.framework.plugins.validation import validate
from pyrun.framework.services.message_logger import MessageLogger

NOISE = BranchDescription("doubles", "noise", "", "SIM")
XSEC = BranchDescription("double", "xsec", "", "SIM", "Run")
FILTER = BranchDescription("GenFilterInfo", "genFilter", "", "SIM", "Run")


@plugin
class NoiseProducer(EDProducer):
    """Numbers that don't compress: 2 kB for an event."""

    class Parameters(param.ParameterSet):
        scale: float = param.double(1.0, doc="standard deviation")
        failAt: int = param.untracked.uint32(0, doc="number of the event in which to fail")

    def declare(self, p):
        self.noise = self.produces("doubles")

    def produce(self, event, setup):
        if self.parameters.failAt in event.id:
            raise ValueError("as told")
        rows = [np.random.default_rng(number).normal(0, self.parameters.scale, 256) for number in event.id.tolist()]
        event.put(self.noise, np.array(rows))


@plugin
class MultipleFilter(EDFilter):
    """Passes every n-th event."""

    class Parameters(param.ParameterSet):
        n: int = param.int32(doc="n")

    def filter(self, event, setup):
        return event.id % self.parameters.n == 0


JOB = """
    import FWCore.ParameterSet.Config as cms
    process = cms.Process("SIM")
    process.source = cms.Source("EmptySource", numberEventsInLuminosityBlock = cms.untracked.uint32(10))
    process.maxEvents.input = 100
    process.noise = cms.EDProducer("NoiseProducer")
    process.third = cms.EDFilter("MultipleFilter", n = cms.int32(3))
    process.fifth = cms.EDFilter("MultipleFilter", n = cms.int32(5))
    process.p = cms.Path(process.third)
    process.q = cms.Path(process.fifth)
    process.t = cms.Task(process.noise)
    process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("out.root"),
                                   eventsPerCluster = cms.untracked.int32(5))
    process.e = cms.EndPath(process.out, process.t)
    """
SPLIT = "process.out.maxSize = cms.untracked.int32(50)\n"


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def job(text: str, more: str = "") -> JobResult:
    Path("job_cfg.py").write_text(textwrap.dedent(text) + more)
    try:
        return Job(describe(load_process("job_cfg.py")), MessageLogger(stream=io.StringIO())).run()
    finally:
        Path("job_cfg.py").unlink()


def lumis_in(path: str) -> list[int]:
    with EventFileReader(path) as file:
        assert file.lumis == [(1, lumi) for lumi in sorted(set(file.ids.lumi.tolist()))]
        return file.ids.lumi.tolist()


def files() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def test_a_large_output_is_divided_between_luminosity_blocks(here):
    assert job(JOB, SPLIT).failure is None
    assert files() == ["out.root", "out001.root", "out002.root", "out003.root"]
    lumis = [lumis_in(name) for name in files()]
    assert sum(lumis, []) == sorted(10 * list(range(1, 11)))
    assert [sorted(set(part)) for part in lumis] == [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10]]


def test_the_files_do_not_depend_on_blocks_and_streams(here):
    indices = []
    for options in ("", "process.options.eventsPerBlock = 3\n", "process.options.numberOfThreads = 2\n"):
        job(JOB, SPLIT + options)
        indices.append([str(uproot.open(name)["EventIndex"]).split('"fields"')[1] for name in files()])
    assert indices[0] == indices[1] == indices[2]


def test_a_job_that_fails_leaves_none_of_its_files(here):
    assert job(JOB, SPLIT + "process.noise.failAt = cms.untracked.uint32(95)\n").failure is not None
    assert files() == []


def test_divided_files_are_read_as_one(here):
    job(JOB, SPLIT)
    merge = f"""
    import FWCore.ParameterSet.Config as cms
    process = cms.Process("MERGE")
    process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring({files()}))
    process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("merged.root"))
    process.e = cms.EndPath(process.out)
    """
    assert job(merge).failure is None
    with EventFileReader("merged.root") as file:
        assert file.ids.event.tolist() == list(range(1, 101))
        assert file.read(NOISE, 99, 100)[0][0].tolist() == np.random.default_rng(100).normal(0, 1, 256).tolist()


def test_several_outputs_each_with_its_events_and_products(here):
    more = """
process.out.SelectEvents = cms.untracked.PSet(SelectEvents = cms.vstring("p"))
process.out.outputCommands = cms.untracked.vstring("drop *", "keep *_noise_*_*")
process.other = process.out.clone(fileName = "other.root", SelectEvents = dict(SelectEvents = ["p", "q"]),
                                  outputCommands = ["keep *", "drop *_noise_*_*"])
process.empty = process.out.clone(fileName = "empty.root", SelectEvents = dict(SelectEvents = ["exception@*"]))
process.e2 = cms.EndPath(process.other + process.empty)
"""
    assert job(JOB, more).failure is None
    assert files() == ["empty.root", "other.root", "out.root"]
    with EventFileReader("out.root") as file:
        assert file.ids.event.tolist() == list(range(3, 100, 3))
        assert [branch.label for branch in file.branches] == ["noise"]
        assert file.metadata.processes[-1].select_events == ("p",)
    with EventFileReader("other.root") as file:
        assert file.ids.event.tolist() == [n for n in range(1, 101) if n % 3 == 0 or n % 5 == 0]
        assert "noise" not in {branch.label for branch in file.branches}
        assert file.metadata.processes[-1].select_events == ("p", "q")
    with EventFileReader("empty.root") as file:
        assert file.num_entries == 0


def test_the_metadata_tell_parameters_software_and_inputs(here):
    job(JOB)
    second = """
    import FWCore.ParameterSet.Config as cms
    process = cms.Process("PAT")
    process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring("file:out.root"))
    process.third = cms.EDFilter("MultipleFilter", n = cms.int32(3))
    process.p = cms.Path(process.third)
    process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("pat.root"))
    process.e = cms.EndPath(process.out)
    process.note = cms.PSet(text = cms.string("for the record"))
    """
    job(second)
    with EventFileReader("pat.root") as file, EventFileReader("out.root") as before:
        sim, pat = file.metadata.processes
        (read,) = pat.inputs
        assert (read.name, read.guid, read.checksum) == ("file:out.root", before.guid, before.checksum)
        assert sim == before.metadata.processes[0]
    modules = {module.label: module for module in sim.modules}
    assert (modules["noise"].kind, modules["noise"].type) == ("EDProducer", "NoiseProducer")
    assert modules["noise"].parameters["scale"].value == 1.0
    assert not modules["noise"].parameters["failAt"].tracked
    assert modules["out"].parameters["SelectEvents"].value["SelectEvents"].value == []
    assert {"source", "third", "out"} <= {module.label for module in pat.modules}
    assert pat.psets["note"]["text"].value == "for the record"
    assert pat.psets["options"]["wantSummary"].type == "bool"
    assert pat.software["uproot"] == uproot.__version__
    assert {"python", "pyrun", "numpy", "awkward"} <= set(pat.software)


def test_the_process_id_tells_tracked_parameters_apart(here):
    ids = []
    for more in ("", "process.noise.scale = cms.double(2)\n", "process.noise.failAt = cms.untracked.uint32(1000)\n"):
        job(JOB, more)
        with EventFileReader("out.root") as file:
            ids.append(file.metadata.processes[0].id)
    assert ids[0] == ids[2] != ids[1]


@pytest.mark.parametrize(
    "term, what",
    [
        ("!exception@p", "goes neither with !"),
        ("p:HLT", "no trigger results of process HLT"),
        ("pp", "Did you mean 'p'"),
        ("!z*", "none can have failed"),
    ],
)
def test_conditions_that_can_not_be_are_refused_at_the_start(here, term, what):
    with pytest.raises(Configuration, match=what):
        job(JOB, f'process.out.SelectEvents = cms.untracked.PSet(SelectEvents = cms.vstring("{term}"))\n')
    assert files() == []


def make_output(record: JobRecord, **parameters: tuple[str, object]) -> PoolOutputModule:
    given = {name: Parameter(type_, False, value) for name, (type_, value) in parameters.items()}
    description = ModuleDescription("out", "OutputModule", "PoolOutputModule", given, "", 0)
    output = PoolOutputModule("out", validate(description, PoolOutputModule.Parameters))
    output.log = MessageLogger(stream=io.StringIO())
    output.keep(record.kept)
    output.open(record)
    return output


def test_products_of_a_run_that_goes_on_in_the_next_file(here):
    process = ProcessRecord("SIM", "0.1", "process = ...")
    record = JobRecord((process,), (NOISE, XSEC, FILTER), {})
    sizes = {"maxSize": ("int32", 1), "eventsPerCluster": ("int32", 2)}
    output = make_output(record, fileName=("string", "run.root"), **sizes)
    run, only = Principal.of_run(7), np.zeros(1, dtype=np.int64)
    for lumi in (1, 2, 3):
        ids = EventIDs([7] * 2, [lumi] * 2, [lumi * 2, lumi * 2 + 1])
        output.write(ids, {NOISE: (np.random.default_rng(lumi).random((2, 256)), np.ones(2, dtype=bool))})
        output.writeLuminosityBlock(Principal.of_lumi(run, lumi))
    run.products.put(XSEC, only, np.array([831.8]))
    run.products.put(FILTER, only, np.array([6]))
    output.writeRun(run)
    output.close()
    names = ["run.root", "run001.root", "run002.root"]
    assert files() == names
    found = []
    for name in names:
        with EventFileReader(name) as file:
            found.append((file.runs, file.read_summary(XSEC, 7).tolist(), file.read_summary(FILTER, 7) is not None))
    assert found == [([7], [831.8], False), ([7], [831.8], False), ([7], [831.8], True)]


def test_records_of_the_files_written(here):
    source = FileRecord("/store/a.root", "/data/a.root", "source", "PoolSource", 4, guid="A", checksum="1")
    record = JobRecord((ProcessRecord("SIM", "0.1", "..."),), (NOISE,), {}, lambda: [source])
    output = make_output(
        record,
        fileName=("string", "file:x.root"),
        logicalFileName=("string", "/store/x.root"),
        maxSize=("int32", 0),
        eventsPerCluster=("int32", 1),
    )
    output.write(EventIDs([1, 1, 1], [1, 1, 1], [1, 2, 3]), {})
    run = Principal.of_run(1)
    output.writeLuminosityBlock(Principal.of_lumi(run, 1))
    output.writeLuminosityBlock(Principal.of_lumi(run, 2))
    output.close()
    first, second = output.files
    assert (first.lfn, first.pfn) == ("/store/x.root", str(here / "x.root"))
    assert (second.lfn, second.pfn) == ("/store/x.root001", str(here / "x001.root"))
    assert (first.events, first.lumis) == (3, {1: {1: 3}})
    assert (second.events, second.lumis) == (0, {1: {2: 0}})
    assert (first.module, first.module_class) == ("out", "PoolOutputModule")
    assert first.branches == (NOISE.name,)
    assert first.inputs == ("/data/a.root",)
    with EventFileReader("x.root") as file:
        assert (first.guid, first.checksum) == (file.guid, file.checksum)
        assert file.metadata.processes[0].inputs[0].guid == "A"
    assert first.guid != second.guid
