"""The two-file solution: products of the same events that are in other files."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import numpy as np
import numpy.typing as npt

from ..errors import MismatchedInputFiles
from ..event.branch import BranchDescription
from ..event.ids import EventIDs
from ..event.provenance import FileRecord, ProcessRecord
from ..event.store import Array, Indices, Mask
from .file_index import Lumi
from .open_file import SourceFile, read_entries
from .storage import FileName


@attrs.define(eq=False)
class _Events:
    """Where the events of one luminosity block are: numbers, sorted, and the file and entry of each."""

    numbers: npt.NDArray[np.uint64]
    files: npt.NDArray[np.int64]
    entries: Indices


class SecondaryFiles:
    """Finds events in files by their numbers, wherever they are, and reads products of them.

    All files are opened at once, for their event numbers.

    Parameters
    ----------
    names : sequence of FileName
        The files.
    opener : callable
        Opens one.
    history : sequence of ProcessRecord
        That of the primary files.

    Attributes
    ----------
    branches : list of BranchDescription
        The products of events that every file has.
    parents : mapping
        What they were made from.

    Raises
    ------
    MismatchedInputFiles
        A file comes from a process that is not in the history of the primary files.
    """

    def __init__(
        self, names: Sequence[FileName], opener: Callable[[FileName], SourceFile], history: Sequence[ProcessRecord]
    ) -> None:
        self._names = names
        self._files: list[SourceFile] = []
        try:
            for name in names:
                self._files.append(opener(name))
                _check_history(name, self._files[-1], history)
        except BaseException:
            self.close()
            raise
        held = [set(file.branches) for file in self._files]
        self.branches = [
            branch
            for branch in (self._files[0].branches if self._files else ())
            if branch.level == "Event" and all(branch in branches for branches in held)
        ]
        self.parents = {child: of for file in self._files for child, of in file.parents.items()}
        self._events = _by_lumi([file.ids for file in self._files])
        self._read = {name.lfn: set[str]() for name in names}

    def read(self, branch: BranchDescription, ids: EventIDs) -> tuple[Array, Mask | None]:
        """A product of these events, which are of one luminosity block; see `SourceFile.read`.

        Raises
        ------
        MismatchedInputFiles
            An event is in none of the files.
        """
        import awkward as ak

        files, entries = self._find(ids)
        arrays, masks, places = [], [], []
        for number in np.unique(files):
            where = np.flatnonzero(files == number)
            self._read[self._names[number].lfn].add(branch.name)
            array, present = read_entries(self._files[number], branch, entries[where])
            arrays.append(array)
            masks.append(np.ones(len(where), dtype=np.bool_) if present is None else present)
            places.append(where)
        if len(arrays) == 1:
            return arrays[0], masks[0]
        order = np.argsort(np.concatenate(places), kind="stable")
        return ak.concatenate(arrays)[order], np.concatenate(masks)[order]

    def records(self, module: str, module_class: str) -> list[FileRecord]:
        """What has been read of each file."""
        return [
            FileRecord(
                lfn=name.lfn,
                pfn=name.location,
                module=module,
                module_class=module_class,
                branches=tuple(sorted(self._read[name.lfn])),
                guid=file.guid,
                checksum=file.checksum,
                more={"InputType": "secondaryFiles"},
            )
            for name, file in zip(self._names, self._files, strict=True)
        ]

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()

    def _find(self, ids: EventIDs) -> tuple[npt.NDArray[np.int64], Indices]:
        """For each event, its file and entry."""
        known = self._events.get((int(ids.run[0]), int(ids.lumi[0])))
        if known is None:
            raise self._missing(ids, 0)
        place = np.minimum(np.searchsorted(known.numbers, ids.event), len(known.numbers) - 1)
        wrong = np.flatnonzero(known.numbers[place] != ids.event)
        if len(wrong):
            raise self._missing(ids, int(wrong[0]))
        return known.files[place], known.entries[place]

    def _missing(self, ids: EventIDs, where: int) -> MismatchedInputFiles:
        names = ", ".join(name.lfn for name in self._names)
        return MismatchedInputFiles(
            f"The event run: {ids.run[where]} lumi: {ids.lumi[where]} event: {ids.event[where]} of the primary files "
            f"is in none of the secondary files: {names}"
        )


def _check_history(name: FileName, file: SourceFile, primary: Sequence[ProcessRecord]) -> None:
    known = {(process.name, process.trigger_paths) for process in primary}
    for process in file.history:
        if (process.name, process.trigger_paths) not in known:
            raise MismatchedInputFiles(
                f"The secondary file {name.lfn} comes from the process {process.name}, which is not in the history of "
                f"the primary files ({', '.join(one.name for one in primary)}): it can't be where they come from"
            )


def _by_lumi(ids: Sequence[EventIDs]) -> dict[Lumi, _Events]:
    """Sort the events of all files by luminosity block and number; of one that comes twice, the first counts."""
    together = EventIDs.concatenate(list(ids))
    files = np.repeat(np.arange(len(ids)), [len(one) for one in ids])
    entries = np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(len(one)) for one in ids)])
    order = np.lexsort((together.event, together.lumi, together.run))
    together, files, entries = together[order], files[order], entries[order]
    lumi_ends = np.flatnonzero((np.diff(together.run) != 0) | (np.diff(together.lumi) != 0)) + 1
    edges = [0, *lumi_ends.tolist(), len(together)] if len(together) else []
    return {
        (int(together.run[start]), int(together.lumi[start])): _Events(
            together.event[start:stop], files[start:stop], entries[start:stop]
        )
        for start, stop in zip(edges, edges[1:], strict=False)
    }
