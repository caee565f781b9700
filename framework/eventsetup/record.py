"""One record during one interval of validity, and its data."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import attrs

from ..errors import CMSException, LogicError, NoProductResolverException, NoRecord
from .es_module import ESModule, ESProduct
from .iov import IntervalOfValidity
from .tokens import DataKey, ESToken

Deliverers = Mapping[DataKey, tuple[ESModule, ESProduct]]
"""Who delivers each of a record's data."""


@attrs.frozen
class ESHandle:
    """Conditions data that may be missing; made by ``getHandle``.

    Attributes
    ----------
    failure : CMSException or None
        Why there is none.
    """

    _value: Any = None
    failure: CMSException | None = None

    def isValid(self) -> bool:
        """Whether there is such data."""
        return self.failure is None

    def product(self) -> Any:
        """The data; raises `failure` if there is none."""
        if self.failure is not None:
            raise self.failure
        return self._value


class EventSetupRecord:
    """A record during one interval of validity; shared by all threads.

    Attributes
    ----------
    name : str
        The record's name.
    validityInterval : IntervalOfValidity
        Where it holds.
    cacheIdentifier : int
        Another number for another interval of the same record; never 0.
    supporting : mapping
        The records it is made from, by name, as they are during the interval; None if one isn't valid.
    """

    def __init__(
        self,
        name: str,
        interval: IntervalOfValidity,
        cache_identifier: int,
        deliverers: Deliverers,
        supporting: Mapping[str, EventSetupRecord | None],
    ) -> None:
        self.name = name
        self.validityInterval = interval
        self.cacheIdentifier = cache_identifier
        self.supporting = supporting
        self._data = {key: Datum(self, module, product) for key, (module, product) in deliverers.items()}

    def find(self, token: ESToken) -> Datum:
        """What `token` asks for, which may have to be made yet.

        Raises
        ------
        NoProductResolverException
            No module delivers it, or not the one that the token requires.
        """
        datum = self._data.get(token.key)
        if datum is None or (token.module and datum.module.label not in ("", token.module)):
            raise self._missing(token, datum)
        return datum

    def _missing(self, token: ESToken, datum: Datum | None) -> NoProductResolverException:
        text = (
            f'Cannot find EventSetup module to produce data of type "{token.key.type}" in\n'
            f'record "{self.name}" with product label "{token.key.label}".\n'
        )
        if datum is not None:
            return NoProductResolverException(
                f"{text}It is delivered by {datum.module.name}, but the ESInputTag requires the module "
                f"{token.module!r}.\nRequire no module, or let {token.module!r} deliver it: if both can, say so with "
                f"an ESPrefer."
            )
        others = ", ".join(str(key) for key in sorted(self._data))
        return NoProductResolverException(
            f"{text}Please add an ESSource or ESProducer to your job which can deliver this data.\n"
            f"In this job the record has {others or 'no data'}."
        )


class RecordView:
    """A record as a method that makes some of its data sees it."""

    def __init__(self, record: EventSetupRecord, tokens: frozenset[ESToken]) -> None:
        self._record = record
        self._tokens = tokens

    @property
    def name(self) -> str:
        """The record's name."""
        return self._record.name

    @property
    def validityInterval(self) -> IntervalOfValidity:
        """Where what is made will be used."""
        return self._record.validityInterval

    def get(self, token: ESToken) -> Any:
        """Other data, of this record or one it is made from; see `getHandle` for data that may be missing.

        Raises
        ------
        NoRecord
            Its record isn't valid.
        NoProductResolverException
            No module delivers it.
        LogicError
            The token wasn't declared for what is being made.
        """
        return self._find(token).get()

    def getHandle(self, token: ESToken) -> ESHandle:
        """As `get`; if no module delivers the data or their record isn't valid, the handle says so."""
        return handle(self._find, token)

    def _find(self, token: ESToken) -> Datum:
        if token not in self._tokens:
            raise LogicError(
                "Conditions data were asked for with a token that this ES module did not get from esConsumes(), or "
                "from the consumes() of another product"
            )
        if token.record == self._record.name:
            return self._record.find(token)
        record = self._record.supporting.get(token.record)
        if record is None:
            raise no_record(token.record, f"the record {self._record.name!r} is made from it")
        return record.find(token)


class Datum:
    """Data of a record in one interval: made once, by whoever asks first."""

    def __init__(self, record: EventSetupRecord, module: ESModule, product: ESProduct) -> None:
        self._record = weakref.proxy(record)
        self.module = module
        self.product = product
        self._lock = threading.Lock()
        self._done = False
        self._value: Any = None
        self._error: Exception | None = None
        self._traceback: TracebackType | None = None

    def get(self) -> Any:
        """The data.

        Raises
        ------
        Exception
            What the module raised when it made them; each time the same.
        """
        if not self._done:
            with self._lock:
                if not self._done:
                    self._make()
                    self._done = True
        if self._error is not None:
            raise self._error.with_traceback(self._traceback)
        return self._value

    def _make(self) -> None:
        """Call the module; a failure is kept, so that it too happens once."""
        record = self._record
        tokens = frozenset(self.module.inputs(self.product))
        where = f"Using EventSetup component {self.module.name} to make data {self.product.key} in record {record.name}"
        try:
            self._value = self.product.method(RecordView(record, tokens))
            if self._value is None:
                raise LogicError(f"{_name(self.product.method)} returned None; it must return the data")
        except Exception as error:
            if isinstance(error, CMSException):
                error.add_context(where)
            else:
                error.add_note(where)
            self._error, self._traceback = error, error.__traceback__


def handle(find: Callable[[ESToken], Datum], token: ESToken) -> ESHandle:
    """A handle of what `find` finds; what goes wrong while it is made is raised."""
    try:
        datum = find(token)
    except (NoRecord, NoProductResolverException) as error:
        return ESHandle(failure=error)
    return ESHandle(datum.get())


def no_record(name: str, why: str) -> NoRecord:
    """The exception for a record that isn't there."""
    return NoRecord(f'No "{name}" record found in the EventSetup.\n{why}')


def _name(method: Any) -> str:
    return getattr(method, "__qualname__", repr(method))
