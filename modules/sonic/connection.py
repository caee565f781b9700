"""The way to one Triton server: gRPC, with or without TLS."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from .errors import TritonError
from .shared_memory import Layout, Region, SharedMemoryPool
from .statistics import ModelStatistics
from .tls import SslOptions, tls_hint, tls_problem

if TYPE_CHECKING:
    from tritonclient.grpc.model_config_pb2 import ModelConfig
    from tritonclient.grpc.service_pb2 import ModelMetadataResponse

BLOCKING_CALLS = 16  # how many `blocking` requests a connection makes at a time; others wait
LATE_ANSWERS = 60.0  # seconds after its deadline that a request stays under way, its answer being of no use any more
LAST_ANSWERS = 2.0  # seconds that a connection which is closed waits for requests under way
LARGEST_MESSAGE = 2**31 - 1  # bytes; what Triton allows

# A process made by fork() has what this one left as garbage, but not the threads by which gRPC's part of it ends: to
# collect it there is to wait for them for ever.
os.register_at_fork(after_in_child=gc.freeze)

CHANNEL_OPTIONS = (
    ("grpc.max_send_message_length", LARGEST_MESSAGE),
    ("grpc.max_receive_message_length", LARGEST_MESSAGE),
    # A server that comes back is found within 0.3 s; gRPC's own pauses are 1 s and longer.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 300),
    # This one is also how long an attempt to connect may take.
    ("grpc.min_reconnect_backoff_ms", 5000),
)


@attrs.frozen
class Address:
    """Where a server is; `name` is what messages and `preferredServer` call it."""

    name: str
    host: str
    port: int
    ssl: SslOptions | None = None

    @property
    def target(self) -> str:
        """As gRPC wants it: ``host:port``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.name} ({self.target})"


@attrs.frozen(eq=False)
class InferRequest:
    """One inference.

    Attributes
    ----------
    model, version : str
        The model; without a version, the one that the server chooses: its latest.
    inputs : mapping of str to numpy.ndarray
        The tensors, as the model wants them: with the batch first unless its ``max_batch_size`` is 0.
    outputs : sequence of str
        The wanted ones; all if empty.
    compression : {"", "deflate", "gzip"}
        Of the message. Of no use on one's own machine.
    shared_memory : bool
        Use it if the server is on this machine and it pays.
    blocking : bool
        Make the call from a thread that waits for it, rather than from the event loop.
    output_bytes : mapping of str to int
        How much memory an output takes, where that is known beforehand: such outputs can come by shared memory.
    """

    model: str
    version: str = ""
    inputs: Mapping[str, np.ndarray] = attrs.field(factory=dict)
    outputs: Sequence[str] = ()
    compression: str = ""
    shared_memory: bool = True
    blocking: bool = False
    output_bytes: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen
class ModelStatus:
    """One line of a server's list of models; `state` is ``READY``, ``UNAVAILABLE`` (see `reason`), ``LOADING`` ..."""

    name: str
    version: str
    state: str
    reason: str = ""


