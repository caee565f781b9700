"""Histograms and ntuples that modules book with the TFileService."""

from __future__ import annotations

import os

import awkward as ak
import FWCore.ParameterSet.Config as cms
import hist
import numpy as np
import pytest
import uproot

from pyrun.framework.errors import FileOpenError, FileWriteError, LogicError
from pyrun.framework.event.block import EventBlock
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.module import EDAnalyzer
from pyrun.framework.plugins.parameters import ParameterSet
from pyrun.framework.service import ModuleCall
from pyrun.framework.services.histogram_file import HistogramFile, add_histogram_files
from pyrun.framework.services.tfile_service import TFileService


class Fills:
    """Calls the service as the engine does for analyzers that fill."""

    def __init__(self, path):
        self.service = TFileService("TFileService", TFileService.Parameters(fileName=str(path)))
        self.service.preBeginJob(None)

    def module(self, label):
        module = EDAnalyzer(label, ParameterSet())
        module.services = {"TFileService": self.service}
        return module.service("TFileService")

    def call(self, index, work, error=None):
        block = block_of(index)
        call = ModuleCall("label", "Type", 0, "event", block, len(block))
        self.service.preModule(call)
        work()
        self.service.postModule(call, {}, error)

    def end(self, *order):
        for index in order:
            self.service.blockWritten(block_of(index))
        self.service.postEndJob()
        self.service.jobEnded(None, None)


def block_of(index):
    return EventBlock.make(EventIDs([1], [1], [index]), index)


@pytest.fixture
def job(tmp_path):
    return Fills(tmp_path / "histo.root")


def regular(storage=None):
    return hist.Hist(hist.axis.Regular(4, 0, 4, name="x", label="x [GeV]"), storage=storage or hist.storage.Double())


def test_a_histogram_lands_in_the_folder_of_its_module(job, tmp_path):
    folder = job.module("zPeak")
    mass = folder.make(regular(), "mass", "dimuon mass")
    inner = folder.mkdir("barrel").make(regular(), "mass")
    job.call(0, lambda: (mass.fill([0.5, 1.5, 1.5]), inner.fill(x=np.array([3.5]))))
    job.end(0)
    with uproot.open(tmp_path / "histo.root") as file:
        assert file["zPeak/mass"].values().tolist() == [1, 2, 0, 0] and file["zPeak/mass"].title == "dimuon mass"
        assert file["zPeak/barrel/mass"].values().tolist() == [0, 0, 0, 1]


def test_the_bits_of_weighted_sums_do_not_depend_on_which_stream_fills_first(tmp_path):
    weights = np.random.default_rng(1).lognormal(0, 8, 2000)
    x = np.full(20, 0.5)
    expected = regular(hist.storage.Weight()).fill(np.full(2000, 0.5), weight=weights)
    for order in (range(100), reversed(range(100))):
        job = Fills(tmp_path / "histo.root")
        streams = [job.module("a").make(regular(hist.storage.Weight()), "h") for _ in range(2)]
        for index in order:
            part = weights[20 * index : 20 * (index + 1)]
            job.call(index, lambda stream=streams[index % 2], part=part: stream.fill(x, weight=part))
        job.end(*range(100))
        assert job.service.histograms["a/h"] == expected


def test_what_a_call_that_fails_has_filled_is_dropped(job):
    h = job.module("a").make(regular(), "h")
    job.call(0, lambda: h.fill([0.5, 1.5]), error=ValueError())
    job.call(0, lambda: h.fill([0.5]))
    job.end(0)
    assert h.histogram.values().tolist() == [1, 0, 0, 0]


def test_blocks_that_are_given_up_do_not_count(job):
    h = job.module("a").make(regular(), "h")
    job.call(0, lambda: h.fill(0.5))
    job.call(1, lambda: h.fill(1.5))
    job.end(0)
    assert h.histogram.values().tolist() == [1, 0, 0, 0]


def test_arrays_may_be_used_again_after_they_were_filled(job):
    h = job.module("a").make(regular(), "h")
    values = np.array([0.5])

    def work():
        h.fill(values)
        values[:] = 2.5
        h.fill(values)

    job.call(0, work)
    job.end(0)
    assert h.histogram.values().tolist() == [1, 0, 1, 0]


def test_a_histogram_filled_elsewhere_can_be_added(job):
    h = job.module("a").make(regular(), "h")
    job.call(0, lambda: h.add(regular().fill([0.5, 3.5])))
    job.end(0)
    assert h.histogram.values().tolist() == [1, 0, 0, 1]
    with pytest.raises(LogicError, match="axes are different"):
        h.add(hist.Hist(hist.axis.Regular(3, 0, 1)))


@pytest.mark.parametrize(
    "arguments",
    [{"y": [1.0]}, {"x": [1.0, 2.0, 3.0], "weight": [1.0, 2.0]}, {"x": ["text"]}, {"x": [1.0], "sample": [1.0]}],
)
def test_a_wrong_fill_is_the_fault_of_the_module_that_fills(job, arguments):
    h = job.module("a").make(regular(), "h")
    with pytest.raises(LogicError, match="'a/h' can't be filled"):
        h.fill(**arguments)


