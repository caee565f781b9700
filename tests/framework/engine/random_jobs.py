"""Random small jobs: modules whose products, verdicts and failures are pure functions of the event."""

from __future__ import annotations

import asyncio
import threading
import zlib

import awkward as ak
import numpy as np

from pyrun.framework import EDFilter, EDProducer, OutputModule, Source, errors, per_event, plugin
from pyrun.framework import parameters as param
from pyrun.framework.event.block import EventBlock
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs

MISSING = -1


def mix(*values: int) -> int:
    """A number in [0, 1000) that depends on all values and looks random."""
    return zlib.crc32(repr(values).encode()) % 1000


class Recorder:
    """What modules saw; cleared before each job."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.calls: list[tuple[str, int]] = []
        self.in_order: dict[str, list[int]] = {}
        self.block_of: dict[int, int] = {}
        self.written: dict[int, dict[str, object]] = {}
        self.results: dict[int, list[tuple[int, int]]] = {}
        self.outcome: str | None = None

    def note(self, label: str, events) -> None:
        with self.lock:
            self.calls.extend((label, int(event)) for event in events)
            self.in_order.setdefault(label, []).extend(int(event) for event in events)


RECORDER = Recorder()


class RandomParameters(param.ParameterSet):
    number: int = param.int32(doc="the module's number, which its products depend on")
    needs: list = param.vstring([], doc="labels of products that must exist")
    wants: list = param.vstring([], doc="labels of products that are used if they exist")
    failsAt: int = param.int32(-1, doc="event number at which the module raises; -1 for none")
    failsEvery: int = param.int32(0, doc="raises at each event whose number modulo this is the module's; 0 for none")


class RandomWork:
    """Behaviour shared by the random modules."""

    Parameters = RandomParameters

    def declare(self, p):
        self.needs = [self.consumes(label) for label in p.needs]
        self.wants = [self.consumes(label) for label in p.wants]
        self.value = self.produces("int")

    def values(self, event):
        """One number per event, from the event number and the inputs."""
        columns = [event.get(token) for token in self.needs]
        for token in self.wants:
            column = np.full(len(event), MISSING)
            array, present = event.getHandle(token)
            if array is not None:
                column[present] = as_number(array)
            columns.append(column)
        for number in event.id:
            self.check(int(number))
        RECORDER.note(self.label, event.id)
        rows = zip(event.id, *columns, strict=True)
        return np.array([mix(self.parameters.number, *map(int, row)) for row in rows])

    def check(self, event: int) -> None:
        """Fail if this module is to fail at this event."""
        p = self.parameters
        if fails(p.number, p.failsAt, p.failsEvery, event):
            raise errors.LogicError(f"{self.label} fails at event {event}")


def fails(number: int, fails_at: int, fails_every: int, event: int) -> bool:
    """Whether a module with these parameters fails at an event."""
    return event == fails_at or (fails_every > 0 and event % fails_every == number % fails_every)


def as_number(array):
    """Products as numbers: a path's status is one of state and index."""
    if not getattr(array, "fields", None):
        return array
    state, index = (np.asarray(array[field]).astype(int) for field in ("state", "index"))
    return state * 100 + index


@plugin
class RandomProducer(RandomWork, EDProducer):
    """Puts a number per event."""

    def produce(self, event, setup):
        event.put(self.value, self.values(event))


@plugin
class RandomOneProducer(RandomProducer):
    """The same, one instance for all streams."""

    kind = "one"


@plugin
class RandomExternalProducer(RandomWork, EDProducer):
    """The same, computed elsewhere."""

    async def acquire(self, event, setup):
        values = self.values(event)
        await asyncio.sleep(0.0005)
        return values

    def produce(self, event, setup, values):
        event.put(self.value, values)


@plugin
class RandomPerEventProducer(RandomWork, per_event.EDProducer):
    """The same, event by event."""

    def produceEvent(self, event, setup):
        inputs = [event.get(token) for token in self.needs]
        inputs += [int(as_number(event.get(token))) if event.exists(token) else MISSING for token in self.wants]
        self.check(event.id)
        RECORDER.note(self.label, [event.id])
        event.put(self.value, mix(self.parameters.number, event.id, *map(int, inputs)))


@plugin
class RandomFilter(RandomWork, EDFilter):
    """Passes events whose number is small."""

    def filter(self, event, setup):
        values = self.values(event)
        event.put(self.value, values)
        return values < 600


@plugin
class RandomSource(Source):
    """Events 1 to N, in luminosity blocks of ten, with a product from an earlier process."""

    class Parameters(param.ParameterSet):
        events: int = param.int32(doc="how many")

    branch = BranchDescription("int", "early", "", "EARLY")

    @property
    def branches(self):
        return [self.branch]

    def blocks(self, max_events, block_size):
        total = self.parameters.events
        start = 0
        while start < total:
            stop = min(start + block_size, total, (start // 10 + 1) * 10)
            numbers = np.arange(start + 1, stop + 1)
            RECORDER.block_of.update(dict.fromkeys(map(int, numbers), start))
            ids = EventIDs(np.ones(len(numbers)), (numbers - 1) // 10 + 1, numbers)
            present = np.array([has_early(int(number)) for number in numbers])
            values = np.array([mix(7, int(number)) for number in numbers])
            yield EventBlock.make(ids, first_record=start, lazy={self.branch: lambda v=values, p=present: (v, p)})
            start = stop


def has_early(event: int) -> bool:
    """Whether the input has the early product for this event."""
    return mix(3, event) < 800


@plugin
class RecordingOutput(OutputModule):
    """Keeps all products of all events in memory."""

    def keep(self, branches):
        return [branch for branch in branches if branch.process == "TEST"]

    def write(self, ids, products):
        for event in ids.event:
            assert int(event) not in RECORDER.written
            RECORDER.written[int(event)] = {}
        for branch, (array, present) in products.items():
            if array is not None:
                for event, value in zip(ids.event[present], ak.to_list(array), strict=True):
                    RECORDER.written[int(event)][branch.label] = value

    def close(self):
        RECORDER.outcome = "closed"

    def abort(self):
        RECORDER.outcome = "aborted"


@plugin
class RecordingResults(OutputModule):
    """Keeps the trigger results of all events in memory."""

    def keep(self, branches):
        return [branch for branch in branches if branch.label == "TriggerResults"]

    def write(self, ids, products):
        for array, present in products.values():
            assert present.all()
            for event, paths in zip(ids.event, ak.to_list(array), strict=True):
                RECORDER.results[int(event)] = [(path["state"], path["index"]) for path in paths]
