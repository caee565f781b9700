"""In which order the events of a file are processed: run by run, and luminosity block by luminosity block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs
import numpy as np
import numpy.typing as npt

from ..event.ids import EventIDs

Indices = npt.NDArray[np.int64]
Lumi = tuple[int, int]


@attrs.frozen
class Segment:
    """Events of one luminosity block of one file, as a part of what a job reads. May be pickled.

    Attributes
    ----------
    file : str
        Where the file is; see `storage.FileName.location`.
    start, stop : int
        The first event, and the one after the last, in the order of processing (`FileIndex`). Equal for a luminosity
        block without events.
    run, lumi : int
        The luminosity block; `lumi` is 0 for a run without any.
    """

    file: str
    start: int
    stop: int
    run: int
    lumi: int

    def __len__(self) -> int:
        return self.stop - self.start


@attrs.frozen
class Stretch:
    """The events of one luminosity block in the order of processing; `lumi` is 0 for a run without any."""

    run: int
    lumi: int
    start: int
    stop: int


class FileIndex:
    """The luminosity blocks of a file in order of first appearance, grouped by run, each with its events.

    As CMSSW's IndexIntoFile does, events of a luminosity block that are scattered over the file are brought together.

    Parameters
    ----------
    ids : EventIDs
        The events in the order of the file.
    lumis : sequence of (run, lumi)
        The luminosity blocks that the file knows; others are those of events.
    runs : sequence of int
        The runs that the file knows.
    sort : bool
        Order by run, luminosity block and event numbers instead.

    Attributes
    ----------
    stretches : list of Stretch
        The luminosity blocks, in order.

    Examples
    --------
    >>> index = FileIndex(EventIDs([1, 1, 2, 1], [5, 6, 1, 5], [10, 11, 12, 13]), lumis=[(1, 4)])
    >>> [(part.run, part.lumi, part.stop - part.start) for part in index.stretches]
    [(1, 4, 0), (1, 5, 2), (1, 6, 1), (2, 1, 1)]
    >>> index.entries(np.arange(3))
    array([0, 3, 1])
    """

    def __init__(
        self, ids: EventIDs, lumis: Sequence[Lumi] = (), runs: Sequence[int] = (), *, sort: bool = False
    ) -> None:
        pieces: dict[Lumi, list[tuple[int, int]]] = {}
        change = (np.diff(ids.run.astype(np.int64)) != 0) | (np.diff(ids.lumi.astype(np.int64)) != 0)
        edges = [0, *(np.flatnonzero(change) + 1).tolist(), len(ids)] if len(ids) else []
        for start, stop in zip(edges, edges[1:], strict=False):
            pieces.setdefault((int(ids.run[start]), int(ids.lumi[start])), []).append((start, stop))
        self.stretches: list[Stretch] = []
        order: list[tuple[int, int]] = []
        done = 0
        for lumi in _in_order(lumis, pieces, runs, sort):
            parts = pieces.get(lumi, [])
            order += parts
            count = sum(stop - start for start, stop in parts)
            self.stretches.append(Stretch(*lumi, done, done + count))
            done += count
        self._order: Indices | None = None
        if any(first[1] != second[0] for first, second in zip([(0, 0), *order], order, strict=False)):
            self._order = np.concatenate([np.arange(start, stop) for start, stop in order])
        if sort:
            self._sort_events(ids)
        self.ids = ids if self._order is None else ids[self._order]

    def entries(self, positions: Indices) -> Indices:
        """Where in the file the events at these positions in the order of processing are."""
        return positions if self._order is None else self._order[positions]

    def _sort_events(self, ids: EventIDs) -> None:
        order = np.arange(len(ids)) if self._order is None else self._order
        for part in self.stretches:
            entries = order[part.start : part.stop]
            order[part.start : part.stop] = entries[np.argsort(ids.event[entries], kind="stable")]
        self._order = order


def _in_order(known: Sequence[Lumi], with_events: Iterable[Lumi], runs: Sequence[int], sort: bool) -> list[Lumi]:
    """All luminosity blocks, grouped by run; (run, 0) for runs that have none."""
    of_run: dict[int, dict[int, None]] = {}
    for run, lumi in _as_in(known, list(with_events)):
        of_run.setdefault(run, {})[lumi] = None
    for run in runs:
        of_run.setdefault(run, {})
    ordered = sorted(of_run) if sort else of_run
    return [(run, lumi) for run in ordered for lumi in (sorted(of_run[run]) if sort else of_run[run]) or (0,)]


def _as_in(known: Sequence[Lumi], with_events: list[Lumi]) -> list[Lumi]:
    """Put luminosity blocks without events between the others: the order of events decides where the two disagree."""
    busy = set(with_events)
    listed = [lumi for lumi in known if lumi in busy]
    if listed == with_events:
        return list(known)
    return [*with_events, *known]
