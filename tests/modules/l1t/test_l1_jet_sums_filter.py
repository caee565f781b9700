"""Seeds on HT and on sums of scores."""

from __future__ import annotations

from fractions import Fraction

import pytest
from seed_jet_events import CLASSES, SOURCE, jet, product, random_events

from pyrun.framework.errors import Configuration
from pyrun.framework.testing import TestProcessor

GEV = 32


def passed(events, **parameters):
    test = TestProcessor("L1TJetSumsFilter", **parameters)
    return test.run({SOURCE: product(events)}).passed.tolist()


def test_ht_is_a_sum_of_integers_of_jets_within_the_cuts():
    inside = [jet(100 * GEV), jet(90 * GEV, -3129), jet(30 * GEV + 1)]
    outside = [jet(30 * GEV), jet(500 * GEV, 3130)]  # at the threshold on pt; beyond |eta| = 2.4
    assert passed([inside + outside], minHT=220.0) == [True]  # by 1/32 GeV
    assert passed([inside + outside], minHT=220.04) == [False]
    assert passed([inside[:2] + [jet(30 * GEV + 0)]], minHT=220.0) == [False]


def test_the_b_scores_of_four_leading_jets_are_summed():
    """2.32 is 296.96 steps."""
    four = [jet(60 * GEV, b=74), jet(80 * GEV, b=74), jet(90 * GEV, b=74), jet(70 * GEV, b=74)]
    soft, forward = jet(50 * GEV, b=255), jet(99 * GEV, 3130, b=255)
    enough = [*four[:3], jet(70 * GEV, b=75)]
    seed = {"minHT": 220.0, "signal": ["b"], "minScoreSum": 2.32}
    assert passed([[soft, *four, forward], [soft, *enough, forward]], **seed) == [False, True]
    assert passed([enough], **seed | {"minHT": 300.0}) == [False]


def test_random_events_pass_as_exact_arithmetic_says():
    events = random_events(2, 3000)
    lsb = 3.141592653589793 / 4096

    def expected(event):
        ht = sum(pt for pt, eta, _ in event if pt > 5 * GEV and abs(eta) * lsb < 2.4)
        leading = sorted((one for one in event if one[0] > 3 * GEV and abs(one[1]) * lsb < 1.6), key=lambda j: -j[0])
        tau = sum(one[2][CLASSES.index("tau_p")] + one[2][CLASSES.index("tau_n")] for one in leading[:2])
        return ht > 40 * GEV and Fraction(tau, 128) > Fraction("0.6875")  # 88 steps, which occur

    cuts = {"htMinPt": 5.0, "scoreMinPt": 3.0, "scoreMaxAbsEta": 1.6, "scoreJets": 2, "signal": ["tau_p", "tau_n"]}
    found = passed(events, minHT=40.0, minScoreSum=0.6875, **cuts)
    assert found == [expected(event) for event in events]
    assert 100 < sum(found) < 2900


def test_of_jets_with_equal_pt_the_first_are_leading():
    event = [jet(GEV * 20, b=100), jet(GEV * 20, b=0), jet(GEV * 20, b=100)]
    parameters = {"signal": ["b"], "minScoreSum": 1.0, "scoreJets": 2}
    assert passed([event, event[::-1], [event[0], event[2], event[1]]], **parameters) == [False, False, True]


def test_fractions_of_scores_are_summed_with_a_background():
    events = [[jet(20 * GEV, b=30, uds=10), jet(20 * GEV, b=10, g=10)], [jet(20 * GEV, b=30, uds=9), jet(20 * GEV)]]
    parameters = {"signal": ["b"], "background": ["uds", "g"]}
    assert passed(events, minScoreSum=1.2, **parameters) == [True, False]
    assert passed(events, minScoreSum=1.25, **parameters) == [False, False]


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({}, "there is no cut"),
        ({"minHT": 100.0, "signal": ["b"]}, "belong together"),
        ({"minScoreSum": 1.0}, "belong together"),
        ({"signal": ["b"], "minScoreSum": 8.0}, "scores stay below 7.96"),
        ({"minHT": 3000.0}, "pt ends at 2047.97 GeV"),
    ],
)
def test_what_makes_no_sense_is_refused(parameters, problem):
    with pytest.raises(Configuration, match=problem):
        TestProcessor("L1TJetSumsFilter", **parameters)
