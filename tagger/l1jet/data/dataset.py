"""Reading a data set that ``pytagger make-data`` has written."""

from __future__ import annotations

import functools
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import Configuration, FileReadError, NotFound

from . import weights as weighting
from .weights import WEIGHTS

PARTS = ("training", "validation", "testing")
METADATA = "metadata.json"
OWN = ("inputs", "label", "pt_ratio")


class Batch(NamedTuple):
    """Some jets: see `Dataset` for shapes."""

    inputs: npt.NDArray[np.float32]
    label: npt.NDArray[np.int64]
    pt_ratio: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    columns: Mapping[str, npt.NDArray[Any]]


class Dataset:
    """The jets of one part of a data set, in the order in which they were shuffled.

    Parameters
    ----------
    folder : path
        What make-data wrote.
    part : {"training", "validation", "testing"}
    weights : {"none", "onlyclass", "ptref"}
        What `weights` holds: ones; weights that give each class the same sum in training; or weights that also make
        each class flat in pt. Their mean over the training jets is 1.
    percent : float
        Only the first ones of each file.

    Attributes
    ----------
    inputs : numpy.ndarray of float32, shape (jets, 16, 20)
    label : numpy.ndarray of int64, shape (jets,)
        Index into ``metadata["classes"]``.
    pt_ratio : numpy.ndarray of float32, shape (jets,)
        True pt over the jet's, within [0.3, 2].
    weights : numpy.ndarray of float32, shape (jets,)
    columns : mapping of str to numpy.ndarray, shape (jets,)
        event, source (index into ``metadata["sources"]``), and by the ntuple's names jet_pt_phys, jet_eta_phys,
        jet_genmatch_pt, ...
    metadata : dict
        What metadata.json holds.

    Raises
    ------
    NotFound
        The folder holds no data set.
    FileReadError
        It holds a damaged one; also raised when jets are read.
    """

    def __init__(
        self, folder: str | Path, part: str = "testing", *, weights: str = "onlyclass", percent: float = 100
    ) -> None:
        for value, allowed in ((part, PARTS), (weights, WEIGHTS)):
            if value not in allowed:
                raise Configuration(f"A data set has no {value!r}, but {', '.join(allowed)}.")
        if not 0 < percent <= 100:
            raise Configuration(f"{percent} percent of a data set can't be read, but more than 0 and at most 100.")
        self.folder, self.part = Path(folder), part
        self.metadata = _read_metadata(self.folder)
        described = self.metadata["parts"][part]
        self._files = {x["name"]: int(np.ceil(x["jets"] * percent / 100)) for x in described["files"]}
        self._table = weighting.table(weights, np.array(self.metadata["training_counts"]))
        self.columns: Mapping[str, npt.NDArray[Any]] = _Columns(self)

    def __len__(self) -> int:
        return sum(self._files.values())

    @functools.cached_property
    def inputs(self) -> npt.NDArray[np.float32]:
        return self.read("inputs")

    @functools.cached_property
    def label(self) -> npt.NDArray[np.int64]:
        return self.read("label")

    @functools.cached_property
    def pt_ratio(self) -> npt.NDArray[np.float32]:
        return self.read("pt_ratio")

    @functools.cached_property
    def weights(self) -> npt.NDArray[np.float32]:
        return weighting.of_jets(self._table, self.label, self.columns["jet_pt_phys"])

    def batches(self, size: int) -> Iterator[Batch]:
        """All jets, `size` at a time (fewer at the end of a file), with no more than one file in memory."""
        names = [*OWN, *self.columns]
        for file, jets in self._files.items():
            arrays = self._load(file, names)
            weight = weighting.of_jets(self._table, arrays["label"], arrays["jet_pt_phys"])
            for start in range(0, jets, size):
                here = slice(start, min(start + size, jets))
                own = (arrays[name][here] for name in OWN)
                yield Batch(*own, weight[here], {name: arrays[name][here] for name in self.columns})

    def read(self, name: str) -> npt.NDArray[Any]:
        """One array of all jets, in memory."""
        result, done = None, 0
        for file, jets in self._files.items():
            values = self._load(file, [name])[name]
            if result is None:
                result = np.empty((len(self), *values.shape[1:]), dtype=values.dtype)
            result[done : done + jets] = values[:jets]
            done += jets
        if result is None:
            raise FileReadError(f"{self.folder} has no jets for {self.part}: make it of more of them.")
        return result

    def _load(self, file: str, names: list[str]) -> dict[str, npt.NDArray[Any]]:
        try:
            with np.load(self.folder / file) as arrays:
                return {name: arrays[name] for name in names}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise FileReadError(f"{self.folder / file} can't be read: {error}. Make the data set again.") from error


class _Columns(Mapping[str, npt.NDArray[Any]]):
    """Reads a column when it is asked for."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset, self._read = dataset, {}

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        if name not in self._dataset.metadata["columns"]:
            raise KeyError(name)
        if name not in self._read:
            self._read[name] = self._dataset.read(name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._dataset.metadata["columns"])

    def __len__(self) -> int:
        return len(self._dataset.metadata["columns"])


def _read_metadata(folder: Path) -> dict[str, Any]:
    try:
        metadata = json.loads((folder / METADATA).read_text())
        _ = metadata["parts"], metadata["training_counts"], metadata["columns"]
    except OSError as error:
        raise NotFound(f"{folder} holds no data set ({METADATA}): make one by `pytagger make-data`.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise FileReadError(f"{folder / METADATA} is damaged: {error!r}. Make the data set again.") from error
    return metadata
