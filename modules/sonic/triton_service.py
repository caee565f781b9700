"""TritonService: the servers that a job's models are run by."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from pyrun.framework.plugins import parameters as param
from pyrun.framework.plugins.registry import plugin
from pyrun.framework.service import JobContext, Service

from .retry import DEFAULT_POLICY, RetryAction
from .wanted_model import ServedModel, WantedModel

if TYPE_CHECKING:
    import numpy as np

    from pyrun.framework.engine.job import JobResult

    from .connection import InferRequest

__all__ = ["ServedModel", "TritonService", "WantedModel"]


class ServerParameters(param.ParameterSet):
    """One server of the configuration."""

    name: str = param.untracked.string(doc="what preferredServer and messages call it")
    address: str = param.untracked.string(doc="host name or IP address")
    port: int = param.untracked.uint32(doc="port of its gRPC service, usually 8001")
    useSsl: bool = param.untracked.bool(False, doc="connect by TLS")
    rootCertificates: str = param.untracked.string("", doc="PEM file of the authorities to trust; empty: the usual ones")
    privateKey: str = param.untracked.string("", doc="PEM file of the client's key, if the server asks for one")
    certificateChain: str = param.untracked.string("", doc="PEM file of the client's certificates")


class FallbackParameters(param.ParameterSet):
    """The server that the job starts itself for models that no other serves."""

    enable: bool = param.untracked.bool(False, doc="start one if a model needs it")
    debug: bool = param.untracked.bool(False, doc="keep its folder with log and models after the job")
    verbose: bool = param.untracked.bool(False, doc="let it write a detailed log, which is shown at the end")
    container: str = param.untracked.string("apptainer", doc="what runs imageName or sandboxName")
    device: str = param.untracked.string("auto", doc="auto, cpu or gpu")
    retries: int = param.untracked.int32(-1, doc="how often to try to start it again; -1: as pysonic decides")
    wait: int = param.untracked.int32(-1, doc="seconds it may take to start; -1: as pysonic decides")
    instanceBaseName: str = param.untracked.string("triton_server_instance", doc="start of its name")
    instanceName: str = param.untracked.string("", doc="its whole name; empty: a new one for each job")
    tempDir: str = param.untracked.string("", doc="folder for its log and models; empty: a temporary one")
    imageName: str = param.untracked.string("", doc="image to run instead of an installed server")
    sandboxName: str = param.untracked.string("", doc="unpacked image to run instead of an installed server")


@plugin
class TritonService(Service):
    """Knows the servers and their models, and gets each request answered by one of them."""

    class Parameters(param.ParameterSet):
        verbose: bool = param.untracked.bool(False, doc="tell which server has which models, and what was done")
        servers: list[ServerParameters] = param.untracked.vpset(ServerParameters, doc="servers to use")
        fallback: FallbackParameters = param.pset(FallbackParameters, doc="a server of the job's own")

    cfi = "HeterogeneousCore/SonicTriton/TritonService"
    parameters: Parameters

    def addModel(self, wanted: WantedModel) -> None:
        """Say that a model will be asked for.

        `preBeginJob` does so for all that the job's modules list in their attribute ``wantedModels``; later, it is the
        way for someone who uses the service without a job.
        """

    def preBeginJob(self, job: JobContext) -> None:
        """Ask the servers what they have, choose, and start the fallback server if a model needs it."""

    def served(self, wanted: WantedModel) -> ServedModel:
        """What is known of a model, from ``beginJob`` on."""
        raise NotImplementedError

    def submit(
        self,
        wanted: WantedModel,
        request: InferRequest,
        retries: Sequence[RetryAction] = DEFAULT_POLICY,
        timeout: float = 60.0,
    ) -> Future[dict[str, np.ndarray]]:
        """Start an inference; the result is the outputs by name.

        Parameters
        ----------
        timeout : float
            Seconds for each try.

        Raises
        ------
        ExternalFailure
            By the future: all tries failed; its category is ``SonicCallFailed``.
        """
        raise NotImplementedError

    def jobEnded(self, result: JobResult | None, error: BaseException | None) -> None:
        """Close connections and stop the fallback server."""

    def performance(self) -> dict[str, dict[str, Any]]:
        return {}
