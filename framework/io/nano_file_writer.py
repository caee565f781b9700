"""Writing NanoAOD files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import uproot

from ..errors import Configuration
from ..event.branch import BranchDescription
from ..event.ids import EventIDs
from .column_buffer import Products
from .nano_tree_writer import NanoTree
from .temporary import WholeFile

COMPRESSIONS = ("ZLIB", "LZMA", "LZ4", "ZSTD")

_RUN, _LUMI, _EVENT = {"run": np.uint32}, {"luminosityBlock": np.uint32}, {"event": np.uint64}


class NanoFileWriter(WholeFile):
    """Writes the trees ``Events``, ``LuminosityBlocks`` and ``Runs``; the file gets its name only when it is complete.

    Until `close`, all is in a hidden file ``.<name>.<pid>.<n>.tmp`` beside it.

    Parameters
    ----------
    path : str or Path
        The file to write. If it exists, it is replaced, at the end.
    branches : sequence of BranchDescription
        The products, of all levels.
    trigger_paths : mapping
        By process: the paths of its TriggerResults.
    compression : (str, int)
        Algorithm (ZLIB, LZMA, LZ4, ZSTD) and level.
    auto_flush : int
        When to write a cluster: after so many events or, if negative, so many bytes, uncompressed.

    Attributes
    ----------
    guid : str
        The file's unique number; empty until `close`.

    Raises
    ------
    Configuration
        A compression that does not exist, or a product that is no table.
    FileWriteError
        The operating system refuses: no such folder, no permission, disk full. The temporary file is removed.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        branches: Sequence[BranchDescription],
        trigger_paths: Mapping[str, Sequence[str]],
        *,
        compression: tuple[str, int],
        auto_flush: int,
    ) -> None:
        if compression[0] not in COMPRESSIONS:
            raise Configuration(
                f"{str(path)!r} can't be compressed by {compression[0]!r}: the algorithms are {', '.join(COMPRESSIONS)}"
            )
        super().__init__(path)
        self.guid = ""
        self._compression = getattr(uproot, compression[0])(compression[1])
        self._auto_flush = auto_flush
        of_level = {level: [branch for branch in branches if branch.level == level] for level in _LEVELS}
        self._events = NanoTree("Events", _RUN | _LUMI | _EVENT, of_level["Event"], trigger_paths)
        self._lumis = NanoTree("LuminosityBlocks", _RUN | _LUMI, of_level["LuminosityBlock"])
        self._runs = NanoTree("Runs", _RUN, of_level["Run"])
        self._told: dict[tuple[int, int], bool] = {}  # luminosity blocks and runs (lumi 0): whether they are written
        with self._writing():
            self._open()

    def write(self, ids: EventIDs, products: Products) -> None:
        """Add events; see `EventFileWriter.write`."""
        with self._writing():
            self._events.add({"run": ids.run, "luminosityBlock": ids.lumi, "event": ids.event}, products)
            for lumi in dict.fromkeys(zip(ids.run.tolist(), ids.lumi.tolist(), strict=True)):
                self._told.setdefault(lumi, False)
                self._told.setdefault((lumi[0], 0), False)
            limit = self._auto_flush
            if self._events.pending >= limit > 0 or self._events.bytes_pending >= -limit > 0:
                self._flush()

    def write_lumi(self, run: int, lumi: int, products: Products) -> None:
        """Add a luminosity block; its products have one entry each.

        Those of events of which nothing is told are added at the end, without products.
        """
        with self._writing():
            self._lumis.add({"run": _one(run), "luminosityBlock": _one(lumi)}, products)
            self._told[run, lumi] = True

    def write_run(self, run: int, products: Products) -> None:
        """Add a run; see `write_lumi`."""
        with self._writing():
            self._runs.add({"run": _one(run)}, products)
            self._told[run, 0] = True

    def close(self, metadata: str = "") -> None:
        """Write what is left and, as ``MetaData``, where it comes from; give the file its name."""
        if self._temporary is None:
            return
        with self._writing():
            self._flush()
            for run, lumi in [key for key, told in self._told.items() if not told]:
                self.write_lumi(run, lumi, {}) if lumi else self.write_run(run, {})
            for tree in (self._lumis, self._runs):
                tree.flush(self._file)
            if metadata:
                self._file["MetaData"] = metadata
            self.guid = str(self._file.file.uuid).upper()
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._file.close()
            self._stream.close()
            self._give_name()

    def _flush(self) -> None:
        """Write a cluster; if it has columns that the tree hasn't, copy the tree to a new file that has them."""
        if self._events.flush(self._file):
            return
        old_stream, old_path = self._stream, self._temporary
        assert old_path is not None
        try:
            old_stream.flush()
            self._open()
            self._events.rewrite(self._file, uproot.open(old_stream)["Events"])
        finally:
            old_stream.close()
            old_path.unlink()

    def _open(self) -> None:
        """Start a new temporary file."""
        self._open_temporary()
        self._file: Any = uproot.recreate(self._stream, compression=self._compression)


_LEVELS = ("Event", "LuminosityBlock", "Run")


def _one(number: int) -> Any:
    return np.asarray([number], dtype=np.uint32)
