"""Trigger seeds that ask for several jets, each above thresholds of its own."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDFilter, plugin
from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration

from .seed_jets import (
    CLASSES,
    HIGHEST_SCORE,
    check_max_jets,
    check_score,
    class_mask,
    eta_end,
    pt_cut,
    score_cut,
    seed_jets,
)


class Leg(param.ParameterSet):
    """What one jet, or each of several, must have."""

    number: int = param.uint32(1, doc="how many such jets")
    minPt: float = param.double(0.0, doc="pt above which (GeV), where there are no regions")
    maxAbsEta: float = param.double(2.4, doc="|eta| below which")
    regionsAbsEtaLowerBounds: list[float] = param.vdouble([], doc="where regions in |eta| begin, the first at 0")
    regionsMinPt: list[float] = param.vdouble([], doc="for each of them, pt above which (GeV)")
    signal: list[str] = param.vstring([], doc="classes whose scores are summed; none: no cut on scores")
    background: list[str] = param.vstring([], doc="with classes here the score is signal / (signal + background)")
    minScore: float = param.double(0.0, doc="score above which")


@plugin
class L1TJetLegsFilter(EDFilter):
    """Passes events that have a different jet for each leg.

    All in the integers of the global trigger's words, with the rules of CMSSW's conditions of the Phase-2 global
    trigger: a threshold is brought to the word's step below (pt) or above (|eta|), and the comparison is strict. Of
    one jet's scores the fractions are compared without division or rounding.
    """

    cfi = "L1Trigger/Phase2L1GT/l1tJetLegsFilter"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("l1tSC4NGJetProducer:l1tSC4NGJets", doc="jets")
        legs: list[Leg] = param.vpset(Leg, doc="what the jets must have, for eight jets at most")
        maxJets: int = param.uint32(16, doc="the first jets of an event are looked at, this many")
        classes: list[str] = param.vstring(CLASSES, doc="classes in the order of the word's scores")

    def declare(self, p):
        self.jets = self.consumes(p.src, "l1tPFJets")
        check_max_jets(p.maxJets, self.label)
        legs = [leg for leg in p.legs for _ in range(leg.number)]
        if not 1 <= len(legs) <= 8:
            raise Configuration(f"{self.label}: the legs ask for {len(legs)} jets; it must be 1 to 8")
        self.arguments = self._arguments(legs, p.classes)

    def _arguments(self, legs, classes):
        regions = [self._regions(leg) for leg in legs]
        width = max(len(bounds) for bounds, _ in regions)
        beyond = np.iinfo(np.int64).max  # no |eta| comes to the regions that fill up the table
        return (
            np.array([bounds + [beyond] * (width - len(bounds)) for bounds, _ in regions], dtype=np.int64),
            np.array([cuts + [0] * (width - len(cuts)) for _, cuts in regions], dtype=np.int64),
            np.array([eta_end(leg.maxAbsEta) for leg in legs], dtype=np.int64),
            np.stack([class_mask(leg.signal, classes, self.label) for leg in legs]),
            np.stack([class_mask(leg.background, classes, self.label) for leg in legs]),
            np.array([bool(leg.background) for leg in legs]),
            np.stack([self._score_cut(leg) for leg in legs]),
        )

    def _regions(self, leg):
        bounds, cuts = leg.regionsAbsEtaLowerBounds, leg.regionsMinPt
        if not bounds and not cuts:
            return [0], [pt_cut(leg.minPt, f"{self.label}: minPt")]
        if len(bounds) != len(cuts) or bounds[0] != 0.0 or sorted(set(bounds)) != list(bounds):
            raise Configuration(
                f"{self.label}: regionsAbsEtaLowerBounds must rise from 0, with as many regionsMinPt; they are "
                f"{list(bounds)} and {list(cuts)}"
            )
        if leg.minPt:
            raise Configuration(f"{self.label}: minPt and regionsMinPt exclude each other")
        return [eta_end(bound) for bound in bounds], [pt_cut(cut, f"{self.label}: regionsMinPt") for cut in cuts]

    def _score_cut(self, leg):
        if not leg.signal:
            if leg.minScore or leg.background:
                raise Configuration(f"{self.label}: minScore and background need classes in signal")
            return np.array([-1, 1])  # all jets are above
        check_score(leg.minScore, 1.0 if leg.background else len(leg.signal) * HIGHEST_SCORE, f"{self.label}: minScore")
        return score_cut(leg.minScore)

    def filter(self, event, setup):
        from .seed_kernels import legs_kernel

        passed = np.empty(len(event), dtype=np.bool_)
        legs_kernel(*seed_jets(event.get(self.jets)), self.parameters.maxJets, *self.arguments, passed)
        return passed
