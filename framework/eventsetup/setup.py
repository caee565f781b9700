"""What modules see of the conditions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..errors import CMSException, LogicError
from ..near_names import did_you_mean
from .es_module import ESModule, ESProduct
from .iov import IntervalOfValidity, IOVSyncValue
from .record import Datum, ESHandle, EventSetupRecord, handle, no_record
from .tokens import DataKey, ESToken, Moment


class EventSetup:
    """The conditions at one moment: all records that are valid then.

    Parameters
    ----------
    records : mapping
        The record of each name, None if it isn't valid at this moment.
    moment : str, optional
        Which tokens may be used; None for all.
    tokens : collection of ESToken, optional
        The tokens that modules have declared; None for any.
    when : IOVSyncValue, optional
        The moment of data taking, for messages.
    """

    def __init__(
        self,
        records: Mapping[str, EventSetupRecord | None] | None = None,
        moment: Moment | None = None,
        tokens: Collection[ESToken] | None = None,
        when: IOVSyncValue | None = None,
    ) -> None:
        self._records = records or {}
        self._moment = moment
        self._tokens = tokens
        self._when = when

    @classmethod
    def of(cls, data: Mapping[tuple[str, ...], Any]) -> EventSetup:
        """A setup that never changes, of objects by type, record and label (which may be left out).

        They count as delivered by whatever ES module a token requires.
        """
        grouped: dict[str, dict[DataKey, tuple[ESModule, ESProduct]]] = {}
        giver = ESModule("", ESModule.Parameters())
        for (type_, record, *label), value in data.items():
            product = giver.setWhatProduced(lambda _, value=value: value, type_, record, *label)  # type: ignore[misc]
            grouped.setdefault(record, {})[product.key] = (giver, product)
        return cls(
            {name: EventSetupRecord(name, IntervalOfValidity(), 1, products, {}) for name, products in grouped.items()}
        )

    def getData(self, token: ESToken) -> Any:
        """The conditions data that `token` stands for, made if nobody has asked for them before.

        Raises
        ------
        NoRecord
            The record isn't valid for this event, run or luminosity block, or the job doesn't have it.
        NoProductResolverException
            No ES module delivers the data.
        LogicError
            The token wasn't made by ``esConsumes`` of a module.
        """
        return self._find(token).get()

    def getHandle(self, token: ESToken) -> ESHandle:
        """As `getData`; if no module delivers the data or their record isn't valid, the handle says so."""
        return handle(self._find, token)

    def get(self, record: str) -> EventSetupRecord:
        """The record called `record`, with its `validityInterval` and `cacheIdentifier`.

        Raises
        ------
        NoRecord
            It isn't valid for this event, run or luminosity block, or the job doesn't have it.
        """
        found = self._records.get(record)
        if found is None:
            raise no_record(record, self._why_missing(record))
        return found

    def tryToGet(self, record: str) -> EventSetupRecord | None:
        """The record called `record`; None where `get` raises NoRecord."""
        return self._records.get(record)

    def _find(self, token: ESToken) -> Datum:
        if not isinstance(token, ESToken) or (self._tokens is not None and token not in self._tokens):
            raise LogicError(
                "Conditions data were asked for without a token that a module got from esConsumes() in its declare()"
            )
        if self._moment is not None and token.moment != self._moment:
            raise CMSException(
                f"The data {token.key} of record {token.record} are declared for the moment {token.moment!r} and asked "
                f"for in {self._moment!r}.\nDeclare them with esConsumes(..., moment={self._moment!r}); data needed at "
                "several moments take a token for each.",
                category="ESGetTokenWrongTransition",
            )
        return self.get(token.record).find(token)

    def _why_missing(self, record: str) -> str:
        if record in self._records:
            return (
                f"An ESSource or ESProducer delivers it, but it has no interval of validity at {self._when}.\n"
                "Check the intervals of its ESSource, or give it one: an EmptyESSource does if it has none."
            )
        hint = did_you_mean(record, self._records, otherwise="")
        return f"Please add an ESSource or ESProducer that delivers such a record.\n{hint}".rstrip()


class ESWatcher:
    """Tells whether a record has changed since the last look.

    A module of kind ``global`` or ``limited`` is called by several threads at once, in which "since the last look"
    means nothing: keep what depends on conditions in an ESProducer's product instead.

    Examples
    --------
    >>> watcher = ESWatcher("BTagCalibrationRcd")
    >>> setup = EventSetup.of({("Table", "BTagCalibrationRcd"): {"wp": 0.5}})
    >>> watcher.check(setup), watcher.check(setup)
    (True, False)
    """

    def __init__(self, record: str) -> None:
        self.record = record
        self._seen = 0

    def check(self, setup: EventSetup) -> bool:
        """Whether this is the first look, or the record has another interval than at the last one."""
        now = setup.get(self.record).cacheIdentifier
        changed, self._seen = now != self._seen, now
        return changed
