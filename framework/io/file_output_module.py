"""What output modules have in common that write products of selected events to a file."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from ..event.branch import BranchDescription, Level
from ..event.principal import Principal
from ..event.provenance import JobRecord
from ..event.store import Array, Mask
from ..event.trigger_results import TRIGGER_RESULTS
from ..output_module import OutputModule
from .event_selector import EventSelector, States
from .product_selector import ProductSelector


class FileOutputModule(OutputModule):
    """Chooses products by ``outputCommands`` and events by ``SelectEvents``.

    The parameters `fileName`, `outputCommands` and `SelectEvents` must be declared by the derived class, whose `open`
    calls this one's.
    """

    parameters: Any

    def declare(self, p: Any) -> None:
        self._products = ProductSelector(p.outputCommands)

    @property
    def destination(self) -> str:
        name: str = self.parameters.fileName
        return os.path.abspath(name.removeprefix("file:"))

    def keep(self, branches: Sequence[BranchDescription]) -> list[BranchDescription]:
        self._with_results = {branch.process for branch in branches if branch.label == TRIGGER_RESULTS}
        return self._products.select(branches)

    def open(self, job: JobRecord) -> None:
        self._job = job
        this = job.history[-1].name
        known = {
            process.name: process.trigger_paths
            for process in job.history
            if process.name == this or process.name in self._with_results
        }
        self._events = EventSelector(self.parameters.SelectEvents.SelectEvents, known, this)
        self._needed_results = self._events.processes - {this}
        for warning in self._events.warnings:
            self.log.warning("Configuration", f"{self.label}: {warning}")

    @property
    def needed_results(self) -> Collection[str]:
        return self._needed_results

    def select(self, trigger_results: Mapping[str, States]) -> Mask | None:
        return self._events.select(trigger_results)

    def _products_of(self, principal: Principal, level: Level) -> dict[BranchDescription, tuple[Array | None, Mask]]:
        """The kept products of a run or luminosity block."""
        only = np.zeros(1, dtype=np.int64)
        return {branch: principal.products.get(branch, only) for branch in self._job.kept if branch.level == level}
