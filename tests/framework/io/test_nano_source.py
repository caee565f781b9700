"""NanoAODSource: collections and records of NanoAOD as products."""

from __future__ import annotations

import awkward as ak
import nano_files
import numpy as np
import pytest
import uproot
from nano_files import equal

from pyrun.framework import EDAnalyzer, EDFilter, cms, plugin, run
from pyrun.framework.errors import FileOpenError, FileReadError
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.trigger_results import FAIL, PASS
from pyrun.framework.io.nano_columns import Column, TreeColumns
from pyrun.framework.io.nano_file import NanoFile
from pyrun.framework.io.nano_tables import group


def job(*names: str, **parameters) -> cms.Process:
    process = cms.Process("TEST")
    process.source = cms.Source("NanoAODSource", fileNames=cms.untracked.vstring(*names), **parameters)
    process.MessageLogger = cms.Service(
        "MessageLogger", cerr=cms.untracked.PSet(threshold=cms.untracked.string("ERROR"))
    )
    return process


def product(file: NanoFile, label: str, start: int = 0, stop: int = 4) -> ak.Array:
    branch = next(branch for branch in file.branches if branch.label == label)
    return file.read(branch, start, stop)[0]


@pytest.fixture
def path(tmp_path):
    nano_files.write(tmp_path / "nano.root")
    return tmp_path / "nano.root"


@pytest.fixture
def reads(monkeypatch):
    """The names of the columns that have been read."""
    names: list[str] = []
    read = TreeColumns.read

    def noted(self, name, start, stop):
        names.append(name)
        return read(self, name, start, stop)

    monkeypatch.setattr(TreeColumns, "read", noted)
    return names


def test_collections_are_lists_of_records_and_groups_are_records(path):
    file = NanoFile(str(path))
    muons = product(file, "Muon")
    assert set(muons.fields) == {"pt", "eta", "phi", "mass", "charge"}
    assert equal(muons.pt, nano_files.MUONS.pt)
    assert product(file, "MET").pt.tolist() == [0, 1, 2, 3]
    assert product(file, "genWeight").tolist() == [1, -1, 1, 2]
    assert product(file, "HLT", 2, 4).Ele32.tolist() == [True, True]


def test_only_the_columns_that_are_looked_at_are_read(path, reads):
    file = NanoFile(str(path))
    reads.clear()
    muons = product(file, "Muon")[np.array([0, 2, 3])]
    hard = muons[muons.pt > 15]
    assert hard.charge.tolist() == [[1, -1], [1], [-1]]
    assert sorted(reads) == ["Muon_charge", "Muon_pt", "nMuon"]


def test_blocks_share_what_is_read(path, reads):
    file = NanoFile(str(path))
    reads.clear()
    assert [product(file, "Muon", i, i + 1).pt.tolist()[0] for i in range(4)] == nano_files.MUONS.pt.tolist()
    assert reads.count("Muon_pt") == 1


def test_arrays_can_be_read_after_the_file_is_closed(path):
    file = NanoFile(str(path))
    muons = product(file, "Muon")
    file.close()
    assert equal(muons.eta, nano_files.MUONS.eta)


def test_blocks_across_the_spans_that_are_read_together(path, monkeypatch):
    monkeypatch.setattr("pyrun.framework.io.nano_file._SPAN_ENTRIES", 1)
    file = NanoFile(str(path))
    assert len(file._cuts) > 2
    assert equal(product(file, "Muon").pt, nano_files.MUONS.pt)
    assert product(file, "MET", 1, 4).pt.tolist() == [1, 2, 3]


def test_a_counter_for_each_column_makes_one_table(tmp_path):
    separate = {f"Muon_{name}": nano_files.MUONS[name] for name in nano_files.MUONS.fields}
    path = tmp_path / "separate.root"
    content = {**nano_files.columns(), **separate, "nMuon": ak.to_numpy(ak.num(nano_files.MUONS))}
    del content["Muon"]
    with uproot.recreate(path) as file:
        file.mktree("Events", {name: ak.type(ak.Array(array)).content for name, array in content.items()}).extend(
            content
        )
    file = NanoFile(str(path))
    assert equal(product(file, "Muon").pt, nano_files.MUONS.pt)
    assert not [branch for branch in file.branches if branch.label == "nMuon"]


