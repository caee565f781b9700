"""Labelled jets of the tagger's training ntuple: selection, classes and the target of the regression.

One entry per jet in the tree ``outnano/jets`` (or ``outnano/Jets``, ``jetntuple/Jets``), as CMS's training project has
it; the inputs are in ``jet_puppicand_<name>`` for each name of `ng_inputs.Quirks.features`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import awkward as ak
import numpy as np
import numpy.typing as npt
import uproot

from pyrun.framework.errors import FileOpenError, FileReadError, NotFound
from pyrun.framework.near_names import nearest
from pyrun.modules.l1t.ng_inputs import N_PARTICLES

from .toy_jets import CLASSES

TREES = ("outnano/jets", "outnano/Jets", "jetntuple/Jets")
GEN = ("genmatch_pt", "genmatch_hflav", "genmatch_pflav", "genmatch_lep_vis_pt")
FLAVOURS = ("tauflav", "muflav", "elflav", "taucharge")
COLUMNS = ["event", *(f"jet_{name}" for name in ("pt_phys", "eta_phys", "reject", *GEN, *FLAVOURS))]
MIN_PT, MAX_ETA, MIN_TARGET = 15.0, 2.4, 5.0  # GeV, GeV
RATIO_RANGE = (0.3, 2.0)
PIECE = 4096  # constituents whose inputs fit together into a processor's cache


class Jets(NamedTuple):
    """Selected jets of one block.

    Attributes
    ----------
    inputs : numpy.ndarray of float32, shape (jets, 16, features)
        Zeros where there is no constituent.
    label : numpy.ndarray of int, shape (jets,)
        Index into `CLASSES`.
    pt_ratio : numpy.ndarray of float32, shape (jets,)
        True pt over the jet's, held to `RATIO_RANGE`.
    entry : numpy.ndarray of int, shape (jets,)
        Which jets of the ntuple these are.
    columns : mapping of str to numpy.ndarray, shape (jets,)
    """

    inputs: npt.NDArray[np.float32]
    label: npt.NDArray[np.int64]
    pt_ratio: npt.NDArray[np.float32]
    entry: npt.NDArray[np.int64]
    columns: Mapping[str, npt.NDArray[Any]]


def labels(jets: ak.Array | Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.int64]:
    """Index into `CLASSES` of each jet, -1 for jets of none: from the columns of `COLUMNS`, with their prefix.

    Hadron classes ask for a generated jet and no lepton, taus for no electron or muon.
    """
    tau, muon, electron = (np.asarray(jets[f"jet_{name}"]) != 0 for name in ("tauflav", "muflav", "elflav"))
    hadron = (np.asarray(jets["jet_genmatch_pt"]) > 0) & ~tau & ~muon & ~electron
    heavy, parton = np.asarray(jets["jet_genmatch_hflav"]), np.abs(np.asarray(jets["jet_genmatch_pflav"]))
    positive = np.asarray(jets["jet_taucharge"]) > 0
    wanted = {
        "b": hadron & (heavy == 5),
        "charm": hadron & (heavy == 4),
        "light": hadron & (heavy == 0) & (parton <= 3),
        "gluon": hadron & (heavy == 0) & (parton == 21),
        "taup": tau & ~muon & ~electron & positive,
        "taum": tau & ~muon & ~electron & ~positive,
        "muon": muon & ~tau & ~electron,
        "electron": electron & ~tau & ~muon,
    }
    return np.select([wanted[name] for name in CLASSES], np.arange(len(CLASSES)), -1)


def target_pt(jets: Mapping[str, npt.NDArray[Any]], label: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """What the corrected pt should be (GeV): the visible one of leptons, that of the generated jet for the others."""
    lepton = label >= CLASSES.index("taup")
    return np.where(lepton, jets["jet_genmatch_lep_vis_pt"], jets["jet_genmatch_pt"]).astype(np.float64)


class Ntuple:
    """A ROOT file of jets.

    Parameters
    ----------
    path : path
    features : sequence of str
        Inputs of a constituent, in order.
    tree : str
        Its name; by default the first one of `TREES` that is there.

    Attributes
    ----------
    entries : int
    scalars : list of str
        Columns with one number a jet.

    Raises
    ------
    FileOpenError
        There is no such file, or it is no ROOT file.
    NotFound
        It has no such tree, or columns are missing.
    FileReadError
        The tree is empty.
    """

    def __init__(self, path: str | Path, features: Sequence[str], tree: str = "") -> None:
        self.path, self._features = Path(path), tuple(features)
        try:
            self._file = uproot.open(self.path)
        except FileNotFoundError as error:
            raise FileOpenError(f"There is no file {path}.") from error
        except (OSError, ValueError, IndexError, KeyError) as error:
            raise FileOpenError(f"{path} is no ROOT file that can be read: {error}") from error
        self.name, self._tree = self._find(tree)
        self.entries = int(self._tree.num_entries)
        names = set(self._tree.keys())
        missing = [name for name in [*COLUMNS, *self._inputs] if name not in names]
        if missing:
            others = names - {*COLUMNS, *self._inputs}
            raise NotFound(f"{path}, tree {self.name}, has no {', '.join(_nearest(x, others) for x in missing)}.")
        if not self.entries:
            raise FileReadError(f"The tree {self.name} of {path} is empty: it has no jets.")
        self.scalars = [name for name in self._tree.keys() if _is_scalar(self._tree[name])]

    @property
    def _inputs(self) -> list[str]:
        return [f"jet_puppicand_{name}" for name in self._features]

    def _find(self, tree: str) -> tuple[str, Any]:
        found = [name for name in ([tree] if tree else TREES) if name in self._file]
        if found and hasattr(self._file[found[0]], "num_entries"):
            return found[0], self._file[found[0]]
        there = [name.split(";")[0] for name, kind in self._file.classnames().items() if kind.endswith(("Tree", "ple"))]
        asked = f"tree {tree}" if tree else f"tree of jets: none of {', '.join(TREES)}"
        raise NotFound(f"{self.path} has no {asked}. It has: {', '.join(dict.fromkeys(there)) or 'no tree'}.")

    def blocks(self, columns: Sequence[str], step_size: int | str = "30 MB", ratio: float = 1.0) -> Iterator[Jets]:
        """The jets that the tagger is trained with, in order, as many at a time as fit into `step_size`.

        Parameters
        ----------
        columns : sequence of str
            Which ones to hand on; the inputs come anyway.
        step_size : int or str
            Entries, or memory, such as "10 MB".
        ratio : float
            Only this part of the file, its begin.

        Raises
        ------
        FileReadError
            A basket is damaged, or a number is not finite.
        """
        stop = int(np.ceil(ratio * self.entries))
        wanted = list(dict.fromkeys([*COLUMNS, *columns, *self._inputs]))
        blocks = self._tree.iterate(wanted, step_size=step_size, entry_stop=stop, report=True)
        while True:
            try:
                block, report = next(blocks)
            except StopIteration:
                return
            except Exception as error:  # uproot lets through what zlib, struct and numpy raise
                raise FileReadError(f"{self.path}, tree {self.name}, can't be read: {error}") from error
            yield self._selected(block, report.start, columns)

    def _selected(self, block: ak.Array, start: int, columns: Sequence[str]) -> Jets:
        numbers = {name: ak.to_numpy(block[name]) for name in dict.fromkeys([*COLUMNS, *columns])}
        for name in COLUMNS:
            self._check(numbers[name], name, np.arange(start, start + len(block)))
        label, pt = labels(numbers), numbers["jet_pt_phys"].astype(np.float64)
        target = target_pt(numbers, label)
        chosen = (pt > MIN_PT) & (np.abs(numbers["jet_eta_phys"]) < MAX_ETA) & (numbers["jet_reject"] == 0)
        chosen &= (label >= 0) & (target > MIN_TARGET)
        ratio = np.clip(target[chosen] / pt[chosen], *RATIO_RANGE).astype(np.float32)
        entry = start + np.flatnonzero(chosen)
        kept = {name: numbers[name][chosen] for name in columns}
        return Jets(self._padded(block[self._inputs], chosen, start), label[chosen], ratio, entry, kept)

    def _padded(self, block: ak.Array, chosen: npt.NDArray[np.bool_], start: int) -> npt.NDArray[np.float32]:
        """Inputs of the chosen jets: the first `N_PARTICLES` constituents, and zeros."""
        lists = [block[name].layout.to_ListOffsetArray64(False) for name in self._inputs]
        ends = [np.asarray(x.offsets.data) for x in lists]
        offsets = ends[0] - ends[0][0]
        for other, name in zip(ends, self._inputs, strict=True):
            if not np.array_equal(other - other[0], offsets):
                first = self._inputs[0]
                raise FileReadError(f"{self.path}: {name} and {first} differ in their number of constituents.")
        contents = [np.asarray(x.content.data)[end[0] : end[-1]] for x, end in zip(lists, ends, strict=True)]
        stacked = np.zeros((offsets[-1] + 1, len(lists)), dtype=np.float32)  # the last one is for empty slots
        for begin in range(0, offsets[-1], PIECE):
            end = min(begin + PIECE, offsets[-1])
            np.stack([x[begin:end] for x in contents], axis=1, out=stacked[begin:end], casting="same_kind")
        where = offsets[:-1][chosen, None] + np.arange(N_PARTICLES)
        inputs = stacked[np.where(where < offsets[1:][chosen, None], where, offsets[-1])]
        if not np.isfinite(inputs).all():
            for column, name in enumerate(self._inputs):
                self._check(inputs[:, :, column].sum(axis=1), name, start + np.flatnonzero(chosen))
        return inputs

    def _check(self, values: npt.NDArray[Any], name: str, entry: npt.NDArray[np.int64]) -> None:
        bad = ~np.isfinite(values)
        if bad.any():
            jets = np.unique(entry[bad])
            raise FileReadError(
                f"{self.path}: {name} is no finite number in {len(jets)} jets, first in entry {jets[0]}."
            )


def _is_scalar(branch: Any) -> bool:
    """Whether it has one number a jet that describes the jet or its event; counters of lists do not."""
    kind = branch.interpretation
    number = isinstance(kind, uproot.AsDtype) and kind.to_dtype.shape == () and kind.to_dtype.kind in "biuf"
    return number and branch.name.startswith(("event", "run", "lumi", "jet_", "gen"))


def _nearest(name: str, there: set[str]) -> str:
    near = nearest(name, there)
    return name + (f" (but {near[0]})" if near else "")
