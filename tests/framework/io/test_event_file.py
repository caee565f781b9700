"""Event files: what is written is what is read, whatever the sizes of blocks and clusters."""

from __future__ import annotations

import gc
import threading
import tracemalloc
import weakref
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from pyrun.framework.errors import Configuration, LogicError
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.event.provenance import ProcessRecord
from pyrun.framework.io.event_file import EventFileReader, EventFileWriter, FileMetadata

N = 250
CANDIDATES = BranchDescription("recoPFCandidates", "particleFlow", "", "SIM")
JETS = BranchDescription("recoPFJets", "ak4PFJetsPuppi", "", "PAT")
RHO = BranchDescription("double", "fixedGridRhoFastjetAll", "", "SIM")
NAMES = BranchDescription("strings", "names", "", "SIM")
MATCH = BranchDescription("matches", "match", "gen", "SIM")
MATRIX = BranchDescription("floats", "covariance", "", "SIM")
FLAG = BranchDescription("bool", "passed", "", "SIM")
INFO = BranchDescription("GenEventInfoProduct", "generator", "", "SIM")
FLAT = [CANDIDATES, RHO, MATRIX, FLAG, INFO]
ALL = [*FLAT, JETS, NAMES, MATCH]


def make_ids(n: int = N) -> EventIDs:
    event = np.arange(1, n + 1)
    return EventIDs(np.ones(n), 1 + event // 100, event)


def make_products(n: int = N) -> dict[BranchDescription, ak.Array]:
    random = np.random.default_rng(1)
    counts = random.integers(0, 20, n)
    total = int(counts.sum())
    candidates = ak.zip(
        {
            "pt": random.random(total, dtype="f4"),
            "pdgId": random.integers(-211, 212, total, dtype="i4"),
            "ok": random.random(total) > 0.5,
        },
        with_name="Momentum4D",
    )
    jets = ak.Array([[{"pt": float(j), "constituents": list(range(j))} for j in range(i % 4)] for i in range(n)])
    return {
        CANDIDATES: ak.unflatten(candidates, counts),
        RHO: random.random(n),
        MATRIX: random.random((n, 3), dtype="f4"),
        FLAG: random.random(n) > 0.5,
        INFO: ak.zip({"weight": random.random(n), "processId": np.arange(n, dtype="i4")}),
        JETS: jets,
        NAMES: ak.Array([["a", "bb", ""][: i % 4] for i in range(n)]),
        MATCH: ak.Array([None if i % 3 else i for i in range(n)]),
    }


def write(path: Path, products, ids=None, *, block: int = 60, cluster: int = 100, format: str = "RNTuple") -> None:
    ids = make_ids() if ids is None else ids
    with EventFileWriter(path, list(products), FileMetadata(), format=format, events_per_cluster=cluster) as writer:
        for start in range(0, len(ids), block):
            part = slice(start, start + block)
            writer.write(ids[part], {branch: (array[part], None) for branch, array in products.items()})


def assert_same(read: ak.Array, written) -> None:
    written = ak.from_numpy(written, regulararray=True) if isinstance(written, np.ndarray) else written
    assert read.type == written.type
    assert ak.array_equal(read, written, check_parameters=True)


@pytest.mark.parametrize("format, branches", [("RNTuple", ALL), ("TTree", FLAT)])
@pytest.mark.parametrize("block, cluster", [(60, 100), (250, 100), (13, 1000), (100, 100), (3, 40)])
def test_products_come_back_as_they_were(tmp_path, format, branches, block, cluster):
    products = {branch: make_products()[branch] for branch in branches}
    write(tmp_path / "f.root", products, block=block, cluster=cluster, format=format)
    with EventFileReader(tmp_path / "f.root") as file:
        assert file.num_entries == N
        assert file.branches == branches
        for branch in branches:
            array, present = file.read(branch, 0, N)
            assert present is None
            assert_same(array, products[branch])


@pytest.mark.parametrize("format", ["RNTuple", "TTree"])
def test_entry_ranges_across_clusters(tmp_path, format):
    products = {CANDIDATES: make_products()[CANDIDATES]}
    write(tmp_path / "f.root", products, format=format)
    with EventFileReader(tmp_path / "f.root") as file:
        for start, stop in [(0, 1), (90, 110), (99, 100), (100, 200), (13, 249), (250, 250), (40, 40)]:
            assert_same(file.read(CANDIDATES, start, stop)[0], products[CANDIDATES][start:stop])


def test_clusters_do_not_depend_on_the_size_of_blocks(tmp_path):
    products = make_products()
    layouts = []
    for block in (33, 250):
        path = tmp_path / f"{block}.root"
        write(path, products, block=block, cluster=100)
        with uproot.open(path) as file:
            ntuple = file["Events"]
            sizes = [cluster.num_entries for cluster in ntuple.cluster_summaries]
            checksums = str(file["EventIndex"])
            layouts.append((sizes, checksums))
    assert layouts[0][0] == [100, 100, 50]
    assert layouts[0] == layouts[1]


def test_event_numbers(tmp_path):
    ids = EventIDs([1, 1, 4_000_000_000], [7, 7, 9], [3, 2, 2**63 + 5])
    write(tmp_path / "f.root", {}, ids)
    with EventFileReader(tmp_path / "f.root") as file:
        assert file.ids.run.tolist() == [1, 1, 4_000_000_000]
        assert file.ids.lumi.tolist() == [7, 7, 9]
        assert file.ids.event.tolist() == [3, 2, 2**63 + 5]
    with uproot.open(tmp_path / "f.root") as file:
        assert file["Runs"].arrays()["RunAuxiliary"].tolist() == [{"run": 1}, {"run": 4_000_000_000}]
        lumis = file["LuminosityBlocks"].arrays()["LuminosityBlockAuxiliary"]
        assert lumis.luminosityBlock.tolist() == [7, 9]


@pytest.mark.parametrize("format, branches", [("RNTuple", ALL), ("TTree", FLAT)])
@pytest.mark.parametrize("compact", [False, True])
def test_products_of_some_events_only(tmp_path, format, branches, compact):
    products = make_products()
    present = np.arange(N) % 3 == 1
    with EventFileWriter(tmp_path / "f.root", branches, FileMetadata(), format=format, events_per_cluster=40) as writer:
        for start in range(0, N, 30):
            part = slice(start, start + 30)
            mask = present[part]
            arrays = {branch: products[branch][part] for branch in branches}
            writer.write(
                make_ids()[part],
                {branch: (array[mask] if compact else array, mask) for branch, array in arrays.items()},
            )
    with EventFileReader(tmp_path / "f.root") as file:
        for branch in branches:
            array, mask = file.read(branch, 0, N)
            assert mask.tolist() == present.tolist()
            assert_same(array[mask], products[branch][present])
            absent = array[~mask].tolist()
            assert absent == [absent[0]] * len(absent)


@pytest.mark.parametrize("format", ["RNTuple", "TTree"])
def test_a_type_that_is_known_only_after_the_first_clusters(tmp_path, format):
    first, later = make_products(), make_products()[CANDIDATES]
    nothing = ak.Array([[] for _ in range(N)])
    path = tmp_path / "f.root"
    with EventFileWriter(path, [RHO, CANDIDATES], FileMetadata(), format=format, events_per_cluster=100) as writer:
        writer.write(make_ids(), {RHO: (first[RHO], None), CANDIDATES: (nothing, None)})
        writer.write(make_ids(), {RHO: (first[RHO], None), CANDIDATES: (later, None)})
    with EventFileReader(path) as file:
        array, present = file.read(CANDIDATES, 0, 2 * N)
        assert present is None
        assert ak.num(array[:N]).tolist() == [0] * N
        assert_same(array[N:], later)
        assert_same(file.read(RHO, 0, N)[0], first[RHO])
    assert [entry.name for entry in tmp_path.iterdir()] == ["f.root"]


@pytest.mark.parametrize("format", ["RNTuple", "TTree"])
def test_a_product_that_the_first_clusters_do_not_have(tmp_path, format):
    products = make_products()
    path = tmp_path / "f.root"
    with EventFileWriter(path, [RHO, INFO], FileMetadata(), format=format, events_per_cluster=100) as writer:
        writer.write(make_ids(), {RHO: (products[RHO], None)})
        writer.write(make_ids(), {RHO: (products[RHO], None), INFO: (products[INFO], None)})
    with EventFileReader(tmp_path / "f.root") as file:
        array, present = file.read(INFO, 0, 2 * N)
        assert present.tolist() == [False] * N + [True] * N
        assert_same(array[present], products[INFO])


def test_a_product_that_no_event_has(tmp_path):
    with EventFileWriter(tmp_path / "f.root", [RHO, JETS], FileMetadata(), events_per_cluster=100) as writer:
        writer.write(make_ids(), {RHO: (make_products()[RHO], None), JETS: (None, np.zeros(N, dtype=bool))})
    with EventFileReader(tmp_path / "f.root") as file:
        array, present = file.read(JETS, 10, 30)
        assert len(array) == 20
        assert not present.any()


def test_lists_that_stay_empty_keep_what_is_known_of_their_type(tmp_path):
    array = ak.Array([[{"pt": 1.5, "hits": []}], []] * 5)
    write(tmp_path / "f.root", {JETS: array}, make_ids(10))
    with EventFileReader(tmp_path / "f.root") as file:
        assert_same(file.read(JETS, 0, 10)[0], array)


@pytest.mark.parametrize("format", ["RNTuple", "TTree"])
def test_a_file_without_events(tmp_path, format):
    EventFileWriter(tmp_path / "f.root", ALL, FileMetadata(), format=format).close()
    with EventFileReader(tmp_path / "f.root") as file:
        assert file.num_entries == 0
        assert len(file.ids) == 0
        assert file.branches == ALL
        assert len(file.read(JETS, 0, 0)[0]) == 0


def test_masked_indexed_and_sliced_arrays_are_written_by_value(tmp_path):
    whole = make_products()[CANDIDATES]
    odd = whole[::-1][whole[::-1].ok][5:]
    write(tmp_path / "f.root", {CANDIDATES: odd}, make_ids()[5:])
    with EventFileReader(tmp_path / "f.root") as file:
        assert_same(file.read(CANDIDATES, 0, N - 5)[0], odd)


def test_metadata_comes_back(tmp_path):
    metadata = FileMetadata(
        processes=(ProcessRecord("SIM", "0.1", "process = ...\n", ("p1", "p2")), ProcessRecord("PAT", "0.1", "…")),
        parentage={JETS.name: (CANDIDATES.name, RHO.name)},
    )
    EventFileWriter(tmp_path / "f.root", [JETS], metadata).close()
    with EventFileReader(tmp_path / "f.root") as file:
        assert file.metadata.processes == metadata.processes
        assert file.metadata.parentage == {JETS.name: (CANDIDATES.name, RHO.name)}
        assert file.metadata.branches == (JETS,)
    with uproot.open(tmp_path / "f.root") as file:
        assert FileMetadata.from_json(str(file["MetaData"])).processes == metadata.processes


def test_branch_names_in_a_tree_have_cms_s_dot(tmp_path):
    write(tmp_path / "f.root", {CANDIDATES: make_products()[CANDIDATES], RHO: make_products()[RHO]}, format="TTree")
    with uproot.open(tmp_path / "f.root") as file:
        keys = file["Events"].keys()
    assert "recoPFCandidates_particleFlow__SIM.pt" in keys
    assert "double_fixedGridRhoFastjetAll__SIM." in keys


@pytest.mark.parametrize("format, branches", [("RNTuple", ALL), ("TTree", FLAT)])
def test_threads_may_read_at_the_same_time(tmp_path, format, branches):
    products = {branch: make_products()[branch] for branch in branches}
    write(tmp_path / "f.root", products, cluster=60, format=format)
    wrong: list[object] = []

    def read(seed: int) -> None:
        random = np.random.default_rng(seed)
        for _ in range(8):
            start, stop = sorted(random.integers(0, N + 1, 2).tolist())
            branch = branches[random.integers(len(branches))]
            if not ak.array_equal(file.read(branch, start, stop)[0], products[branch][start:stop]):
                wrong.append((branch, start, stop))

    with EventFileReader(tmp_path / "f.root") as file:
        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def test_a_file_that_is_closed_is_gone_from_memory_at_once(tmp_path):
    write(tmp_path / "a.root", {RHO: make_products()[RHO]})
    reader = EventFileReader(tmp_path / "a.root")
    reader.read(RHO, 0, N)
    pages, gone = [weakref.ref(one.page_link_list[0][0]) for one in reader._opened], weakref.ref(reader)
    gc.disable()
    try:
        reader.close()
        del reader
        assert gone() is None
        assert [one() for one in pages] == [None]
    finally:
        gc.enable()


def test_a_file_is_finished_without_a_list_of_all_its_pages(tmp_path):
    def most_at_the_end(clusters: int) -> int:
        branches = [BranchDescription("double", f"x{i}", "", "SIM") for i in range(10)]
        writer = EventFileWriter(tmp_path / "a.root", branches, FileMetadata(), events_per_cluster=1)
        numbers = np.arange(clusters, dtype=float)
        writer.write(make_ids(clusters), {branch: (numbers, None) for branch in branches})
        tracemalloc.start()
        try:
            writer.close()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    most_at_the_end(1)
    page = 1000  # bytes; uproot's own list of pages takes almost three times as much
    assert most_at_the_end(100) - most_at_the_end(20) < 80 * 10 * page


def test_a_product_too_deep_for_a_tree_is_named(tmp_path):
    with pytest.raises(Configuration, match=r"recoPFJets_ak4PFJetsPuppi__PAT.*nested too deeply.*RNTuple"):
        write(tmp_path / "f.root", {JETS: make_products()[JETS]}, format="TTree")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "array, what",
    [
        (ak.Array([1, "a"]), "several types"),
        (np.array([1j, 2j]), "complex128"),
        (ak.Array([{"a.b": 1}, {"a.b": 1}]), "'a.b'"),
        (ak.Array([{}, {}]), "without fields"),
    ],
)
def test_content_that_files_can_not_hold_is_named(tmp_path, array, what):
    with pytest.raises(Configuration, match=f"recoPFJets_ak4PFJetsPuppi__PAT.*{what}"):
        write(tmp_path / "f.root", {JETS: array}, make_ids(2))


