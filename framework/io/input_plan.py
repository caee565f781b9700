"""Which events of its files a source reads."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ..event.ids import EventIDs
from ..event.ranges import MAX, EventRange, LuminosityBlockRange, RangeSet
from ..event.store import Mask
from ..plugins import parameters as param
from .file_index import FileIndex, Lumi, Segment, Stretch
from .storage import FileName

CHECK_ALL, CHECK_EACH, CHECK_REAL_DATA, NO_CHECK = DUPLICATE_CHECKS = (
    "checkAllFilesOpened",
    "checkEachFile",
    "checkEachRealDataFile",
    "noDuplicateCheck",
)
EVENTS, LUMIS, RUNS = PROCESSING_MODES = ("RunsLumisAndEvents", "RunsAndLumis", "Runs")


class PlanParameters(param.ParameterSet):
    """The parameters of a source that decide what is read."""

    skipEvents: int = param.untracked.uint32(0, doc="how many events to skip that otherwise would be read")
    eventsToProcess: list[param.EventRange] = param.untracked.vEventRange([], doc="if not empty: read only these")
    eventsToSkip: list[param.EventRange] = param.untracked.vEventRange([], doc="don't read these")
    lumisToProcess: list[param.LuminosityBlockRange] = param.untracked.vLuminosityBlockRange(
        [], doc="if not empty: read only these luminosity blocks"
    )
    lumisToSkip: list[param.LuminosityBlockRange] = param.untracked.vLuminosityBlockRange(
        [], doc="don't read these luminosity blocks"
    )
    firstRun: int = param.untracked.uint32(1, doc="skip runs with a smaller number")
    firstLuminosityBlock: int = param.untracked.uint32(
        0, doc="skip luminosity blocks of the run firstRun with a smaller number"
    )
    firstEvent: int = param.untracked.uint32(
        1, doc="skip events with a smaller number in firstLuminosityBlock, or if that is 0 in the run firstRun"
    )
    processingMode: str = param.untracked.string(EVENTS, doc="what to read: " + ", ".join(PROCESSING_MODES))
    duplicateCheckMode: str = param.untracked.string(
        CHECK_ALL,
        doc="where to look for events that come twice, which are then skipped: " + ", ".join(DUPLICATE_CHECKS),
    )


class Plan:
    """Decides, file by file, what is read; the rules are those of CMSSW's EventSkipperByID and DuplicateChecker.

    Parameters
    ----------
    p : PlanParameters
        The source's parameters.
    max_events : int
        The most events to read in all; -1 for no limit.
    """

    def __init__(self, p: PlanParameters, max_events: int) -> None:
        self._p = p
        self._to_skip = p.skipEvents
        self._left = MAX if max_events < 0 else max_events
        self._lumis_wanted = _lumi_ranges(p.lumisToProcess)
        self._lumis_skipped = _lumi_ranges(p.lumisToSkip)
        self._events_wanted = _EventRanges(p.eventsToProcess)
        self._events_skipped = _EventRanges(p.eventsToSkip)
        self._duplicates = _Duplicates(p.duplicateCheckMode)

    @property
    def complete(self) -> bool:
        """Whether there is no more to read."""
        return not self._left

    def segments(
        self, file: FileName, index: FileIndex, *, real_data: bool, warn: Callable[[str], None]
    ) -> Iterator[Segment]:
        """What is read of the next file; `warn` is told of events that come twice."""
        self._duplicates.next_file(real_data)
        again: list[tuple[Stretch, int]] = []
        for run, parts in itertools.groupby(index.stretches, key=lambda part: part.run):
            if max(run, 1) < self._p.firstRun:
                continue
            read = [segment for part in parts for segment in self._part(file.location, part, index.ids, again)]
            if not read and not self.complete and not self._to_skip:
                read = [Segment(file.location, 0, 0, run, 0)]  # a run is read although none of its luminosity blocks is
            yield from read
        if again:
            part, position = again[0]
            warn(
                f"{file.lfn} has {len(again)} events that were read before and are skipped, first "
                f"run {part.run} lumi {part.lumi} event {index.ids.event[position]}"
            )

    def _part(self, file: str, part: Stretch, ids: EventIDs, again: list[tuple[Stretch, int]]) -> Iterator[Segment]:
        lumi, mode = (part.run, part.lumi), self._p.processingMode
        is_run = not part.lumi and part.start == part.stop  # events may be in a luminosity block 0
        if is_run or self.complete or mode == RUNS or not self._wants_lumi(lumi):
            return
        ids = ids[part.start : part.stop if mode == EVENTS else part.start]
        wanted = self._wanted_events(lumi, ids)
        new = self._duplicates.first_time(lumi, ids.event, wanted)
        again += [(part, part.start + int(i)) for i in np.flatnonzero(wanted & ~new)]
        positions = np.flatnonzero(wanted & new)
        if self._to_skip:
            skipped = min(self._to_skip, len(positions))
            self._to_skip -= skipped
            positions = positions[skipped:]
            if not len(positions):
                return
        positions = positions[: self._left]
        self._left -= len(positions)
        for start, stop in _ranges(positions) or [(0, 0)]:
            yield Segment(file, part.start + start, part.start + stop, *lumi)

    def _wants_lumi(self, lumi: Lumi) -> bool:
        if lumi[0] == self._p.firstRun and lumi[1] < self._p.firstLuminosityBlock:
            return False
        return lumi not in self._lumis_skipped and (not self._lumis_wanted or lumi in self._lumis_wanted)

    def _wanted_events(self, lumi: Lumi, ids: EventIDs) -> Mask:
        p = self._p
        wanted: Mask = np.ones(len(ids), dtype=np.bool_)
        if p.firstEvent > 1 and lumi[0] == p.firstRun and p.firstLuminosityBlock in (0, lumi[1]):
            wanted &= ids.event >= p.firstEvent
        if self._events_wanted:
            wanted &= self._events_wanted.contain(lumi, ids.event)
        if self._events_skipped:
            wanted &= ~self._events_skipped.contain(lumi, ids.event)
        return wanted


class _EventRanges:
    """Ranges of events, of which some name luminosity blocks and some don't."""

    def __init__(self, ranges: Sequence[EventRange]) -> None:
        self._of_runs = RangeSet((r.first, r.last) for r in ranges if len(r.first) == 2)
        self._of_lumis = RangeSet((r.first, r.last) for r in ranges if len(r.first) == 3)

    def __bool__(self) -> bool:
        return bool(self._of_runs or self._of_lumis)

    def contain(self, lumi: Lumi, events: npt.NDArray[np.uint64]) -> Mask:
        """Which events of a luminosity block are in a range."""
        run = (lumi[0],)
        found = self._of_runs.overlapping((*run, 0), (*run, MAX)) + self._of_lumis.overlapping((*lumi, 0), (*lumi, MAX))
        inside = np.zeros(len(events), dtype=np.bool_)
        for first, last in found:
            inside |= (events >= np.uint64(first[-1])) & (events <= np.uint64(last[-1]))
        return inside


