from __future__ import annotations

import numpy as np
import pytest

from pyrun.framework.errors import Configuration
from pyrun.modules.pat.string_object import StringCutObjectSelector, StringObjectFunction

JETS = {
    "pt": np.array([10.0, 20.0, 30.0, 40.0]),
    "eta": np.array([0.0, -3.0, 1.0, 2.0]),
    "hadronFlavour": np.array([0, 4, 5, 5]),
    "pfTagger_probb": np.array([0.1, 0.2, 0.9, 0.3]),
}


@pytest.mark.parametrize(
    ("cut", "selected"),
    [
        ("", [0, 1, 2, 3]),
        ("pt > 15 && abs(eta) < 2.5", [2, 3]),
        ("pt() > 15 & abs(eta()) < 2.5", [2, 3]),
        ("hadronFlavour == 5 || eta < 0", [1, 2, 3]),
        ("hadronFlavour = 5 | eta < 0", [1, 2, 3]),
        ("!(hadronFlavour == 5)", [0, 1]),
        ("hadronFlavour != 5", [0, 1]),
        ("15 < pt <= 30", [1, 2]),
        ("-eta > 0", [1]),
        ("max(pt, 25) == 25 && true", [0, 1]),
        ("hypot(pt, 3 * eta) > 35", [3]),
        ('bDiscriminator("pfTagger:probb") > 0.25', [2, 3]),
        ("pt > 1000", []),
        ("  pt >\n 35 ", [3]),
    ],
)
def test_cuts_select(cut, selected):
    assert np.flatnonzero(StringCutObjectSelector(cut)(JETS)).tolist() == selected


def test_functions_calculate():
    np.testing.assert_allclose(StringObjectFunction("pt / 2 + sqrt(4) * eta - 1")(JETS), [4, 3, 16, 23])


def test_unknown_fields_are_named_with_the_nearest():
    with pytest.raises(Configuration, match=r"no field 'hadronFlavor'. Did you mean 'hadronFlavour'"):
        StringCutObjectSelector("hadronFlavor == 5")(JETS)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "pt.__class__",
        "[pt for pt in (1, 2)]",
        "lambda: 1",
        "pt if eta else pt",
        "pt in eta",
        "pt ** eta",
        "sqrt(pt, eta)",
        "tan(pt)",
        "open('x')",
        "'text'",
        "pt >",
        "pt[0]",
        "(pt := 3)",
    ],
)
def test_everything_else_is_refused_before_there_are_objects(text):
    with pytest.raises(Configuration, match="is not valid"):
        StringCutObjectSelector(text)


def test_a_cut_must_be_a_condition():
    with pytest.raises(Configuration, match="numbers where a condition is needed"):
        StringCutObjectSelector("pt")(JETS)
