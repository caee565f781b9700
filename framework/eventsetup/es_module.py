"""What authors of conditions data derive their modules from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from ..errors import LogicError
from ..plugins.parameters import ParameterSet
from .tokens import DataKey, ESInputTag, ESToken, make_token

if TYPE_CHECKING:
    from ..services.message_logger import MessageLogger
    from .iov import IntervalOfValidity, IOVSyncValue
    from .record import RecordView


@attrs.frozen(eq=False)
class ESProduct:
    """Data that an ES module can deliver; made by `ESModule.setWhatProduced`.

    Attributes
    ----------
    method : callable
        Makes it from a `RecordView`.
    record : str
        The record it belongs to.
    key : DataKey
        What it is called there.
    consumed : list of ESToken
        What `method` reads, beside what the module declares for all its products.
    """

    method: Callable[[RecordView], Any]
    record: str
    key: DataKey
    consumed: list[ESToken] = attrs.field(factory=list)

    def consumes(
        self, type: str, record: str | None = None, label: str = "", tag: ESInputTag | str | None = None
    ) -> ESToken:
        """Declare that only this product is made from other data, by default of the same record."""
        token = make_token(type, record or self.record, label, tag, "ESProducer")
        self.consumed.append(token)
        return token


class ESModule:
    """Base of `ESProducer` and `ESSource`.

    There is one instance for all streams. A method that makes data is called at most once for an interval of
    validity, but several threads may be in the module at once, for different data or intervals.

    Attributes
    ----------
    Parameters : type[ParameterSet]
        Declares the parameters; see `pyrun.framework.plugins.parameters`.
    cfi : str or sequence of str
        Where the generated fragments go, as ``Pkg/Sub/label``; empty if the module has none.
    label : str
        The module's name in the process; its type if it has been given none.
    log : MessageLogger
        Where messages go.
    """

    class Parameters(ParameterSet):
        """No parameters."""

    base: ClassVar[str] = ""
    cfi: ClassVar[str | Sequence[str]] = ()

    label: str
    log: MessageLogger

    def __init__(self, label: str, parameters: ParameterSet) -> None:
        self.label = label
        self.parameters = parameters
        self.produced: list[ESProduct] = []
        self.consumed: list[ESToken] = []
        self.declare(parameters)

    def declare(self, p: Any) -> None:
        """Say what is delivered, and read for it. `p` is an instance of ``Parameters``."""

    def setWhatProduced(
        self, method: Callable[[RecordView], Any], type: str, record: str, label: str = ""
    ) -> ESProduct:
        """Declare that `method` makes the data called `type` and `label` of `record`.

        The method gets a view of the record and returns any object but None. It is called when the data are asked for
        the first time in an interval of validity; all threads get the same object, so nobody may change it.
        """
        product = ESProduct(method, record, DataKey(type, label))
        if any((other.record, other.key) == (record, product.key) for other in self.produced):
            raise LogicError(f"{self.name} declares {product.key} of record {record} twice")
        self.produced.append(product)
        return product

    def esConsumes(self, type: str, record: str, label: str = "", *, tag: ESInputTag | str | None = None) -> ESToken:
        """Declare that all products of this module may be made from other data.

        A record made from data of another one is valid only where both are. For one of several products, use what
        `setWhatProduced` returns: ``self.setWhatProduced(...).consumes(...)``.
        """
        token = make_token(type, record, label, tag, "ESProducer")
        self.consumed.append(token)
        return token

    @property
    def name(self) -> str:
        """How messages name the module."""
        return f"{type(self).__name__}/{self.label!r}"

    def inputs(self, product: ESProduct) -> list[ESToken]:
        """All that `product` may be made from."""
        return [*self.consumed, *product.consumed]


class ESProducer(ESModule):
    """Makes conditions data from other conditions data or from its parameters."""

    base = "ESProducer"


class ESSource(ESModule):
    """Says when records are valid, and may deliver their data.

    Attributes
    ----------
    records : list of str
        The records whose intervals it knows.
    """

    base = "ESSource"

    def __init__(self, label: str, parameters: ParameterSet) -> None:
        self.records: list[str] = []
        super().__init__(label, parameters)

    def findingRecord(self, record: str) -> None:
        """Declare that `setIntervalFor` answers for `record`."""
        if record not in self.records:
            self.records.append(record)

    def setIntervalFor(self, record: str, sync: IOVSyncValue) -> IntervalOfValidity | None:
        """The interval around `sync` in which the record does not change; None if it isn't valid then.

        With an interval whose end is unknown (``last=None``) the question comes again for the next luminosity block;
        the record has changed if the answer then begins elsewhere. Called at most once per luminosity block, for its
        beginning, by one thread at a time, not always in the order of data taking.
        """
        raise LogicError(f"{type(self).__name__} has no method setIntervalFor(record, sync)")