def test_columns_of_one_table_that_have_other_lengths_are_refused(tmp_path):
    content = {
        **nano_files.columns(),
        "Muon_pt": ak.Array([[1.0], [], [], []]),
        "Muon_eta": ak.Array([[], [1.0], [], []]),
    }
    del content["Muon"]
    with uproot.recreate(tmp_path / "bad.root") as file:
        file.mktree("Events", {name: ak.type(ak.Array(array)).content for name, array in content.items()}).extend(
            content
        )
    muons = product(NanoFile(str(tmp_path / "bad.root")), "Muon")
    with pytest.raises(FileReadError, match="columns of a table must go together"):
        ak.materialize(muons)


def test_rntuples_are_read_like_trees(tmp_path):
    path = tmp_path / "rntuple.root"
    with uproot.recreate(path) as file:
        file.mkrntuple("Events", nano_files.columns())
    file = NanoFile(str(path))
    assert equal(product(file, "Muon").pt, nano_files.MUONS.pt)
    assert product(file, "MET").pt.tolist() == [0, 1, 2, 3]
    assert file.ids.event.tolist() == [1, 2, 3, 4]


def test_labels_whose_columns_differ_in_shape_make_several_products():
    real = np.dtype("f4")
    names = {"nJet": None, "Jet_pt": "nJet", "Jet_total": None, "Jet": "nJet", "nPart": None, "Jet_part": "nPart"}
    tables = group({name: Column(name, real, counter) for name, counter in names.items()})
    assert {table.instance: (list(table.columns), table.counter) for table in tables} == {
        "": (["pt"], "nJet"),
        "scalars": (["total"], None),
        "value": ([""], "nJet"),
        "Part": (["part"], "nPart"),
    }


def test_trigger_bits_are_the_trigger_results_of_hlt(path):
    file = NanoFile(str(path))
    assert file.history[0].name == "HLT" and file.history[0].trigger_paths == ("HLT_IsoMu24", "HLT_Ele32")
    states = product(file, "TriggerResults").state
    assert states.tolist() == [[PASS, FAIL], [FAIL, FAIL], [FAIL, PASS], [PASS, PASS]]


def test_a_path_that_a_later_file_lacks_fails_there(tmp_path):
    first, second = nano_files.write(tmp_path / "a.root"), tmp_path / "b.root"
    content = nano_files.columns(first_event=100)
    del content["HLT_Ele32"]
    with uproot.recreate(second) as file:
        file.mktree("Events", {name: ak.type(ak.Array(array)).content for name, array in content.items()}).extend(
            content
        )
    result = run(job(first, f"file:{second}"), products=["TriggerResults::HLT", "Muon"])
    assert result["TriggerResults::HLT"].state[:, 1].tolist() == [FAIL, FAIL, PASS, PASS] + [FAIL] * 4
    assert len(result["Muon"]) == 8


def test_sums_of_a_run_are_added_over_the_rows_of_merged_files(path):
    file = NanoFile(str(path))
    sums = {branch.label: file.read_summary(branch, 3, 0).tolist() for branch in file.branches if branch.level == "Run"}
    assert sums["genEventCount"] == [15] and sums["genEventSumw"] == [10.0]
    assert sums["LHEPdfSumw"] == [[8.0 * 1.0 + 2.0 * 1.0, 8.0 * 0.5 + 2.0 * 2.0]]


@plugin
class HardMuonFilter(EDFilter):
    """Events with a muon above 25 GeV."""

    def declare(self, p):
        self.muons = self.consumes("Muon")

    def filter(self, event, setup):
        return ak.to_numpy(ak.any(event.get(self.muons).pt > 25, axis=1))


