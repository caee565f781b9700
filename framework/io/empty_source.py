"""Events without content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..errors import Configuration
from ..event.block import EventBlock
from ..event.ids import EventIDs
from ..plugins import parameters as param
from ..plugins.registry import plugin
from ..source import Source
from .file_index import Segment


@plugin
class EmptySource(Source):
    """Makes events that have a number and nothing else, for jobs that generate.

    The numbers are those of CMSSW's IDGeneratorSourceBase: event numbers go on from one luminosity block to the next,
    and begin at 1 again in a new run, as do luminosity blocks at firstLuminosityBlock.
    """

    class Parameters(param.ParameterSet):
        firstRun: int = param.untracked.uint32(1, doc="number of the first run")
        firstLuminosityBlock: int = param.untracked.uint32(1, doc="number of each run's first luminosity block")
        firstEvent: int = param.untracked.uint32(1, doc="number of the first run's first event")
        numberEventsInRun: int = param.untracked.uint32(0, doc="events in a run; 0 for no end")
        numberEventsInLuminosityBlock: int = param.untracked.uint32(
            0, doc="events in a luminosity block; 0 for as many as there are in the run"
        )

    parameters: Parameters

    def declare(self, p: Parameters) -> None:
        self._restriction: Sequence[Segment] | None = None

    def size(self, max_events: int) -> int | None:
        if self._restriction is not None:
            return sum(len(segment) for segment in self._restriction)
        return None if max_events < 0 else max_events

    def plan(self, max_events: int = -1) -> list[Segment]:
        """What `blocks` would make, in order; positions are those among the job's events."""
        if max_events < 0:
            raise Configuration("EmptySource has no end: say how many events to make, process.maxEvents.input = ...")
        found: list[Segment] = []
        while (start := found[-1].stop if found else 0) < max_events:
            stop = self._end_of_lumi(start, max_events)
            first = self._ids(start, start + 1)
            found.append(Segment("", start, stop, int(first.run[0]), int(first.lumi[0])))
        return found

    def restrict(self, segments: Sequence[Segment]) -> None:
        self._restriction = list(segments)

    def blocks(self, max_events: int, block_size: int) -> Iterator[EventBlock]:
        read = 0
        for segment in self.plan(max_events) if self._restriction is None else self._restriction:
            for start in range(segment.start, segment.stop, block_size):
                ids = self._ids(start, min(start + block_size, segment.stop))
                yield EventBlock.make(ids, first_record=read)
                read += len(ids)

    def _end_of_lumi(self, start: int, end: int) -> int:
        """Where the luminosity block of the job's event `start` ends; `end` at the latest."""
        per_run, per_lumi = self.parameters.numberEventsInRun, self.parameters.numberEventsInLuminosityBlock
        in_run = start % per_run if per_run else start
        stop = min(end, start - in_run + per_run) if per_run else end
        return min(stop, start - in_run % per_lumi + per_lumi) if per_lumi else stop

    def _ids(self, start: int, stop: int) -> EventIDs:
        """The numbers of the job's events `start` to `stop`, all in one luminosity block."""
        p = self.parameters
        run, in_run = divmod(start, p.numberEventsInRun) if p.numberEventsInRun else (0, start)
        lumi = in_run // p.numberEventsInLuminosityBlock if p.numberEventsInLuminosityBlock else 0
        count = stop - start
        first = in_run + (1 if run else p.firstEvent)
        events = np.arange(first, first + count, dtype=np.uint64)
        return EventIDs(np.full(count, p.firstRun + run), np.full(count, p.firstLuminosityBlock + lumi), events)
