from __future__ import annotations

import awkward as ak
import pytest

from pyrun.framework.testing import TestProcessor

pytest.importorskip("pythia8mc")

W_PAIRS = [
    "WeakDoubleBoson:ffbar2WW = on",
    "PartonLevel:MPI = off",
    "HadronLevel:all = off",
    "24:onMode = off",
    "24:onIfAny = 11 13",
]


def leptons(*lines, n=40):
    """How many electrons, muons and taus the W bosons of each event decay into."""
    blocks = {"process": [*W_PAIRS, *lines], "parameterSets": ["process"]}
    generator = TestProcessor("Pythia8GeneratorFilter", PythiaParameters=blocks)
    record = generator.run({}, ids=([1] * n, [1] * n, range(1, n + 1)), seed=1)["unsmeared"]
    of_w = abs(record.pdgId[record.mother1]) == 24
    return {tuple(int(ak.sum(of_w[i] & (abs(record.pdgId[i]) == code))) for code in (11, 13)) for i in range(n)}


def test_without_the_filter_all_decays_occur():
    assert leptons() == {(2, 0), (1, 1), (0, 2)}


def test_exclusive_daughters_are_all_there_are():
    wanted = ["ResonanceDecayFilter:mothers = 24", "ResonanceDecayFilter:daughters = 11,12,13,14"]
    flags = ["ResonanceDecayFilter:filter = on", "ResonanceDecayFilter:exclusive = on"]
    assert leptons(*flags, *wanted) == {(1, 1)}


def test_otherwise_there_may_be_more():
    wanted = ["ResonanceDecayFilter:filter = on", "ResonanceDecayFilter:daughters = 13"]
    assert leptons(*wanted) == {(1, 1), (0, 2)}
