"""Handing what is to be written to the output modules, in the order of the input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from ..errors import Configuration
from ..event.principal import Principal
from ..output_module import OutputModule
from .stream import BlockRun, Written


class Outputs:
    """The output modules of a job.

    Parameters
    ----------
    modules : sequence of OutputModule
        All of them.
    max_events : mapping
        ``process.maxEvents``; its `output` is the most events written, of each module or by label.

    Raises
    ------
    Configuration
        The limits name a module that doesn't exist.
    """

    def __init__(self, modules: Sequence[OutputModule], max_events: Mapping[str, Any]) -> None:
        self.modules = modules
        self._limits = _limits(modules, max_events.get("output"))
        self._written = dict.fromkeys(self._limits, 0)
        self._lumi: Principal | None = None

    @property
    def full(self) -> bool:
        """Whether all modules have written as many events as they may."""
        return bool(self._limits) and all(
            module.label in self._limits and self._written[module.label] >= self._limits[module.label]
            for module in self.modules
        )

    def write(self, run: BlockRun) -> None:
        """Write a block; the luminosity block before it has ended if this is of another.

        Blocks that were under way when the last module had enough leave no trace, not even of their luminosity blocks.
        """
        if self.full:
            return
        self.enter(run.block.principal)
        for written in run.written:
            self._write(run, written)

    def enter(self, lumi: Principal) -> None:
        """What is written next is of this luminosity block."""
        before, self._lumi = self._lumi, lumi
        if before is lumi or before is None:
            return
        self._end(before, lumi.parent or lumi)

    def finish(self) -> None:
        """The last luminosity block and the last run have ended."""
        if self._lumi is not None:
            self._end(self._lumi, None)

    def close(self) -> None:
        """All is written: the files get their names."""
        for module in self.modules:
            module.close()

    def abort(self) -> None:
        """Give up: no file is left, also if a module fails at it."""
        with ExitStack() as stack:
            for module in self.modules:
                stack.callback(module.abort)

    def _write(self, run: BlockRun, written: Written) -> None:
        module = written.worker.module
        where, products = written.where, written.products
        left = self._limits.get(module.label, len(where)) - self._written.get(module.label, 0)
        if len(where) > left:
            where = where[: max(left, 0)]
            products = {
                branch: (None if array is None else array[: np.count_nonzero(present[: len(where)])],
                         present[: len(where)])
                for branch, (array, present) in products.items()
            }  # fmt: skip
        if len(where):
            written.worker.write(run.block, where, products)
        if module.label in self._written:
            self._written[module.label] += len(where)

    def _end(self, lumi: Principal, next_run: Principal | None) -> None:
        for module in self.modules:
            if lumi.parent is not None:
                module.writeLuminosityBlock(lumi)
            run = lumi.parent or lumi
            if run is not next_run:
                module.writeRun(run)


def _limits(modules: Sequence[OutputModule], limit: Any) -> dict[str, int]:
    labels = {module.label for module in modules}
    if limit is None:
        return {}
    if not isinstance(limit, Mapping):
        return {} if int(limit) < 0 else dict.fromkeys(labels, int(limit))
    unknown = sorted(set(limit) - labels)
    if unknown:
        raise Configuration(
            f"process.maxEvents.output names {', '.join(unknown)}, which is no output module on an end path; "
            f"there are {', '.join(sorted(labels)) or 'none'}"
        )
    return {label: int(most) for label, most in limit.items() if int(most) >= 0}
