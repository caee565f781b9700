from __future__ import annotations

import asyncio

import pytest

from pyrun.modules.sonic.connection import TritonError
from pyrun.modules.sonic.window import Window


class Refusing:
    """What a server does whose queue has so many places."""

    def __init__(self, room: int) -> None:
        self.room, self.inside, self.most, self.refusals = room, 0, 0, 0

    async def infer(self, window: Window) -> None:
        """Ask until there is room."""
        while True:
            await window.enter(10)
            try:
                if self.inside < self.room:
                    self.inside += 1
                    self.most = max(self.most, self.inside)
                    await asyncio.sleep(0.001)
                    self.inside -= 1
                    window.answered()
                    return
                await asyncio.sleep(0)
                self.refusals += 1
                window.refused()
            finally:
                window.leave()


async def ask(server: Refusing, window: Window, number: int) -> None:
    await asyncio.gather(*(server.infer(window) for _ in range(number)))


def test_without_a_refusal_there_is_no_limit():
    server = Refusing(100)
    asyncio.run(ask(server, Window(), 100))
    assert server.most == 100 and server.refusals == 0


@pytest.mark.parametrize("room", [1, 4, 16])
def test_no_more_than_the_server_has_room_for_are_let_through(room):
    server, window = Refusing(room), Window()
    asyncio.run(ask(server, window, 500))
    assert server.most == room and room <= window.size < room + 2
    assert 500 - room <= server.refusals < 500 + 100  # all came at once; later ones find out whether there is more room


def test_it_grows_when_there_is_more_room():
    server, window = Refusing(2), Window()

    async def work():
        await ask(server, window, 10)
        server.room = 1000
        await ask(server, window, 2000)

    asyncio.run(work())
    assert server.most > 10


def test_who_waits_too_long_is_told_and_takes_no_place():
    async def work():
        window = Window()
        await window.enter(1)
        window.refused()
        with pytest.raises(TritonError, match="RESOURCE_EXHAUSTED.*too much to do for the server for 0.05 s"):
            await window.enter(0.05)
        window.leave()
        await window.enter(0.05)
        waiting = asyncio.create_task(window.enter(10))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        window.leave()
        await window.enter(0.05)

    asyncio.run(work())


def test_one_that_is_cancelled_when_its_place_is_ready_gives_it_back():
    async def work():
        window = Window()
        await window.enter(1)
        window.refused()
        waiting = asyncio.create_task(window.enter(10))
        await asyncio.sleep(0)
        window.leave()  # the place is ready
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await window.enter(0.05)

    asyncio.run(work())


def test_after_a_reset_all_who_wait_are_let_through():
    async def work():
        window = Window()
        await window.enter(1)
        window.refused()
        waiting = [asyncio.create_task(window.enter(1)) for _ in range(5)]
        await asyncio.sleep(0)
        window.reset()
        await asyncio.gather(*waiting)

    asyncio.run(work())
