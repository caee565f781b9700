"""SelectEvents, on the results of three paths."""

from __future__ import annotations

import numpy as np
import pytest

from pyrun.framework.errors import Configuration
from pyrun.framework.io.event_selector import EventSelector

PATHS = {"HLT": ["HLT_Mu", "HLT_Ele", "cal"]}
R, P, F, X = range(4)
STATES = np.array(
    [[P, F, F], [F, P, F], [F, F, F], [X, P, F], [F, X, P], [P, X, R], [R, R, R], [F, F, P]],
    dtype=np.uint8,
)


@pytest.mark.parametrize(
    "expressions, accepted",
    [
        ([], [0, 1, 2, 3, 4, 5, 6, 7]),
        (["HLT_Mu"], [0, 5]),
        (["HLT_Mu", "cal"], [0, 4, 5, 7]),
        (["!HLT_Mu"], [1, 2, 4, 7]),
        (["HLT*"], [0, 1, 3, 5]),
        (["HLT_??"], [0, 5]),
        (["*"], [0, 1, 3, 4, 5, 7]),
        (["!HLT*"], [2, 7]),
        (["!*"], [2]),
        (["!cal"], [0, 1, 2, 3]),
        (["HLT_Mu&noexception"], [0]),
        (["HLT_Mu & noexception"], [0]),
        (["HLT_Mu&noex"], [0]),
        (["HLT*&noexception"], [0, 1]),
        (["!HLT_Mu&noexception"], [1, 2, 7]),
        (["!HLT*&noexception"], [2, 7]),
        (["!HLT_M*&noexception", "HLT_Ele"], [1, 2, 3, 7]),
        (["exception@HLT_Mu"], [3]),
        (["exception@*"], [3, 4, 5]),
        (["exception@HLT*", "!*"], [2, 3, 4, 5]),
        (["*", "!*", "exception@*"], [0, 1, 2, 3, 4, 5, 6, 7]),
        (["HLT_Mu:HLT"], [0, 5]),
    ],
)
def test_terms(expressions, accepted):
    selector = EventSelector(expressions, PATHS, "HLT")
    assert np.flatnonzero(selector.select({"HLT": STATES})).tolist() == accepted
    assert selector.warnings == []


def test_the_paths_of_an_earlier_process():
    selector = EventSelector(["q:SIM", "!cal&noexception:SIM"], {**PATHS, "SIM": ["q", "cal"]}, "HLT")
    earlier = np.array([[P, P], [F, P], [F, F], [X, F], [R, R], [F, F], [F, P], [P, F]], dtype=np.uint8)
    assert selector.processes == {"SIM"}
    assert np.flatnonzero(selector.select({"HLT": STATES, "SIM": earlier})).tolist() == [0, 2, 5, 7]


def test_no_events():
    nothing = np.zeros((0, 3), dtype=np.uint8)
    for expressions in ([], ["HLT*"], ["!*"]):
        assert EventSelector(expressions, PATHS, "HLT").select({"HLT": nothing}).tolist() == []


def test_a_pattern_without_paths_warns_and_accepts_nothing():
    selector = EventSelector(["Jet*"], PATHS, "HLT")
    assert not selector.select({"HLT": STATES}).any()
    assert selector.warnings == ["SelectEvents: the term 'Jet*' matches no trigger path of process HLT"]


@pytest.mark.parametrize(
    "expression, what",
    [
        ("HLT_Muu", "process HLT has no trigger path HLT_Muu. Did you mean 'HLT_Mu'"),
        ("!HLT_Mo", "Did you mean 'HLT_Mu'"),
        ("exception@HLT_mu", "Did you mean 'HLT_Mu'"),
        ("HLT_Mu:RECO", "no trigger results of process RECO"),
        ("!Jet*", "none can have failed"),
        ("!exception@HLT_Mu", "goes neither with !"),
        ("exception@HLT_Mu&noexception", "goes neither with !"),
        ("HLT_Mu&noexception&noexception", "it must be"),
        ("!!HLT_Mu", "it must be"),
        ("HLT_Mu&quick", "it must be"),
        ("", "it must be"),
    ],
)
def test_a_wrong_term_is_quoted(expression, what):
    with pytest.raises(Configuration) as error:
        EventSelector([expression], PATHS, "HLT")
    assert f"SelectEvents has the term {expression!r}" in str(error.value)
    assert what in str(error.value)
