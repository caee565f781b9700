"""Corrections of the pt of level-1 objects, from files like CMSSW's ``L1Trigger/Phase2L1ParticleFlow/data/jecs``."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import CMSException, Configuration
from pyrun.framework.resources import file_in_path

Floats = npt.NDArray[np.float32]

_NO_EMF_BEYOND = 3.1  # |eta| from which files have one bin of electromagnetic fraction only
_LARGEST_FACTOR = 4.0  # of a correction that is interpolated


class Corrector:
    """Corrected pt as a function of pt and |eta|.

    A folder of the file holds a histogram of bins in |eta| and, for each bin i from 1 on, either a graph ``eta_bin<i>``
    of corrected against raw pt (with the index ``INDEX``), interpolated linearly, or, for the firmware's emulation, a
    histogram ``emul_eta_bin<i>`` of corrected pt (with ``EMUL_INDEX``, or else ``INDEX``), as its look-up table.
    An index of two axes has bins of electromagnetic fraction besides; it is used with fraction 0.

    Parameters
    ----------
    file : str
        Name of a ROOT file, looked for like a ``FileInPath``.
    folder : str
        Its folder; "" for the file itself.
    emulate : bool
        Use the histograms.

    Raises
    ------
    Configuration
        The file has no such folder or no index.
    FileInPathError
        The file is nowhere.
    """

    def __init__(self, file: str, folder: str = "", emulate: bool = False) -> None:
        import uproot

        self._where = f"{file}:{folder}" if folder else file
        self._emulate = emulate
        path = file_in_path(file)
        try:
            opened = uproot.open(path)
        except (OSError, ValueError) as error:  # uproot tells of a file that is none of ROOT's by a ValueError
            raise Configuration(f"The file of corrections {str(path)!r} can't be read: {error}") from error
        with opened:
            if folder and folder not in opened:
                known = ", ".join(opened.keys(recursive=False, filter_classname="TDirectory", cycle=False)) or "none"
                raise Configuration(f"The file of corrections {str(path)!r} has no folder {folder!r}; it has {known}")
            self._read(opened[folder] if folder else opened)

    def _read(self, directory: Any) -> None:
        names = ["EMUL_INDEX", "INDEX"] if self._emulate else ["INDEX"]
        found = [name for name in names if name in directory]
        if not found:
            raise Configuration(f"{self._where} holds no corrections: there is no histogram {' or '.join(names)}")
        index = directory[found[0]]
        self._eta_edges = index.axis(0).edges()
        two_axes = index.classname.startswith("TH2")
        zero = _bins(index.axis(1).edges(), np.zeros(1))[0] + 1 if two_axes else 0
        prefix = "emul_eta" if self._emulate else "eta"
        self._tables = []
        for i in range(1, len(self._eta_edges)):
            beyond = two_axes and index.axis(0).centers()[i - 1] > _NO_EMF_BEYOND
            name = f"{prefix}_bin{i}" + (f"_emf_bin{1 if beyond else zero}" if two_axes else "")
            self._tables.append(_table(directory[name]) if name in directory else None)

    def __call__(self, pt: Floats, eta: Floats) -> Floats:
        """Corrected pt (GeV), shape (n,), of pt (GeV) and eta.

        Raises
        ------
        CMSException
            RuntimeError: there is no correction at one of these eta.
        """
        bins = _bins(self._eta_edges, np.abs(eta))
        result = np.empty(len(pt), dtype=np.float32)
        for i in np.unique(bins):
            table, here = self._tables[i], bins == i
            if table is None:
                message = f"{self._where} has no correction at eta {eta[here][0]:.2f}"
                raise CMSException(message, category="RuntimeError")
            result[here] = _looked_up(*table, pt[here]) if self._emulate else _interpolated(*table, pt[here])
        return result


def _bins(edges: npt.NDArray[np.float64], values: npt.ArrayLike) -> Any:
    """Bin numbers from 0 on; what is outside belongs to the first or last one."""
    return np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)


def _table(found: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """x and y of a graph by rising x, or edges and contents (with those outside) of a histogram."""
    if found.classname.startswith("TH1"):
        return found.axis().edges(), found.values(flow=True)
    x, y = (np.asarray(found.member(name), dtype=np.float64) for name in ("fX", "fY"))
    order = np.argsort(x, kind="stable")
    return x[order], y[order]


def _looked_up(edges: npt.NDArray[np.float64], contents: npt.NDArray[np.float64], pt: Floats) -> Floats:
    return contents[np.searchsorted(edges, pt, side="right")].astype(np.float32)


def _interpolated(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], pt: Floats) -> Floats:
    """As ROOT's TGraph::Eval, that continues the first and last piece outside."""
    if len(x) == 1:
        value = np.full(len(pt), y[0])
    else:
        piece = np.clip(np.searchsorted(x, pt) - 1, 0, len(x) - 2)
        slope = (y[piece + 1] - y[piece]) / (x[piece + 1] - x[piece])
        value = y[piece] + slope * (pt - x[piece])
    return np.minimum(value, _LARGEST_FACTOR * pt).astype(np.float32)
