"""Two producers of the same scores, compared."""

from __future__ import annotations

import awkward as ak
import numpy as np

from pyrun.framework import EDAnalyzer, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import CMSException


@plugin
class JetTagComparisonAnalyzer(EDAnalyzer):
    """Reports, at the end of the job, the largest difference between the scores of two producers, and where it was.

    The job fails if it is larger than `tolerance`, or if one producer has a jet that the other hasn't.
    """

    kind = "one"
    cfi = "RecoBTag/ONNXRuntime/jetTagComparisonAnalyzer"

    class Parameters(param.ParameterSet):
        first: str = param.string(doc="label of one producer")
        second: str = param.string(doc="label of the other")
        flav_names: list[str] = param.vstring(doc="the instances to compare")
        tolerance: float = param.double(0.0, doc="the largest difference allowed")

    def declare(self, p):
        self.pairs = {
            name: tuple(self.consumes(param.InputTag(label, name)) for label in (p.first, p.second))
            for name in p.flav_names
        }
        self.scores = self.same = 0
        self.largest, self.place = 0.0, ""

    def analyze(self, event, setup):
        for name, tokens in self.pairs.items():
            first, second = (event.get(token) for token in tokens)
            counts = ak.num(first)
            if not ak.array_equal(counts, ak.num(second)):
                where = int(np.flatnonzero(ak.to_numpy(counts != ak.num(second)))[0])
                raise self._failure(f"don't have scores {name!r} for the same jets in {_event(event, where)}")
            one, other = (ak.to_numpy(ak.flatten(scores)) for scores in (first, second))
            difference = np.abs(one - other)
            self.scores += len(one)
            self.same += int((one == other).sum())
            if len(one) and not difference.max() <= self.largest:  # also if it is no number
                worst = int(np.argmax(np.nan_to_num(difference, nan=np.inf)))
                self.largest = float(np.nan_to_num(difference[worst], nan=np.inf))
                jet = np.repeat(np.arange(len(counts)), counts)[worst]
                self.place = f", {name} {one[worst]:.9g} and {other[worst]:.9g} in {_event(event, jet)}"

    def endJob(self):
        p = self.parameters
        self.log.verbatim(
            f"{p.first} and {p.second}: {self.scores} scores, {self.same} of them equal to the last bit; "
            f"largest difference {self.largest:.3g}{self.place}"
        )
        if self.largest > p.tolerance:
            raise self._failure(f"differ by {self.largest:.3g}{self.place}; allowed is {p.tolerance:.3g}")

    def _failure(self, problem: str) -> CMSException:
        return CMSException(f"{self.parameters.first} and {self.parameters.second} {problem}", category="ScoresDiffer")


def _event(event, entry) -> str:
    return f"run {event.run[entry]} lumi {event.lumi[entry]} event {event.id[entry]}"
