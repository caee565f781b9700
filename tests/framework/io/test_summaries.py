"""Products of runs and luminosity blocks: written, read, and made one where a run goes on in the next file."""

from __future__ import annotations

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from pool_files import lumis, make_source

from pyrun.framework.errors import CMSException, Configuration, FileReadError, MismatchedInputFiles
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.io.event_file import EventFileReader, EventFileWriter, FileMetadata

X = BranchDescription("double", "x", "", "SIM")
COUNT = BranchDescription("edmMergeableCounter", "count", "", "SIM", "LuminosityBlock")
LIST = BranchDescription("doubles", "list", "", "SIM", "LuminosityBlock")
XSEC = BranchDescription("double", "xsec", "", "SIM", "Run")
FILTER = BranchDescription("GenFilterInfo", "genFilter", "", "SIM", "Run")
FIRST = np.zeros(1, dtype=np.int64)


def write(
    path: Path | str,
    lumi_events: dict[tuple[int, int], int],
    *,
    format: str = "RNTuple",
    first: int = 1,
    xsec: float = 2.5,
    merges: dict[str, str] | None = None,
) -> None:
    """Luminosity blocks with so many events each; the counter has the number of events, the list its square roots."""
    metadata = FileMetadata(merges=merges or {})
    with EventFileWriter(path, [X, COUNT, LIST, XSEC, FILTER], metadata, format=format, events_per_cluster=4) as writer:
        event = first
        for (run, lumi), events in lumi_events.items():
            ids = EventIDs(np.full(events, run), np.full(events, lumi), np.arange(event, event + events))
            if events:
                writer.write(ids, {X: (ids.event.astype("f8"), None)})
            event += events
            count = ak.Array([{"value": events}])
            writer.write_lumi(run, lumi, {COUNT: (count, None), LIST: (ak.Array([[0.5] * lumi]), None)})
        for run in dict.fromkeys(run for run, _ in lumi_events):
            passed = ak.Array([{"passed": 10, "tried": 20}])
            writer.write_run(run, {XSEC: (np.array([xsec]), None), FILTER: (passed, None)})


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("format", ["RNTuple", "TTree"])
def test_products_of_luminosity_blocks_and_runs_come_back(here, format):
    write("a.root", {(1, 1): 3, (1, 2): 0, (2, 7): 6}, format=format)
    with EventFileReader("a.root") as file:
        assert file.lumis == [(1, 1), (1, 2), (2, 7)]
        assert file.runs == [1, 2]
        assert file.branches == [X, COUNT, LIST, XSEC, FILTER]
        assert [file.read_summary(COUNT, *lumi).tolist() for lumi in file.lumis] == [
            [{"value": 3}],
            [{"value": 0}],
            [{"value": 6}],
        ]
        assert file.read_summary(LIST, 2, 7).tolist() == [[0.5] * 7]
        assert file.read_summary(XSEC, 2).tolist() == [2.5]
        assert file.read_summary(COUNT, 5, 5) is None
        assert file.metadata.merges == {COUNT.name: "sum", FILTER.name: "sum"}
    with uproot.open("a.root") as file:
        assert file["Runs"].num_entries == 2
        assert file["LuminosityBlocks"].num_entries == 3


def test_a_product_that_only_some_luminosity_blocks_have(here):
    with EventFileWriter("a.root", [COUNT], FileMetadata()) as writer:
        writer.write_lumi(1, 1, {})
        writer.write_lumi(1, 2, {COUNT: (ak.Array([{"value": 4}]), None)})
        writer.write_lumi(1, 3, {COUNT: (None, np.zeros(1, dtype=bool))})
    with EventFileReader("a.root") as file:
        counts = [file.read_summary(COUNT, 1, lumi) for lumi in (1, 2, 3)]
    assert [None if count is None else count.tolist() for count in counts] == [None, [{"value": 4}], None]


def test_a_run_product_too_deep_for_a_tree_is_named(here):
    deep = BranchDescription("deep", "deep", "", "SIM", "Run")
    with pytest.raises(Configuration, match="deep_deep__SIM.*nested too deeply"):
        with EventFileWriter("a.root", [deep], FileMetadata(), format="TTree") as writer:
            writer.write_run(1, {deep: (ak.Array([[[[1]]]]), None)})


@pytest.mark.parametrize("format", ["RNTuple", "TTree"])
def test_a_flipped_bit_in_a_run_product_is_noticed(here, format):
    write("a.root", {(1, 1): 3}, format=format)
    with EventFileReader("a.root") as file:
        field = file._container.field(XSEC)
        extent = next(iter(file._summaries["Run"]._reader.extents(field, 0)))
    damaged = bytearray(Path("a.root").read_bytes())
    damaged[extent.offset + extent.size - 2] ^= 1
    Path("a.root").write_bytes(damaged)
    with EventFileReader("a.root") as file:
        assert file.read_summary(FILTER, 1) is not None
        with pytest.raises(FileReadError, match=r"a\.root.*double_xsec__SIM.*checksum"):
            file.read_summary(XSEC, 1)


def test_files_of_the_first_pyrun_are_read():
    with EventFileReader(Path(__file__).parents[3] / "data/minbias_pool_13p6TeV.root") as file:
        assert file.lumis == [(1, 1)]
        assert file.runs == [1]


