"""Modules for authors who think in one event at a time.

The same rules hold as for other modules, and the same products come out; but Python runs once per event, which is
some hundred times slower than arrays. Good for a first version, for rare events, and for code that exists.

Examples
--------
>>> from pyrun.framework import per_event, plugin
>>> @plugin
... class LeadingJetPt(per_event.EDProducer):
...     def declare(self, p):
...         self.jets, self.pt = self.consumes("slimmedJets"), self.produces("float")
...
...     def produceEvent(self, event, setup):
...         jets = event.get(self.jets)
...         event.put(self.pt, jets[0].pt if len(jets) else -1.0)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import module
from .errors import InsertFailure, LogicError, ProductNotFound

if TYPE_CHECKING:
    from .event.branch import BranchDescription
    from .event.store import Array, Mask
    from .event.view import EventView
    from .eventsetup.setup import EventSetup
    from .module import ConsumesToken, ProducesToken


class StoppedAt(Exception):
    """A module failed at one event of a view, and has done those before it.

    Attributes
    ----------
    position : int
        Of the event in the view.
    error : Exception
        What it raised.
    made : dict
        The products of the events before.
    verdict : numpy.ndarray of bool
        Their verdicts.
    """

    def __init__(
        self, position: int, error: Exception, made: dict[BranchDescription, Array], verdict: npt.NDArray[np.bool_]
    ) -> None:
        super().__init__(str(error))
        self.position = position
        self.error = error
        self.made = made
        self.verdict = verdict


class Event:
    """One event of a view."""

    def __init__(self, view: EventView, position: int, handles: dict[ConsumesToken, tuple[Array | None, Mask]]) -> None:
        self._view = view
        self._position = position
        self._handles = handles  # of the view, shared by its events
        self._generator: np.random.Generator | None = None
        self.made: dict[ProducesToken, Any] = {}

    @property
    def run(self) -> int:
        """Run number."""
        return int(self._view.run[self._position])

    @property
    def lumi(self) -> int:
        """Luminosity block number."""
        return int(self._view.lumi[self._position])

    @property
    def id(self) -> int:
        """Event number."""
        return int(self._view.id[self._position])

    def generator(self) -> np.random.Generator:
        """The event's random number generator, which goes on where it was if it is asked for again."""
        if self._generator is None:
            self._generator = self._view.at(self._position).generators()[0]
        return self._generator

    def exists(self, token: ConsumesToken) -> bool:
        """Whether the event has the product."""
        return bool(self._handle(token)[1][self._position])

    def get(self, token: ConsumesToken) -> Any:
        """The product: a number, a record, or an array of this event's entries.

        Raises
        ------
        ProductNotFound
            The event has none.
        """
        array, present = self._handle(token)
        if not present[self._position]:
            self._view.at(self._position).get(token)  # tells what is missing where
            raise ProductNotFound(str(token.tag))
        assert array is not None
        return array[int(np.count_nonzero(present[: self._position]))]

    def _handle(self, token: ConsumesToken) -> tuple[Array | None, Mask]:
        if token not in self._handles:
            self._handles[token] = self._view.getHandle(token)
        return self._handles[token]

    def put(self, token: ProducesToken, value: Any) -> None:
        """Give a product: a number, text, list, dict, or an array or record."""
        if token in self.made:
            raise InsertFailure(f"The product {token.type} with instance {token.instance!r} was put twice")
        self.made[token] = value


class _PerEvent(module.Module):
    """Calls a method once per event."""

    def _loop(self, view: EventView, setup: EventSetup, name: str) -> npt.NDArray[np.bool_]:
        method = getattr(self, name)
        tokens = [token for token in self.produced if token.moment == "Event"]
        values: dict[ProducesToken, list[Any]] = {token: [] for token in tokens}
        verdict = np.ones(len(view), dtype=np.bool_)
        handles: dict[ConsumesToken, tuple[Array | None, Mask]] = {}
        for position in range(len(view)):
            event = Event(view, position, handles)
            try:
                answer = method(event, setup)
                verdict[position] = self._checked(event, answer, values)
            except Exception as error:
                made = {view.branch(token): _array(entries) for token, entries in values.items()}
                raise StoppedAt(position, error, made, verdict[:position]) from error
        for token, entries in values.items():
            view.put(token, _array(entries))
        return verdict

    def _checked(self, event: Event, answer: Any, values: dict[ProducesToken, list[Any]]) -> bool:
        """The verdict on an event, after its products have been taken."""
        missing = [token for token in values if token not in event.made]
        if missing:
            raise InsertFailure(
                f"{type(self).__name__} did not put its product {missing[0].type} with instance {missing[0].instance!r}"
            )
        if len(event.made) > len(values):
            raise InsertFailure("A product was put with a token that this module's produces() did not make")
        if self.base == "EDFilter" and not isinstance(answer, (bool, np.bool_)):
            raise LogicError(f"filterEvent() must return True or False, not {answer!r}")
        for token, entries in values.items():
            entries.append(event.made[token])
        return self.base != "EDFilter" or bool(answer)


def _array(values: list[Any]) -> Array:
    """One array of the values of all events."""
    if values and all(isinstance(value, (bool, int, float, np.generic)) for value in values):
        return np.asarray(values)
    import awkward as ak

    if values and all(isinstance(value, (ak.Array, np.ndarray)) for value in values):
        counts = [len(value) for value in values]
        return ak.unflatten(ak.concatenate([ak.Array(value) for value in values]), counts)
    if values and all(isinstance(value, ak.Record) for value in values):  # with their types, as in the input
        return ak.concatenate([ak.Array(value.layout.to_packed().array[:1]) for value in values])
    return ak.Array(values)


class EDProducer(_PerEvent, module.EDProducer):
    """Makes products, one event at a time."""

    def produce(self, event: EventView, setup: EventSetup, *result: Any) -> None:
        """Call `produceEvent` for each event."""
        self._loop(event, setup, "produceEvent")

    def produceEvent(self, event: Event, setup: EventSetup) -> None:
        """Read the inputs from `event` and put every declared product."""
        raise LogicError(f"{type(self).__name__} has no method produceEvent(event, setup)")


class EDFilter(_PerEvent, module.EDFilter):
    """Decides which events go on, one event at a time."""

    def filter(self, event: EventView, setup: EventSetup, *result: Any) -> npt.NDArray[np.bool_]:
        """Call `filterEvent` for each event."""
        return self._loop(event, setup, "filterEvent")

    def filterEvent(self, event: Event, setup: EventSetup) -> bool:
        """Whether the event goes on."""
        raise LogicError(f"{type(self).__name__} has no method filterEvent(event, setup)")


class EDAnalyzer(_PerEvent, module.EDAnalyzer):
    """Looks at events, one at a time."""

    def analyze(self, event: EventView, setup: EventSetup, *result: Any) -> None:
        """Call `analyzeEvent` for each event."""
        self._loop(event, setup, "analyzeEvent")

    def analyzeEvent(self, event: Event, setup: EventSetup) -> None:
        """Look at the event."""
        raise LogicError(f"{type(self).__name__} has no method analyzeEvent(event, setup)")
