"""Making a job's ES modules, and from them the event setup of each luminosity block."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import attrs

from ..errors import CMSException, LogicError
from ..plugins.factory import make_plugin
from .es_module import ESModule, ESSource
from .iov import IntervalOfValidity, IOVSyncValue
from .record import Deliverers, EventSetupRecord
from .resolution import check_loops, choose, supporting_records
from .setup import EventSetup
from .tokens import ESToken, Moment

if TYPE_CHECKING:
    from ..config.description import ProcessDescription
    from ..services.message_logger import MessageLogger


@attrs.frozen(eq=False)
class _Found:
    """What is known of a record at some moment.

    Attributes
    ----------
    interval : IntervalOfValidity
        Where that stays so. With an unknown end it says nothing about other luminosity blocks, not even earlier ones.
    identity : tuple
        Where the intervals begin from which it was found; two findings with the same are of the same interval.
    supporting : dict
        What is known of the records it is made from.
    """

    interval: IntervalOfValidity
    identity: tuple[object, ...]
    supporting: Mapping[str, _Found | None]


class RecordProvider:
    """Finds the intervals of one record.

    Parameters
    ----------
    name : str
    sources : sequence of ESSource
        Those that know its intervals; it changes whenever any of them says so.
    deliverers : mapping
        Who delivers its data.
    supporting : mapping
        The providers of the records that it is made from.
    """

    def __init__(
        self,
        name: str,
        sources: Sequence[ESSource],
        deliverers: Deliverers,
        supporting: Mapping[str, RecordProvider],
    ) -> None:
        self.name = name
        self._sources = sources
        self._deliverers = deliverers
        self._supporting = supporting
        self._identifiers = itertools.count(1)
        self._alive: WeakValueDictionary[tuple[object, ...], EventSetupRecord] = WeakValueDictionary()
        self._latest: _Found | None = None

    def record_at(self, sync: IOVSyncValue) -> EventSetupRecord | None:
        """The record at a moment, the same object throughout an interval; None if it isn't valid."""
        found = self._find(sync)
        return None if found is None else self._record(found)

    def _find(self, sync: IOVSyncValue) -> _Found | None:
        if self._latest is not None and sync in self._latest.interval:
            return self._latest
        supporting = {name: provider._find(sync) for name, provider in self._supporting.items()}
        intervals = [self._ask(source, sync) for source in self._sources]
        known = [interval for interval in intervals if interval is not None]
        known += [found.interval for found in supporting.values() if found is not None]
        if not known:
            return None
        interval = IntervalOfValidity()
        for other in known:
            interval = interval.intersection(other)
        if len(known) < len(intervals) + len(supporting):  # what isn't valid now may be in the next luminosity block
            interval = attrs.evolve(interval, last=None)
        identity = (
            *(interval and interval.first for interval in intervals),
            *(found and found.identity for found in supporting.values()),
        )
        found = _Found(interval, identity, supporting)
        if interval.last is not None:
            self._latest = found
        return found

    def _ask(self, source: ESSource, sync: IOVSyncValue) -> IntervalOfValidity | None:
        with _context(f"Finding the interval of validity of record {self.name} at {sync} with {source.name}"):
            interval = source.setIntervalFor(self.name, sync)
            if interval is not None and sync not in interval:
                raise LogicError(f"setIntervalFor gave the interval from {interval}, which does not hold {sync}")
            return interval

    def _record(self, found: _Found) -> EventSetupRecord:
        record = self._alive.get(found.identity)
        if record is None:
            supporting = {
                name: None if part is None else self._supporting[name]._record(part)
                for name, part in found.supporting.items()
            }
            record = EventSetupRecord(self.name, found.interval, next(self._identifiers), self._deliverers, supporting)
            self._alive[found.identity] = record
        return record


class EventSetupProvider:
    """The conditions of a job.

    Parameters
    ----------
    process : ProcessDescription
        Names the ES modules.
    log : MessageLogger
        Where they write.
    tokens : collection of ESToken
        What the job's modules may ask for.
    streams : int
        How many streams there are: luminosity blocks that so many streams may be in at once stay in memory, so that
        data are not made again for a stream that comes late.

    Raises
    ------
    Configuration
        A parameter or preference that can't be, two modules that deliver the same, data that need themselves.
    """

    def __init__(
        self,
        process: ProcessDescription,
        log: MessageLogger,
        tokens: Collection[ESToken] = (),
        streams: int = 1,
    ) -> None:
        self.modules: list[ESModule] = [make_plugin(description, log) for description in process.es_modules.values()]
        self._tokens = frozenset(tokens)
        self._providers = self._make_providers(process)
        self._lock = threading.Lock()
        self._recent: OrderedDict[IOVSyncValue, Mapping[str, EventSetupRecord | None]] = OrderedDict()
        self._most = 2 * streams + 2  # as many blocks may be under way, and those before and after them

    def _make_providers(self, process: ProcessDescription) -> dict[str, RecordProvider]:
        chosen = choose(self.modules, process.es_prefers)
        check_loops(chosen)
        supporting = supporting_records(chosen)
        sources = [module for module in self.modules if isinstance(module, ESSource)]
        providers: dict[str, RecordProvider] = {}

        def make(name: str) -> RecordProvider:
            if name not in providers:
                parts = {part: make(part) for part in supporting.get(name, ()) if part in names}
                finders = [source for source in sources if name in source.records]
                providers[name] = RecordProvider(name, finders, chosen.get(name, {}), parts)
            return providers[name]

        names = dict.fromkeys([*chosen, *(record for source in sources for record in source.records)])
        for name in names:
            make(name)
        return providers

    def setup_for(self, run: int, lumi: int = 0, moment: Moment = "Event") -> EventSetup:
        """The conditions of a run or luminosity block, which are also those of its events.

        As in cmsRun, intervals are looked up for the beginning of a run or luminosity block; one that begins between
        two events counts from the next luminosity block on.

        Parameters
        ----------
        run, lumi : int
            `lumi` is 0 for a run.
        moment : str
            What is about to happen: with ``"EndRun"`` the conditions are those of the run's end.
        """
        sync = IOVSyncValue.endOfRun(run) if moment == "EndRun" else IOVSyncValue(int(run), int(lumi))
        with self._lock:
            records = self._recent.get(sync)
            if records is None:
                records = {name: provider.record_at(sync) for name, provider in self._providers.items()}
                self._recent[sync] = records
                if len(self._recent) > self._most:
                    self._recent.popitem(last=False)
        return EventSetup(records, moment, self._tokens, sync)


@contextmanager
def _context(text: str) -> Iterator[None]:
    try:
        yield
    except CMSException as error:
        error.add_context(text)
        raise
    except Exception as error:
        error.add_note(text)
        raise
