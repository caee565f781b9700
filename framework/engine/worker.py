"""Running one module on views."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import attrs
import numpy as np

from ..errors import LogicError
from ..event.block import EventBlock
from ..event.branch import BranchDescription
from ..event.store import Array, Indices, Mask
from ..event.view import EventView
from ..module import ConsumesToken, Module, ProducesToken
from ..per_event import StoppedAt
from ..service import ModuleCall, Transition
from ..services.random_numbers import RandomNumbers
from .activity import ActivityRegistry

# what messages say of the moment behind the module's name; nothing in events
_WHERE = {
    transition: f"@{transition}"
    for transition in ("beginJob", "endJob", "beginStream", "endStream", "beginRun", "endRun", "beginLuminosityBlock",
                       "endLuminosityBlock")
}  # fmt: skip


@attrs.define
class ModuleTimes:
    """Seconds spent in one module, without what it made others do."""

    cpu: float = 0.0
    real: float = 0.0


@attrs.define(eq=False)
class Worker:
    """One instance of a module in one stream, wired to its branches.

    Attributes
    ----------
    module : Module
        The instance.
    inputs : mapping
        The branches that answer each token, best first.
    outputs : mapping
        The branch of each declared product.
    random : RandomNumbers or None
        Its random numbers, if the job gives it a seed.
    guard : context manager
        Held during each call: keeps apart what must not run at the same time.
    activity : ActivityRegistry
        Is told of each call.
    stream : int
        The stream's number.
    """

    module: Module
    inputs: Mapping[ConsumesToken, Sequence[BranchDescription]]
    outputs: Mapping[ProducesToken, BranchDescription]
    random: RandomNumbers | None = None
    guard: AbstractContextManager[Any] | None = None
    activity: ActivityRegistry = attrs.Factory(ActivityRegistry)
    stream: int = 0
    times: ModuleTimes = attrs.Factory(ModuleTimes)
    _sender: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._sender = f"{type(self.module).__name__}:{self.label}"

    @property
    def label(self) -> str:
        """The module's label."""
        return self.module.label

    @property
    def name(self) -> str:
        """How messages name the module."""
        return f"{type(self.module).__name__}/{self.label!r}"

    @property
    def external(self) -> bool:
        """Whether the module's work is done elsewhere between acquire and produce."""
        return hasattr(self.module, "acquire")

    def view(self, block: EventBlock, where: Indices) -> EventView:
        """The events of `block` at positions `where`, as this module may see them."""
        return EventView(block, where, self.inputs, self.outputs, self.random)

    def acquire(self, view: EventView) -> Any:
        """Start the external work on a view; returns an awaitable."""
        acquire: Any = self.module.acquire  # type: ignore[attr-defined]
        return self.call("acquire", self.stream, view, acquire, view, view.block.setup)

    def run(self, view: EventView, *result: Any) -> Mask:
        """Run the module on a view, commit its products and return its verdict per event."""
        verdict: Mask = self.call("event", self.stream, view, self._run, view, *result)
        return verdict

    def write(
        self, block: EventBlock, where: Indices, products: Mapping[BranchDescription, tuple[Array | None, Mask]]
    ) -> None:
        """Let an output module write the events at positions `where`, with their kept products."""
        module: Any = self.module
        self.call("write", self.stream, self.view(block, where), module.write, block.ids[where], products)

    def call(self, transition: Transition, stream: int, about: Any, method: Callable[..., Any], *arguments: Any) -> Any:
        """Call a method of the module: told, timed, kept apart.

        `about` is the view, the principal, or the text that messages tell as their moment.
        """
        where = self._sender + _WHERE[transition] if transition in _WHERE else self._sender
        if self.guard is None and not self.activity.watches_modules:
            with self.module.log.within(where, about), _Timer(self.times):
                return method(*arguments)
        view = about if isinstance(about, EventView) else None
        told = ModuleCall(
            self.label,
            type(self.module).__name__,
            stream,
            transition,
            view.block if view else None,
            len(view) if view else 0,
        )
        failure: Exception | None = None
        with self.guard or nullcontext(), self.module.log.within(where, about):
            self.activity.tell("preModule", told)
            try:
                with _Timer(self.times):
                    return method(*arguments)
            except StoppedAt:
                raise  # what came before has succeeded
            except Exception as error:
                failure = error
                raise
            finally:
                self.activity.tell("postModule", told, view.made if view else {}, failure)

    def _run(self, view: EventView, *result: Any) -> Mask:
        module: Any = self.module
        setup = view.block.setup
        if module.base == "EDFilter":
            verdict: Mask = np.asarray(module.filter(view, setup, *result))
            if verdict.shape != (len(view),) or verdict.dtype != np.bool_:
                raise LogicError(
                    f"filter() must return one bool per event: an array of shape ({len(view)},) and type bool, "
                    f"not of shape {verdict.shape} and type {verdict.dtype}"
                )
            view.commit()
            return verdict
        if module.base == "EDAnalyzer":
            module.analyze(view, setup, *result)
        else:
            module.produce(view, setup, *result)
        view.commit()
        return np.ones(len(view), dtype=np.bool_)


class _Timer:
    """Adds the time of a ``with`` block to a module's times."""

    __slots__ = ("_cpu", "_real", "_times")

    def __init__(self, times: ModuleTimes) -> None:
        self._times = times

    def __enter__(self) -> None:
        self._real, self._cpu = time.perf_counter(), time.thread_time()

    def __exit__(self, *_: object) -> None:
        self._times.real += time.perf_counter() - self._real
        self._times.cpu += time.thread_time() - self._cpu
