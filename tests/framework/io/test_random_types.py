"""Products of random types, in blocks of random sizes, missing for random events."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.io.event_file import EventFileReader, EventFileWriter, FileMetadata

DTYPES = ["bool", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]


def random_form(random: np.random.Generator, depth: int):
    """A type as a tree of ("list", inner), ("record", [inner, ...]) and so on."""
    kinds = ["number", "number", "string"] + (["list", "list", "record", "tuple", "regular", "option"] if depth else [])
    kind = str(random.choice(kinds))
    if kind == "number":
        return kind, str(random.choice(DTYPES))
    if kind == "string":
        return (kind,)
    if kind in ("record", "tuple"):
        return kind, [random_form(random, depth - 1) for _ in range(random.integers(1, 4))]
    inner = random_form(random, depth - 1)
    while kind == "option" and inner[0] == "option":
        inner = random_form(random, depth - 1)
    return kind, inner, int(random.integers(1, 4))


def random_array(random: np.random.Generator, form, length: int):
    """An awkward layout of that type."""
    kind = form[0]
    if kind == "number":
        return ak.contents.NumpyArray(random.integers(0, 2 if form[1] == "bool" else 100, length).astype(form[1]))
    if kind == "string":
        words = ["", "a", "jet", "µ"]
        return ak.from_iter([*random.choice(words, length).tolist(), "x"], highlevel=False)[:length]
    if kind in ("record", "tuple"):
        names = None if kind == "tuple" else [f"field{i}" for i in range(len(form[1]))]
        return ak.contents.RecordArray([random_array(random, inner, length) for inner in form[1]], names, length)
    if kind == "regular":
        return ak.contents.RegularArray(random_array(random, form[1], length * form[2]), form[2], length)
    if kind == "option":
        index = np.where(random.random(length) < 0.5, np.arange(length), -1)
        return ak.contents.IndexedOptionArray(ak.index.Index64(index), random_array(random, form[1], length))
    counts = random.integers(0, 4, length) * (random.random() > 0.2)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype("i8")
    return ak.contents.ListOffsetArray(ak.index.Index64(offsets), random_array(random, form[1], int(offsets[-1])))


@pytest.mark.parametrize("seed", range(15))
def test_any_type_comes_back_as_it_was(tmp_path, seed):
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 60))
    branches = [BranchDescription(f"type{i}", "label", "", "TEST") for i in range(4)]
    arrays = {branch: ak.Array(random_array(random, random_form(random, 3), count)) for branch in branches}
    present = {branch: random.random(count) < random.choice([0.0, 0.3, 1.0]) for branch in branches}
    ids = EventIDs(np.ones(count), np.ones(count), np.arange(count))
    path = tmp_path / "f.root"
    with EventFileWriter(path, branches, FileMetadata(), events_per_cluster=int(random.integers(1, 30))) as writer:
        start = 0
        while start < count:
            part = slice(start, start + int(random.integers(1, 40)))
            writer.write(ids[part], {branch: (arrays[branch][part], present[branch][part]) for branch in branches})
            start = part.stop
    with EventFileReader(path) as file:
        first, last = sorted(random.integers(0, count + 1, 2).tolist())
        for branch in branches:
            array, mask = file.read(branch, first, last)
            expected = present[branch][first:last]
            assert (np.ones(last - first, dtype=bool) if mask is None else mask).tolist() == expected.tolist()
            if expected.any():
                assert array.type.content == arrays[branch].type.content
                assert array[expected].to_list() == arrays[branch][first:last][expected].to_list()
