"""What authors derive their modules from.

A module sees *views*: some consecutive or scattered events of a block, each product an array whose first axis
is those events. It says in `Module.declare` what it consumes and produces; the engine does the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import attrs

from .errors import LogicError
from .event.branch import InputTag
from .plugins.parameters import ParameterSet

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from .event.block import EventBlock
    from .event.branch import BranchDescription
    from .event.ids import EventIDs
    from .event.store import Array, Mask
    from .event.view import EventView
    from .services.message_logger import MessageLogger


@attrs.frozen(eq=False)
class ConsumesToken:
    """The right to read one product; made by `Module.consumes` of the module labelled `consumer`."""

    tag: InputTag
    type: str | None = None
    consumer: str = ""


@attrs.frozen(eq=False)
class ProducesToken:
    """The duty to put one product; made by `Module.produces`."""

    type: str
    instance: str = ""


@attrs.frozen
class ProcessRecord:
    """One process of a history: what made the products that carry its name.

    Attributes
    ----------
    name : str
        The process name.
    version : str
        The version of pyrun it ran with.
    configuration : str
        Its configuration, as dumpPython writes it.
    trigger_paths : tuple of str
        Names of its paths, in the order of its TriggerResults.
    """

    name: str
    version: str
    configuration: str
    trigger_paths: tuple[str, ...] = ()


@attrs.frozen
class JobRecord:
    """What an output module may tell of the job.

    Attributes
    ----------
    history : tuple of ProcessRecord
        The processes of the input and this one, oldest first.
    kept : tuple of BranchDescription
        The products written.
    parents : mapping
        For each product of this process and of the input, the products its module may have read.
    """

    history: tuple[ProcessRecord, ...]
    kept: tuple[BranchDescription, ...]
    parents: Mapping[BranchDescription, tuple[BranchDescription, ...]]


class EventSetup:
    """Conditions data for a run or luminosity block. No records are defined yet."""


class Module:
    """Base of all modules; derive from `EDProducer`, `EDFilter` or `EDAnalyzer` instead.

    Attributes
    ----------
    Parameters : type[ParameterSet]
        Declares the parameters; see `pyrun.framework.plugins.parameters`.
    kind : {"stream", "one"}
        ``stream``: each stream has an instance of its own. ``one``: one instance sees all blocks, one after the
        other, in the order of the input.
    cfi : str or sequence of str
        Where the generated fragments go, as ``Pkg/Sub/label``; empty if the module has none.
    label : str
        The module's name in the process.
    log : MessageLogger
        Where messages go; see `MessageLogger.warning` and its siblings.
    """

    class Parameters(ParameterSet):
        """No parameters."""

    base: ClassVar[str] = ""
    kind: ClassVar[Literal["stream", "one"]] = "stream"
    cfi: ClassVar[str | Sequence[str]] = ()

    label: str
    log: MessageLogger
    globalCache: Any = None

    def __init__(self, label: str, parameters: ParameterSet) -> None:
        self.label = label
        self.parameters = parameters
        self.consumed: list[ConsumesToken] = []
        self.produced: list[ProducesToken] = []
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

    def consumes(self, tag: InputTag | str, type: str | None = None) -> ConsumesToken:
        """Declare that the product called `tag` is read; `type` is needed only if label and instance are ambiguous."""
        token = ConsumesToken(InputTag.parse(tag) if isinstance(tag, str) else tag, type, self.label)
        self.consumed.append(token)
        return token

    def produces(self, type: str, instance: str = "") -> ProducesToken:
        """Declare that a product of the friendly type `type` is put for every event the module runs on."""
        if any(token.type == type and token.instance == instance for token in self.produced):
            raise LogicError(
                f"{self.__class__.__name__} {self.label!r} declares {type} with instance {instance!r} twice"
            )
        token = ProducesToken(type, instance)
        self.produced.append(token)
        return token


class EDProducer(Module):
    """Makes products. With `acquire` defined as well, the work is external: see there."""

    base = "EDProducer"

    def produce(self, event: EventView, setup: EventSetup, *result: Any) -> None:
        """Read the inputs from `event` and put every declared product; `result` is what `acquire` promised."""
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


class Source(Module):
    """Provides the events."""

    base = "Source"
    kind = "one"

    def open(self) -> None:
        """Open the input, so that `branches` and `history` are known."""

    @property
    def branches(self) -> Sequence[BranchDescription]:
        """The products that the input has."""
        return ()

    @property
    def history(self) -> Sequence[ProcessRecord]:
        """The processes that made the input, oldest first."""
        return ()

    @property
    def parents(self) -> Mapping[BranchDescription, tuple[BranchDescription, ...]]:
        """For each product of the input, the products its module may have read, as far as that is known."""
        return {}

    def size(self, max_events: int) -> int | None:
        """How many events `blocks` will yield, if that is known beforehand."""
        return None

    def blocks(self, max_events: int, block_size: int) -> Iterator[EventBlock]:
        """Yield the events in order, at most `block_size` of one luminosity block at a time.

        `max_events` is the number of events to read in all, -1 for every one there is.
        """
        raise LogicError(f"{type(self).__name__} has no method blocks(max_events, block_size)")

    def close(self) -> None:
        """Close the input."""


class OutputModule(Module):
    """Writes selected events; sees them in the order of the input."""

    base = "OutputModule"
    kind = "one"

    @property
    def destination(self) -> str:
        """The file that is written; empty if there is none."""
        return ""

    def keep(self, branches: Sequence[BranchDescription]) -> list[BranchDescription]:
        """Which of the job's products are written."""
        raise LogicError(f"{type(self).__name__} has no method keep(branches)")

    def open(self, job: JobRecord) -> None:
        """Prepare to write; called once, after `keep` and before the first event."""

    @property
    def needed_results(self) -> Collection[str]:
        """Earlier processes whose trigger results `select` needs; asked for after `open`."""
        return ()

    def select(self, trigger_results: Mapping[str, Array]) -> Mask | None:
        """Which events to write, from the states (N, paths) of each process's trigger paths; None for all."""
        return None

    def write(self, ids: EventIDs, products: Mapping[BranchDescription, tuple[Array | None, Mask]]) -> None:
        """Write events with their kept products: an array of the events that have it, and which these are."""
        raise LogicError(f"{type(self).__name__} has no method write(ids, products)")

    def close(self) -> None:
        """Finish the output: it appears under its final name."""

    def abort(self) -> None:
        """Give the output up: nothing is left under its final name."""
