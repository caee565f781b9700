"""Reading a data set that ``pytagger make-data`` has written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

PARTS = ("training", "validation", "testing")
WEIGHTS = ("none", "onlyclass", "ptref")
METADATA = "metadata.json"


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
        What `weights` holds: ones; weights that give each class the sum of the b jets in training; or weights that
        also make each class flat in pt.
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
        The folder holds no data set, or a damaged one.
    """

    def __init__(
        self, folder: str | Path, part: str = "testing", *, weights: str = "onlyclass", percent: float = 100
    ) -> None:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def batches(self, size: int) -> Iterator[Batch]:
        """All jets, `size` at a time, with no more than one file in memory."""
        raise NotImplementedError
