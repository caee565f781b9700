"""Events without content."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..errors import Configuration
from ..event.block import EventBlock
from ..event.ids import EventIDs
from ..plugins import parameters as param
from ..plugins.registry import plugin
from ..source import Source


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

    def size(self, max_events: int) -> int | None:
        return None if max_events < 0 else max_events

    def blocks(self, max_events: int, block_size: int) -> Iterator[EventBlock]:
        if max_events < 0:
            raise Configuration("EmptySource has no end: say how many events to make, process.maxEvents.input = ...")
        per_run, per_lumi = self.parameters.numberEventsInRun, self.parameters.numberEventsInLuminosityBlock
        start = 0
        while start < max_events:
            in_run = start % per_run if per_run else start
            stop = min(max_events, start + block_size)
            if per_run:
                stop = min(stop, start - in_run + per_run)
            if per_lumi:
                stop = min(stop, start - in_run % per_lumi + per_lumi)
            yield EventBlock.make(self._ids(start, stop), first_record=start)
            start = stop

    def _ids(self, start: int, stop: int) -> EventIDs:
        """The numbers of the job's events `start` to `stop`, all in one luminosity block."""
        p = self.parameters
        run, in_run = divmod(start, p.numberEventsInRun) if p.numberEventsInRun else (0, start)
        lumi = in_run // p.numberEventsInLuminosityBlock if p.numberEventsInLuminosityBlock else 0
        count = stop - start
        first = in_run + (1 if run else p.firstEvent)
        events = np.arange(first, first + count, dtype=np.uint64)
        return EventIDs(np.full(count, p.firstRun + run), np.full(count, p.firstLuminosityBlock + lumi), events)
