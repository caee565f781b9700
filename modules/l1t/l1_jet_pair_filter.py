"""Trigger seeds on two jets whose scores are looked at together."""

from __future__ import annotations

import numpy as np

from pyrun.framework import EDFilter, plugin
from pyrun.framework import parameters as param

from .seed_jets import CLASSES, check_max_jets, check_score, class_mask, eta_end, pt_cut, score_cut, seed_jets


@plugin
class L1TJetPairFilter(EDFilter):
    """Passes events with two jets that look like a pair of opposite charge: the tau-topology seed.

    With p, m and b a jet's scores of the classes ``plus``, ``minus`` and ``background``, S = p1 m2 + m1 p2 and
    B = b1 b2: the pair's score is S / (S + B). All in the integers of the global trigger's words, compared without
    division or rounding.
    """

    cfi = "L1Trigger/Phase2L1GT/l1tJetPairFilter"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("l1tSC4NGJetProducer:l1tSC4NGJets", doc="jets")
        minPt: float = param.double(doc="pt above which both are (GeV)")
        maxAbsEta: float = param.double(2.4, doc="|eta| below which both are")
        minScore: float = param.double(doc="score of the pair above which")
        plus: list[str] = param.vstring(["tau_p"], doc="classes of positive charge")
        minus: list[str] = param.vstring(["tau_n"], doc="classes of negative charge")
        background: list[str] = param.vstring(["uds", "g"], doc="classes of background")
        maxJets: int = param.uint32(16, doc="the first jets of an event are looked at, this many")
        classes: list[str] = param.vstring(CLASSES, doc="classes in the order of the word's scores")

    def declare(self, p):
        self.jets = self.consumes(p.src, "l1tPFJets")
        check_max_jets(p.maxJets, self.label)
        check_score(p.minScore, 1.0, f"{self.label}: minScore")
        self.cuts = pt_cut(p.minPt, f"{self.label}: minPt"), eta_end(p.maxAbsEta)
        self.masks = tuple(class_mask(names, p.classes, self.label) for names in (p.plus, p.minus, p.background))
        self.score = score_cut(p.minScore)

    def filter(self, event, setup):
        from .seed_kernels import pair_kernel

        passed = np.empty(len(event), dtype=np.bool_)
        jets = seed_jets(event.get(self.jets))
        pair_kernel(*jets, self.parameters.maxJets, *self.cuts, *self.masks, self.score, passed)
        return passed
