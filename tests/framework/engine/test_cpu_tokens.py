"""Who computes when there are more streams than threads."""

from __future__ import annotations

import asyncio
import textwrap
import threading
import time

from engine_jobs import NOTES, empty_source

from pyrun.framework import EDProducer, plugin
from pyrun.framework.engine.external import CPUTokens

LIMIT = 20.0  # seconds for any single wait


def wait_until(condition) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


class Streams:
    """Threads that want the only token, for a block each."""

    def __init__(self) -> None:
        self.tokens = CPUTokens(1)
        self.order: list[int] = []
        self.threads: list[threading.Thread] = []

    def start(self, work, *arguments) -> None:
        self.threads.append(threading.Thread(target=work, args=arguments, daemon=True))
        self.threads[-1].start()

    def compute(self, block: int) -> None:
        with self.tokens.held(block):
            self.order.append(block)

    def queue(self, *blocks: int) -> None:
        """Let streams come for the token, in this order."""
        for number, block in enumerate(blocks, 1):
            self.start(self.compute, block)
            wait_until(lambda number=number: len(self.tokens._waiting) >= number)

    def join(self) -> None:
        for thread in self.threads:
            thread.join(LIMIT)
            assert not thread.is_alive()


def test_the_token_goes_to_the_oldest_block():
    streams = Streams()
    with streams.tokens.held(0):
        streams.queue(3, 1, 2)
    streams.join()
    assert streams.order == [1, 2, 3]


def test_a_block_that_has_waited_goes_on_before_later_ones():
    streams, answered, lent = Streams(), threading.Event(), threading.Event()

    def oldest() -> None:
        with streams.tokens.held(0):
            with streams.tokens.lent():
                lent.set()
                answered.wait(LIMIT)
            streams.order.append(0)

    streams.start(oldest)
    assert lent.wait(LIMIT)
    with streams.tokens.held(1):
        streams.queue(2, 3)
        answered.set()
        wait_until(lambda: len(streams.tokens._waiting) == 3)
    streams.join()
    assert streams.order == [0, 2, 3]


def test_tokens_that_nobody_waits_for_stay():
    tokens = CPUTokens(2)
    for _ in range(3):
        with tokens.held(), tokens.held(1):
            assert tokens._free == 0
            with tokens.lent():
                assert tokens._free == 1
    assert tokens._free == 2


@plugin
class MeetsAnother(EDProducer):
    """Its work ends when that of two modules is under way."""

    begun: list[str]
    both: asyncio.Event

    def declare(self, p):
        self.value = self.produces("int")

    async def acquire(self, event, setup):
        self.begun.append(self.label)
        if len(self.begun) == 2:
            self.both.set()
        await asyncio.wait_for(self.both.wait(), 5)
        return event.id

    def produce(self, event, setup, ids):
        event.put(self.value, ids)


def test_all_external_work_that_a_module_needs_is_under_way_at_the_same_time(jobs, monkeypatch):
    monkeypatch.setattr(MeetsAnother, "begun", [], raising=False)
    monkeypatch.setattr(MeetsAnother, "both", asyncio.Event(), raising=False)
    modules = """
    process.a, process.b = cms.EDProducer("MeetsAnother"), cms.EDProducer("MeetsAnother")
    process.out = cms.OutputModule("NotingOutput")
    process.e = cms.EndPath(process.out, cms.Task(process.a, process.b))
    """
    jobs.run(empty_source(3), textwrap.dedent(modules))
    assert MeetsAnother.begun == ["a", "b"]
    assert NOTES.written == {n: {"a": n, "b": n} for n in (1, 2, 3)}


def test_helpers_wait_for_tokens_that_no_stream_has():
    tokens, most, running, finished = CPUTokens(3), [0], [0], threading.Barrier(2)
    lock = threading.Lock()

    def task() -> int:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        finished.wait(LIMIT)  # two are at it at the same time
        with lock:
            running[0] -= 1
        return 1

    assert tokens.helpers is not None
    with tokens.held(0), tokens.helpers() as executor:
        assert sum(promise.result(LIMIT) for promise in [executor.submit(task) for _ in range(8)]) == 8
    assert most[0] == 2
    assert tokens._free == 3


def test_one_thread_has_no_helpers():
    assert CPUTokens(1).helpers is None
