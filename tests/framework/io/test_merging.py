"""Merging event files: the result is the file that one job would have written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from pyrun.framework.errors import Configuration, FileOpenError, FileReadError, MismatchedInputFiles
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.event.provenance import InputFile, ModuleRecord, ParameterRecord, ProcessRecord
from pyrun.framework.io.event_file import EventFileReader, EventFileWriter, FileMetadata
from pyrun.framework.io.merging import merge_event_files

HITS = BranchDescription("hits", "hits", "", "SIM")
RARE = BranchDescription("double", "rare", "", "SIM")
CONSTANT = BranchDescription("double", "constant", "", "SIM", "LuminosityBlock")
COUNT = BranchDescription("edmMergeableCounter", "count", "", "SIM", "LuminosityBlock")
CROSS_SECTION = BranchDescription("double", "xsec", "", "SIM", "Run")
FILTER = BranchDescription("GenFilterInfo", "genFilter", "", "SIM", "Run")
ALL = [HITS, RARE, CONSTANT, COUNT, CROSS_SECTION, FILTER]

SEED = {"seed": ParameterRecord("int32", True, 1), "verbose": ParameterRecord("bool", False, False)}
SIM = ProcessRecord("SIM", "0.1", "process = ...", ("p",), (ModuleRecord("hits", "EDProducer", "Hits", SEED),))


def write(
    path: Path,
    start: int,
    stop: int,
    *,
    process: ProcessRecord = SIM,
    branches: list[BranchDescription] = ALL,
    xsec: float = 1.5,
    **options: object,
) -> Path:
    """Events `start` up to `stop`, ten to a luminosity block, fifty to a run; the rare product is first in event 60."""
    events = np.arange(start, stop)
    numbers = list(zip((1 + events // 50).tolist(), (1 + events // 10).tolist(), strict=True))
    with EventFileWriter(path, branches, FileMetadata((process,)), events_per_cluster=32, **options) as writer:
        for begin in range(start, stop, 7):
            ids = np.arange(begin, min(begin + 7, stop))
            hits = ak.unflatten(ak.zip({"energy": np.repeat(ids, ids % 4).astype("f4")}, with_name="Hit"), ids % 4)
            rare = (ids >= 60) & (ids % 2 == 0)
            products = {HITS: (hits, None), RARE: (ids * 0.5, rare)}
            writer.write(EventIDs(1 + ids // 50, 1 + ids // 10, ids), products)
        for run, lumi in dict.fromkeys(numbers):
            here = numbers.count((run, lumi))
            writer.write_lumi(run, lumi, {CONSTANT: (np.array([lumi]) * 2.0, None), COUNT: (np.array([here]), None)})
        for run in dict.fromkeys(run for run, _ in numbers):
            here = sum(1 for of, _ in numbers if of == run)
            info = ak.Array([{"tried": 2 * here, "passed": here}])
            writer.write_run(run, {CROSS_SECTION: (np.array([xsec]), None), FILTER: (info, None)})
    return path


def stored(path: Path) -> tuple[str, str]:
    """What a file has in its index, which has the checksums of all, and in its metadata."""
    with uproot.open(path) as file:
        return str(file["EventIndex"]), str(file["MetaData"])


@pytest.mark.parametrize("edges", [[0, 30, 60, 120], [0, 57, 58, 113, 120], [0, 120], [0, 0, 45, 45, 120]])
def test_the_merged_file_is_the_one_that_a_single_job_writes(tmp_path, edges):
    whole = write(tmp_path / "whole.root", 0, 120)
    parts = [
        write(tmp_path / f"{number}.root", start, stop)
        for number, (start, stop) in enumerate(zip(edges, edges[1:], strict=False))
    ]
    record = merge_event_files(parts, tmp_path / "merged.root", events_per_cluster=32)
    assert stored(tmp_path / "merged.root") == stored(whole)
    assert record.events == 120
    assert record.lumis == {
        1 + run: {1 + 5 * run + lumi: 10 for lumi in range(5 if run < 2 else 2)} for run in range(3)
    }
    with EventFileReader(whole) as file:
        assert (record.guid, record.checksum) == (file.guid, file.checksum)


def test_trees_are_merged_to_the_same_events(tmp_path):
    """Baskets have the time in them, so that their checksums can't be the same."""
    whole = write(tmp_path / "whole.root", 0, 120, format="TTree")
    parts = [write(tmp_path / f"{start}.root", start, start + 40, format="TTree") for start in (0, 40, 80)]
    merge_event_files(parts, tmp_path / "merged.root", format="TTree", events_per_cluster=32)
    with EventFileReader(whole) as one, EventFileReader(tmp_path / "merged.root") as other:
        assert one.metadata == other.metadata
        assert (one.lumis, one.runs) == (other.lumis, other.runs)
        for branch in (HITS, RARE):
            (array, present), (again, also) = one.read(branch, 0, 120), other.read(branch, 0, 120)
            assert ak.array_equal(array, again) and array.type == again.type
            assert np.array_equal(present, also)


