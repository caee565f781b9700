"""What happens when a disk is full, a folder is missing, or a file is damaged or of another kind."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from pyrun.framework.errors import FileOpenError, FileReadError, FileWriteError
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.io.event_file import EventFileReader, EventFileWriter, FileMetadata

N = 60
JETS = BranchDescription("recoPFJets", "ak4PFJetsPuppi", "", "PAT")
RHO = BranchDescription("double", "fixedGridRhoFastjetAll", "", "SIM")


def make_products() -> dict[BranchDescription, ak.Array]:
    random = np.random.default_rng(3)
    counts = random.integers(0, 8, N)
    total = int(counts.sum())
    jets = ak.zip({"pt": random.random(total, dtype="f4"), "n": random.integers(0, 3, total, dtype="i4")})
    return {JETS: ak.unflatten(jets, counts), RHO: random.random(N)}


def write(path: Path, format: str = "RNTuple") -> None:
    with EventFileWriter(path, [JETS, RHO], FileMetadata(), format=format, events_per_cluster=25) as writer:
        events = np.arange(N)
        writer.write(EventIDs(events // 30, events // 10, events), {b: (a, None) for b, a in make_products().items()})


@pytest.fixture(scope="module", params=["RNTuple", "TTree"])
def content(request, tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("good") / "good.root"
    write(path, request.param)
    return path.read_bytes()


def read_or_refuse(path: Path) -> str:
    """Read all of a file that may be damaged: it must give the right numbers or a clear error."""
    try:
        with EventFileReader(path) as file:
            ids = file.ids.event.tolist()
            products = {branch: file.read(branch, 0, file.num_entries)[0] for branch in file.branches}
    except (FileOpenError, FileReadError) as error:
        assert str(path) in str(error)
        return "refused"
    assert ids == list(range(N))
    expected = make_products()
    assert set(products) == set(expected)
    for branch, array in products.items():
        assert ak.array_equal(array, expected[branch])
    return "right"


def test_truncated_files_are_refused(content, tmp_path):
    path = tmp_path / "cut.root"
    for length in np.random.default_rng(5).integers(1, len(content) - 1, 100):
        path.write_bytes(content[:length])
        with pytest.raises(FileOpenError, match="truncated|not a ROOT file"):
            EventFileReader(path)


def test_flipped_bits_are_noticed_or_do_no_harm(content, tmp_path):
    path, random, seen = tmp_path / "flipped.root", np.random.default_rng(7), []
    for _ in range(60):
        damaged = bytearray(content)
        position, bit = random.integers(len(content)), random.integers(8)
        damaged[position] ^= 1 << bit
        path.write_bytes(damaged)
        seen.append(read_or_refuse(path))
    assert "refused" in seen


def test_overwritten_stretches_are_noticed_or_do_no_harm(content, tmp_path):
    path, random = tmp_path / "overwritten.root", np.random.default_rng(11)
    for _ in range(20):
        damaged = bytearray(content)
        start = int(random.integers(len(content) - 64))
        damaged[start : start + 64] = random.bytes(64)
        path.write_bytes(damaged)
        read_or_refuse(path)


@pytest.mark.parametrize("format", ["RNTuple", "TTree"])
def test_one_flipped_bit_in_the_numbers_is_named_with_file_product_and_events(tmp_path, format):
    path = tmp_path / "f.root"
    write(path, format)
    with EventFileReader(path) as file:
        field = "double_fixedGridRhoFastjetAll__SIM" + ("." if format == "TTree" else "")
        extent = next(iter(file._events._reader.extents(field, 1)))
    damaged = bytearray(path.read_bytes())
    damaged[extent.offset + extent.size - 3] ^= 0b100
    path.write_bytes(damaged)
    with EventFileReader(path) as file:
        file.read(RHO, 0, 25)
        file.read(JETS, 0, N)
        with pytest.raises(FileReadError, match=r"f\.root.*fixedGridRhoFastjetAll__SIM.*events 25 to 49.*checksum"):
            file.read(RHO, 30, 31)


def test_a_missing_file_names_the_nearest(tmp_path):
    write(tmp_path / "miniaod.root")
    with pytest.raises(FileOpenError, match=r"does not exist\. Did you mean 'miniaod\.root'\?"):
        EventFileReader(tmp_path / "miniAOD.root")
    with pytest.raises(FileOpenError, match="no folder"):
        EventFileReader(tmp_path / "nowhere" / "miniaod.root")


def test_what_is_not_an_event_file_is_named(tmp_path):
    (tmp_path / "empty.root").touch()
    (tmp_path / "text.root").write_text("import FWCore.ParameterSet.Config as cms\n")
    (tmp_path / "short.root").write_bytes(b"root")
    with uproot.recreate(tmp_path / "histogram.root") as file:
        file["h"] = np.histogram([1, 2, 3])
    with uproot.recreate(tmp_path / "nano.root") as file:
        file.mktree("Events", {"nJet": "u4"}).extend({"nJet": np.zeros(3, dtype="u4")})
    for name, what in [
        ("", "is a folder"),
        ("empty.root", "is empty"),
        ("text.root", "not a ROOT file"),
        ("short.root", "not a ROOT file"),
        ("histogram.root", r"no 'Events', but h \(TH1D\)"),
        ("nano.root", "has a TTree 'Events', but no pyrun MetaData"),
    ]:
        with pytest.raises(FileOpenError, match=what):
            EventFileReader(tmp_path / name)


def test_a_file_of_a_newer_format_asks_for_a_newer_pyrun(tmp_path):
    EventFileWriter(tmp_path / "f.root", [], FileMetadata(format_version=99)).close()
    with pytest.raises(FileOpenError, match="format version 99.*newer"):
        EventFileReader(tmp_path / "f.root")


def test_the_file_appears_only_at_close(tmp_path):
    path = tmp_path / "f.root"
    path.write_text("the old one")
    writer = EventFileWriter(path, [], FileMetadata(), events_per_cluster=10)
    writer.write(EventIDs(np.ones(30), np.ones(30), np.arange(30)), {})
    assert path.read_text() == "the old one"
    assert len(list(tmp_path.iterdir())) == 2
    writer.close()
    assert list(tmp_path.iterdir()) == [path]
    with EventFileReader(path) as file:
        assert file.num_entries == 30


def test_abort_leaves_the_old_file_as_it_was(tmp_path):
    path = tmp_path / "f.root"
    path.write_text("the old one")
    writer = EventFileWriter(path, [RHO], FileMetadata())
    writer.write(EventIDs([1], [1], [1]), {RHO: (np.zeros(1), None)})
    writer.abort()
    writer.abort()
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "the old one"


def test_an_error_in_the_job_leaves_no_file(tmp_path):
    with pytest.raises(ZeroDivisionError), EventFileWriter(tmp_path / "f.root", [], FileMetadata()):
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_missing_or_in_the_way(tmp_path):
    with pytest.raises(FileWriteError, match=r"nowhere/f\.root'.*No such file or directory"):
        EventFileWriter(tmp_path / "nowhere" / "f.root", [], FileMetadata())
    with pytest.raises(FileWriteError, match="it is a folder"):
        EventFileWriter(tmp_path, [], FileMetadata())


def test_a_folder_without_write_permission(tmp_path):
    tmp_path.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may write everywhere
    try:
        with pytest.raises(FileWriteError, match="Permission denied"):
            EventFileWriter(tmp_path / "f.root", [], FileMetadata())
    finally:
        os.seteuid(user)


def test_a_pseudo_file_system_that_takes_no_files():
    with pytest.raises(FileWriteError, match=r"/proc/f\.root"):
        EventFileWriter("/proc/f.root", [], FileMetadata())


def run_with_limit(limit: int, path: Path) -> subprocess.CompletedProcess[str]:
    """Write random numbers in a process that may not write files larger than `limit` bytes."""
    program = f"""
        import resource
        import numpy as np
        from pyrun.framework.errors import FileWriteError
        from pyrun.framework.event.branch import BranchDescription
        from pyrun.framework.event.ids import EventIDs
        from pyrun.framework.io.event_file import EventFileWriter, FileMetadata

        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        branch = BranchDescription("double", "x", "", "P")
        numbers = np.random.default_rng(1).random(1000)
        try:
            with EventFileWriter({str(path)!r}, [branch], FileMetadata(), events_per_cluster=300) as writer:
                writer.write(EventIDs(np.ones(1000), np.ones(1000), np.arange(1000)), {{branch: (numbers, None)}})
        except FileWriteError as error:
            print("FileWriteError:", error)
    """
    return subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True)


@pytest.mark.parametrize("limit", [0, 3000, 9000])
def test_no_room_for_the_file(tmp_path, limit):
    result = run_with_limit(limit, tmp_path / "f.root")
    assert "FileWriteError: The file" in result.stdout
    assert "File too large" in result.stdout
    assert not list(tmp_path.iterdir())


def test_a_full_disk(tmp_path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        with pytest.raises(FileWriteError, match=r"f\.root' could not be written: No space left on device"):
            with EventFileWriter(tmp_path / "f.root", [RHO], FileMetadata(), events_per_cluster=1000) as writer:
                for _ in range(10):
                    numbers = np.random.default_rng(1).random(1000)
                    writer.write(EventIDs(np.ones(1000), np.ones(1000), np.arange(1000)), {RHO: (numbers, None)})
        assert not list(tmp_path.iterdir())
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
