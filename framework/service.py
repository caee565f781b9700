"""What authors derive services from: helpers of a job that modules can ask for, and that watch what happens.

A service overrides the signals it wants to hear; the engine calls no others. Signals with a stream come from that
stream's thread, so a service that keeps what it hears must lock it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import attrs

from .plugins.parameters import ParameterSet

if TYPE_CHECKING:
    from .config.description import ProcessDescription
    from .engine.job import JobResult
    from .engine.wiring import Wiring
    from .event.block import EventBlock
    from .event.branch import BranchDescription
    from .event.principal import Principal
    from .event.store import Array
    from .module import Module
    from .services.message_logger import MessageLogger

Transition = Literal[
    "beginJob", "endJob", "beginStream", "endStream", "beginRun", "endRun", "beginLuminosityBlock",
    "endLuminosityBlock", "event", "acquire", "write"
]  # fmt: skip
"""When a module is called; ``write`` is an output module's turn to write events."""


@attrs.frozen(eq=False)
class JobContext:
    """What a service may know of the job that begins.

    Attributes
    ----------
    process : ProcessDescription
        The configuration.
    wiring : Wiring
        The modules that will run, their products and who reads them.
    threads, streams : int
        How many there are.
    max_events : int
        The most events that are read; -1 for all.
    size : int or None
        How many events there will be, if that is known.
    services : mapping
        The job's services by type.
    """

    process: ProcessDescription
    wiring: Wiring
    threads: int
    streams: int
    max_events: int
    size: int | None
    services: Mapping[str, Service] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class ModuleCall:
    """One call of one module.

    Attributes
    ----------
    label, type : str
        The module's label and type.
    stream : int
        The stream it runs in; -1 outside streams. Another stream's thread may ``write`` its blocks.
    transition : str
        Which of its methods; ``event`` is produce, filter or analyze.
    block : EventBlock or None
        For ``event``, ``acquire`` and ``write``: the block.
    events : int
        How many of its events the module sees, or writes.
    """

    label: str
    type: str
    stream: int
    transition: Transition
    block: EventBlock | None = None
    events: int = 0


class Service:
    """Base of all services.

    Attributes
    ----------
    Parameters : type[ParameterSet]
        Declares the parameters.
    label : str
        Its type, which is also its name in the process.
    log : MessageLogger
        Where messages go.
    """

    class Parameters(ParameterSet):
        """No parameters."""

    base: ClassVar[str] = "Service"
    cfi: ClassVar[str | Sequence[str]] = ()

    label: str
    log: MessageLogger

    def __init__(self, label: str, parameters: ParameterSet) -> None:
        self.label = label
        self.parameters = parameters

    def forModule(self, module: Module) -> Any:
        """What an instance of a module gets when it asks for the service: by default the service itself."""
        return self

    def performance(self) -> Mapping[str, Mapping[str, str]]:
        """What the job report says of the job, known after `postEndJob`: metrics by name, in groups by name."""
        return {}

    def preBeginJob(self, job: JobContext) -> None:
        """The job is about to begin: modules exist, none has run. The place to start servers."""

    def postBeginJob(self) -> None:
        """All modules' beginJob is done."""

    def preModule(self, call: ModuleCall) -> None:
        """A module is about to be called, by the thread that also tells `postModule`."""

    def postModule(
        self, call: ModuleCall, products: Mapping[BranchDescription, Array], error: Exception | None
    ) -> None:
        """The module has returned, with these products, or raised `error`; its own time has ended."""

    def preBlock(self, stream: int, block: EventBlock) -> None:
        """A stream has taken a block; the same thread has just read its event numbers."""

    def postBlock(self, stream: int, block: EventBlock) -> None:
        """A stream has finished a block."""

    def blockWritten(self, block: EventBlock) -> None:
        """A block, and all before it, is done and its output handed over; called in order."""

    def postGlobalBeginTransition(self, principal: Principal) -> None:
        """A run or luminosity block has begun for all modules."""

    def preGlobalEndTransition(self, principal: Principal) -> None:
        """A run or luminosity block is about to end."""

    def postEndJob(self) -> None:
        """All modules' endJob is done and the outputs are closed. Not called if the job failed."""

    def jobEnded(self, result: JobResult | None, error: BaseException | None) -> None:
        """The job is over, well or badly; called exactly once for every service that was made.

        `result` is None if the job ended by `error`: it could not be constructed or begun, in which case `preBeginJob`
        may not have been called, or was interrupted twice. What the service raises is told, unless the job went well:
        then the job fails by it.
        """


def overridden(service: Service, signal: str) -> Any | None:
    """The service's method for a signal, None if it doesn't listen."""
    if getattr(type(service), signal) is getattr(Service, signal):
        return None
    return getattr(service, signal)
