"""What modules with a model on a server have in common."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, ClassVar

from pyrun.framework import parameters as param
from pyrun.framework.errors import LogicError
from pyrun.framework.module import Module

from .client import ClientParameters, TritonClient, client

if TYPE_CHECKING:
    from pyrun.framework import EventView
    from pyrun.framework.eventsetup.setup import EventSetup

    from .triton_data import TritonInputs, TritonOutputs


class SonicModule(Module):
    """Base of `SonicEDProducer`, `SonicEDFilter` and `SonicOneEDAnalyzer`.

    A module writes ``acquire(event, setup, inputs)``, which fills the model's inputs for all events of the view, and
    ``produce``, ``filter`` or ``analyze`` with the outputs as third argument. In between the stream works on.

    Attributes
    ----------
    Parameters : type[ParameterSet]
        Derive the module's own from this one, which has ``Client``, or declare ``Client`` there by `client`.
    batchMultiple : int
        Requests are filled up to a multiple of so many rows with zeros, whose answers are dropped. 16 makes a row's
        answer of onnxruntime independent, to the last bit, of how many other rows travel with it.
    client : TritonClient
        There when ``declare`` is called: ``self.client.model`` knows inputs, outputs and their labels.
    """

    class Parameters(param.ParameterSet):
        Client: ClientParameters = client()

    batchMultiple: ClassVar[int] = 1

    def __init__(self, label: str, parameters: Any) -> None:
        if not hasattr(parameters, "Client"):
            raise LogicError(
                f"{type(self).__name__} has no parameter Client: write class Parameters({type(self).__name__}'s base"
                ".Parameters), or declare Client: ClientParameters = client()"
            )
        self.client = TritonClient(f"{type(self).__name__}/{label!r}", label, parameters.Client)
        self.wantedModels = (self.client.wanted,)
        super().__init__(label, parameters)
        self._fill = self.acquire
        self.acquire = self._acquire  # what the engine calls; a class can't have both under one name

    def acquire(self, event: EventView, setup: EventSetup, inputs: TritonInputs) -> Any:
        """Fill the model's inputs; what is returned arrives in ``outputs.acquired``."""
        raise LogicError(f"{type(self).__name__} has no method acquire(event, setup, inputs)")

    def _acquire(self, event: EventView, setup: EventSetup) -> Future[TritonOutputs]:
        inputs = self.client.inputs()
        acquired = self._fill(event, setup, inputs)
        return self.client.submit(self.service("TritonService"), inputs, acquired, self.batchMultiple)