def test_blocks_come_with_their_luminosity_block_and_run(here):
    write("a.root", {(1, 1): 3, (1, 2): 0, (2, 7): 6})
    source = make_source("a.root")
    blocks = list(source.blocks(-1, 4))
    assert [(len(b), b.luminosity_block.run, b.luminosity_block.lumi) for b in blocks] == [
        (3, 1, 1),
        (0, 1, 2),
        (4, 2, 7),
        (2, 2, 7),
    ]
    found = [block.luminosity_block for block in blocks]
    assert found[2] is found[3]
    assert found[0].parent is found[1].parent is not found[2].parent
    assert found[0].products.get(COUNT, FIRST)[0].value.tolist() == [3]
    assert found[1].products.get(LIST, FIRST)[0].tolist() == [[0.5, 0.5]]
    assert found[3].parent.products.get(XSEC, FIRST)[0].tolist() == [2.5]
    source.close()


def test_a_luminosity_block_that_goes_on_in_the_next_file_is_one(here):
    write("a.root", {(1, 1): 3, (1, 2): 2})
    write("b.root", {(1, 2): 4, (1, 3): 1}, first=10)
    source = make_source("a.root", "b.root")
    blocks = list(source.blocks(-1, 100))
    found = [block.luminosity_block for block in blocks]
    assert [lumi.lumi for lumi in found] == [1, 2, 2, 3]
    assert found[1] is found[2]
    assert found[0].parent is found[3].parent
    assert found[1].products.get(COUNT, FIRST)[0].value.tolist() == [6]
    assert found[1].products.get(LIST, FIRST)[0].tolist() == [[0.5, 0.5]]
    assert found[0].parent.products.get(FILTER, FIRST)[0].tolist() == [{"passed": 20, "tried": 40}]
    assert found[0].parent.products.get(XSEC, FIRST)[0].tolist() == [2.5]


def test_products_of_a_run_that_differ_between_files_are_refused(here):
    write("a.root", {(1, 1): 3})
    write("b.root", {(1, 2): 4}, first=10, xsec=2.6)
    with pytest.raises(MismatchedInputFiles, match=r"double_xsec__SIM.*run 1 in file:a\.root and file:b\.root"):
        lumis(make_source("a.root", "b.root"))
    assert lumis(make_source("a.root", "b.root", inputCommands=("vstring", ["keep *", "drop *_xsec_*_*"])))


def test_a_file_may_say_that_a_product_is_added(here):
    for name, lumi in (("a.root", 1), ("b.root", 2)):
        write(name, {(1, lumi): 3}, first=10 * lumi, merges={XSEC.name: "sum"})
    blocks = list(make_source("a.root", "b.root").blocks(-1, 100))
    assert blocks[0].luminosity_block.parent.products.get(XSEC, FIRST)[0].tolist() == [5.0]


def test_texts_and_lengths_of_lists_can_not_be_added(here):
    for name, value in (("a.root", [[1, 2]]), ("b.root", [[1, 2, 3]])):
        with EventFileWriter(name, [LIST], FileMetadata(merges={LIST.name: "sum"})) as writer:
            writer.write_lumi(1, 1, {LIST: (ak.Array(value), None)})
    with pytest.raises(MismatchedInputFiles, match=r"doubles_list__SIM.*run 1 luminosity block 1.*lengths of lists"):
        lumis(make_source("a.root", "b.root"))


def test_a_luminosity_block_that_a_file_has_in_two_parts(here):
    with EventFileWriter("a.root", [COUNT], FileMetadata()) as writer:
        for lumi, count in ((1, 2), (2, 3), (1, 5)):
            writer.write_lumi(1, lumi, {COUNT: (ak.Array([{"value": count}]), None)})
    with EventFileReader("a.root") as file:
        assert file.read_summary(COUNT, 1, 1).value.tolist() == [7]
    assert lumis(make_source("a.root")) == [(1, 1, 0), (1, 2, 0)]


def test_the_first_file_closes_although_its_run_goes_on(here):
    write("a.root", {(1, 1): 3})
    write("b.root", {(1, 2): 4}, first=10)
    source = make_source("a.root", "b.root")
    blocks = source.blocks(-1, 100)
    first = next(blocks).luminosity_block.parent
    second = next(blocks).luminosity_block.parent
    assert [file.closed for file in source._opened] == [True, False]
    assert second is first
    assert first.products.get(XSEC, FIRST)[0].tolist() == [2.5]


def test_an_error_of_a_damaged_run_names_the_file(here):
    write("a.root", {(1, 1): 3})
    with EventFileReader("a.root") as file:
        extent = next(iter(file._summaries["Run"]._reader.extents(file._container.field(XSEC), 0)))
    damaged = bytearray(Path("a.root").read_bytes())
    damaged[extent.offset] ^= 1
    Path("a.root").write_bytes(damaged)
    (block,) = make_source("a.root").blocks(-1, 100)
    assert block.luminosity_block.parent.products.get(FILTER, FIRST)[1].all()
    with pytest.raises(CMSException, match=r"a\.root") as error:
        block.luminosity_block.parent.products.get(XSEC, FIRST)
    assert "Reading from file:a.root" in error.value.context
