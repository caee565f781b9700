"""Moments of data taking, and the intervals between them for which conditions hold."""

from __future__ import annotations

import attrs

from ..errors import LogicError

MAX_NUMBER = 2**32 - 1  # of runs and luminosity blocks
MAX_EVENT = 2**64 - 1


@attrs.frozen(order=True)
class IOVSyncValue:
    """A moment of data taking; ordered as data taking is.

    Attributes
    ----------
    run : int
    lumi : int
        0 for the beginning of the run.
    event : int
        0 for the beginning of the luminosity block.
    """

    run: int
    lumi: int = 0
    event: int = 0

    @classmethod
    def beginOfTime(cls) -> IOVSyncValue:
        """The beginning of run 1."""
        return cls(1)

    @classmethod
    def endOfTime(cls) -> IOVSyncValue:
        """After every run."""
        return cls(MAX_NUMBER, MAX_NUMBER, MAX_EVENT)

    @classmethod
    def endOfRun(cls, run: int) -> IOVSyncValue:
        """After the last event of a run."""
        return cls(run, MAX_NUMBER, MAX_EVENT)

    def just_before(self) -> IOVSyncValue:
        """The last moment before this one."""
        if self.event:
            return IOVSyncValue(self.run, self.lumi, self.event - 1)
        if self.lumi:
            return IOVSyncValue(self.run, self.lumi - 1, MAX_EVENT)
        if self.run:
            return IOVSyncValue.endOfRun(self.run - 1)
        raise LogicError("There is no moment before run 0")

    def __str__(self) -> str:
        """As far as it says anything: ``run 5 lumi 3``."""
        if self == IOVSyncValue.endOfTime():
            return "end of time"
        if self == IOVSyncValue.endOfRun(self.run):
            return f"end of run {self.run}"
        lumi = f" lumi {self.lumi}" if self.lumi or self.event else ""
        event = "" if not self.event else " (its end)" if self.event == MAX_EVENT else f" event {self.event}"
        return f"run {self.run}{lumi}{event}"


@attrs.frozen
class IntervalOfValidity:
    """From the moment `first` to the moment `last`, both included; `last` is None as long as the end is unknown.

    Examples
    --------
    >>> runs = IntervalOfValidity.of_runs(5, 9)
    >>> IOVSyncValue(9, 120, 7) in runs
    True
    """

    first: IOVSyncValue = attrs.field(factory=IOVSyncValue.beginOfTime)
    last: IOVSyncValue | None = attrs.field(factory=IOVSyncValue.endOfTime)

    @classmethod
    def of_runs(cls, first: int, last: int | None = None) -> IntervalOfValidity:
        """All of the runs `first` to `last`; without `last`, to the end of time."""
        return cls(IOVSyncValue(first), IOVSyncValue.endOfTime() if last is None else IOVSyncValue.endOfRun(last))

    def __contains__(self, moment: IOVSyncValue) -> bool:
        return self.first <= moment and (self.last is None or moment <= self.last)

    def intersection(self, other: IntervalOfValidity) -> IntervalOfValidity:
        """What both cover; they must overlap."""
        last = None if self.last is None or other.last is None else min(self.last, other.last)
        return IntervalOfValidity(max(self.first, other.first), last)

    def __str__(self) -> str:
        return f"{self.first} to {self.last or 'an unknown end'}"


def since(starts: list[IOVSyncValue], moment: IOVSyncValue) -> tuple[int, IntervalOfValidity] | None:
    """The interval around `moment` when each of the ascending `starts` ends the interval before it.

    Returns
    -------
    tuple of int and IntervalOfValidity, or None
        The position of its start in `starts`, and the interval; None before the first start.
    """
    from bisect import bisect_right

    position = bisect_right(starts, moment) - 1
    if position < 0:
        return None
    following = starts[position + 1 : position + 2]
    last = following[0].just_before() if following else IOVSyncValue.endOfTime()
    return position, IntervalOfValidity(starts[position], last)
