"""What a module sends to a model and gets back: whole batches as arrays, with the batch first.

As in CMSSW each input has ``setShape``, ``allocate`` and ``toServer``, each output ``fromServer``; but an array holds
the batch of a whole event block. What goes out in one request is the client's business: see `client`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from pyrun.framework.errors import CMSException

from .model_repository import TensorSpec


class TritonDataError(CMSException):
    """A module gives a model's input something that does not fit, or the server's answer is not what the model says."""


@attrs.define(eq=False)
class Batch:
    """Rows of equal shape: what may travel together.

    Attributes
    ----------
    arrays : dict of str to numpy.ndarray
        One per input, [rows, ...]; without the first dimension if `single`.
    rows : int
        How many there are.
    places : numpy.ndarray of int, optional
        Where the rows belong in the output; by default behind those of the batches before.
    single : bool
        The whole input of a model that knows no batches.
    """

    arrays: dict[str, np.ndarray]
    rows: int
    places: np.ndarray | None = None
    single: bool = False


class TritonInput:
    """One input of a model, for one call of ``acquire``.

    Attributes
    ----------
    name : str
    dtype : numpy.dtype
        Of the arrays; object for strings.
    dims : tuple of int
        Of one row, -1 where any length will do.
    shape : tuple of int
        The same with what `setShape` has set.
    """

    def __init__(self, spec: TensorSpec, inputs: TritonInputs) -> None:
        self.name, self.dtype, self.dims = spec.name, spec.dtype, spec.dims
        self.shape = spec.dims
        self._inputs = inputs
        self.data: np.ndarray | list[np.ndarray] | None = None

    def setShape(self, *shape: Any) -> None:
        """Fix variable lengths of a row: all by ``setShape((25, 16))``, or one at a place by ``setShape(0, 25)``.

        Raises
        ------
        TritonDataError
            A length that the model fixes would change.
        """
        if len(shape) == 2 and 0 <= shape[0] < len(self.dims):
            place, length = shape
            new = (*self.shape[:place], length, *self.shape[place + 1 :])
        elif len(shape) == 1 and np.ndim(shape[0]) == 1:
            new = tuple(int(length) for length in shape[0])
        else:
            raise self.error(f"setShape({', '.join(map(str, shape))}) gives neither a shape nor a place and a length")
        if not _fits(new, self.dims):
            raise self.error(f"setShape would make it {_text(new)}: fixed lengths can't change")
        self.shape = new

    def allocate(self) -> np.ndarray:
        """Zeros of the input's type, [batch size, *shape], to be filled and given to `toServer`.

        Raises
        ------
        TritonDataError
            ``inputs.setBatchSize`` or, for a variable length, `setShape` was not called before.
        """
        if self._inputs.batchSize is None or -1 in self.shape:
            missing = "inputs.setBatchSize(n)" if self._inputs.batchSize is None else f"setShape of {self}"
            raise self.error(f"allocate() needs {missing} before")
        return np.zeros((self._inputs.batchSize, *self.shape), self.dtype)

    def toServer(self, data: Any) -> None:
        """Give the data.

        Parameters
        ----------
        data : array or list of arrays
            [batch, ...], or one entry per row of the batch, in a list or an `awkward.Array`, if their shapes differ:
            a ragged batch. Entries of equal shape travel together. A model without batches may be given an array
            without that dimension: one request.

        Raises
        ------
        TritonDataError
            The type or a length does not fit the model.
        """
        if _is_ragged(data):
            self.data = [self.checked(entry, self.shape) for entry in _entries(data)]
            return
        array = np.asarray(data)
        batch = () if self._inputs.is_single(array, self) else (-1,)
        self.data = self.checked(array, (*batch, *self.shape))

    def checked(self, data: Any, shape: tuple[int, ...]) -> np.ndarray:
        """As an array of the input's type, if it fits without loss."""
        array = np.asarray(data)
        if not _fits(array.shape, shape):
            raise self.error(f"it got {_text(array.shape)}", shape)
        if array.dtype == self.dtype:
            return array
        if self.dtype == object and array.dtype.kind in "US":
            return array.astype(object)
        if self.dtype == object or not np.can_cast(array.dtype, self.dtype, "safe"):
            raise self.error(f"it got {array.dtype} {_text(array.shape)}; convert by .astype(np.{self.dtype})", shape)
        return array.astype(self.dtype)

    def error(self, problem: str, shape: tuple[int, ...] | None = None) -> TritonDataError:
        """With the module, the input and what it expects in front."""
        expected = _text(shape) if shape is not None else str(self)
        return TritonDataError(
            f"{self._inputs.owner}: input {self.name!r} expects {'text' if self.dtype == object else self.dtype} "
            f"{expected}, but {problem}."
        )

    def __str__(self) -> str:
        return _text(self.shape if not self._inputs.batching else (-1, *self.shape))


