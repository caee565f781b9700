"""Columns that helpers compress: the same bytes as without."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from pyrun.framework.errors import FileWriteError
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.io import compression
from pyrun.framework.io.event_file import EventFileReader, EventFileWriter, FileMetadata

N = 3000
LISTS = BranchDescription("recoPFCandidates", "particleFlow", "", "SIM")
FLAGS = BranchDescription("bools", "passed", "", "SIM")
MISSING = BranchDescription("matches", "match", "", "SIM")


def helpers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, "helper")


def write(path: Path, algorithm: str, executor=None) -> str:
    """Two clusters of lists of records with bools, of arrays of bools and of options; returns the file's checksum."""
    random = np.random.default_rng(1)
    counts = random.integers(0, 40, N)
    total = int(counts.sum())
    fields = {"pt": random.integers(0, 99, total).astype("f4"), "ok": random.random(total) > 0.5}
    products = {
        LISTS: ak.unflatten(ak.zip(fields), counts),
        FLAGS: random.random((N, 100)) > 0.5,
        MISSING: ak.Array([None if i % 3 else i for i in range(N)]),
    }
    ids = EventIDs(np.ones(N), np.ones(N), np.arange(1, N + 1))
    with EventFileWriter(
        path, list(products), FileMetadata(), compression=(algorithm, 1), events_per_cluster=N // 2, helpers=executor
    ) as writer:
        writer.write(ids, {branch: (array, None) for branch, array in products.items()})
    with EventFileReader(path) as reader:
        assert ak.array_equal(reader.read(LISTS, 0, N)[0], products[LISTS])
    return writer.checksum


@pytest.mark.parametrize("algorithm", compression.ALGORITHMS)
def test_helpers_do_not_change_a_byte(tmp_path, monkeypatch, algorithm):
    monkeypatch.setattr(compression, "_WORTHWHILE", 1)
    assert write(tmp_path / "a.root", algorithm, helpers) == write(tmp_path / "b.root", algorithm)


def test_helpers_compress_all_columns_that_are_not_small(tmp_path, monkeypatch):
    calls = []

    def watched(self, data, compress=uproot.ZSTD.compress):
        calls.append((threading.current_thread().name[:6], len(data)))
        return compress(self, data)

    monkeypatch.setattr(uproot.ZSTD, "compress", watched)
    write(tmp_path / "a.root", "ZSTD", helpers)
    large = [name for name, size in calls if size >= compression._WORTHWHILE]
    assert large == ["helper"] * 4  # of each cluster: pt and the flags of events
    assert "helper" not in {name for name, size in calls if size < compression._WORTHWHILE}


def test_an_error_in_a_helper_leaves_no_file(tmp_path, monkeypatch):
    def fails(self, data):
        raise OSError("no memory left")

    monkeypatch.setattr(uproot.ZSTD, "compress", fails)
    with pytest.raises(FileWriteError, match="no memory left"):
        write(tmp_path / "a.root", "ZSTD", helpers)
    assert not list(tmp_path.iterdir())
