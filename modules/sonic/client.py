"""The client of one module: its parameters, and how batches become requests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from pyrun.framework import parameters as param
from pyrun.framework.errors import Configuration, ExternalFailure, ModelError
from pyrun.framework.resources import file_in_path

from .connection import InferRequest
from .model_repository import Model, TensorSpec
from .retry import RetryParameters, retry_actions
from .triton_data import Batch, TritonDataError, TritonInputs, TritonOutput, TritonOutputs, put_together
from .wanted_model import WantedModel

if TYPE_CHECKING:
    from .triton_service import TritonService

MODES = ("Sync", "Async", "PseudoAsync")
COMPRESSIONS = ("", "deflate", "gzip")
UNITS = {"seconds": 1.0, "milliseconds": 1e-3, "microseconds": 1e-6}

AT_ONCE = 8
"""How many requests one call of a module has under way, so that a large block does not fill the servers' queues."""

MULTIPLE = 16
"""Where a batch is too large for one request, its parts have a multiple of this number of rows if they can.

onnxruntime computes some functions for up to 16 numbers at a time and the rest one by one, with another last bit now
and then. A module that fills its batches up to such a multiple gets the same bits however a batch is divided."""


class ClientParameters(param.ParameterSet):
    """CMSSW's ``Client``, by TritonClient::fillPSetDescription, with ``Retry`` of cms-sw/cmssw#51643."""

    mode: str = param.string(
        "PseudoAsync", doc="Sync: acquire waits; Async: no thread waits; PseudoAsync: a thread does"
    )
    allowedTries: int = param.untracked.uint32(0, doc="tries of a request in all; 0: as the service thinks best")
    Retry: list[RetryParameters] = param.vpset(
        RetryParameters, doc="what to try after a failure; instead of allowedTries"
    )
    verbose: bool = param.untracked.bool(False, doc="tell the server's statistics of the model at the end")
    modelName: str = param.string(doc="the model's name on servers")
    modelVersion: str = param.string("", doc="the model's version; empty: the latest of the server")
    modelConfigPath: str = param.fileInPath(doc="the model's config.pbtxt, with what it takes and gives")
    preferredServer: str = param.untracked.string("", doc="name of the server to use while it works; empty: any")
    timeout: int = param.untracked.uint32(doc="the longest that one try may take")
    timeoutUnit: str = param.untracked.string("seconds", doc="seconds, milliseconds or microseconds")
    useSharedMemory: bool = param.untracked.bool(
        True, doc="large tensors by memory that a server on this host sees too"
    )
    compression: str = param.untracked.string("", doc="of requests on their way: deflate or gzip; empty: none")
    outputs: list[str] = param.untracked.vstring([], doc="the outputs to get; empty: all")


def client(**defaults: Any) -> Any:
    """Declare the parameter ``Client``; what the module knows best becomes its default.

    Examples
    --------
    >>> class Parameters(param.ParameterSet):
    ...     Client: ClientParameters = client(modelName="toy", modelConfigPath="models/toy/config.pbtxt", timeout=60)
    """
    fields = attrs.fields_dict(ClientParameters)
    unknown = [name for name in defaults if name not in fields]
    if unknown:
        raise TypeError(f"Client has no parameter {unknown[0]!r}")
    namespace = {
        name: attrs.field(default=_default(defaults.get(name, field.default)), metadata=dict(field.metadata))
        for name, field in fields.items()
    }
    types = {name: field.type for name, field in fields.items()}
    own = type("ClientParameters", (ClientParameters,), {"__annotations__": types, "__module__": __name__, **namespace})
    required = any(field.default is attrs.NOTHING for field in attrs.fields(own))
    return param.pset(own, doc="the model and how to ask for it", required=required)


def _default(value: Any) -> Any:
    return attrs.Factory(lambda: list(value)) if isinstance(value, list) else value