class TritonInputs(Mapping[str, TritonInput]):
    """A model's inputs by name, for one call of ``acquire``.

    Parameters
    ----------
    specs : sequence of TensorSpec
        The model's inputs.
    owner : str
        Module and model, for messages.
    batching : bool
        Whether the model knows batches: its ``max_batch_size`` isn't 0.

    Attributes
    ----------
    batchSize : int or None
        As set by `setBatchSize`.
    ragged : bool
        Whether rows were given one by one; known from `batches` on.
    """

    def __init__(self, specs: Sequence[TensorSpec], owner: str, batching: bool) -> None:
        self.owner = owner
        self.batching = batching
        self.batchSize: int | None = None
        self.ragged = False
        self._specs = specs
        self._inputs = {spec.name: TritonInput(spec, self) for spec in specs}
        self._batches: list[Batch] = []

    def __getitem__(self, name: str) -> TritonInput:
        if name not in self._inputs:
            raise TritonDataError(f"{self.owner}: there is no input {name!r}; there are {', '.join(self._inputs)}.")
        return self._inputs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._inputs)

    def __len__(self) -> int:
        return len(self._inputs)

    def setBatchSize(self, size: int) -> None:
        """Say how many rows there will be: needed for `TritonInput.allocate`, else only checked; 0 sends none."""
        self.batchSize = size

    def addBatch(self, arrays: Mapping[str, Any]) -> None:
        """Give all inputs of some rows, as arrays [rows, ...].

        May be called again with rows of other lengths; the outputs are those of all, one behind the other. For modules
        that put rows of similar lengths together themselves.
        """
        for name, array in arrays.items():
            self[name].toServer(array)
        self._collect()
        self._inputs = {spec.name: TritonInput(spec, self) for spec in self._specs}

    def batches(self) -> list[Batch]:
        """What was given; empty if there are no rows.

        Raises
        ------
        TritonDataError
            An input is missing, or their numbers of rows differ.
        """
        given = any(tensor.data is not None for tensor in self._inputs.values())
        if given or (not self._batches and self.batchSize != 0):
            self._collect()
        total = sum(batch.rows for batch in self._batches)
        if self.batchSize not in (None, total):
            raise TritonDataError(
                f"{self.owner}: setBatchSize({self.batchSize}) was called, but there are {total} rows."
            )
        return [batch for batch in self._batches if batch.rows]

    def is_single(self, array: np.ndarray, tensor: TritonInput) -> bool:
        """Whether an array is all that a model without batches gets."""
        return not self.batching and array.ndim == len(tensor.dims)

    def _collect(self) -> None:
        data = {name: tensor.data for name, tensor in self._inputs.items()}
        missing = [name for name, given in data.items() if given is None]
        if missing:
            raise TritonDataError(
                f"{self.owner}: no data for input {', '.join(missing)}; call inputs[{missing[0]!r}].toServer(array), "
                "or inputs.setBatchSize(0) if there is nothing to compute."
            )
        lists = sum(isinstance(given, list) for given in data.values())
        if lists and (lists < len(data) or self._batches):
            raise TritonDataError(
                f"{self.owner}: a ragged batch is one toServer(list of rows) for each of its inputs; "
                "it can't be mixed with arrays."
            )
        single = {not lists and self.is_single(array, self[name]) for name, array in data.items()}
        rows = {name: len(given) for name, given in data.items()} if single == {False} else {}
        if len(set(rows.values())) > 1 or len(single) > 1:
            told = ", ".join(f"{name} {_text(np.shape(x)) if not lists else len(x)}" for name, x in data.items())
            raise TritonDataError(f"{self.owner}: the inputs differ in their numbers of rows: {told}.")
        self.ragged = bool(lists)
        if single == {True}:
            self._batches.append(Batch(data, 1, single=True))
        elif lists:
            self._batches += _groups(data, len(next(iter(data.values()))))
        else:
            self._batches.append(Batch(data, next(iter(rows.values()))))


