"""The process cards of Configuration.Generator.Pythia8_cff, each tried with Pythia."""

from __future__ import annotations

import sys

import awkward as ak
import pytest

from pyrun.framework.resources import python_cfg_path
from pyrun.framework.testing import TestProcessor

pytest.importorskip("pythia8mc")

EXPECTED = {  # process: a particle that each of its events must have, and how many at least
    "ttbar": (6, 2),
    "qcd15to7000flat": (21, 1),
    "qcd30to50": (21, 1),
    "qcd1400to1800": (21, 1),
    "bb": (5, 2),
    "cc": (4, 2),
    "w": (24, 1),
    "zll": (23, 1),
    "ztautau": (15, 2),
    "minbiasNonDiffractive": (211, 2),
    "hh4b": (25, 2),
    "hhbbtautau": (15, 2),
    "qcd15to1000flat": (21, 1),
    "vbfHtautau": (15, 2),
}


@pytest.fixture(scope="module")
def cards():
    sys.path.insert(0, str(python_cfg_path()))
    try:
        from Configuration.Generator import Pythia8_cff
    finally:
        sys.path.remove(str(python_cfg_path()))
    return Pythia8_cff


@pytest.mark.slow
@pytest.mark.parametrize("process", EXPECTED)
def test_events_have_what_the_process_makes(cards, process):
    blocks = {
        "common": list(cards.pythia8CommonSettings),
        "tune": list(cards.pythia8CP5Settings),
        "process": cards.processes[process],
        "parameterSets": ["common", "tune", "process"],
    }
    generator = TestProcessor("Pythia8GeneratorFilter", PythiaParameters=blocks)
    record = generator.run({}, ids=([1] * 3, [1] * 3, [1, 2, 3]), seed=1)["unsmeared"]
    code, least = EXPECTED[process]
    assert ak.min(ak.sum(abs(record.pdgId) == code, axis=1)) >= least


def test_an_unknown_process_lists_the_known_ones(cards):
    with pytest.raises(ValueError, match="ttbar"):
        cards.pythia8Generator("nothing")
