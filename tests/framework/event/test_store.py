from __future__ import annotations

import threading
import time

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrun.framework.errors import FileReadError, InsertFailure
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.store import ProductStore

BRANCH = BranchDescription("ints", "label", "", "TEST")


@given(owners=st.lists(st.integers(-1, 3), min_size=1, max_size=30), asked=st.data(), jagged=st.booleans())
def test_a_product_put_in_pieces_is_read_as_if_put_at_once(owners, asked, jagged):
    """Event i is put by piece owners[i], or by none (-1)."""
    size = len(owners)
    owners = np.array(owners)
    values = ak.Array([[i] * (i % 3) for i in range(size)]) if jagged else np.arange(size)
    store = ProductStore(size)
    for piece in range(4):
        where = np.flatnonzero(owners == piece)
        if len(where):
            store.put(BRANCH, where, values[where])
    wanted = np.array(sorted(asked.draw(st.sets(st.integers(0, size - 1)))), dtype=np.int64)
    array, present = store.get(BRANCH, wanted)
    assert present.tolist() == (owners[wanted] >= 0).tolist()
    assert ([] if array is None else ak.to_list(array)) == ak.to_list(values[wanted[present]])
    assert store.presence(BRANCH).tolist() == (owners >= 0).tolist()


@pytest.mark.parametrize(
    "pieces",
    [
        (np.array([1, 2], np.uint8), np.array([0.5, 300.0]), np.array([7], np.int64)),
        (np.array(["a", "b"]), np.array(["long", "c"]), np.array(["d"])),
        (np.array([1.0, 2.0]), ak.Array([3.0, 4.0]), np.array([5.0])),
        (np.array([[1, 2], [3, 4]]), np.array([[5, 6], [7, 8]]), np.array([[9, 9]])),
    ],
)
def test_pieces_may_differ_in_type(pieces):
    store = ProductStore(6)
    for where, piece in zip(([1, 4], [0, 2], [5]), pieces, strict=True):
        store.put(BRANCH, np.array(where), piece)
    expected = [ak.to_list(pieces[k])[n] for k, n in ((1, 0), (0, 0), (1, 1), (0, 1), (2, 0))]
    array, present = store.get(BRANCH, np.arange(6))
    assert (ak.to_list(array), np.flatnonzero(present).tolist()) == (expected, [0, 1, 2, 4, 5])
    array, present = store.get(BRANCH, np.array([2, 3]))
    assert (ak.to_list(array), present.tolist()) == ([expected[2]], [True, False])


def test_a_product_can_not_be_put_twice_for_an_event():
    store = ProductStore(3)
    store.put(BRANCH, np.array([0, 1]), np.array([5, 6]))
    with pytest.raises(InsertFailure, match="ints_label__TEST"):
        store.put(BRANCH, np.array([1, 2]), np.array([7, 8]))


def test_a_lazy_product_is_read_once_and_only_when_asked_for():
    reads = []

    def read():
        reads.append(1)
        return np.array([10, 0, 12]), np.array([True, False, True])

    store = ProductStore(3, {BRANCH: read})
    assert reads == []
    array, present = store.get(BRANCH, np.array([1, 2]))
    assert (array.tolist(), present.tolist()) == ([12], [False, True])
    store.get(BRANCH, np.array([0]))
    assert reads == [1]


def test_a_product_that_can_not_be_read_says_so_each_time():
    def read():
        raise FileReadError("damaged")

    store = ProductStore(2, {BRANCH: read})
    for _ in range(2):
        with pytest.raises(FileReadError, match="damaged"):
            store.get(BRANCH, np.array([0]))


def test_two_streams_that_ask_for_the_same_product_at_once_read_it_once():
    both, reads = threading.Barrier(2), []

    def read():
        reads.append(1)
        time.sleep(0.05)
        return np.array([7]), None

    store, found = ProductStore(1, {BRANCH: read}), []

    def ask():
        both.wait()
        found.append(store.get(BRANCH, np.array([0]))[0].tolist())

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, reads) == ([[7], [7]], [1])


def test_a_product_put_lazily_is_made_when_it_is_asked_for():
    made = []

    def make():
        made.append(1)
        return np.array([5, 6]), np.array([False, True])

    store = ProductStore(2)
    store.put_lazy(BRANCH, make)
    assert made == []
    assert store.presence(BRANCH).tolist() == [False, True]
    assert store.get_all(BRANCH, np.array([1])).tolist() == [6]
    assert store.get_all(BRANCH, np.array([0, 1])) is None
    assert made == [1]
    with pytest.raises(InsertFailure, match="ints_label__TEST"):
        store.put_lazy(BRANCH, make)
