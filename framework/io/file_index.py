"""In which order the events of a file are processed: run by run, and luminosity block by luminosity block."""

from __future__ import annotations

from collections.abc import Sequence

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
    >>> ids = EventIDs([1, 1, 2, 1], [5, 6, 1, 5], [10, 11, 12, 13])
    >>> index = FileIndex(ids, lumis=[(1, 4), (1, 5), (1, 6), (2, 1)])
    >>> [(part.run, part.lumi, part.stop - part.start) for part in index.stretches]
    [(1, 4, 0), (1, 5, 2), (1, 6, 1), (2, 1, 1)]
    >>> index.entries(np.arange(3))
    array([0, 3, 1])
    """

    def __init__(
        self, ids: EventIDs, lumis: Sequence[Lumi] = (), runs: Sequence[int] = (), *, sort: bool = False
    ) -> None:
        starts, counts, of_lumi, with_events = _pieces(ids)
        ordered = _in_order(lumis, with_events, runs, sort)
        place = {lumi: i for i, lumi in enumerate(ordered)}
        rank = np.array([place[lumi] for lumi in with_events], dtype=np.int64)[of_lumi]
        order = np.argsort(rank, kind="stable")
        self._order: Indices | None = None
        if not np.array_equal(order, np.arange(len(order))):
            self._order = _ranges(starts[order], counts[order])
        ends = np.cumsum(np.bincount(rank, weights=counts, minlength=len(ordered)).astype(np.int64)).tolist()
        self.stretches = [
            Stretch(*lumi, start, stop) for lumi, start, stop in zip(ordered, [0, *ends], ends, strict=False)
        ]
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


def _pieces(ids: EventIDs) -> tuple[Indices, Indices, Indices, list[Lumi]]:
    """The pieces into which luminosity blocks are scattered, and these in order of first appearance.

    Returns
    -------
    starts, counts : arrays of int
        Where each piece begins, and its number of events.
    of_lumi : array of int
        The luminosity block of each piece: its position in `lumis`.
    lumis : list of (run, lumi)
    """
    keys = ids.run.astype(np.uint64) << np.uint64(32) | ids.lumi
    starts = np.flatnonzero(np.r_[np.ones(min(len(keys), 1), dtype=np.bool_), keys[1:] != keys[:-1]])
    found, first, of_found = np.unique(keys[starts], return_index=True, return_inverse=True)
    by_appearance = np.argsort(first)
    place = np.empty(len(found), dtype=np.int64)
    place[by_appearance] = np.arange(len(found))
    lumis = [(int(key) >> 32, int(key) & 0xFFFFFFFF) for key in found[by_appearance]]
    return starts, np.diff(np.r_[starts, len(keys)]), place[of_found], lumis


def _ranges(starts: Indices, counts: Indices) -> Indices:
    """``start, start + 1, ...``, `count` numbers of each."""
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(int(counts.sum()))


def _in_order(known: Sequence[Lumi], with_events: list[Lumi], runs: Sequence[int], sort: bool) -> list[Lumi]:
    """All luminosity blocks, grouped by run; (run, 0) for runs that have none."""
    of_run: dict[int, dict[int, None]] = {}
    for run, lumi in _as_in(known, with_events):
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