class TritonClient:
    """Sends what one module gives to the servers of the TritonService.

    Parameters
    ----------
    owner : str
        The module, for messages: ``Type/'label'``.
    label : str
        Its label.
    parameters : ClientParameters

    Attributes
    ----------
    model : Model
        With its inputs and outputs.
    outputs : tuple of TensorSpec
        The wanted ones.
    wanted : WantedModel
        What the service looks for.

    Raises
    ------
    Configuration
        A parameter has a value that isn't allowed.
    ModelError
        The model's configuration can't be read or lacks a wanted output (category ``MissingOutput``).
    """

    def __init__(self, owner: str, label: str, parameters: ClientParameters) -> None:
        self.owner = f"{owner}, model {parameters.modelName!r}"
        self.parameters = parameters
        for name, allowed in (("mode", MODES), ("timeoutUnit", tuple(UNITS)), ("compression", COMPRESSIONS)):
            self._check(name, allowed)
        self.model = Model.load(file_in_path(parameters.modelConfigPath))
        if self.model.name != parameters.modelName:
            raise Configuration(
                f"{owner}: Client.modelName is {parameters.modelName!r}, but Client.modelConfigPath, "
                f"{parameters.modelConfigPath!r}, describes {self.model.name!r}"
            )
        self.outputs = self._wanted_outputs()
        self.timeout = parameters.timeout * UNITS[parameters.timeoutUnit]
        self.retries = retry_actions(parameters.allowedTries, parameters.Retry)
        self.wanted = WantedModel(
            self.model, parameters.modelVersion, parameters.preferredServer, label, parameters.verbose
        )

    def inputs(self) -> TritonInputs:
        """The model's inputs, to be filled."""
        return TritonInputs(self.model.inputs, self.owner, self.model.max_batch_size > 0)

    def submit(
        self, service: TritonService, inputs: TritonInputs, acquired: Any = None, multiple: int = 1
    ) -> Future[TritonOutputs]:
        """Send what was given; without rows nothing is sent.

        Parameters
        ----------
        acquired
            Handed on to the outputs.
        multiple : int
            Each request is filled up to a multiple of so many rows, with zeros whose answers are dropped.
        """
        parts = [part for batch in inputs.batches() for part in self._parts(service, batch)]
        calls = Calls(
            lambda part: service.submit(self.wanted, self._request(part, multiple), self.retries, self.timeout)
        )
        future = calls.start(parts, lambda answers: self._received(parts, answers, inputs.ragged, acquired))
        if self.parameters.mode == "Sync":
            future.result()
        return future

    def _check(self, name: str, allowed: Sequence[str]) -> None:
        value = getattr(self.parameters, name)
        if value not in allowed:
            words = ", ".join(repr(word) for word in allowed)
            raise Configuration(f"{self.owner}: Client.{name} is {value!r}; it may be one of {words}")

    def _wanted_outputs(self) -> tuple[TensorSpec, ...]:
        specs = {spec.name: spec for spec in self.model.outputs}
        missing = [name for name in self.parameters.outputs if name not in specs]
        if missing:
            raise ModelError(
                f"{self.owner}: Client.outputs names {', '.join(missing)}, but the outputs in {self.model.folder} are "
                f"{', '.join(specs)}.",
                category="MissingOutput",
            )
        return tuple(specs[name] for name in self.parameters.outputs or specs)

    def _parts(self, service: TritonService, batch: Batch) -> Iterator[Batch]:
        """What one request may hold, in order."""
        most = service.served(self.wanted).max_batch_size if self.model.max_batch_size else 1
        most = max(1, most - most % MULTIPLE if most >= MULTIPLE else most)
        if batch.single or batch.rows <= most:
            yield batch
            return
        for start in range(0, batch.rows, most):
            rows = slice(start, start + most)
            arrays = {name: array[rows] for name, array in batch.arrays.items()}
            places = None if batch.places is None else batch.places[rows]
            yield Batch(arrays, min(most, batch.rows - start), places)

    def _request(self, part: Batch, multiple: int) -> InferRequest:
        arrays, rows = part.arrays, part.rows
        if not self.model.max_batch_size and not part.single:
            arrays = {name: array[0] for name, array in arrays.items()}
        elif missing := -rows % multiple:
            rows += missing
            arrays = {
                name: np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)])
                for name, array in arrays.items()
            }
        size = {spec.name: rows * int(np.prod(spec.dims)) * spec.dtype.itemsize for spec in self.outputs
                if -1 not in spec.dims and spec.dtype != object}  # fmt: skip
        return InferRequest(
            self.model.name,
            self.parameters.modelVersion,
            arrays,
            [spec.name for spec in self.outputs],
            compression=self.parameters.compression,
            shared_memory=self.parameters.useSharedMemory,
            blocking=self.parameters.mode == "PseudoAsync",
            output_bytes=size,
        )

    def _received(
        self, parts: Sequence[Batch], answers: Sequence[dict[str, np.ndarray]], ragged: bool, acquired: Any
    ) -> TritonOutputs:
        outputs = {}
        for spec in self.outputs:
            rows = [(part, self._rows(spec, part, answer)) for part, answer in zip(parts, answers, strict=True)]
            outputs[spec.name] = TritonOutput(spec, put_together(spec, rows, ragged, self.owner))
        return TritonOutputs(outputs, self.owner, acquired)

    def _rows(self, spec: TensorSpec, part: Batch, answer: dict[str, np.ndarray]) -> np.ndarray:
        """An answer's rows, without those that filled the request up."""
        array = answer.get(spec.name)
        if array is not None and not self.model.max_batch_size and not part.single:
            array = array[None]
        batched = not part.single
        if array is None or array.dtype != spec.dtype or array.ndim != len(spec.dims) + batched or (
            batched and len(array) < part.rows
        ):  # fmt: skip
            got = "nothing" if array is None else f"{array.dtype} {list(array.shape)}"
            raise TritonDataError(
                f"{self.owner}: for {part.rows} rows the server gives {got} as output {spec.name!r}, which "
                f"{self.model.folder} describes as {spec.dtype} {list(spec.dims)} per row: it has another model."
            )
        return array[: part.rows] if batched else array


