"""Which events of which files a source reads, and in which order."""

from __future__ import annotations

import doctest
import gc
import pickle
import random
import weakref
from pathlib import Path

import attrs
import numpy as np
import pytest
from pool_files import PAT, SIM, X, log, lumis, make_source, seen, write_events

from pyrun.framework.errors import (
    Configuration,
    FileNameInconsistentWithGUID,
    FileOpenError,
    MismatchedInputFiles,
)
from pyrun.framework.event import ranges
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.event.ranges import EventRange, LuminosityBlockRange
from pyrun.framework.io import file_index, metadata
from pyrun.framework.io.event_file import EventFileReader
from pyrun.framework.io.file_index import FileIndex

Y = BranchDescription("double", "y", "", "SIM")

TEN = [(1, 1 + n // 5, n) for n in range(10)]  # luminosity blocks 1 and 2
MIXED = [(1, 2, 1), (1, 1, 2), (1, 2, 3), (2, 1, 4), (1, 2, 5), (1, 1, 6)]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYRUN_SEARCH_PATH", raising=False)
    return tmp_path


def numbers(*names: str, max_events: int = -1, **parameters: tuple[str, object]) -> list[int]:
    return [event for _, _, event in seen(make_source(*names, **parameters), max_events)]


@pytest.mark.parametrize("module", [file_index, metadata, ranges])
def test_examples_in_the_documentation(module):
    assert doctest.testmod(module).attempted
    assert not doctest.testmod(module).failed


# ---- order


def test_runs_and_luminosity_blocks_are_brought_together_in_order_of_appearance():
    write_events("a.root", MIXED)
    expected = [(1, 2, 1), (1, 2, 3), (1, 2, 5), (1, 1, 2), (1, 1, 6), (2, 1, 4)]
    for size in (1, 2, 100):
        assert seen(make_source("a.root"), size=size) == expected


def test_events_can_be_sorted_by_number():
    write_events("a.root", [(2, 1, 9), (1, 2, 7), (1, 1, 8), (1, 2, 5), (2, 1, 3)])
    sorted_events = seen(make_source("a.root", noEventSort=("bool", False)))
    assert sorted_events == [(1, 1, 8), (1, 2, 5), (1, 2, 7), (2, 1, 3), (2, 1, 9)]


def test_a_file_that_is_in_order_is_not_reordered():
    ids = EventIDs(*np.array(TEN, dtype=np.uint64).T)
    assert FileIndex(ids)._order is None


def test_luminosity_blocks_and_runs_without_events_are_kept():
    write_events("a.root", [(1, 2, 1), (1, 4, 2)], lumis=((1, 1), (1, 2), (1, 3), (1, 4)), runs=(1, 7))
    assert lumis(make_source("a.root")) == [(1, 1, 0), (1, 2, 1), (1, 3, 0), (1, 4, 1), (7, 0, 0)]


def test_blocks_of_one_luminosity_block_join_events_from_anywhere():
    write_events("a.root", MIXED)
    source = make_source("a.root")
    assert [len(block) for block in source.blocks(-1, 100)] == [3, 2, 1]


# ---- choice


@pytest.mark.parametrize(
    "parameters, expected",
    [
        ({"skipEvents": ("uint32", 3)}, [3, 4, 5, 6, 7, 8, 9]),
        ({"firstEvent": ("uint32", 3)}, [3, 4, 5, 6, 7, 8, 9]),
        ({"firstLuminosityBlock": ("uint32", 2)}, [5, 6, 7, 8, 9]),
        ({"firstLuminosityBlock": ("uint32", 1), "firstEvent": ("uint32", 7)}, [5, 6, 7, 8, 9]),
        ({"firstRun": ("uint32", 2)}, []),
        ({"eventsToProcess": ("VEventRange", ["1:3", "1:2:7-1:2:8"])}, [3, 7, 8]),
        ({"eventsToProcess": ("VEventRange", ["1:2:4", "1:8-1:MAX"])}, [8, 9]),
        ({"eventsToSkip": ("VEventRange", ["1:2-1:6", "1:1:1"])}, [0, 7, 8, 9]),
        ({"lumisToProcess": ("VLuminosityBlockRange", ["1:2-1:MAX"])}, [5, 6, 7, 8, 9]),
        ({"lumisToSkip": ("VLuminosityBlockRange", ["1:2"])}, [0, 1, 2, 3, 4]),
        ({"lumisToSkip": ("VLuminosityBlockRange", ["1:2"]), "skipEvents": ("uint32", 2)}, [2, 3, 4]),
        ({"eventsToSkip": ("VEventRange", ["1:3"]), "skipEvents": ("uint32", 4)}, [5, 6, 7, 8, 9]),
    ],
)
def test_which_events_are_read(parameters, expected):
    write_events("a.root", TEN)
    assert numbers("a.root", **parameters) == expected


def test_event_ranges_against_a_search_one_by_one():
    """Random ranges; the reference looks at every range for every event, as EventSkipperByID is documented."""
    events = [(run, lumi, 10 * lumi + i) for run in (1, 2, 3) for lumi in (1, 2, 3) for i in range(8)]
    write_events("a.root", events)
    dice = random.Random(5)
    for _ in range(25):
        drawn = [(sorted(dice.sample(events, 2)), dice.random() < 0.5) for _ in range(dice.randint(1, 4))]
        texts = ["-".join(f"{r}:{e}" if short else f"{r}:{lumi}:{e}" for r, lumi, e in ends) for ends, short in drawn]
        ok = [text for text in texts if _is_ordered(text)]
        expected = [event for event in events if any(_contains(text, event) for text in ok)]
        chosen = make_source("a.root", eventsToProcess=("VEventRange", ok)) if ok else None
        assert chosen is None or seen(chosen) == expected
        assert seen(make_source("a.root", eventsToSkip=("VEventRange", ok))) == [e for e in events if e not in expected]


def _ends(text: str) -> list[tuple[int, ...]]:
    return [tuple(map(int, end.split(":"))) for end in text.split("-")]


def _is_ordered(text: str) -> bool:
    first, last = _ends(text)
    return first <= last


def _contains(text: str, event: tuple[int, int, int]) -> bool:
    first, last = _ends(text)
    return first <= (event if len(first) == 3 else (event[0], event[2])) <= last


def test_a_luminosity_block_of_which_no_event_is_wanted_is_still_told_of():
    write_events("a.root", TEN)
    assert lumis(make_source("a.root", eventsToProcess=("VEventRange", ["1:7"]))) == [(1, 1, 0), (1, 2, 1)]
    assert lumis(make_source("a.root", skipEvents=("uint32", 6))) == [(1, 2, 4)]
    assert lumis(make_source("a.root", lumisToSkip=("VLuminosityBlockRange", ["1:1-1:9"]))) == [(1, 0, 0)]


@pytest.mark.parametrize(
    "mode, expected", [("RunsAndLumis", [(1, 1, 0), (1, 2, 0), (2, 1, 0)]), ("Runs", [(1, 0, 0), (2, 0, 0)])]
)
def test_processing_modes(mode, expected):
    write_events("a.root", [*TEN, (2, 1, 1)])
    assert lumis(make_source("a.root", processingMode=("string", mode))) == expected


def test_limits_and_skips_go_across_files():
    for name, first in (("a.root", 1), ("b.root", 11), ("c.root", 21)):
        write_events(name, [(1, 1, first + n) for n in range(5)])
    names = ("a.root", "b.root", "c.root")
    assert numbers(*names, skipEvents=("uint32", 7), max_events=5) == [13, 14, 15, 21, 22]
    assert numbers(*names, max_events=0) == []


def test_run_numbers_of_simulation_can_be_changed():
    write_events("a.root", [(5, 1, 1), (6, 1, 2)])
    source = make_source("a.root", setRunNumber=("uint32", 3))
    assert seen(source) == [(3, 1, 1), (4, 1, 2)]
    assert source.files[0].lumis == {3: {1: 1}, 4: {1: 1}}


@pytest.mark.parametrize(
    "name, type_, value, what",
    [
        ("eventsToProcess", "VEventRange", ["1:x"], "whole numbers"),
        ("lumisToProcess", "VLuminosityBlockRange", ["1:5-1:2"], "end is before the start"),
        ("lumisToProcess", "VEventRange", ["1:5-1:2"], "declares it as untracked VLuminosityBlockRange"),
        ("processingMode", "string", "Events", "RunsLumisAndEvents"),
        ("branchesMustMatch", "string", "no", "permissive, strict"),
    ],
)
def test_parameters_that_can_not_be(name, type_, value, what):
    with pytest.raises(Configuration, match=what):
        make_source("a.root", **{name: (type_, value)})


@pytest.mark.parametrize("text", ["1:2-3:4", "1:2:3-1:2:9", "5:6"])
def test_ranges_are_written_as_they_are_read(text):
    kinds = [EventRange] if text.count(":") == 4 else [EventRange, LuminosityBlockRange]
    for kind in kinds:
        assert kind.parse(str(kind.parse(text))) == kind.parse(text)


def test_numbers_zero_are_read_too():
    write_events("a.root", [(0, 0, 0), (0, 0, 1), (0, 1, 0)])
    assert seen(make_source("a.root")) == [(0, 0, 0), (0, 0, 1), (0, 1, 0)]


# ---- plan


def test_a_plan_in_parts_gives_the_same_events_as_the_whole():
    write_events("a.root", MIXED)
    write_events("b.root", [(1, 1, 6), (1, 1, 7), (3, 1, 8)], lumis=((1, 1), (3, 1), (3, 2)))
    parameters = {"eventsToSkip": ("VEventRange", ["1:5"]), "skipEvents": ("uint32", 1)}
    whole = make_source("a.root", "b.root", **parameters)
    plan = pickle.loads(pickle.dumps(whole.plan(5)))
    expected = seen(whole, 5)
    assert [len(segment) for segment in plan] == [1, 2, 1, 1]  # b.root's duplicate 6 is left out
    halves = []
    for segment in plan:
        middle = (segment.start + segment.stop) // 2
        halves += [attrs.evolve(segment, stop=middle), attrs.evolve(segment, start=middle)]
    parts = []
    for one in halves:
        source = make_source("a.root", "b.root", **parameters)
        source.restrict([one])
        assert source.size(-1) == len(one)
        parts += seen(source)
    assert parts == expected


def test_a_plan_names_files_by_their_full_path(tmp_path):
    write_events("a.root", TEN)
    assert {segment.file for segment in make_source("a.root").plan()} == {str(tmp_path / "a.root")}


def test_a_restricted_source_has_the_branches_of_the_first_file():
    write_events("a.root", TEN)
    write_events("b.root", [(1, 3, 11)], branches=(X, Y))
    plan = make_source("a.root", "b.root").plan()
    source = make_source("a.root", "b.root")
    source.restrict(plan[-1:])
    assert source.branches == [X]
    assert seen(source) == [(1, 3, 11)]
    assert [record.lfn for record in source.files] == ["file:b.root"]


def test_the_number_of_events_is_known_for_one_file():
    write_events("a.root", TEN)
    source = make_source("a.root", lumisToSkip=("VLuminosityBlockRange", ["1:1"]), skipEvents=("uint32", 1))
    assert (source.size(-1), source.size(2)) == (4, 2)
    assert make_source("a.root", "a.root").size(-1) is None


# ---- files


def test_names_with_wildcards_are_sorted():
    for name in ("f10.root", "f1.root", "f2.root"):
        write_events(name, [(1, 1, int(name[1:-5]))])
    assert numbers("f*.root") == [1, 10, 2]
    assert numbers("f2.root", "file:f1*.root") == [2, 1, 10]
    Path("f[1].root").write_bytes(Path("f2.root").read_bytes())
    assert numbers("f[1].root") == [2]
    with pytest.raises(FileOpenError, match=r"No file matches 'g\*\.root'"):
        make_source("g*.root")


def test_a_file_that_is_closed_takes_no_memory():
    write_events("a.root", TEN)
    write_events("b.root", [(1, 3, 11)])
    source = make_source("a.root", "b.root")
    first = weakref.ref(source._first.file)
    blocks = source.blocks(-1, 100)
    events = sum(len(block) for block in blocks)
    del blocks
    gc.collect()
    assert events == 11
    assert first() is None
    assert [record.events for record in source.files] == [10, 1]


def test_files_with_other_branches():
    write_events("a.root", TEN, branches=(X, Y))
    write_events("b.root", [(1, 3, 11)])
    strict = {"branchesMustMatch": ("string", "strict")}
    assert len(numbers("a.root", "b.root")) == 11
    source = make_source("b.root", "a.root")
    assert len(seen(source)) == 11
    assert "products that the first file hasn't" in log(source)
    with pytest.raises(MismatchedInputFiles, match=r"double_y__SIM\. is only in the first"):
        numbers("a.root", "b.root", **strict)
    with pytest.raises(MismatchedInputFiles, match=r"double_y__SIM\. is only in file:a\.root"):
        numbers("b.root", "a.root", **strict)
    assert len(numbers("b.root", "a.root", inputCommands=("vstring", ["keep *", "drop *_y_*_*"]), **strict)) == 11


def test_what_was_read_is_recorded_for_the_report(tmp_path):
    write_events("a.root", TEN, branches=(X, Y))
    source = make_source("a.root", skipEvents=("uint32", 4))
    seen(source)
    with EventFileReader("a.root") as file:
        guid = file.guid
    (record,) = source.files
    assert (record.lfn, record.pfn) == ("file:a.root", str(tmp_path / "a.root"))
    assert (record.module, record.module_class, record.guid) == ("source", "PoolSource", guid)
    assert (record.events, record.lumis) == (6, {1: {1: 1, 2: 5}})
    assert record.branches == (X.name,)


def test_a_file_can_be_required_to_be_called_after_its_guid():
    write_events("a.root", TEN)
    with EventFileReader("a.root") as file:
        guid = file.guid
    with pytest.raises(FileNameInconsistentWithGUID, match=guid):
        make_source("a.root", enforceGUIDInFileName=("bool", True))
    Path("a.root").rename(f"{guid}.root")
    assert len(numbers(f"{guid}.root", enforceGUIDInFileName=("bool", True))) == 10


def test_duplicates_are_those_of_all_files_or_of_each():
    write_events("a.root", [(1, 1, 1), (1, 1, 2), (1, 1, 1), (1, 2, 1)])
    write_events("b.root", [(1, 1, 2), (1, 1, 3)])
    names = ("a.root", "b.root")
    source = make_source(*names)
    assert seen(source) == [(1, 1, 1), (1, 1, 2), (1, 2, 1), (1, 1, 3)]
    assert "file:b.root has 1 events that were read before and are skipped, first run 1 lumi 1 event 2" in log(source)
    assert numbers(*names, duplicateCheckMode=("string", "checkEachFile")) == [1, 2, 1, 2, 3]
    assert numbers(*names, duplicateCheckMode=("string", "checkEachRealDataFile")) == [1, 2, 1, 1, 2, 3]


# ---- two files


def test_products_come_from_secondary_files_by_event_number():
    write_events("primary.root", [(1, 1, 3), (1, 1, 1), (1, 2, 9)], processes=(SIM, PAT))
    write_events("second_a.root", [(1, 2, 9), (1, 1, 1)], branches=(X, Y))
    write_events("second_b.root", [(1, 1, 2), (1, 1, 3)], branches=(X, Y))
    source = make_source("primary.root", secondaryFileNames=("vstring", ["second_*.root"]))
    assert source.branches == [X, Y]
    blocks = list(source.blocks(-1, 100))
    assert [block.products.get(Y, np.arange(len(block)))[0].tolist() for block in blocks] == [[3.0, 1.0], [9.0]]
    records = {record.lfn: record for record in source.files}
    assert records["file:second_b.root"].branches == (Y.name,)
    assert records["file:second_b.root"].more == {"InputType": "secondaryFiles"}
    source.close()


def test_an_event_that_no_secondary_file_has_is_named():
    write_events("primary.root", [(1, 1, 3), (1, 1, 4)])
    write_events("second.root", [(1, 1, 3)], branches=(X, Y))
    source = make_source("primary.root", secondaryFileNames=("vstring", ["second.root"]))
    (block,) = source.blocks(-1, 100)
    with pytest.raises(MismatchedInputFiles, match=r"run: 1 lumi: 1 event: 4 .*file:second\.root"):
        block.products.get(Y, np.arange(2))


def test_a_secondary_file_of_another_process_is_refused():
    write_events("primary.root", TEN)
    write_events("second.root", TEN, branches=(Y,), processes=(SIM, PAT))
    with pytest.raises(MismatchedInputFiles, match="from the process PAT, which is not in the history"):
        make_source("primary.root", secondaryFileNames=("vstring", ["second.root"]))
