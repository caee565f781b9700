"""What may run at the same time: modules of each kind, shared resources, external work."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from engine_jobs import NOTES, empty_source

from pyrun.framework import EDAnalyzer, EDProducer, plugin
from pyrun.framework import parameters as param

WAIT = 20.0  # seconds until a test that waits for another thread gives up


class Inside:
    """Counts the threads inside a ``with`` block; `most` is the most at once."""

    def __init__(self) -> None:
        self.lock, self.now, self.most = threading.Lock(), 0, 0

    def __enter__(self):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_):
        with self.lock:
            self.now -= 1


class Meeting:
    """Two threads that wait for each other; `met` if they did."""

    def __init__(self) -> None:
        self.barrier, self.met = threading.Barrier(2), False

    def wait(self) -> None:
        try:
            self.barrier.wait(WAIT)
            self.met = True
        except threading.BrokenBarrierError:
            pass


class Shared:
    """What the modules of the running test use."""

    inside = Inside()
    meeting = Meeting()


@pytest.fixture(autouse=True)
def shared():
    Shared.inside, Shared.meeting = Inside(), Meeting()


@plugin
class CountsCallers(EDAnalyzer):
    """Stays inside for a while."""

    def analyze(self, event, setup):
        NOTES.add("instance", id(self))
        with Shared.inside:
            time.sleep(0.01)


@plugin
class GlobalCountsCallers(CountsCallers):
    kind = "global"


@plugin
class LimitedCountsCallers(CountsCallers):
    kind = "limited"
    concurrencyLimit = 2


@plugin
class OneCountsCallers(CountsCallers):
    kind = "one"


@plugin
class GlobalMeeting(EDAnalyzer):
    """Two calls of it, for the first two blocks, can only end together."""

    kind = "global"

    def analyze(self, event, setup):
        NOTES.add("instance", id(self))
        if event.id[0] <= 2:
            Shared.meeting.wait()


def one_module(cls: str) -> str:
    return f"process.m = cms.EDAnalyzer('{cls}')\nprocess.p = cms.Path(process.m)\n"


@pytest.mark.parametrize(
    "cls, instances, most",
    [
        ("CountsCallers", 4, 4),
        ("GlobalCountsCallers", 1, 4),
        ("LimitedCountsCallers", 1, 2),
        ("OneCountsCallers", 1, 1),
    ],
)
def test_how_many_instances_there_are_and_how_many_calls_at_once(jobs, cls, instances, most):
    jobs.run(empty_source(24), one_module(cls), streams=4, threads=4, block=1)
    assert len(set(NOTES.of("instance"))) <= instances
    assert len(NOTES.of("instance")) == 24
    assert Shared.inside.most <= most
    if most <= 2:
        assert Shared.inside.most == most


def test_one_instance_of_a_global_module_is_called_by_two_streams_at_once(jobs):
    jobs.run(empty_source(6), one_module("GlobalMeeting"), streams=2, threads=2, block=1)
    assert Shared.meeting.met and len(set(NOTES.of("instance"))) == 1


@plugin
class CachingCountsStreams(EDAnalyzer):
    """Shares an object between its instances."""

    @classmethod
    def initializeGlobalCache(cls, p):
        NOTES.add("made", 1)
        return object()

    def beginJob(self):
        NOTES.add("cache", id(self.globalCache))
        NOTES.add("instance", id(self))

    def analyze(self, event, setup):
        pass


def test_instances_of_streams_share_a_cache_that_is_made_once(jobs):
    jobs.run(empty_source(2), one_module("CachingCountsStreams"), streams=3)
    assert NOTES.of("made") == [1]
    assert len(set(NOTES.of("cache"))) == 1 and len(set(NOTES.of("instance"))) == 3


# ---- kind one


@plugin
class OneNotes(EDProducer):
    """Notes the events it sees; stays inside for a while."""

    kind = "one"

    class Parameters(param.ParameterSet):
        resource: str = param.string("", doc="a shared resource it uses")
        needs: list = param.vstring([], doc="labels")

    def declare(self, p):
        self.inputs = [self.consumes(label) for label in p.needs]
        self.token = self.produces("int")
        if p.resource:
            self.usesResource(p.resource)

    def beginLuminosityBlock(self, lumi, setup):
        with Shared.inside:
            time.sleep(0.002)

    def produce(self, event, setup):
        with Shared.inside:
            NOTES.add(self.label, event.id.tolist())
            time.sleep(0.005)
        event.put(self.token, event.id)


@plugin
class SlowForOdd(EDProducer):
    """Makes other streams overtake."""

    async def acquire(self, event, setup):
        await asyncio.sleep(0.02 if event.id[0] % 2 else 0)

    def produce(self, event, setup, result):
        event.put(self.token, event.id)

    def declare(self, p):
        self.token = self.produces("int")


def one(label: str, needs: str = "", resource: str = "") -> str:
    parameters = f"needs = cms.vstring({[needs] if needs else []}), resource = cms.string('{resource}')"
    return f"process.{label} = cms.EDProducer('OneNotes', {parameters})\n"


@pytest.mark.parametrize(
    "schedule",
    [
        "process.p = cms.Path(process.slow + process.a + process.b)",
        "process.p = cms.Path(process.slow + process.a)\nprocess.q = cms.Path(process.b)",
        "process.p = cms.Path(process.slow, cms.Task(process.a))\nprocess.e = cms.EndPath(process.b)",
        "process.p = cms.Path(process.b, cms.ConditionalTask(process.a, process.slow))",
    ],
    ids=["on one path", "on two paths", "on demand", "conditional"],
)
@pytest.mark.parametrize("how", [{"streams": 3, "threads": 3, "block": 1}, {"streams": 4, "threads": 1, "block": 3}])
def test_modules_of_kind_one_see_blocks_in_order_wherever_they_stand(jobs, schedule, how):
    text = "process.slow = cms.EDProducer('SlowForOdd')\n" + one("a", "slow") + one("b", "a")
    jobs.run(empty_source(20, per_lumi=10), text + schedule, **how)
    assert NOTES.events("a") == NOTES.events("b") == list(range(1, 21))


@plugin
class FirstBlockWaits(EDAnalyzer):
    """In the first block: waits until another block has come to the one module that follows a one module."""

    def analyze(self, event, setup):
        if event.id[0] == 1:
            Shared.meeting.wait()


@plugin
class SecondBlockComes(EDAnalyzer):
    """Of kind one; in the second block: meets the first, which has passed it."""

    kind = "one"

    def analyze(self, event, setup):
        NOTES.add("one", event.id.tolist())
        if event.id[0] == 2:
            Shared.meeting.wait()


def test_a_block_that_has_passed_a_one_module_does_not_hold_up_the_next(jobs):
    text = """
    process.one = cms.EDAnalyzer("SecondBlockComes")
    process.waits = cms.EDAnalyzer("FirstBlockWaits")
    process.p = cms.Path(process.one + process.waits)
    """
    jobs.run(empty_source(6), text, streams=2, threads=2, block=1)
    assert Shared.meeting.met, "the first block was still under way when the second ran the one module"
    assert NOTES.events("one") == list(range(1, 7))


@pytest.mark.parametrize("resources, most", [(("disk", "disk"), 1), (("disk", "tape"), 2), (("", ""), 2)])
def test_one_modules_overlap_unless_they_share_a_resource(jobs, resources, most):
    text = one("a", resource=resources[0]) + one("b", resource=resources[1])
    text += "process.p = cms.Path(process.a + process.b)\n"
    jobs.run(empty_source(30, per_lumi=15), text, streams=3, threads=3, block=1)
    assert NOTES.events("a") == NOTES.events("b") == list(range(1, 31))
    assert Shared.inside.most == most


def test_resources_in_any_order_do_not_block_each_other(jobs):
    @plugin
    class UsesBoth(OneNotes):
        def declare(self, p):
            super().declare(p)
            for name in ("x", "y") if self.label == "a" else ("y", "x"):
                self.usesResource(name)

    text = (one("a") + one("b")).replace("OneNotes", "UsesBoth") + "process.p = cms.Path(process.a + process.b)\n"
    jobs.run(empty_source(20), text, streams=3, threads=3, block=1)
    assert Shared.inside.most == 1
    assert NOTES.events("a") == NOTES.events("b") == list(range(1, 21))


# ---- external work


@plugin
class ExternalMeeting(EDProducer):
    """Work for the first two blocks that can only end together."""

    def declare(self, p):
        self.token = self.produces("int")

    async def acquire(self, event, setup):
        number = int(event.id[0])
        if number <= 2:
            await asyncio.to_thread(Shared.meeting.wait)
        return number

    def produce(self, event, setup, number):
        NOTES.add("external", event.id.tolist())
        assert number == event.id[0]
        event.put(self.token, event.id)


def test_external_work_of_two_streams_overlaps_even_with_one_thread(jobs):
    text = "process.m = cms.EDProducer('ExternalMeeting')\nprocess.p = cms.Path(process.m)\n"
    jobs.run(empty_source(6), text, streams=2, threads=1, block=1)
    assert Shared.meeting.met
    assert sorted(NOTES.events("external")) == list(range(1, 7))


@plugin
class GlobalExternal(ExternalMeeting):
    """The same, one instance for all streams."""

    kind = "global"


@plugin
class LimitedExternal(EDProducer):
    """External work of a module that at most one thread may be in."""

    kind = "limited"

    def declare(self, p):
        self.token = self.produces("int")

    def acquire(self, event, setup):
        with Shared.inside:
            time.sleep(0.003)
        return asyncio.sleep(0.003, event.id)

    def produce(self, event, setup, numbers):
        with Shared.inside:
            time.sleep(0.003)
        event.put(self.token, numbers)


def test_external_work_of_a_global_module_overlaps(jobs):
    text = "process.m = cms.EDProducer('GlobalExternal')\nprocess.p = cms.Path(process.m)\n"
    jobs.run(empty_source(6), text, streams=2, threads=2, block=1)
    assert Shared.meeting.met


def test_a_limit_holds_for_acquire_and_produce_together(jobs):
    text = """
    process.m = cms.EDProducer("LimitedExternal")
    process.slow = cms.EDProducer("SlowForOdd")
    process.p = cms.Path(process.m + process.slow)
    process.out = cms.OutputModule("NotingOutput")
    process.e = cms.EndPath(process.out)
    """
    jobs.run(empty_source(20), text, streams=3, threads=3, block=1)
    assert Shared.inside.most == 1
    assert {event: products["m"] for event, products in NOTES.written.items()} == {n: n for n in range(1, 21)}
