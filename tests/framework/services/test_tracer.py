from __future__ import annotations

from pyrun.framework.services.tracer import Tracer


def test_each_step_is_told_when_it_begins_and_ends(signals):
    job = signals(Tracer("Tracer", Tracer.Parameters(indention="--")))
    job.begin()
    with job.block(5, 3) as block:
        job.module(block, error=ValueError("bad"))
    job.end()
    assert job.text.splitlines() == [
        "-- preallocate: 3 streams, 2 threads",
        "-- starting: begin job",
        "-- finished: begin job",
        "---- starting: processing event : stream = 0 run = 1 lumi = 2 event = 5-7",
        "-------- starting: processing event for module: stream = 0 label = 'maker' events = 3",
        "-------- finished: processing event for module: stream = 0 label = 'maker' events = 3 : ValueError was raised",
        "---- finished: processing event : stream = 0 run = 1 lumi = 2 event = 5-7",
        "-- finished: end job",
    ]


def test_modules_that_are_named_are_told_of_in_full(signals):
    job = signals(Tracer("Tracer", Tracer.Parameters(dumpContextForLabels=["maker"], printTimestamps=True)))
    with job.block(5, 2) as block:
        job.module(block)
        job.module(block, label="other")
    assert job.text.count("'transition': 'event'") == 2 and job.text.count("other") == 2