@plugin
class MuonEtaAnalyzer(EDAnalyzer):
    """Notes the pseudorapidities it sees."""

    seen: list[list[float]] = []

    def declare(self, p):
        self.muons = self.consumes("Muon")

    def analyze(self, event, setup):
        self.seen += event.get(self.muons).eta.tolist()


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_views_of_lazily_read_products_in_a_job(path, size, monkeypatch):
    monkeypatch.setattr(MuonEtaAnalyzer, "seen", [])
    process = job(f"file:{path}")
    process.options = cms.untracked.PSet(eventsPerBlock=cms.untracked.uint32(size))
    process.hard = cms.EDFilter("HardMuonFilter")
    process.eta = cms.EDAnalyzer("MuonEtaAnalyzer")
    process.p = cms.Path(process.hard + process.eta)
    assert run(process).trig_report.events_passed == 2
    assert MuonEtaAnalyzer.seen == [[0.5, -0.5], [1.0]]


def test_files_that_are_no_nanoaod_are_refused(tmp_path):
    with uproot.recreate(tmp_path / "other.root") as file:
        file.mktree("tree", {"x": "f8"}).extend({"x": np.zeros(3)})
    with pytest.raises(FileOpenError, match="no NanoAOD: it has no tree 'Events', but tree"):
        NanoFile(str(tmp_path / "other.root"))
    with uproot.recreate(tmp_path / "reduced.root") as file:
        file.mktree("Events", {"Muon_pt": "f8"}).extend({"Muon_pt": np.zeros(3)})
    with pytest.raises(FileOpenError, match="no column 'run'"):
        NanoFile(str(tmp_path / "reduced.root"))


def test_truncated_files_are_refused(path, tmp_path):
    content = path.read_bytes()
    (tmp_path / "short.root").write_bytes(content[: len(content) // 2])
    with pytest.raises(FileOpenError, match=r"short\.root"):
        NanoFile(str(tmp_path / "short.root"))


@pytest.mark.parametrize(
    ("name", "events", "data"),
    [("nano_dimuon.root", 40, True), ("nano_tt_v15.root", 200, False), ("pfnano.root", 10, False)],
)
def test_all_tables_of_cms_files_can_be_read(name, events, data):
    file = NanoFile(str(nano_files.cms_file(name)))
    assert (len(file.ids), file.real_data, list(file.unreadable)) == (events, data, [])
    with uproot.open(nano_files.cms_file(name)) as plain:
        tree = plain["Events"]
        for label, field in (("Muon", "pt"), ("Jet", "eta"), ("PV", "npvs"), ("Electron", "charge")):
            table = product(file, label, 0, events)
            assert equal(table[field], tree[f"{label}_{field}"].array())
    assert BranchDescription("edmTriggerResults", "TriggerResults", "", "HLT") in file.branches


def test_damage_anywhere_is_told_or_does_no_harm(path, tmp_path):
    content, rng = path.read_bytes(), np.random.default_rng(11)
    outcomes = []
    for _ in range(60):
        damaged = bytearray(content)
        place = int(rng.integers(len(damaged)))
        damaged[place] ^= 1 << int(rng.integers(8))
        (tmp_path / "damaged.root").write_bytes(damaged)
        try:
            file = NanoFile(str(tmp_path / "damaged.root"))
            for branch in file.branches:
                if branch.level == "Event":
                    array = ak.materialize(file.read(branch, 0, len(file.ids))[0])
                    assert len(array) == len(file.ids)
            outcomes.append("read")
        except (FileOpenError, FileReadError) as error:
            assert "damaged.root" in str(error)
            outcomes.append("told")
    assert {"read", "told"} == set(outcomes)


def test_columns_that_end_early_are_told(path, monkeypatch):
    file = NanoFile(str(path))
    monkeypatch.setattr("uproot.TBranch.array", lambda self, **options: ak.Array(np.zeros(2, np.float32)))
    with pytest.raises(FileReadError, match="only 2 of 4 entries"):
        ak.materialize(product(file, "MET"))
