"""What authors derive their modules from.

A module sees *views*: some consecutive or scattered events of a block, each product an array whose first axis
is those events. It says in `Module.declare` what it consumes and produces; the engine does the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import attrs

from .errors import Configuration, LogicError
from .event.branch import InputTag, Level
from .eventsetup.setup import EventSetup
from .eventsetup.tokens import ESInputTag, ESToken, make_token
from .plugins.parameters import ParameterSet

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from .event.transition_view import TransitionView
    from .event.view import EventView
    from .service import Service
    from .services.message_logger import MessageLogger

Moment = Literal["Event", "BeginRun", "EndRun", "BeginLuminosityBlock", "EndLuminosityBlock"]


@attrs.frozen(eq=False)
class ConsumesToken:
    """The right to read one product; made by `Module.consumes` of the module labelled `consumer`."""

    tag: InputTag
    type: str | None = None
    consumer: str = ""
    level: Level = "Event"


@attrs.frozen(eq=False)
class ProducesToken:
    """The duty to put one product at one moment; made by `Module.produces`."""

    type: str
    instance: str = ""
    moment: Moment = "Event"

    @property
    def level(self) -> Level:
        """What the product belongs to."""
        return "Run" if self.moment.endswith("Run") else "Event" if self.moment == "Event" else "LuminosityBlock"


class Module:
    """Base of all modules; derive from `EDProducer`, `EDFilter` or `EDAnalyzer` instead.

    The methods with a run or luminosity block are called in order, when no event is being worked on, for each instance.

    Attributes
    ----------
    Parameters : type[ParameterSet]
        Declares the parameters; see `pyrun.framework.plugins.parameters`.
    kind : {"stream", "global", "limited", "one"}
        ``stream``: each stream has an instance of its own. ``global``: one instance for all streams, called by several
        threads at once. ``limited``: the same, by at most `concurrencyLimit` threads at once. ``one``: one instance
        that sees all blocks, one after the other, in the order of the input.
    cfi : str or sequence of str
        Where the generated fragments go, as ``Pkg/Sub/label``; empty if the module has none.
    label : str
        The module's name in the process.
    log : MessageLogger
        Where messages go; see `MessageLogger.warning` and its siblings.
    services : mapping
        The job's services by type, e.g. ``self.services["TFileService"]``; see `service`.
    """

    class Parameters(ParameterSet):
        """No parameters."""

    base: ClassVar[str] = ""
    kind: ClassVar[Literal["stream", "global", "limited", "one"]] = "stream"
    concurrencyLimit: ClassVar[int] = 1
    cfi: ClassVar[str | Sequence[str]] = ()

    label: str
    log: MessageLogger
    services: Mapping[str, Service] = {}
    globalCache: Any = None

    def __init__(self, label: str, parameters: ParameterSet) -> None:
        self.label = label
        self.parameters = parameters
        self.consumed: list[ConsumesToken] = []
        self.produced: list[ProducesToken] = []
        self.esConsumed: list[ESToken] = []
        self.resources: list[str] = []
        self.declare(parameters)

    @classmethod
    def initializeGlobalCache(cls, p: Any) -> Any:
        """Make what all streams' instances share, read-only, as ``self.globalCache``; called once before them."""
        return None

    def declare(self, p: Any) -> None:
        """Say what is consumed and produced. `p` is an instance of ``Parameters``."""

    def beginJob(self) -> None:
        """Prepare for events: load models, open files."""

    def endJob(self) -> None:
        """Finish after the last event."""

    def beginStream(self, stream: int) -> None:
        """A stream begins, for kind ``stream``: this is its number."""

    def endStream(self) -> None:
        """The stream ends, for kind ``stream``."""

    def beginRun(self, run: TransitionView, setup: EventSetup) -> None:
        """A run begins. Products for it are put here if declared with ``"BeginRun"``; not by kind ``stream``."""

    def endRun(self, run: TransitionView, setup: EventSetup) -> None:
        """A run ends; as `beginRun`, with ``"EndRun"``."""

    def beginLuminosityBlock(self, lumi: TransitionView, setup: EventSetup) -> None:
        """A luminosity block begins; as `beginRun`, with ``"BeginLuminosityBlock"``."""

    def endLuminosityBlock(self, lumi: TransitionView, setup: EventSetup) -> None:
        """A luminosity block ends; as `beginRun`, with ``"EndLuminosityBlock"``."""

    def endRunSummary(self) -> Any:
        """What one stream's instance has gathered in the run that ends, for `globalEndRun`; kind ``stream`` only."""

    def endLuminosityBlockSummary(self) -> Any:
        """What one stream's instance has gathered in the luminosity block, for `globalEndLuminosityBlock`."""

    def globalBeginRun(self, run: TransitionView, setup: EventSetup) -> None:
        """A run begins, for kind ``stream``: called once, for the first stream's instance; put its products here."""

    def globalEndRun(self, run: TransitionView, setup: EventSetup, summaries: Sequence[Any]) -> None:
        """A run has ended, for kind ``stream``: called once, with every stream's summary; put products here.

        What is made of the summaries must not depend on their number or order: events are dealt to streams by chance.
        """

    def globalBeginLuminosityBlock(self, lumi: TransitionView, setup: EventSetup) -> None:
        """As `globalBeginRun`, for a luminosity block."""

    def globalEndLuminosityBlock(self, lumi: TransitionView, setup: EventSetup, summaries: Sequence[Any]) -> None:
        """As `globalEndRun`, for a luminosity block."""

    def consumes(self, tag: InputTag | str, type: str | None = None, level: Level = "Event") -> ConsumesToken:
        """Declare that the product called `tag` is read; `type` is needed only if label and instance are ambiguous.

        `level` is ``"Event"``, ``"LuminosityBlock"`` or ``"Run"``: what the product belongs to.
        """
        token = ConsumesToken(InputTag.parse(tag) if isinstance(tag, str) else tag, type, self.label, level)
        self.consumed.append(token)
        return token

    def produces(self, type: str, instance: str = "", moment: Moment = "Event") -> ProducesToken:
        """Declare that a product of the friendly type `type` is put for every event the module runs on.

        With another `moment`, ``"BeginRun"``, ``"EndRun"``, ``"BeginLuminosityBlock"`` or ``"EndLuminosityBlock"``,
        it is put then, for the run or luminosity block.
        """
        token = ProducesToken(type, instance, moment)
        if any((other.type, other.instance, other.level) == (type, instance, token.level) for other in self.produced):
            raise LogicError(
                f"{self.__class__.__name__} {self.label!r} declares {type} with instance {instance!r} twice"
            )
        self.produced.append(token)
        return token

    def esConsumes(
        self,
        type: str,
        record: str,
        label: str = "",
        moment: Moment = "Event",
        *,
        tag: ESInputTag | str | None = None,
    ) -> ESToken:
        """Declare that conditions are read: the data called `type` and `label` of `record`.

        `moment` is where ``setup.getData(token)`` will be called: ``"Event"`` for produce, filter, analyze and acquire,
        else as in `produces`. A `tag`, ``"module:label"``, instead of a label requires the ES module as well.
        """
        token = make_token(type, record, label, tag, moment)
        self.esConsumed.append(token)
        return token

    def usesResource(self, name: str) -> None:
        """Declare that this module, of kind ``one``, never runs at the same time as others that use `name`."""
        if self.kind != "one":
            raise LogicError(f"{type(self).__name__} uses the resource {name!r}; only modules of kind 'one' may")
        self.resources.append(name)

    def service(self, name: str) -> Any:
        """The job's service of type `name`.

        Raises
        ------
        Configuration
            The process has none.
        """
        if name not in self.services:
            raise Configuration(
                f"{type(self).__name__} {self.label!r} needs the service {name}, which the process hasn't: "
                f"add process.{name} = cms.Service({name!r}, ...)"
            )
        return self.services[name].forModule(self)


class EDProducer(Module):
    """Makes products. With `acquire` defined as well, the work is external: see there."""

    base = "EDProducer"

    def produce(self, event: EventView, setup: EventSetup, *result: Any) -> None:
        """Read the inputs from `event` and put every declared product; `result` is what `acquire` promised."""
        if any(token.moment == "Event" for token in self.produced) or not self.produced:
            raise LogicError(f"{type(self).__name__} has no method produce(event, setup)")


class EDFilter(Module):
    """Decides which events go on; may make products as well."""

    base = "EDFilter"

    def filter(self, event: EventView, setup: EventSetup, *result: Any) -> npt.NDArray[np.bool_]:
        """Return one bool per event of the view."""
        raise LogicError(f"{type(self).__name__} has no method filter(event, setup)")


class EDAnalyzer(Module):
    """Looks at events and makes no products."""

    base = "EDAnalyzer"

    def analyze(self, event: EventView, setup: EventSetup, *result: Any) -> None:
        """Look at the events of the view."""
        raise LogicError(f"{type(self).__name__} has no method analyze(event, setup)")