class Calls:
    """Makes calls, at most `AT_ONCE` under way, and puts what they return together.

    Parameters
    ----------
    call : callable
        Starts one: takes an item, returns a future.
    """

    def __init__(self, call: Callable[[Any], Future[Any]]) -> None:
        self._call = call
        self._lock = threading.Lock()

    def start(self, items: Sequence[Any], together: Callable[[list[Any]], Any]) -> Future[Any]:
        """Begin; the future's result is ``together(results)``, its exception the first of any call."""
        self._future: Future[Any] = Future()
        self._future.set_running_or_notify_cancel()
        self._together = together
        self._results: list[Any] = [None] * len(items)
        self._left = len(items)
        self._waiting = iter(enumerate(items))
        if not items:
            self._finish()
        for _ in range(min(AT_ONCE, len(items))):
            self._next()
        return self._future

    def _next(self) -> None:
        with self._lock:
            position, item = next(self._waiting, (None, None))
        if position is None or self._future.done():
            return
        try:
            self._call(item).add_done_callback(lambda made: self._done(position, made))
        except Exception as error:
            self._fail(error)

    def _done(self, position: int, made: Future[Any]) -> None:
        try:
            self._results[position] = made.result()
        except CancelledError:
            self._fail(ExternalFailure("The request was cancelled: the job is ending"))
        except Exception as error:
            self._fail(error)
        else:
            with self._lock:
                self._left -= 1
                last = self._left == 0
            if last:
                self._finish()
            self._next()

    def _finish(self) -> None:
        try:
            self._future.set_result(self._together(self._results))
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        with self._lock:
            if not self._future.done():
                self._future.set_exception(error)
