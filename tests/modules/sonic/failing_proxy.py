"""Ways to a server on which things go wrong, at random but always the same: connections break, or requests fail."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import grpc
from delay_proxy import CHUNK, LOOPBACK, Proxy

INFER = "/inference.GRPCInferenceService/ModelInfer"
OPTIONS = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
NEVER = 3600.0  # seconds


class BreakingProxy(Proxy):
    """Cuts connections, with all requests under way there, after 0.5 to 1.5 times `between` pieces of answers."""

    def __init__(self, port: int, between: int, seed: int) -> None:
        super().__init__(port)
        self._chance, self._between = random.Random(seed), between
        self._left = self._interval()
        self.broken = 0

    def _interval(self) -> int:
        return int(self._between * self._chance.uniform(0.5, 1.5))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(LOOPBACK, self._target)
        requests = asyncio.create_task(self.forward(reader, there[1]))
        try:
            while data := await there[0].read(CHUNK):
                self._left -= 1
                if self._left == 0:
                    self.broken, self._left = self.broken + 1, self._interval()
                    break
                writer.write(data)
                await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            requests.cancel()
            await asyncio.gather(requests, return_exceptions=True)
            writer.transport.abort()
            there[1].transport.abort()


class FailingProxy(Proxy):
    """A gRPC proxy that fails a part `rate` of the inferences, and hands on everything else as it is.

    Half of those that fail never get to the server; of the others the answer is lost. One in ten is not answered.

    Attributes
    ----------
    failed : Counter
        How often each way of failing was taken.
    inferences : int
        All of them.
    """

    STATUSES = (
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.CANCELLED,
    )

    def __init__(self, port: int, rate: float, seed: int) -> None:
        super().__init__(port)
        self._chance, self._rate = random.Random(seed), rate
        self.inferences, self.failed = 0, Counter()

    async def handle(self, method: str, request: bytes, context: grpc.aio.ServicerContext) -> bytes:
        """Answer one call."""
        lost_answer = False
        if method == INFER:
            self.inferences += 1
            if self._chance.random() < self._rate:
                lost_answer = self._chance.random() < 0.5
                status = None if self._chance.random() < 0.1 else self._chance.choice(self.STATUSES)
                self.failed[status.name if status else "no answer"] += 1
                if lost_answer:
                    await self._call(method, request)
                if status is None:
                    await asyncio.sleep(NEVER)
                await context.abort(status, "a failure by chance")
        try:
            return await self._call(method, request)
        except grpc.aio.AioRpcError as error:
            return await context.abort(error.code(), error.details())

    async def _call(self, method: str, request: bytes) -> bytes:
        return await self._channel.unary_unary(method)(request)

    def __enter__(self):
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    async def _open(self) -> int:
        self._channel = grpc.aio.insecure_channel(f"{LOOPBACK}:{self._target}", options=OPTIONS)
        self._server = grpc.aio.server(options=OPTIONS)
        self._server.add_generic_rpc_handlers([_AllMethods(self.handle)])
        port = self._server.add_insecure_port(f"{LOOPBACK}:0")
        await self._server.start()
        return port

    async def _close(self) -> None:
        await self._server.stop(None)
        await self._channel.close()


class _AllMethods(grpc.GenericRpcHandler):
    """Every method, requests and answers as bytes."""

    def __init__(self, handle) -> None:
        self._handle = handle

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        async def behaviour(request, context):
            return await self._handle(details.method, request, context)

        return grpc.unary_unary_rpc_method_handler(behaviour)
