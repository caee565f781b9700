"""How long a block stays in memory."""

from __future__ import annotations

import gc
import weakref

import pytest
from engine_jobs import empty_source

from pyrun.framework import EDFilter, EDProducer, InputTag, parameters, plugin

BLOCKS: list[weakref.ref] = []
ALIVE: list[int] = []  # noted for each block


class BlockParameters(parameters.ParameterSet):
    src: InputTag = parameters.inputTag(doc="numbers; empty for none")


@plugin
class BlockNumbers(EDProducer):
    Parameters = BlockParameters

    def declare(self, p):
        self.numbers = self.produces("double")

    def produce(self, event, setup):
        BLOCKS.append(weakref.ref(event.block))
        ALIVE.append(sum(block() is not None for block in BLOCKS))
        event.put(self.numbers, event.id * 0.5)


@plugin
class BlockFilter(EDFilter):
    Parameters = BlockParameters

    def declare(self, p):
        self.numbers = self.consumes(p.src)

    def filter(self, event, setup):
        return event.get(self.numbers) > 3


JOB = """
process.numbers = cms.EDProducer("BlockNumbers", src = cms.InputTag(""))
process.task = cms.Task(process.numbers)
process.large = cms.EDFilter("BlockFilter", src = cms.InputTag("numbers"))
process.path = cms.Path(process.large, process.task)
process.output = cms.OutputModule("NotingOutput")
process.end = cms.EndPath(process.output)
"""


@pytest.fixture
def without_collector():
    BLOCKS.clear()
    ALIVE.clear()
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_a_block_is_let_go_of_when_the_next_one_is_through(jobs, without_collector):
    jobs.run(empty_source(100), JOB, block=10)
    assert len(ALIVE) == 10
    assert max(ALIVE) <= 2
