"""The tau-topology seed: two jets of opposite charge."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
from seed_jet_events import SOURCE, jet, product, random_events

from pyrun.framework.errors import Configuration
from pyrun.framework.testing import TestProcessor

GEV = 32


def passed(events, min_pt, score, **more):
    test = TestProcessor("L1TJetPairFilter", minPt=min_pt, minScore=score, **more)
    return test.run({SOURCE: product(events)}).passed.tolist()


def test_charges_must_be_opposite():
    plus, minus = jet(40 * GEV, tau_p=100, uds=10), jet(35 * GEV, tau_n=100, g=10)
    assert passed([[plus, minus], [minus, plus], [plus, plus], [minus, minus], [plus]], 34.0, 0.5) == [
        True, True, False, False, False
    ]  # fmt: skip


def test_both_must_be_above_the_threshold_and_central():
    plus, minus = jet(40 * GEV, tau_p=100), jet(34 * GEV, tau_n=100)
    forward = jet(40 * GEV, 3130, tau_n=100)
    assert passed([[plus, minus], [plus, forward]], 34.0, 0.5) == [False, False]
    assert passed([[plus, minus], [plus, forward]], 33.0, 0.5) == [True, False]


def test_random_events_pass_as_exact_arithmetic_says():
    def score(one, two):
        (_, _, a), (_, _, b) = one, two
        both = a[4] * b[5] + a[5] * b[4]
        whole = both + (a[2] + a[3]) * (b[2] + b[3])
        return Fraction(both, whole) if whole else Fraction(0)

    def expected(event):
        good = [one for one in event if one[0] > 20 * GEV]
        return any(score(one, two) > Fraction("0.5") for one, two in combinations(good, 2))

    events = random_events(3, 3000)
    found = passed(events, 20.0, 0.5, maxAbsEta=4.0)
    assert found == [expected(event) for event in events]
    assert 100 < sum(found) < 2900


def test_a_score_that_no_pair_has_is_refused():
    with pytest.raises(Configuration, match="scores stay below 1"):
        TestProcessor("L1TJetPairFilter", minPt=1.0, minScore=1.0)
