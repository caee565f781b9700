"""Running one module on views."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import attrs
import numpy as np

from ..errors import LogicError
from ..event.block import EventBlock
from ..event.branch import BranchDescription
from ..event.store import Indices, Mask
from ..event.view import EventView
from ..module import ConsumesToken, Module, ProducesToken
from ..services.random_numbers import RandomNumbers


@attrs.define
class ModuleTimes:
    """Seconds spent in one module, without what it made others do."""

    cpu: float = 0.0
    real: float = 0.0


@attrs.define(eq=False)
class Worker:
    """One instance of a module, wired to its branches.

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
    """

    module: Module
    inputs: Mapping[ConsumesToken, Sequence[BranchDescription]]
    outputs: Mapping[ProducesToken, BranchDescription]
    random: RandomNumbers | None = None
    times: ModuleTimes = attrs.Factory(ModuleTimes)

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
        with self._told(view), self._timed():
            return self.module.acquire(view, view.block.setup)  # type: ignore[attr-defined]

    def run(self, view: EventView, *result: Any) -> Mask:
        """Run the module on a view, commit its products and return its verdict per event."""
        with self._told(view), self._timed():
            return self._run(view, *result)

    def _run(self, view: EventView, *result: Any) -> Mask:
        verdict = np.ones(len(view), dtype=np.bool_)
        module: Any = self.module
        setup = view.block.setup
        if module.base == "EDFilter":
            answer = np.asarray(module.filter(view, setup, *result))
            if answer.shape != verdict.shape or answer.dtype != np.bool_:
                raise LogicError(
                    f"filter() must return one bool per event: an array of shape ({len(view)},) and type bool, "
                    f"not of shape {answer.shape} and type {answer.dtype}"
                )
            verdict = answer
        elif module.base == "EDAnalyzer":
            module.analyze(view, setup, *result)
        else:
            module.produce(view, setup, *result)
        view.commit()
        return verdict

    def _told(self, view: EventView) -> AbstractContextManager[None]:
        """Messages of the ``with`` block say which module they come from, and at which events."""
        return self.module.log.within(f"{type(self.module).__name__}:{self.label}", view)

    def _timed(self) -> _Timer:
        return _Timer(self.times)


class _Timer:
    """Adds the time of a ``with`` block to a module's times."""

    def __init__(self, times: ModuleTimes) -> None:
        self._times = times

    def __enter__(self) -> None:
        self._real, self._cpu = time.perf_counter(), time.thread_time()

    def __exit__(self, *_: object) -> None:
        self._times.real += time.perf_counter() - self._real
        self._times.cpu += time.thread_time() - self._cpu
