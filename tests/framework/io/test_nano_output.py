"""NanoAODOutputModule: flat trees that coffea and ROOT read."""

from __future__ import annotations

import warnings

import awkward as ak
import nano_files
import numpy as np
import pytest
import uproot
from nano_files import equal

from pyrun.framework import EDFilter, EDProducer, cms, plugin, run
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration, FileWriteError, LogicError
from pyrun.framework.io.nano_tables import flat_table

TABLE = "nanoaodFlatTable"


@plugin
class TableProducer(EDProducer):
    """Event n has n % 3 objects; a table of this shape under any name."""

    class Parameters(param.ParameterSet):
        name: str = param.string("", doc="name of the table")
        field: str = param.string("x", doc="name of the column")
        extension: bool = param.bool(False, doc="whether it extends another")
        longer: bool = param.bool(False, doc="whether each event has one object more")
        nested: bool = param.bool(False, doc="whether objects have lists")

    def declare(self, p):
        self.table = self.produces(TABLE)

    def produce(self, event, setup):
        p = self.parameters
        counts = (event.id % 3).astype("i8") + p.longer
        values = np.repeat(event.id, counts).astype("f4")
        field = ak.unflatten(values, np.ones(len(values), "i8")) if p.nested else values
        table = ak.unflatten(ak.Array({p.field: field}), counts)
        event.put(self.table, flat_table(table, p.name, extension=p.extension) if p.name else table)


@plugin
class LateFilter(EDFilter):
    """Passes the events whose bit Late is set."""

    def declare(self, p):
        self.bits = self.consumes("HLT")

    def filter(self, event, setup):
        return np.asarray(event.get(self.bits).Late)


def job(output, source=None, **parameters) -> cms.Process:
    process = cms.Process("TEST")
    process.source = source or cms.Source("EmptySource")
    process.maxEvents = cms.untracked.PSet(input=cms.untracked.int32(-1 if source else 10))
    process.MessageLogger = cms.Service(
        "MessageLogger", cerr=cms.untracked.PSet(threshold=cms.untracked.string("ERROR"))
    )
    process.out = cms.OutputModule("NanoAODOutputModule", fileName=cms.untracked.string(str(output)), **parameters)
    process.end = cms.EndPath(process.out)
    return process


def nano_source(*names: str) -> cms.Source:
    return cms.Source("NanoAODSource", fileNames=cms.untracked.vstring(*names))


def test_a_copy_has_the_columns_of_the_original(tmp_path):
    original = tmp_path / "nano.root"
    run(job(tmp_path / "copy.root", nano_source(nano_files.write(original))))
    with uproot.open(original) as first, uproot.open(tmp_path / "copy.root") as second:
        assert set(second["Events"].keys()) == set(first["Events"].keys())
        for name in first["Events"].keys():
            assert equal(first["Events"][name].array(), second["Events"][name].array()), name
            assert first["Events"][name].typename == second["Events"][name].typename
        assert second["LuminosityBlocks"]["luminosityBlock"].array().tolist() == [7]
        assert second["Runs"]["run"].array().tolist() == [3]


def test_events_are_selected_by_the_trigger_bits_of_the_input(tmp_path):
    chosen = cms.untracked.PSet(SelectEvents=cms.vstring("HLT_IsoMu*:HLT"))
    run(job(tmp_path / "skim.root", nano_source(nano_files.write(tmp_path / "nano.root")), SelectEvents=chosen))
    with uproot.open(tmp_path / "skim.root") as file:
        assert file["Events"]["event"].array().tolist() == [1, 4]