class TritonOutput:
    """One output of a model; see `TritonInput` for the attributes."""

    def __init__(self, spec: TensorSpec, data: np.ndarray | list[np.ndarray]) -> None:
        self.name, self.dtype, self.dims, self.labels = spec.name, spec.dtype, spec.dims, spec.labels
        self._data = data

    def fromServer(self) -> np.ndarray | list[np.ndarray]:
        """The model's answer, in the order in which its inputs were given; not to be changed in place.

        Returns
        -------
        array or list of arrays
            [batch, ...]; a list of rows if the batch was ragged and the model's output has a variable length.
        """
        return self._data


class TritonOutputs(Mapping[str, TritonOutput]):
    """A model's wanted outputs by name.

    Attributes
    ----------
    acquired
        What the module's ``acquire`` returned.
    """

    def __init__(self, outputs: Mapping[str, TritonOutput], owner: str, acquired: Any = None) -> None:
        self._outputs = outputs
        self._owner = owner
        self.acquired = acquired

    def __getitem__(self, name: str) -> TritonOutput:
        if name not in self._outputs:
            raise TritonDataError(
                f"{self._owner}: there is no output {name!r}; there are {', '.join(self._outputs)}. "
                "If the model has it, add it to Client.outputs."
            )
        return self._outputs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._outputs)

    def __len__(self) -> int:
        return len(self._outputs)


def put_together(
    spec: TensorSpec, answers: Sequence[tuple[Batch, np.ndarray]], ragged: bool, owner: str
) -> np.ndarray | list[np.ndarray]:
    """One output's rows from the answers to all batches, in the order in which the rows were given."""
    if len(answers) == 1 and answers[0][0].single:
        return answers[0][1]
    if ragged and -1 in spec.dims:
        rows: list[Any] = [None] * sum(batch.rows for batch, _ in answers)
        for batch, array in answers:
            for place, row in zip(batch.places, array, strict=True):
                rows[place] = row
        return rows
    if not answers:
        return np.zeros((0, *(max(length, 0) for length in spec.dims)), spec.dtype)
    if len({array.shape[1:] for _, array in answers}) > 1:
        shapes = ", ".join(sorted({_text(array.shape) for _, array in answers}))
        raise TritonDataError(
            f"{owner}: output {spec.name!r} has rows of different lengths, {shapes}, which make no array; "
            "give the inputs as a list of rows to get a list of rows back."
        )
    if len(answers) == 1 and answers[0][0].places is None:
        return answers[0][1]
    joined = np.concatenate([array for _, array in answers])
    if not ragged:
        return joined
    ordered = np.empty_like(joined)
    ordered[np.concatenate([batch.places for batch, _ in answers])] = joined
    return ordered


def _groups(data: Mapping[str, Any], number: int) -> list[Batch]:
    """Rows of equal shape together."""
    members: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for row in range(number):
        members.setdefault(tuple(given[row].shape for given in data.values()), []).append(row)
    return [
        Batch({name: np.stack([given[row] for row in rows]) for name, given in data.items()}, len(rows), np.array(rows))
        for rows in members.values()
    ]


def _is_ragged(data: Any) -> bool:
    if isinstance(data, (list, tuple)):
        return all(isinstance(entry, np.ndarray) for entry in data)
    return hasattr(data, "layout") and "var" in str(data.type)


def _entries(data: Any) -> Sequence[np.ndarray]:
    if isinstance(data, (list, tuple)):
        return data
    import awkward as ak

    return _rows(ak, data) if data.ndim > 1 else []


def _rows(ak: Any, data: Any) -> list[np.ndarray]:
    """Views of one flat array, one per entry of the first axis, if only the second axis varies; else copies."""
    packed = ak.to_packed(data)
    try:
        content = ak.to_numpy(ak.flatten(packed, axis=1), allow_missing=False)
    except ValueError:  # deeper axes vary as well
        return [ak.to_numpy(entry, allow_missing=False) for entry in packed]
    return np.split(content, np.cumsum(np.asarray(ak.num(packed, axis=1)))[:-1]) if len(packed) else []


def _fits(shape: Sequence[int], wanted: Sequence[int]) -> bool:
    return len(shape) == len(wanted) and all(b in (-1, a) for a, b in zip(shape, wanted, strict=True))


def _text(shape: Sequence[int]) -> str:
    return "[" + ", ".join("any" if length == -1 else str(length) for length in shape) + "]"
