"""Streams that take different times, and what is handed on in order nevertheless."""

from __future__ import annotations

import asyncio
import io

import attrs
import pytest
from random_jobs import RECORDER, RandomOneProducer, has_early, mix
from reference import Node, RandomJob
from test_against_reference import description

from pyrun.framework import EDProducer, plugin
from pyrun.framework.engine.job import Job
from pyrun.framework.errors import Configuration, ScheduleExecutionFailure
from pyrun.framework.services.message_logger import MessageLogger


@plugin
class SlowFirstBlock(RandomOneProducer):
    """Takes long for the first events, so that later blocks overtake them."""

    kind = "stream"

    async def acquire(self, event, setup):
        values = self.values(event)
        await asyncio.sleep(0.2 if 1 in event.id else 0)
        return values

    def produce(self, event, setup, values):
        event.put(self.value, values)


def run(job: RandomJob, **how):
    RECORDER.__init__()
    settings = {"block_size": 5, "threads": 1, "streams": 3, **how}
    return Job(description(job, **settings), MessageLogger(stream=io.StringIO())).run()


SLOW_THEN_ONE = RandomJob(
    (Node(0, "SlowFirstBlock", (), (), -1), Node(1, "RandomOneProducer", (), ("m0",), -1)),
    ((("m0", ""), ("m1", "")),),
    frozenset(),
    40,
)


def test_a_one_module_waits_for_the_blocks_that_were_overtaken():
    assert run(SLOW_THEN_ONE).failure is None
    assert RECORDER.in_order["m1"] == list(range(1, 41))


def test_output_is_in_order_when_blocks_overtake_each_other():
    run(SLOW_THEN_ONE)
    assert list(RECORDER.written) == list(range(1, 41))


def test_other_streams_work_while_one_waits_for_external_work():
    run(SLOW_THEN_ONE)
    first_block_done = RECORDER.calls.index(("m1", 1))
    started_before = {event for label, event in RECORDER.calls[:first_block_done] if label == "m0"}
    assert started_before > set(range(1, 6)), "with one thread, a second stream started its block meanwhile"


def test_a_failure_in_a_later_block_does_not_hide_one_in_an_earlier_block():
    nodes = (attrs.evolve(SLOW_THEN_ONE.nodes[0], fails_at=33), attrs.evolve(SLOW_THEN_ONE.nodes[1], fails_at=2))
    result = run(attrs.evolve(SLOW_THEN_ONE, nodes=nodes))
    assert "event: 2 " in result.failure.context[0]


def test_a_failure_of_pending_work_at_a_later_event_does_not_hide_an_earlier_one():
    only_third = next(
        n for n in range(1000) if [mix(n, event) < 600 for event in (1, 2, 3, 4)] == [False, False, True, False]
    )
    nodes = (
        Node(only_third, "RandomFilter", (), (), -1),
        Node(1001, "RandomExternalProducer", (), (), 3),
        Node(1002, "RandomProducer", (), (), 2),
    )
    paths = (((nodes[0].label, ""), ("m1001", "")), (("m1002", ""),))
    result = run(RandomJob(nodes, paths, frozenset(), 4), streams=1)
    assert "event: 2 " in result.failure.context[0]


def test_events_before_the_earliest_failure_are_not_blamed_for_what_pending_work_says_of_later_ones():
    without = next(event for event in range(3, 100) if not has_early(event))
    nodes = (Node(0, "RandomExternalProducer", ("early",), (), -1), Node(1, "RandomProducer", (), (), 2))
    job = RandomJob(nodes, ((("m0", ""),), (("m1", ""),)), frozenset(), without)
    assert has_early(1)
    assert "event: 2 " in run(job, streams=1, block_size=100).failure.context[0]


def test_modules_that_wait_for_each_other_are_refused_with_the_loop_named():
    nodes = (Node(0, "RandomProducer", (), ("m1",), -1), Node(1, "RandomProducer", (), ("m0",), -1))
    with pytest.raises(ScheduleExecutionFailure, match=r"(?s)'m0'.*needs 'm1'.*'m1'.*needs 'm0'"):
        run(RandomJob(nodes, ((("m0", ""),),), frozenset({"m1"}), 1))


def test_a_module_before_its_producer_on_the_same_path_is_refused():
    nodes = (Node(0, "RandomProducer", (), ("m1",), -1), Node(1, "RandomProducer", (), (), -1))
    with pytest.raises(ScheduleExecutionFailure, match="module 1 of path 'p0'"):
        run(RandomJob(nodes, ((("m0", ""), ("m1", "")),), frozenset(), 1))


def test_a_path_with_an_unknown_module_is_refused():
    with pytest.raises(Configuration, match="path 'p0' names the module 'm9'"):
        run(RandomJob((), ((("m9", ""),),), frozenset(), 1))


def test_acquire_must_return_something_to_wait_for():
    @plugin
    class AcquiresNothing(EDProducer):
        def acquire(self, event, setup):
            return 3

    job = RandomJob((), (), frozenset(), 1)
    process = description(job, 5, 1, 1)
    module = attrs.evolve(process.modules["out"], label="bad", kind="EDProducer", type="AcquiresNothing")
    entry = attrs.evolve(process.end_paths[0].entries[0], label="bad")
    path = attrs.evolve(process.end_paths[0], name="p", entries=(entry,))
    process = attrs.evolve(process, modules={**process.modules, "bad": module}, trigger_paths=[path])
    result = Job(process, MessageLogger(stream=io.StringIO())).run()
    assert "must return a Future or an awaitable, not int" in result.failure.message


def test_a_tag_that_names_several_types_is_refused_with_the_consumer_named():
    @plugin
    class TwoTypes(EDProducer):
        def declare(self, p):
            self.both = self.produces("int"), self.produces("float")

    process = description(
        RandomJob((Node(1, "RandomProducer", (), ("m0",), -1),), ((("m1", ""),),), frozenset({"m0"}), 1), 5, 1, 1
    )
    twice = attrs.evolve(process.modules["m1"], label="m0", type="TwoTypes", parameters={})
    process = attrs.evolve(process, modules={**process.modules, "m0": twice})
    with pytest.raises(
        Configuration, match="module 'm1' consumes 'm0', which names products of several types: float, int"
    ):
        Job(process, MessageLogger(stream=io.StringIO())).run()