def test_products_of_runs_and_luminosity_blocks_in_parts(tmp_path):
    parts = [write(tmp_path / "a.root", 0, 25), write(tmp_path / "b.root", 25, 60)]
    merge_event_files(parts, tmp_path / "m.root")
    with EventFileReader(tmp_path / "m.root") as file:
        assert file.lumis == [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (2, 6)]
        assert file.runs == [1, 2]
        assert [file.read_summary(COUNT, *lumi).tolist() for lumi in file.lumis] == [[10]] * 6
        assert file.read_summary(CONSTANT, 1, 3).tolist() == [6.0]
        assert file.read_summary(FILTER, 1).tolist() == [{"tried": 100, "passed": 50}]


def test_products_that_may_not_differ(tmp_path):
    parts = [write(tmp_path / "a.root", 0, 25), write(tmp_path / "b.root", 25, 60, xsec=1.6)]
    with pytest.raises(MismatchedInputFiles, match=r"double_xsec__SIM.*run 1 in .*b\.root and before"):
        merge_event_files(parts, tmp_path / "m.root")
    assert not (tmp_path / "m.root").exists()


def with_inputs(*guids: str) -> ProcessRecord:
    return ProcessRecord("PAT", "0.1", "process = ...", inputs=tuple(InputFile(f"{g}.root", g) for g in guids))


def copies(path: Path, events: range, passed: int, *guids: str) -> Path:
    """A file of a job that copied the run's product from the files with these GUIDs."""
    with EventFileWriter(path, [FILTER], FileMetadata((SIM, with_inputs(*guids)))) as writer:
        writer.write(EventIDs(np.ones(len(events)), np.ones(len(events)), np.array(events)), {})
        writer.write_run(1, {FILTER: (ak.Array([{"passed": passed}]), None)})
    return path


def test_what_several_jobs_copied_from_one_file_counts_once(tmp_path):
    parts = [
        copies(tmp_path / "a.root", range(0, 4), 40, "A"),
        copies(tmp_path / "b.root", range(4, 8), 40, "A"),
        copies(tmp_path / "c.root", range(8, 9), 2, "C"),
    ]
    merge_event_files(parts, tmp_path / "m.root")
    with EventFileReader(tmp_path / "m.root") as file:
        assert file.read_summary(FILTER, 1).passed.tolist() == [42]
        assert [entry.guid for entry in file.metadata.processes[-1].inputs] == ["A", "C"]
    parts.append(copies(tmp_path / "d.root", range(9, 10), 42, "A", "C"))
    with pytest.raises(MismatchedInputFiles, match="would count twice"):
        merge_event_files(parts, tmp_path / "m.root")


def test_a_product_that_only_some_inputs_have(tmp_path):
    without = [branch for branch in ALL if branch not in (RARE, COUNT)]
    parts = [write(tmp_path / "a.root", 0, 50, branches=without), write(tmp_path / "b.root", 50, 100)]
    merge_event_files(parts, tmp_path / "m.root")
    with EventFileReader(tmp_path / "m.root") as file:
        _, present = file.read(RARE, 0, 100)
        assert np.flatnonzero(present).tolist() == list(range(60, 100, 2))
        assert file.read_summary(COUNT, 1, 1) is None
        assert file.read_summary(COUNT, 2, 6).tolist() == [10]


