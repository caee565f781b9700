"""Trigger rates at the end of a job."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pyrun.framework import parameters as param
from pyrun.framework import plugin
from pyrun.framework.errors import Configuration, FileWriteError, ProductNotFound
from pyrun.framework.event.branch import BranchDescription, InputTag
from pyrun.framework.event.trigger_results import PASS, TRIGGER_RESULTS
from pyrun.framework.module import ConsumesToken
from pyrun.framework.service import JobContext, Service

from .rates import ANY, BUNCH_CROSSING_RATE, Counts, RateTable

if TYPE_CHECKING:
    from pyrun.framework.engine.job import JobResult
    from pyrun.framework.event.block import EventBlock

Floats = npt.NDArray[np.float64]


@plugin
class L1TRateService(Service):
    """Turns the counts of trigger paths into rates in kHz, with statistical uncertainties.

    A path's rate is the bunch-crossing rate times the sum of the weights of the events it passed over the number of
    all events; its uncertainty has the root of the sum of squared weights. Weights are products such as
    BunchCrossingWeightProducer's; without them all events weigh 1. Prescales count as they are in the paths.

    The table follows the job's TrigReport; `fileName` has it as JSON, which `pyrun.modules.l1t.rates` adds up.
    """

    class Parameters(param.ParameterSet):
        paths: list[str] = param.untracked.vstring(["L1_*"], doc="names of the seeds' paths; * stands for anything")
        weights: InputTag = param.untracked.inputTag("", doc="event weights; empty: all are 1")
        sample: str = param.untracked.string("events", doc="what the events are; parts of one sample can be added")
        bunchCrossingRate: float = param.untracked.double(
            BUNCH_CROSSING_RATE, doc="Hz; 0 for signal samples, which have efficiencies only"
        )
        fileName: str = param.untracked.string("", doc="JSON file to write; empty for none")

    parameters: Parameters

    def __init__(self, label: str, parameters: Parameters) -> None:
        super().__init__(label, parameters)
        self._lock = threading.Lock()
        self._blocks: dict[int, tuple[float, Floats]] = {}

    def preBeginJob(self, job: JobContext) -> None:
        names = [path.name for path in job.wiring.trigger_paths]
        self._columns = [
            column
            for column, name in enumerate(names)
            if any(fnmatchcase(name, pattern) for pattern in self.parameters.paths)
        ]
        if not self._columns:
            raise Configuration(
                f"L1TRateService: no trigger path is called like {', '.join(self.parameters.paths)}; there are "
                f"{', '.join(names) or 'none'}"
            )
        self._names = [names[column] for column in self._columns]
        self._results = BranchDescription("edmTriggerResults", TRIGGER_RESULTS, "", job.wiring.process)
        self._weights = self._weight_branch(job)

    def _weight_branch(self, job: JobContext) -> BranchDescription | None:
        tag = self.parameters.weights
        if not str(tag):
            return None
        found = job.wiring.answers(ConsumesToken(tag, "double", "L1TRateService"))
        wiring = job.wiring
        if not found or (found[0].process == wiring.process and found[0].label not in wiring.scheduled):
            raise Configuration(
                f"L1TRateService: no module on a path makes weights, a product 'double' called {str(tag)!r}; put it "
                "into a path that all events pass, or set weights to an empty tag"
            )
        return found[0]

    def postBlock(self, stream: int, block: EventBlock) -> None:
        results, alive = block.products.get(self._results, np.arange(len(block)))
        if results is None:
            return
        weights = self._weights_of(block, np.flatnonzero(alive))
        passed = self._passed(results)
        everything = np.ones(len(weights), dtype=np.bool_)
        rows = [
            [np.count_nonzero(mask), math.fsum(weights[mask]), math.fsum(weights[mask] ** 2)]
            for mask in (everything, *passed.T, passed.any(axis=1))
        ]
        with self._lock:
            self._blocks[block.index] = float(weights.max(initial=0.0)), np.array(rows)

    def _passed(self, results: Any) -> npt.NDArray[np.bool_]:
        import awkward as ak

        states = ak.to_numpy(results.state)
        return np.asarray(states[:, self._columns] == PASS)

    def _weights_of(self, block: EventBlock, where: npt.NDArray[np.int64]) -> Floats:
        if self._weights is None:
            return np.ones(len(where))
        weights = block.products.get_all(self._weights, where)
        if weights is None:
            raise ProductNotFound(
                f"L1TRateService: not all events have a weight {self._weights.name}: a filter in front of "
                f"{self._weights.label!r} rejects some, but rates need all events; put it first in its path"
            )
        return np.asarray(weights, dtype=np.float64)

    def table(self) -> RateTable:
        """The counts so far; the same for any number of threads."""
        blocks = [self._blocks[index] for index in sorted(self._blocks)]
        rows = np.array([rows for _, rows in blocks]).reshape(len(blocks), len(self._names) + 2, 3)
        sums = [[math.fsum(rows[:, row, column]) for column in range(3)] for row in range(rows.shape[1])]
        counts = [Counts(int(events), weight, weight2) for events, weight, weight2 in sums]
        return RateTable(
            self.parameters.sample,
            counts[0].events,
            counts[0].weight,
            counts[0].weight2,
            max((largest for largest, _ in blocks), default=0.0),
            dict(zip([*self._names, ANY], counts[1:], strict=True)),
            self.parameters.bunchCrossingRate,
        )

    def jobEnded(self, result: JobResult | None, error: BaseException | None) -> None:
        if result is None or result.failure is not None:
            return
        table = self.table()
        self.log.verbatim("\n" + "\n".join(table.lines()) + "\n", "L1RateReport")
        if self.parameters.fileName:
            path = Path(self.parameters.fileName)
            try:
                path.write_text(json.dumps(table.as_dict(), indent=1) + "\n")
            except OSError as problem:
                raise FileWriteError(f"L1TRateService can't write {str(path)!r}: {problem}") from problem

    def performance(self) -> Mapping[str, Mapping[str, str]]:
        if not self._blocks:
            return {}
        table = self.table()
        return {"L1TRateService": {name: f"{table.rate(name).value:g}" for name in table.seeds}}
