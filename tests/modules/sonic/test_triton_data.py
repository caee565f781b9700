from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.modules.sonic.model_repository import TensorSpec
from pyrun.modules.sonic.triton_data import Batch, TritonDataError, TritonInputs, put_together

FLOAT = np.dtype(np.float32)
X, W = TensorSpec("x", FLOAT, (-1, 3)), TensorSpec("w", FLOAT, (2,))


def inputs(*specs: TensorSpec, batching: bool = True) -> TritonInputs:
    return TritonInputs(specs or (X, W), "Tagger/'tagger', model 'toy'", batching)


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def test_a_batch_is_one_array_per_input():
    given = inputs()
    given["x"].toServer(zeros(5, 4, 3))
    given["w"].toServer(zeros(5, 2))
    (batch,) = given.batches()
    assert batch.rows == 5 and not given.ragged
    assert {name: array.shape for name, array in batch.arrays.items()} == {"x": (5, 4, 3), "w": (5, 2)}


def test_allocate_makes_room_for_the_batch():
    given = inputs(X)
    given.setBatchSize(5)
    given["x"].setShape(0, 7)
    assert given["x"].allocate().shape == (5, 7, 3)
    given["x"].setShape((4, 3))
    array = given["x"].allocate()
    assert array.shape == (5, 4, 3) and array.dtype == np.float32 and not array.any()


def test_a_fixed_length_cannot_be_set():
    with pytest.raises(
        TritonDataError, match=r"'tagger'.*'x' expects float32 \[any, any, 3\].*would make it \[any, 4\]"
    ):
        inputs()["x"].setShape(1, 4)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (zeros(5, 4, 2), r"input 'x' expects float32 \[any, any, 3\], but it got \[5, 4, 2\]"),
        (zeros(5, 3), r"it got \[5, 3\]"),
        (np.zeros((5, 4, 3)), r"it got float64 \[5, 4, 3\]; convert by .astype\(np.float32\)"),
        (np.zeros((5, 4, 3), int), "it got int64"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_was_expected_and_given(array, message):
    with pytest.raises(TritonDataError, match="Tagger/'tagger', model 'toy'.*" + message):
        inputs()["x"].toServer(array)


def test_numbers_that_lose_nothing_are_converted():
    given = inputs(W)
    given["w"].toServer(np.ones((2, 2), np.int8))
    assert given.batches()[0].arrays["w"].dtype == np.float32


def test_set_shape_is_what_arrays_are_checked_against():
    given = inputs()
    given["x"].setShape(0, 7)
    with pytest.raises(TritonDataError, match=r"expects float32 \[any, 7, 3\], but it got \[5, 4, 3\]"):
        given["x"].toServer(zeros(5, 4, 3))


def test_an_input_without_data_is_named():
    given = inputs()
    given["x"].toServer(zeros(5, 4, 3))
    with pytest.raises(TritonDataError, match=r"no data for input w; call inputs\['w'\].toServer"):
        given.batches()


def test_inputs_with_different_numbers_of_rows_are_refused():
    given = inputs()
    given["x"].toServer(zeros(5, 4, 3))
    given["w"].toServer(zeros(4, 2))
    with pytest.raises(TritonDataError, match=r"numbers of rows: x \[5, 4, 3\], w \[4, 2\]"):
        given.batches()


def test_an_announced_batch_size_is_checked():
    given = inputs(W)
    given.setBatchSize(3)
    given["w"].toServer(zeros(4, 2))
    with pytest.raises(TritonDataError, match=r"setBatchSize\(3\) was called, but there are 4 rows"):
        given.batches()


def test_an_unknown_input_or_output_is_told_with_those_there_are():
    with pytest.raises(TritonDataError, match="no input 'y'; there are x, w"):
        inputs()["y"]


@pytest.mark.parametrize("given_by", ["setBatchSize", "empty arrays", "empty lists"])
def test_no_rows_make_no_batch(given_by):
    given = inputs()
    if given_by == "setBatchSize":
        given.setBatchSize(0)
    else:
        given["x"].toServer(zeros(0, 4, 3) if given_by == "empty arrays" else [])
        given["w"].toServer(zeros(0, 2) if given_by == "empty arrays" else [])
    assert given.batches() == []


def test_ragged_rows_of_equal_shape_travel_together():
    given = inputs()
    lengths = [4, 2, 4, 0, 2, 4]
    given["x"].toServer([np.full((n, 3), row, np.float32) for row, n in enumerate(lengths)])
    given["w"].toServer([np.full(2, row, np.float32) for row in range(6)])
    batches = given.batches()
    assert given.ragged
    assert {batch.arrays["x"].shape[1]: batch.places.tolist() for batch in batches} == {4: [0, 2, 5], 2: [1, 4], 0: [3]}
    assert all((batch.arrays["w"][:, 0] == batch.places).all() for batch in batches)


def test_an_awkward_array_is_a_ragged_batch():
    rows = ak.values_astype(ak.Array([[[1, 2, 3]], [], [[4, 5, 6], [7, 8, 9]], [[0, 0, 1]]]), np.float32)
    for array in (ak.to_regular(rows, axis=2), rows):
        given = inputs(X)
        given["x"].toServer(array)
        batches = {batch.arrays["x"].shape[1]: batch for batch in given.batches()}
        assert batches[1].arrays["x"].tolist() == [[[1, 2, 3]], [[0, 0, 1]]] and batches[1].places.tolist() == [0, 3]
        assert batches[2].arrays["x"].tolist() == [[[4, 5, 6], [7, 8, 9]]]


def test_a_ragged_batch_does_not_mix_with_arrays():
    given = inputs()
    given["x"].toServer([zeros(4, 3), zeros(2, 3)])
    given["w"].toServer(zeros(2, 2))
    with pytest.raises(TritonDataError, match="can't be mixed with arrays"):
        given.batches()


def test_batches_of_different_lengths_can_be_given_one_after_the_other():
    given = inputs()
    given.addBatch({"x": zeros(5, 4, 3), "w": zeros(5, 2)})
    given.addBatch({"x": zeros(2, 9, 3), "w": zeros(2, 2)})
    assert [batch.arrays["x"].shape for batch in given.batches()] == [(5, 4, 3), (2, 9, 3)]


def test_a_model_without_batches_takes_one_array_without_that_dimension():
    given = inputs(X, batching=False)
    given["x"].toServer(zeros(7, 3))
    (batch,) = given.batches()
    assert batch.single and batch.arrays["x"].shape == (7, 3)


def test_rows_come_back_in_the_order_in_which_they_were_given():
    spec = TensorSpec("y", FLOAT, (2,))
    first = Batch({}, 2, np.array([0, 2])), np.array([[0, 0], [2, 2]], np.float32)
    second = Batch({}, 1, np.array([1])), np.array([[1, 1]], np.float32)
    assert put_together(spec, [first, second], True, "").tolist() == [[0, 0], [1, 1], [2, 2]]


def test_no_rows_give_an_empty_output_of_the_models_shape_and_type():
    empty = put_together(TensorSpec("y", np.dtype(np.int64), (6, -1)), [], False, "")
    assert empty.shape == (0, 6, 0) and empty.dtype == np.int64
    assert put_together(X, [], True, "") == []


def test_outputs_of_different_lengths_need_a_ragged_batch():
    answers = [(Batch({}, 2), zeros(2, 4, 3)), (Batch({}, 1), zeros(1, 5, 3))]
    with pytest.raises(TritonDataError, match=r"'x'.*\[1, 5, 3\], \[2, 4, 3\].*as a list of rows"):
        put_together(X, answers, False, "Tagger/'tagger'")