def test_coffea_reads_the_file(tmp_path):
    from coffea.nanoevents import NanoAODSchema, NanoEventsFactory

    run(job(tmp_path / "copy.root", nano_source(nano_files.write(tmp_path / "nano.root"))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        factory = NanoEventsFactory.from_root(
            {tmp_path / "copy.root": "Events"}, schemaclass=NanoAODSchema, mode="eager"
        )
        events = factory.events()
    pairs = events.Muon[ak.num(events.Muon) >= 2]
    assert equal(events.Muon.pt, nano_files.MUONS.pt)
    assert events.MET.pt.tolist() == [0, 1, 2, 3]
    massless = np.sqrt([2 * 50 * 40 * (np.cosh(1) - np.cos(3)), 2 * 20 * 10 * (np.cosh(2) - np.cos(3))])
    assert (pairs[:, 0] + pairs[:, 1]).mass.tolist() == pytest.approx(massless, rel=1e-3)


@pytest.mark.parametrize("auto_flush", [1, 4, -1, -10_000_000])
def test_clusters_of_any_size_hold_the_same(tmp_path, auto_flush):
    process = job(tmp_path / "out.root", autoFlush=cms.untracked.int32(auto_flush))
    process.options = cms.untracked.PSet(eventsPerBlock=cms.untracked.uint32(3))
    process.thing = cms.EDProducer("TableProducer")
    process.p = cms.Path(process.thing)
    run(process)
    with uproot.open(tmp_path / "out.root") as file:
        assert file["Events"]["thing_x"].array().tolist() == [[n] * (n % 3) for n in range(1, 11)]
        assert file["Events"]["nthing"].array().tolist() == [n % 3 for n in range(1, 11)]


def test_a_table_that_comes_up_late_is_empty_before(tmp_path):
    source = nano_source(
        *[
            nano_files.write(
                tmp_path / f"{i}.root", **nano_files.columns(first_event=1 + 4 * i), HLT_Late=np.full(4, i == 1)
            )
            for i in range(2)
        ]
    )
    process = job(tmp_path / "out.root", source, autoFlush=cms.untracked.int32(1))
    process.late = cms.EDFilter("LateFilter")
    process.thing = cms.EDProducer("TableProducer")
    process.p = cms.Path(process.late + process.thing)
    run(process)
    with uproot.open(tmp_path / "out.root") as file:
        assert file["Events"]["thing_x"].array().tolist() == [[]] * 4 + [[n] * (n % 3) for n in range(5, 9)]
        assert equal(file["Events"]["Muon_pt"].array(), ak.concatenate([nano_files.MUONS.pt] * 2))
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []


def test_extensions_add_columns(tmp_path):
    process = job(tmp_path / "out.root")
    process.more = cms.EDProducer(
        "TableProducer", name=cms.string("Thing"), field=cms.string("y"), extension=cms.bool(True)
    )
    process.main = cms.EDProducer("TableProducer", name=cms.string("Thing"))
    process.p = cms.Path(process.more + process.main)
    run(process)
    with uproot.open(tmp_path / "out.root") as file:
        assert {"nThing", "Thing_x", "Thing_y"} <= set(file["Events"].keys())
        assert equal(file["Events"]["Thing_x"].array(), file["Events"]["Thing_y"].array())


@pytest.mark.parametrize(
    ("second", "error", "message"),
    [
        ({}, Configuration, "Two products would be written as the table 'Thing'"),
        ({"extension": cms.bool(True)}, LogicError, "both parts have a column of the same name"),
        ({"extension": cms.bool(True), "longer": cms.bool(True)}, LogicError, "another number of entries"),
        ({"nested": cms.bool(True), "name": cms.string("Other")}, Configuration, "its field 'x' is of type"),
    ],
)
def test_what_can_not_be_one_table_is_refused(tmp_path, second, error, message):
    process = job(tmp_path / "out.root")
    process.first = cms.EDProducer("TableProducer", name=cms.string("Thing"))
    process.second = cms.EDProducer("TableProducer", **{"name": cms.string("Thing"), **second})
    process.p = cms.Path(process.first + process.second)
    with pytest.raises(error, match=message):
        run(process)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist_is_told(tmp_path):
    with pytest.raises(FileWriteError, match="could not be written: No such file or directory"):
        run(job(tmp_path / "nowhere" / "out.root"))


def test_an_unknown_compression_is_refused(tmp_path):
    with pytest.raises(Configuration, match="ZLIB, LZMA, LZ4, ZSTD"):
        run(job(tmp_path / "out.root", compressionAlgorithm=cms.untracked.string("ZIP")))