class Connection:
    """Talks to one server. Made and used in one asyncio event loop; nothing is sent before the first call.

    Parameters
    ----------
    address : Address
        The server.

    Attributes
    ----------
    is_local : bool
        Whether the server's host is this machine, so that shared memory is worth trying.

    Raises
    ------
    Configuration
        A file for TLS can't be read.
    """

    def __init__(self, address: Address) -> None:
        import tritonclient.grpc.aio as triton
        from tritonclient.utils import InferenceServerException

        self.address = address
        self.is_local = _is_local(address.host)
        self._credentials = address.ssl.credentials() if address.ssl else None
        self._client = triton.InferenceServerClient(
            address.target, creds=self._credentials, channel_args=CHANNEL_OPTIONS
        )
        self._pool = SharedMemoryPool(self._client, InferenceServerException)
        self._under_way: set[asyncio.Future[Any]] = set()
        self._threads: ThreadPoolExecutor | None = None
        self._blocking = threading.local()
        self._blocking_clients: list[Any] = []
        self._gone = False

    async def infer(self, request: InferRequest, timeout: float) -> dict[str, np.ndarray]:
        """Run a model; returns the outputs by name, read-only.

        Parameters
        ----------
        timeout : float
            Seconds, after which the call fails with ``DEADLINE_EXCEEDED``.

        Raises
        ------
        TritonError
            The request failed.
        """
        try:
            async with asyncio.timeout(timeout):
                return await self._infer(request, timeout)
        except TimeoutError:
            raise TritonError("DEADLINE_EXCEEDED", f"no answer within {timeout:g} s") from None

    @property
    def connected(self) -> bool:
        """False if the connection is lost since the last call: what answers the next one may be another server."""
        import grpc

        return self._client._channel.get_state() == grpc.ChannelConnectivity.READY  # tritonclient has no name for it

    async def ready(self, timeout: float = 5.0) -> bool:
        """Whether the server says that it is ready; False also if it can't be reached.

        It says so as well when the process that runs a model is dead: only an inference tells.
        """
        try:
            return bool(await self._told(self._client.is_server_ready(client_timeout=timeout)))
        except TritonError as error:
            if not error.retryable:
                raise
            return False

    async def models(self, timeout: float = 5.0) -> list[ModelStatus]:
        """All models and versions of the server, loaded or not."""
        index = await self._told(self._client.get_model_repository_index(client_timeout=timeout))
        return [ModelStatus(model.name, model.version, model.state, model.reason) for model in index.models]

    async def config(self, model: str, version: str = "", timeout: float = 5.0) -> ModelConfig:
        """The configuration as the server understands it, its defaults filled in."""
        response = await self._told(self._client.get_model_config(model, version, client_timeout=timeout))
        return response.config

    async def metadata(self, model: str, version: str = "", timeout: float = 5.0) -> ModelMetadataResponse:
        """Versions, inputs and outputs of a model."""
        return await self._told(self._client.get_model_metadata(model, version, client_timeout=timeout))

    async def statistics(self, model: str = "", version: str = "", timeout: float = 5.0) -> ModelStatistics:
        """What the server has counted for a model since it was loaded, all versions together if none is given."""
        response = await self._told(self._client.get_inference_statistics(model, version, client_timeout=timeout))
        return sum((ModelStatistics.of(entry) for entry in response.model_stats), start=ModelStatistics())

    async def reload(self, model: str, timeout: float = 60.0) -> None:
        """Have a model taken out and loaded again, which also starts its process anew where it has one.

        Raises
        ------
        TritonError
            The server takes no such orders, or can't load the model.
        """
        await self._told(self._client.unload_model(model, client_timeout=timeout))
        await self._told(self._client.load_model(model, client_timeout=timeout))

    async def close(self, gone: bool = False) -> None:
        """Give everything back; requests under way to a server that is `gone` fail as unavailable.

        Others have `LAST_ANSWERS` to be answered before they are cancelled.
        """
        self._gone = gone
        try:
            if self._under_way and not gone:
                await asyncio.wait(self._under_way, timeout=LAST_ANSWERS)
            await self._pool.close()
        finally:  # also if the job's end has no more time: a thread that waits for an answer keeps the process
            for client in self._blocking_clients:
                client.close()
            if self._threads is not None:
                self._threads.shutdown(wait=False, cancel_futures=True)
            await self._client.close()

    async def _infer(self, request: InferRequest, timeout: float) -> dict[str, np.ndarray]:
        layout = Layout.of(request) if request.shared_memory and self.is_local else None
        region = await self._told(self._pool.lease(layout.size)) if layout else None
        if layout is None or region is None:
            result = await self._call(request, _arguments(request, timeout))
            return {output.name: result.as_numpy(output.name) for output in result.get_response().outputs}
        try:
            result = await self._call(request, _arguments(request, timeout, layout, region))
            outputs = layout.get(region, result)
        except BaseException as error:
            self._pool.abandon(region)
            if isinstance(error, TritonError) and "find shared memory region" in error.message:
                self._pool.forget()
                return await self._infer(request, timeout)
            raise
        self._pool.release(region)
        return outputs

    async def _call(self, request: InferRequest, arguments: dict[str, Any]) -> Any:
        if request.blocking:
            return await self._in_thread(lambda: self._blocking_client().infer(**arguments))
        return await self._told(self._to_the_end(self._client.infer(**arguments)))

    def _to_the_end(self, call: Awaitable[Any]) -> Awaitable[Any]:
        """Await a request that stays under way if who awaits it is cancelled or has waited long enough.

        Triton before 25.04 (2.57) may crash if a request is cancelled in the moment in which it is answered, see
        https://github.com/triton-inference-server/server/pull/8078, and other jobs use the same server.
        """
        future = asyncio.ensure_future(call)
        self._under_way.add(future)
        future.add_done_callback(self._ended)
        return asyncio.shield(future)

    def _ended(self, call: asyncio.Future[Any]) -> None:
        self._under_way.discard(call)
        if not call.cancelled():
            call.exception()  # nobody may come to ask

    async def _told(self, call: Awaitable[Any]) -> Any:
        """Await a call of tritonclient, and tell its failure as ours."""
        from tritonclient.utils import InferenceServerException

        try:
            return await call
        except InferenceServerException as error:
            raise self._error(error) from None
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._gone or (task is not None and task.cancelling()):
                raise
            # not this request was cancelled, but the call, with the connection: another server may answer
            raise TritonError("UNAVAILABLE", f"the server {self.address} is gone") from None

    async def _in_thread(self, call: Callable[[], Any]) -> Any:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(BLOCKING_CALLS, thread_name_prefix=f"sonic-{self.address.name}")
        return await self._told(self._to_the_end(asyncio.get_running_loop().run_in_executor(self._threads, call)))

    def _blocking_client(self) -> Any:
        """One per thread: tritonclient's are not made for several."""
        if not hasattr(self._blocking, "client"):
            import tritonclient.grpc as triton

            self._blocking.client = triton.InferenceServerClient(
                self.address.target, creds=self._credentials, channel_args=CHANNEL_OPTIONS
            )
            self._blocking_clients.append(self._blocking.client)
        return self._blocking.client

    def _error(self, error: Any) -> TritonError:
        status = (error.status() or "INVALID_ARGUMENT").removeprefix("StatusCode.")  # no status: refused by the client
        message = error.message() or "no message"
        problem = tls_problem(message, self.address.host, self.address.ssl)
        if problem:
            return TritonError("UNAUTHENTICATED", f"no TLS connection with {self.address}: {problem}", retryable=False)
        return TritonError(status, message + tls_hint(message, self.address.ssl))