def history(**changes: object) -> Mapping[str, object]:
    values: dict[str, object] = {"name": "SIM", "version": "0.1", "configuration": "other", "trigger_paths": ("p",)}
    return {**values, "modules": SIM.modules, **changes}


def test_what_is_untracked_may_differ(tmp_path):
    verbose = {**SEED, "verbose": ParameterRecord("bool", False, True)}
    other = ProcessRecord(**history(modules=(ModuleRecord("hits", "EDProducer", "Hits", verbose),)))
    parts = [write(tmp_path / "a.root", 0, 50), write(tmp_path / "b.root", 50, 100, process=other)]
    merge_event_files(parts, tmp_path / "m.root", configuration="the whole")
    with EventFileReader(tmp_path / "m.root") as file:
        assert file.metadata.processes[0].configuration == "the whole"
        assert file.metadata.processes[0].modules == SIM.modules


@pytest.mark.parametrize(
    "changes, what",
    [
        ({"name": "GEN"}, "comes from the processes GEN"),
        ({"trigger_paths": ("p", "q")}, "SIM had other trigger paths"),
        (
            {"modules": (ModuleRecord("hits", "EDProducer", "Hits", {"seed": ParameterRecord("int32", True, 2)}),)},
            "SIM had other tracked parameters",
        ),
    ],
)
def test_another_history_is_refused(tmp_path, changes, what):
    other = ProcessRecord(**history(**changes))
    parts = [write(tmp_path / "a.root", 0, 50), write(tmp_path / "b.root", 50, 100, process=other)]
    with pytest.raises(MismatchedInputFiles, match=what):
        merge_event_files(parts, tmp_path / "m.root")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.root", "b.root"]


def test_software_and_input_files_of_all_inputs_are_told(tmp_path):
    def process(numpy: str, *inputs: str) -> ProcessRecord:
        files = tuple(InputFile(name, name.upper(), "0") for name in inputs)
        return ProcessRecord(**history(inputs=files, software={"numpy": numpy, "pyrun": "0.1"}))

    parts = [
        write(tmp_path / "a.root", 0, 50, process=process("1.26", "x", "y")),
        write(tmp_path / "b.root", 50, 100, process=process("2.0", "y", "z")),
    ]
    merge_event_files(parts, tmp_path / "m.root")
    with EventFileReader(tmp_path / "m.root") as file:
        merged = file.metadata.processes[0]
        assert [entry.name for entry in merged.inputs] == ["x", "y", "z"]
        assert merged.software == {"numpy": "1.26, 2.0", "pyrun": "0.1"}


def test_inputs_that_make_no_sense(tmp_path):
    part = write(tmp_path / "a.root", 0, 50)
    with pytest.raises(Configuration, match="nothing to merge"):
        merge_event_files([], tmp_path / "m.root")
    with pytest.raises(Configuration, match="into itself"):
        merge_event_files([part], tmp_path / "." / "a.root")
    with pytest.raises(FileOpenError, match="does not exist"):
        merge_event_files([part, tmp_path / "b.root"], tmp_path / "m.root")
    assert [path.name for path in tmp_path.iterdir()] == ["a.root"]


def test_a_damaged_input_leaves_the_old_output_as_it_was(tmp_path):
    parts = [write(tmp_path / "a.root", 0, 50), write(tmp_path / "b.root", 50, 100)]
    content = bytearray(parts[1].read_bytes())
    content[len(content) // 4] ^= 0xFF
    parts[1].write_bytes(content)
    (tmp_path / "m.root").write_bytes(b"before")
    with pytest.raises((FileReadError, FileOpenError), match=r"b\.root"):
        merge_event_files(parts, tmp_path / "m.root")
    assert (tmp_path / "m.root").read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 3
