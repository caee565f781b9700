"""Damaged inputs, killed jobs, full disks and closed doors: a clear error or the right data, and no half file."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from pool_files import SIM, X, make_source

from pyrun.framework.errors import CMSException, FileOpenError, FileReadError
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.io.event_file import EventFileReader, EventFileWriter, FileMetadata
from pyrun.framework.io.temporary import create_temporary

N = 60
JETS = BranchDescription("recoPFJets", "jets", "", "SIM")
COUNT = BranchDescription("edmMergeableCounter", "count", "", "SIM", "LuminosityBlock")
XSEC = BranchDescription("double", "xsec", "", "SIM", "Run")
PLACES = 100
PYRUN = [sys.executable, "-c", "import sys; from pyrun.framework.cli.pyrun import main; sys.exit(main())"]
MINBIAS = Path(__file__).parents[3] / "data/minbias_pool_13p6TeV.root"


def write(path: Path, format: str) -> None:
    dice = np.random.default_rng(3)
    counts = dice.integers(0, 6, N)
    jets = ak.unflatten(ak.zip({"pt": dice.random(counts.sum(), dtype="f4"), "n": np.arange(counts.sum())}), counts)
    events = np.arange(1, N + 1)
    with EventFileWriter(path, [X, JETS, COUNT, XSEC], FileMetadata((SIM,)), format=format, events_per_cluster=25) as w:
        w.write(EventIDs(np.ones(N), 1 + events // 31, events), {X: (events / 2, None), JETS: (jets, None)})
        for lumi in (1, 2):
            w.write_lumi(1, lumi, {COUNT: (ak.Array([{"value": 30 * lumi}]), None)})
        w.write_run(1, {XSEC: (np.array([2.5]), None)})


def read(path: Path) -> dict[str, object]:
    """All that a source gives of a file."""
    source = make_source(str(path))
    try:
        found: dict[str, list[object]] = {branch.name: [] for branch in source.branches}
        found["ids"] = []
        for block in source.blocks(-1, 1000):
            lumi, here = block.luminosity_block, np.arange(len(block))
            found["ids"] += zip(block.ids.run.tolist(), block.ids.lumi.tolist(), block.ids.event.tolist(), strict=True)
            for branch in source.branches:
                store = {"Event": block, "LuminosityBlock": lumi, "Run": lumi.parent}[branch.level].products
                array, present = store.get(branch, here if branch.level == "Event" else here[:1])
                found[branch.name] += [array.tolist() if array is not None else None, present.tolist()]
        return found
    finally:
        source.close()


@pytest.fixture(scope="module", params=["RNTuple", "TTree"])
def good(request, tmp_path_factory) -> tuple[bytes, dict[str, object]]:
    path = tmp_path_factory.mktemp("good") / "good.root"
    write(path, request.param)
    return path.read_bytes(), read(path)


def outcome(path: Path, expected: dict[str, object]) -> str:
    """Whether the file is refused with an error that names it; otherwise it must give what was written."""
    try:
        found = read(path)
    except (FileOpenError, FileReadError) as error:
        assert str(path) in str(error)
        assert error.message.strip()
        return "refused"
    assert found == expected
    return "right"


def test_an_input_cut_anywhere(good, tmp_path):
    content, expected = good
    dice, path = random.Random(1), tmp_path / "cut.root"
    for length in [0, 1, 19, 20, 300, len(content) - 1, *dice.sample(range(len(content)), PLACES)]:
        path.write_bytes(content[:length])
        assert outcome(path, expected) == "refused", length


def test_an_input_with_a_bit_flipped_anywhere(good, tmp_path):
    content, expected = good
    dice, path, outcomes = random.Random(2), tmp_path / "flipped.root", []
    for place in dice.sample(range(len(content)), PLACES):
        damaged = bytearray(content)
        damaged[place] ^= 1 << dice.randrange(8)
        path.write_bytes(damaged)
        outcomes.append(outcome(path, expected))
    assert outcomes.count("refused") > PLACES / 10  # much of a small file is descriptions that nobody reads


def test_an_input_that_shrinks_while_it_is_read(good, tmp_path):
    content, _ = good
    path = tmp_path / "shrinks.root"
    path.write_bytes(content)
    source = make_source(str(path))
    blocks = list(source.blocks(-1, 1000))
    os.truncate(path, 500)
    with pytest.raises(FileReadError, match=r"shrinks\.root"):
        blocks[0].products.get(JETS, np.arange(len(blocks[0])))
    source.close()


def test_an_input_that_may_not_be_read(tmp_path):
    path = tmp_path / "closed.root"
    write(path, "RNTuple")
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may read everything
    try:
        with pytest.raises(FileOpenError, match=r"closed\.root' can't be opened: Permission denied"):
            make_source(str(path))
    finally:
        os.seteuid(user)


# ---- what killed processes leave


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_a_dead_process_left_of_a_file_is_removed(tmp_path):
    dead = dead_process()
    ours = tmp_path / f".f.root.{dead}.0.tmp"
    others = [
        tmp_path / f".g.root.{dead}.0.tmp",
        tmp_path / f".f.root.{os.getpid()}.77.tmp",
        tmp_path / ".f.root.x.tmp",
    ]
    for path in (ours, *others):
        path.touch()
    EventFileWriter(tmp_path / "f.root", [], FileMetadata()).close()
    assert sorted(tmp_path.iterdir()) == sorted([*others, tmp_path / "f.root"])


def test_what_a_process_of_another_host_writes_is_kept(tmp_path):
    """It has a number that is free here, and a lock."""
    temporary, stream = create_temporary(tmp_path / "f.root")
    elsewhere = tmp_path / f".f.root.{dead_process()}.0.tmp"
    temporary.rename(elsewhere)
    EventFileWriter(tmp_path / "f.root", [], FileMetadata()).close()
    assert elsewhere.exists()
    stream.close()
    EventFileWriter(tmp_path / "f.root", [], FileMetadata()).close()
    assert not elsewhere.exists()


# ---- jobs of the pyrun command


@pytest.fixture
def folder(tmp_path) -> Iterator[Path]:
    """A folder with a configuration that copies events, a hundred at a time."""
    text = f"""
        import FWCore.ParameterSet.Config as cms
        from FWCore.ParameterSet.VarParsing import VarParsing
        options = VarParsing("analysis")
        options.setDefault("inputFiles", {str(MINBIAS)!r})
        options.parseArguments()
        process = cms.Process("COPY")
        process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring(options.inputFiles))
        process.options.eventsPerBlock = 100
        process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("copy.root"),
                                       eventsPerCluster = cms.untracked.int32(100))
        process.e = cms.EndPath(process.out)
    """
    (tmp_path / "copy_cfg.py").write_text(textwrap.dedent(text))
    yield tmp_path


def pyrun(folder: Path, *arguments: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    command = [*PYRUN, "copy_cfg.py", *arguments]
    if limit is not None:
        command = ["bash", "-c", f'ulimit -f {limit}; exec "$@"', "bash", *command]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


def outputs(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if "copy.root" in path.name)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["RNTuple", "TTree"])
def test_jobs_with_damaged_inputs(folder, format):
    write(folder / "good.root", format)
    content, dice = (folder / "good.root").read_bytes(), random.Random(4)
    with EventFileReader(folder / "good.root") as file:
        extent = next(iter(file._events._reader.extents(file._container.field(JETS), 1)))
    flipped = bytearray(content)
    flipped[extent.offset + extent.size // 2] ^= 16
    for damaged, code in ((content[: dice.randrange(len(content))], 84), (bytes(flipped), 85)):
        (folder / "bad.root").write_bytes(damaged)
        result = pyrun(folder, "inputFiles=bad.root")
        assert result.returncode == code, result.stderr
        assert "Traceback" not in result.stdout + result.stderr
        assert "bad.root" in result.stderr
        assert "Begin Fatal Exception" in result.stderr
        assert outputs(folder) == []


@pytest.mark.slow
def test_a_job_without_room_for_its_output(folder):
    for limit in (0, 8, 400):  # blocks of 1024 bytes
        result = pyrun(folder, limit=limit)
        assert result.returncode == 97, result.stderr
        assert "FileWriteError" in result.stderr
        assert "Traceback" not in result.stdout + result.stderr
        assert outputs(folder) == []


@pytest.mark.slow
def test_a_job_killed_at_twenty_moments(folder):
    """Half of them after a random time, half once the output is being written."""
    began = time.monotonic()
    assert pyrun(folder).returncode == 0
    duration, complete = time.monotonic() - began, checksum(folder / "copy.root")
    (folder / "copy.root").unlink()
    dice, killed_while_writing = random.Random(6), 0
    for turn in range(20):
        process = subprocess.Popen(
            [*PYRUN, "copy_cfg.py"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if turn % 2:
            wait_for_temporary_file(folder, process)
            time.sleep(dice.uniform(0, 0.3 * duration))
        else:
            time.sleep(dice.uniform(0, duration))
        process.send_signal(signal.SIGKILL)
        process.wait()
        killed_while_writing += bool(temporary_files(folder, process.pid))
        if (folder / "copy.root").exists():
            assert checksum(folder / "copy.root") == complete
    assert killed_while_writing >= 3
    assert pyrun(folder).returncode == 0
    assert checksum(folder / "copy.root") == complete
    assert outputs(folder) == ["copy.root"]


def checksum(path: Path) -> str:
    """Of a file that has all its events, each product of which is the one that was written."""
    with EventFileReader(path) as file:
        assert file.num_entries == 2000
        for branch in file.branches:
            file.read(branch, 0, 2000)
        return file.checksum


def temporary_files(folder: Path, pid: int) -> list[Path]:
    return list(folder.glob(f".copy.root.{pid}.*.tmp"))


def wait_for_temporary_file(folder: Path, process: subprocess.Popen[bytes]) -> None:
    while not temporary_files(folder, process.pid) and process.poll() is None:
        time.sleep(0.005)


def test_errors_of_sources_are_of_a_category(tmp_path):
    with pytest.raises(CMSException) as error:
        make_source(str(tmp_path / "nothing.root"))
    assert error.value.context == [f"Calling InputSource::readFile_ for file:{tmp_path}/nothing.root"]