def test_lists_are_to_be_flattened_before_they_are_filled(job):
    h = job.module("a").make(regular(), "h")
    for values in (ak.Array([[1.0], [2.0, 3.0]]), ak.Array([1.0, None])):
        with pytest.raises(LogicError, match="ak.flatten"):
            h.fill(values)
    h.fill(ak.Array([1.5, 2.5]))
    assert h.histogram.sum() == 2


def test_a_histogram_that_root_can_not_hold_is_refused_when_it_is_booked(job):
    with pytest.raises(LogicError, match="between 1 and 3 axes"):
        job.module("a").make(hist.Hist(*[hist.axis.Regular(2, 0, 1)] * 4), "h")


def test_a_name_is_booked_once_per_module(job):
    folder = job.module("a")
    folder.make(regular(), "h")
    with pytest.raises(LogicError, match="'a/h' is booked twice"):
        folder.make(regular(), "h")
    with pytest.raises(LogicError, match="different axes"):
        job.module("a").make(hist.Hist(hist.axis.Regular(3, 0, 1)), "h")
    with pytest.raises(LogicError, match="slashes"):
        folder.make(regular(), "b/c")


@pytest.mark.parametrize("storage", [hist.storage.Int64, hist.storage.Double, hist.storage.Weight, hist.storage.Mean])
def test_every_storage_is_written(job, tmp_path, storage):
    h = job.module("a").make(regular(storage()), "h")
    sample = {"sample": [2.0, 4.0]} if storage is hist.storage.Mean else {}
    job.call(0, lambda: h.fill([0.5, 1.5], **sample))
    job.end(0)
    with uproot.open(tmp_path / "histo.root") as file:
        np.testing.assert_array_equal(file["a/h"].values(), h.histogram.values())


def test_a_flat_tree_holds_numbers_and_lists(job, tmp_path):
    tree = job.module("nt").makeTree("events", {"met": "float32", "pt": "var * float32"}, "flat")
    job.call(1, lambda: tree.fill(met=[3.0], pt=ak.Array([[]])))
    job.call(0, lambda: tree.fill(met=np.array([1.0, 2.0]), pt=ak.Array([[1.0, 2.0], [3.0]])))
    job.end(0, 1)
    with uproot.open(tmp_path / "histo.root") as file:
        arrays = file["nt/events"].arrays(["met", "pt"])
    assert arrays.met.tolist() == [1, 2, 3] and arrays.pt.tolist() == [[1, 2], [3], []]
    assert str(arrays.pt.type) == "3 * var * float32"


def test_a_tree_wants_all_its_branches_with_one_length(job):
    tree = job.module("nt").makeTree("events", {"met": "float32", "ht": "float32"})
    with pytest.raises(LogicError, match="look at ht"):
        tree.fill(met=[1.0])
    with pytest.raises(LogicError, match="different lengths"):
        tree.fill(met=[1.0], ht=[1.0, 2.0])


def test_a_job_that_fails_leaves_nothing_and_keeps_the_file_of_before(tmp_path):
    path = tmp_path / "histo.root"
    path.write_text("before")
    job = Fills(path)
    job.module("a").make(regular(), "h")
    job.service.jobEnded(None, ValueError())
    assert path.read_text() == "before" and os.listdir(tmp_path) == ["histo.root"]


def test_a_file_that_can_not_be_written_is_told_before_the_first_event(tmp_path):
    with pytest.raises(FileWriteError, match="nowhere"):
        Fills(tmp_path / "nowhere" / "histo.root")


def write(path, fills, **trees):
    with HistogramFile(path) as file:
        h = regular(hist.storage.Weight()).fill(fills, weight=2.0)
        h.title = "weights"
        file.write("a/h", h)
        file.write("a/p", regular(hist.storage.Mean()).fill(fills, sample=fills))
        for name, columns in trees.items():
            tree = file.make_tree(f"a/{name}", {"n": "int32", "pt": "var * float64"})
            file.extend(tree, columns)


def test_files_are_added_name_by_name(tmp_path):
    write(tmp_path / "1.root", [0.5], t={"n": np.array([1], np.int32), "pt": ak.Array([[1.0, 2.0]])})
    write(tmp_path / "2.root", [0.5, 1.5], t={"n": np.array([2], np.int32), "pt": ak.Array([[3.0]])})
    write(tmp_path / "3.root", [3.5])
    add_histogram_files(tmp_path / "all.root", [tmp_path / f"{i}.root" for i in (1, 2, 3)])
    with uproot.open(tmp_path / "all.root") as file:
        h = file["a/h"].to_hist()
        assert h.values().tolist() == [4, 2, 0, 2] and h.variances().tolist() == [8, 4, 0, 4]
        assert h.axes[0].label == "x [GeV]" and file["a/h"].title == "weights"
        assert file["a/p"].values().tolist()[0] == 0.5
        assert file["a/t"].arrays(["n", "pt"]).tolist() == [{"n": 1, "pt": [1, 2]}, {"n": 2, "pt": [3]}]


def test_adding_a_missing_file_leaves_no_sum(tmp_path):
    with pytest.raises(FileOpenError, match="nosuch.root"):
        add_histogram_files(tmp_path / "all.root", [tmp_path / "nosuch.root"])
    assert not os.listdir(tmp_path)


def test_the_service_is_loaded_under_cmssws_name():
    process = cms.Process("TEST")
    process.load("CommonTools.UtilAlgos.TFileService_cfi")
    assert process.TFileService.fileName.value() == "histo.root"
