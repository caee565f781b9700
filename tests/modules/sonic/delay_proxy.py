"""A way to a server that takes time: a TCP proxy that holds everything back for a while, in both directions.

    python delay_proxy.py --to 8001 --delay 0.05     # prints its own port, and works until it is ended

The time is that of a long line: as much as wanted is under way at once, so no bandwidth is lost.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import threading

CHUNK = 1 << 20  # bytes read at a time
LOOPBACK = "127.0.0.1"


class Proxy:
    """Hands connections on to a server, from a thread of its own; a context manager.

    Parameters
    ----------
    port : int
        Of the server, on this machine.

    Attributes
    ----------
    port : int
        Where the proxy listens, on loopback.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand one connection on until one side closes it."""
        try:
            there = await asyncio.open_connection(LOOPBACK, self._target)
        except OSError:
            writer.transport.abort()
            return
        try:
            await asyncio.gather(self.forward(reader, there[1]), self.forward(there[0], writer))
        except (OSError, asyncio.CancelledError):  # one side is gone, so the other has nothing to wait for; or the end
            pass
        finally:
            writer.transport.abort()
            there[1].transport.abort()

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand on what comes from one side."""
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        writer.close()

    def __enter__(self):
        self._thread.start()
        starting = asyncio.start_server(self.serve, LOOPBACK, 0, limit=CHUNK)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class DelayProxy(Proxy):
    """Holds each byte back for `delay` seconds, on its way there and on its way back."""

    def __init__(self, port: int, delay: float) -> None:
        super().__init__(port)
        self.delay = delay

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read at once, write when the time has come."""
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sending = asyncio.create_task(self._send(waiting, writer))
        try:
            while data := await reader.read(CHUNK):
                waiting.put_nowait((self._loop.time() + self.delay, data))
            waiting.put_nowait((self._loop.time() + self.delay, b""))
            await sending
        finally:
            sending.cancel()

    async def _send(self, waiting: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            due, data = await waiting.get()
            await asyncio.sleep(due - self._loop.time())
            if not data:
                writer.close()
                return
            writer.write(data)
            await writer.drain()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", required=True, metavar="PORT", type=int, help="of the server, on this machine")
    parser.add_argument("--delay", type=float, required=True, help="seconds in each direction")
    arguments = parser.parse_args()
    with DelayProxy(arguments.to, arguments.delay) as proxy, contextlib.suppress(KeyboardInterrupt):
        print(proxy.port, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