class _Duplicates:
    """Remembers which events have been seen."""

    def __init__(self, mode: str) -> None:
        self._mode = mode
        self._active = False
        self._seen: dict[Lumi, npt.NDArray[np.uint64]] = {}  # sorted

    def next_file(self, real_data: bool) -> None:
        """A file begins."""
        self._active = self._mode in (CHECK_ALL, CHECK_EACH) or (self._mode == CHECK_REAL_DATA and real_data)
        if self._mode != CHECK_ALL:
            self._seen = {}

    def first_time(self, lumi: Lumi, events: npt.NDArray[np.uint64], wanted: Mask) -> Mask:
        """Which events of a luminosity block are new, of those that are wanted."""
        new: Mask = np.ones(len(events), dtype=np.bool_)
        if not self._active or not wanted.any():
            return new
        before = self._seen.get(lumi)
        asked = events[wanted]
        if before is None and np.all(asked[1:] > asked[:-1]):  # the usual case, which needs no sorting
            self._seen[lumi] = asked
            return new
        known = np.zeros(0, np.uint64) if before is None else before
        self._seen[lumi], first = np.unique(np.concatenate([known, asked]), return_index=True)
        is_first = np.zeros(len(known) + len(asked), dtype=np.bool_)
        is_first[first] = True
        new[wanted] = is_first[len(known) :]
        return new


def _lumi_ranges(ranges: Sequence[LuminosityBlockRange]) -> RangeSet:
    return RangeSet((r.first, r.last) for r in ranges)


def _ranges(positions: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """The stretches of consecutive numbers in `positions`, which ascend."""
    if not len(positions):
        return []
    breaks = np.flatnonzero(np.diff(positions) != 1) + 1
    firsts, lasts = positions[np.r_[0, breaks]], positions[np.r_[breaks - 1, len(positions) - 1]]
    return [(int(first), int(last) + 1) for first, last in zip(firsts, lasts, strict=True)]
