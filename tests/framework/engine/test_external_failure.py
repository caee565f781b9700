from __future__ import annotations

import numpy as np
import pytest

from pyrun.framework import EDProducer, cms, plugin, run
from pyrun.framework.errors import ExternalFailure

CALLS = []


@plugin
class Unreachable(EDProducer):
    """Asks a server for event 3 and later ones, which does not answer."""

    def declare(self, p):
        self.answer = self.produces("double")

    def produce(self, event, setup):
        CALLS.append(event.id.tolist())
        if (event.id >= 3).any():
            raise ExternalFailure("no answer")
        event.put(self.answer, np.zeros(len(event)))


def job(**options) -> cms.Process:
    process = cms.Process("TEST")
    process.source = cms.Source("EmptySource")
    process.maxEvents.input = 4
    process.ask = cms.EDProducer("Unreachable")
    process.p = cms.Path(process.ask)
    for name, value in options.items():
        setattr(process.options, name, value)
    return process


def test_a_lost_server_is_not_tried_again_to_find_an_event():
    CALLS.clear()
    with pytest.raises(ExternalFailure, match="no answer") as caught:
        run(job())
    assert CALLS == [[1, 2, 3, 4]]
    assert "event: 1" in "".join(caught.value.__notes__)


def test_if_the_job_goes_on_the_events_that_fail_are_found():
    CALLS.clear()
    result = run(job(TryToContinue=cms.untracked.vstring("ExternalFailure")), products=["ask"])
    assert result.events.event.tolist() == [1, 2]
    assert len(CALLS) > 1
