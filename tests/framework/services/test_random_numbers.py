from __future__ import annotations

import io

import FWCore.ParameterSet.Config as cms
import numpy as np
import pytest
from IOMC.RandomEngine.RandomServiceHelper import RandomNumberServiceHelper

from pyrun.framework.config.description import describe
from pyrun.framework.errors import Configuration
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.services.message_logger import MessageLogger
from pyrun.framework.services.random_numbers import RandomNumbers, configured_seeds


def service(**parameters):
    return cms.Service("RandomNumberGeneratorService", **parameters)


def seeds(configured, out=None):
    process = cms.Process("TEST")
    process.RandomNumberGeneratorService = configured
    description = describe(process).services["RandomNumberGeneratorService"]
    return configured_seeds(description, MessageLogger(stream=out or io.StringIO()))


def entry(seed=1, **more):
    return cms.PSet(initialSeed=cms.untracked.uint32(seed), **more)


def pair(*numbers, engine="RanecuEngine"):
    return cms.PSet(initialSeedSet=cms.untracked.vuint32(*numbers), engineName=cms.untracked.string(engine))


def test_each_module_has_the_seed_of_its_entry():
    assert seeds(service(generator=entry(7), mix=entry(8, engineName=cms.untracked.string("TRandom3")))) == {
        "generator": 7,
        "mix": 8,
    }


def test_every_seed_of_a_set_counts():
    found = [seeds(service(g=pair(*numbers)))["g"] for numbers in [(1, 2), (1, 3), (2, 1), (1, 2)]]
    assert len(set(found[:3])) == 3 and found[0] == found[3]
    assert seeds(service(g=pair(5, engine="HepJamesRandom"))) == {"g": 5}


def test_the_offset_makes_another_sample():
    assert seeds(service(g=entry(7), eventSeedOffset=cms.untracked.uint32(100))) == {"g": 107}


def test_numbers_depend_on_the_event_and_nothing_else():
    ids = EventIDs([1, 1, 1], [1, 1, 2], [5, 6, 5])
    together = [generator.random() for generator in RandomNumbers(7, "g").generators(ids)]
    alone = [RandomNumbers(7, "g").generators(ids[np.array([i])])[0].random() for i in range(3)]
    assert together == alone and len(set(together)) == 3


@pytest.mark.parametrize(
    ("configured", "message"),
    [
        (service(g=cms.PSet()), "RandomNumberGeneratorService.g has no seed"),
        (service(g=entry(initialSeedSet=cms.untracked.vuint32(1))), "both initialSeed and initialSeedSet"),
        (service(g=cms.PSet(initialSeedSet=cms.untracked.vuint32())), "is empty"),
        (service(g=cms.PSet(initialSead=cms.untracked.uint32(1))), "Did you mean 'initialSeed'"),
        (service(g=cms.PSet(initialSeed=cms.untracked.int32(1))), "cms.untracked.uint32"),
        (service(g=pair(1, 2, engine="HepJamesRandom")), "takes 1 seed"),
        (service(g=pair(1, 2, engine="RanecuEngin")), "Did you mean 'RanecuEngine'"),
        (service(saveFilename=cms.untracked.string("a")), "Did you mean 'saveFileName'"),
    ],
)
def test_what_is_wrong_is_told_with_the_remedy(configured, message):
    with pytest.raises(Configuration, match=message):
        seeds(configured)


def test_saving_the_state_is_accepted_and_said_to_be_needless():
    out = io.StringIO()
    configured = service(
        g=entry(7), saveFileName=cms.untracked.string("state"), restoreStateLabel=cms.untracked.string("")
    )
    assert seeds(configured, out) == {"g": 7}
    assert "saveFileName without effect" in out.getvalue() and "restoreStateLabel" not in out.getvalue()


def test_the_helper_sets_seeds_as_in_cmssw():
    configured = service(one=entry(1), two=pair(2, 3), saveFileName=cms.untracked.string("x"))
    helper = RandomNumberServiceHelper(configured)
    assert helper.countSeeds() == 3
    helper.insertSeeds(10, 20, 30)
    assert (helper.getNamedSeed("one"), helper.getNamedSeed("two")) == ([10], [20, 30])
    helper.setNamedSeed("two", 8, 9)
    helper.populate("two")
    assert helper.getNamedSeed("two") == [8, 9] and helper.getNamedSeed("one") != [10]
    helper.resetSeeds(5)
    assert helper.getNamedSeed("one") + helper.getNamedSeed("two") == [5, 5, 5]
    with pytest.raises(RuntimeError, match="no PSet 'three'"):
        helper.setNamedSeed("three", 1)
    with pytest.raises(RuntimeError, match="needs 3 seeds"):
        helper.insertSeeds(1)
