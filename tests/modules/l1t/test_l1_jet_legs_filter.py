"""Seeds that ask for several jets: thresholds on integers, different jets for different legs."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import pytest
from seed_jet_events import CLASSES, SOURCE, jet, product, random_events

from pyrun.framework.errors import Configuration
from pyrun.framework.testing import TestProcessor

GEV = 32
TAUS = {"signal": ["tau_p", "tau_n"], "background": ["uds", "g"]}


def passed(events, *legs, **parameters):
    test = TestProcessor("L1TJetLegsFilter", legs=list(legs), **parameters)
    return test.run({SOURCE: product(events)}).passed.tolist()


def test_pt_must_be_above_the_step_at_or_below_the_threshold():
    events = [[jet(34 * GEV)], [jet(34 * GEV + 1)], []]
    assert passed(events, {"minPt": 34.0}) == [False, True, False]
    assert passed(events, {"minPt": 33.99}) == [True, True, False]


def test_eta_must_be_below_the_step_at_or_above_the_limit():
    """2.4 is 3129.1 steps."""
    events = [[jet(GEV, 3129)], [jet(GEV, -3129)], [jet(GEV, 3130)], [jet(GEV, -3130)]]
    assert passed(events, {"maxAbsEta": 2.4}) == [True, True, False, False]


def test_a_fraction_of_exactly_the_threshold_is_not_above_it():
    """11 of 50 is 0.22; in floating point that would depend on rounding."""
    events = [[jet(GEV, tau_p=5 * k, tau_n=6 * k, uds=30 * k, g=9 * k)] for k in (1, 2, 3, 5)]
    assert passed(events, TAUS | {"minScore": 0.22}) == [False] * 4
    more = [[jet(GEV, tau_p=5 * k, tau_n=6 * k, uds=30 * k, g=9 * k - 1)] for k in (1, 2, 3, 5)]
    assert passed(more, TAUS | {"minScore": 0.22}) == [True] * 4


def test_without_background_the_score_itself_is_compared():
    events = [[jet(GEV, tau_p=60, tau_n=4, uds=255)], [jet(GEV, tau_p=61, tau_n=4, uds=255)]]
    assert passed(events, {"signal": ["tau_p", "tau_n"], "minScore": 0.5}) == [False, True]


def test_a_jet_without_any_score_has_no_fraction():
    assert passed([[jet(GEV)]], TAUS | {"minScore": 0.0}) == [False]


def test_one_jet_can_not_stand_for_two_legs():
    assert passed([[jet(99 * GEV)], [jet(99 * GEV), jet(40 * GEV)]], {"number": 2, "minPt": 34.0}) == [False, True]
    one_tau = [[jet(99 * GEV, tau_p=100), jet(40 * GEV, b=100)], [jet(99 * GEV, b=100), jet(40 * GEV, tau_p=100)]]
    legs = {"minPt": 50.0}, {"minPt": 30.0, "signal": ["tau_p"], "minScore": 0.5}
    assert passed(one_tau, *legs) == [False, True]  # the first event's tau is its only hard jet


def test_thresholds_depend_on_the_region():
    """1.5 is 1955.7 steps: the second region begins at 1956."""
    leg = {"regionsAbsEtaLowerBounds": [0.0, 1.5], "regionsMinPt": [164.0, 121.0]}
    events = [[jet(150 * GEV, 1955)], [jet(150 * GEV, -1956)], [jet(165 * GEV, 0)], [jet(120 * GEV, 2000)]]
    assert passed(events, leg) == [False, True, True, False]


def test_only_the_first_jets_are_looked_at():
    assert passed([[jet(1), jet(2), jet(99 * GEV)]], {"minPt": 34.0}, maxJets=2) == [False]


def test_scores_are_in_the_order_of_the_classes():
    leg = {"signal": ["b"], "minScore": 0.5}
    assert passed([[jet(GEV, e=100)]], leg, classes=list(reversed(CLASSES))) == [True]
    assert passed([[jet(GEV, e=100)]], leg) == [False]


def test_random_events_pass_as_all_assignments_of_jets_to_legs_say():
    legs = [
        {"minPt": 25.0, "maxAbsEta": 2.4},
        {"minPt": 12.0, "maxAbsEta": 3.1, **TAUS, "minScore": 0.5},
        {"minPt": 8.0, "maxAbsEta": 1.6, "signal": ["b"], "minScore": 0.1},
    ]
    lsb = 3.141592653589793 / 4096

    def fits(leg, one):
        pt, eta, values = one
        if not (pt > leg["minPt"] * GEV and abs(eta) * lsb < leg["maxAbsEta"]):
            return False
        if "signal" not in leg:
            return True
        score = dict(zip(CLASSES, values, strict=True))
        above = sum(score[name] for name in leg["signal"])
        whole = above + sum(score[name] for name in leg["background"]) if "background" in leg else 128
        return whole > 0 and Fraction(above, whole) > Fraction(str(leg["minScore"]))

    events = random_events(1, 3000)
    expected = [any(all(map(fits, legs, chosen)) for chosen in permutations(event, len(legs))) for event in events]
    assert passed(events, *legs) == expected
    assert 100 < sum(expected) < 2900


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"legs": []}, "ask for 0 jets"),
        ({"legs": [{"number": 9}]}, "ask for 9 jets"),
        ({"legs": [{"signal": ["top"]}]}, "no class top; there are b, c"),
        ({"legs": [{"minScore": 0.5}]}, "need classes in signal"),
        ({"legs": [TAUS | {"minScore": 1.0}]}, "scores stay below 1"),
        ({"legs": [{"minPt": 2048.0}]}, "pt ends at 2047.97 GeV"),
        ({"legs": [{"regionsAbsEtaLowerBounds": [0.5], "regionsMinPt": [3.0]}]}, "must rise from 0"),
        ({"legs": [{"minPt": 3.0, "regionsAbsEtaLowerBounds": [0.0], "regionsMinPt": [3.0]}]}, "exclude each other"),
        ({"legs": [{}], "maxJets": 64}, "from 1 to 63"),
        ({"legs": [{}], "classes": ["b"]}, "classes has 1 names"),
    ],
)
def test_what_makes_no_sense_is_refused(parameters, problem):
    with pytest.raises(Configuration, match=problem):
        TestProcessor("L1TJetLegsFilter", **parameters)