def _arguments(
    request: InferRequest, timeout: float, layout: Layout | None = None, region: Region | None = None
) -> dict[str, Any]:
    """What tritonclient's ``infer`` takes; with a region, tensors that have a place there are put there."""
    import tritonclient.grpc as triton
    from tritonclient.utils import np_to_triton_dtype

    inputs, outputs = [], []
    for name, array in request.inputs.items():
        inputs.append(triton.InferInput(name, array.shape, np_to_triton_dtype(array.dtype)))
        if layout and name in layout.inputs:
            layout.put(region, name, array, inputs[-1])
        else:
            inputs[-1].set_data_from_numpy(array)
    for name in request.outputs:
        outputs.append(triton.InferRequestedOutput(name))
        if layout and name in layout.outputs:
            outputs[-1].set_shared_memory(region.name, layout.outputs[name].size, layout.outputs[name].offset)
    return {
        "model_name": request.model,
        "model_version": request.version,
        "inputs": inputs,
        "outputs": outputs or None,
        "timeout": round(timeout * 1e6),  # Triton's own; only models whose queue policy allows it heed it
        "client_timeout": timeout + LATE_ANSWERS,  # gRPC's, after which the request is cancelled: see `_to_the_end`
        "compression_algorithm": request.compression or None,
    }


def _is_local(host: str) -> bool:
    """Whether the host is this machine, as far as can be told without asking a name server."""
    if host in ("localhost", socket.gethostname()):
        return True
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))  # only a machine's own addresses can be bound
    except (ValueError, OSError):
        return False
    return True