def test_a_change_of_type_is_named(tmp_path):
    with pytest.raises(LogicError, match=r"recoPFJets_ak4PFJetsPuppi__PAT.*float32 to float64"):
        with EventFileWriter(tmp_path / "f.root", [JETS], FileMetadata()) as writer:
            writer.write(make_ids(2), {JETS: (np.zeros(2, dtype="f4"), None)})
            writer.write(make_ids(2), {JETS: (np.zeros(2, dtype="f8"), None)})


@pytest.mark.parametrize(
    "options, what",
    [
        ({"format": "HDF5"}, "RNTuple, TTree"),
        ({"compression": ("GZIP", 1)}, "ZSTD"),
        ({"events_per_cluster": 0}, "at least one"),
    ],
)
def test_options_that_do_not_exist(tmp_path, options, what):
    with pytest.raises(Configuration, match=what):
        EventFileWriter(tmp_path / "f.root", [], FileMetadata(), **options)


@pytest.mark.parametrize("compression", [("ZSTD", 9), ("LZMA", 1), ("ZLIB", 1), ("LZ4", 1)])
def test_every_compression_can_be_read(tmp_path, compression):
    products = make_products()
    with EventFileWriter(tmp_path / "f.root", ALL, FileMetadata(), compression=compression) as writer:
        writer.write(make_ids(), {branch: (array, None) for branch, array in products.items()})
    with EventFileReader(tmp_path / "f.root") as file:
        for branch in ALL:
            assert_same(file.read(branch, 0, N)[0], products[branch])
