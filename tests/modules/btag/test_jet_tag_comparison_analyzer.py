from __future__ import annotations

import io

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.errors import CMSException
from pyrun.framework.services.message_logger import MessageLogger
from pyrun.framework.testing import TestProcessor
from pyrun.modules.btag.jet_tag_comparison_analyzer import JetTagComparisonAnalyzer

SCORES = ak.Array([[0.25, 0.5], [], [0.75]])


def report(second: ak.Array, tolerance: float = 0.0) -> str:
    """What the analyzer says at the end of a job whose other producer makes `second`."""
    test = TestProcessor(JetTagComparisonAnalyzer, first="a", second="b", flav_names=["probb"], tolerance=tolerance)
    stream = io.StringIO()
    test.module.log = MessageLogger(stream=stream)
    test.run({"a:probb": SCORES, "b:probb": second})
    try:
        test.module.endJob()
    except CMSException:
        assert stream.getvalue()  # the numbers are told in any case
        raise
    return stream.getvalue()


def test_equal_scores_are_told_to_be_equal():
    assert "a and b: 3 scores, 3 of them equal to the last bit; largest difference 0\n" in report(SCORES)


def test_the_largest_difference_is_told_with_its_event():
    text = report(ak.Array([[0.25, 0.5625], [], [0.875]]), tolerance=0.125)
    assert "1 of them equal" in text
    assert "largest difference 0.125, probb 0.75 and 0.875 in run 1 lumi 1 event 3" in text


@pytest.mark.parametrize("wrong", [np.nextafter(0.75, 1), np.nan])
def test_one_bit_is_too_much_without_a_tolerance(wrong):
    with pytest.raises(CMSException, match="a and b differ by .* event 3; allowed is 0") as caught:
        report(ak.Array([[0.25, 0.5], [], [wrong]]))
    assert caught.value.category == "ScoresDiffer"


def test_other_jets_are_refused_with_their_event():
    with pytest.raises(CMSException, match="'probb' for the same jets in run 1 lumi 1 event 2"):
        report(ak.Array([[0.25, 0.5], [0.1], [0.75]]))
