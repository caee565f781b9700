"""Trigger seeds on sums over an event's jets."""

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
from .words import TAG_SCORE


@plugin
class L1TJetSumsFilter(EDFilter):
    """Passes events by the scalar sum of jet pt, HT, and by the sum of tag scores of the leading jets.

    HT and the sum of scores are integers, of the global trigger's words, and are compared as the firmware does. With
    classes in ``background`` the sum is one of fractions, signal / (signal + background) of each jet; these are added
    in floating point (the firmware has no division here).
    """

    cfi = "L1Trigger/Phase2L1GT/l1tJetSumsFilter"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("l1tSC4NGJetProducer:l1tSC4NGJets", doc="jets")
        minHT: float = param.double(-1.0, doc="HT above which (GeV); negative: no cut")
        htMinPt: float = param.double(30.0, doc="pt above which jets count for HT (GeV)")
        htMaxAbsEta: float = param.double(2.4, doc="|eta| below which they do")
        minScoreSum: float = param.double(-1.0, doc="sum of scores above which; negative: no cut")
        scoreJets: int = param.uint32(4, doc="jets of highest pt whose scores are summed")
        scoreMinPt: float = param.double(10.0, doc="pt above which jets are among them (GeV)")
        scoreMaxAbsEta: float = param.double(2.4, doc="|eta| below which they are")
        signal: list[str] = param.vstring([], doc="classes whose scores are summed")
        background: list[str] = param.vstring([], doc="with classes here the score is signal / (signal + background)")
        maxJets: int = param.uint32(16, doc="the first jets of an event are looked at, this many")
        classes: list[str] = param.vstring(CLASSES, doc="classes in the order of the word's scores")

    def declare(self, p):
        self.jets = self.consumes(p.src, "l1tPFJets")
        check_max_jets(p.maxJets, self.label)
        self.cut = pt_cut(p.minHT, f"{self.label}: minHT")
        self.ht_jets = pt_cut(p.htMinPt, f"{self.label}: htMinPt"), eta_end(p.htMaxAbsEta)
        self.score_jets = pt_cut(p.scoreMinPt, f"{self.label}: scoreMinPt"), eta_end(p.scoreMaxAbsEta), p.scoreJets
        self.masks = tuple(class_mask(names, p.classes, self.label) for names in (p.signal, p.background))
        if (p.minScoreSum >= 0.0) != bool(p.signal):
            raise Configuration(f"{self.label}: minScoreSum and classes in signal belong together; give both or none")
        if p.minHT < 0.0 and not p.signal:
            raise Configuration(f"{self.label}: there is no cut; give minHT or minScoreSum")
        if p.signal:
            each = 1.0 if p.background else len(p.signal) * HIGHEST_SCORE
            check_score(p.minScoreSum, p.scoreJets * each, f"{self.label}: minScoreSum")

    def filter(self, event, setup):
        from .seed_kernels import scalar_sum_kernel

        p, jets = self.parameters, seed_jets(event.get(self.jets))
        passed = np.ones(len(event), dtype=np.bool_)
        if p.minHT >= 0.0:
            sums = np.empty(len(event), dtype=np.int64)
            scalar_sum_kernel(*jets, p.maxJets, *self.ht_jets, sums)
            passed &= sums > self.cut
        if p.signal:
            passed &= self._score_passes(jets, len(event))
        return passed

    def _score_passes(self, jets, number):
        from .seed_kernels import score_sum_kernel

        p = self.parameters
        sums, part_sums = np.empty(number, dtype=np.int64), np.empty(number)
        score_sum_kernel(*jets, p.maxJets, *self.score_jets, *self.masks, sums, part_sums)
        if p.background:
            return part_sums > p.minScoreSum
        numerator, denominator = score_cut(p.minScoreSum)
        return sums * denominator > numerator << TAG_SCORE.fraction
