"""What a local server is to be: its options, and the state that follows from them."""

from __future__ import annotations

import contextlib
import os
import socket
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import attrs

from pyrun.framework.errors import ExternalFailure

from ..model_repository import load_models
from . import layout, state
from .resolve import Executable
from .state import ServerState

LOOPBACK = "127.0.0.1"


@attrs.frozen
class ServerSsl:
    """Files in PEM format; with `root_certificates` clients must have a certificate, too."""

    certificate: str
    private_key: str
    root_certificates: str = ""


@attrs.frozen(kw_only=True)
class ServerOptions:
    """What to serve, and how.

    Attributes
    ----------
    models : sequence of paths
        Folders of models, their ``config.pbtxt``, or repositories. Queues and dynamic batching are as these say.
    name : str
        Of the server among those of this user; empty: one of its own.
    host : str
        Where gRPC listens; everything else listens on loopback only.
    port : int
        Of gRPC; -1: a free one.
    instances : int
        Of each model; 0: as its configuration says.
    threads : int
        Of onnxruntime for each instance; with 1, scores are those of the in-process producers, bit for bit.
    executable, image : str
        See `resolve`.
    watch : int or None
        PID of a process whose end is the server's end; None: nobody's.
    wait : float
        Seconds after which the start has failed.
    verbose : bool
        The server logs each request.
    device : str
        "auto" (GPUs if there are), "cpu" or "gpu".
    temp : str
        Folder for the servers' folders; empty: see `state.root_folder`.
    ssl : ServerSsl or None
        For gRPC.
    arguments : sequence of str
        Further options of tritonserver.
    """

    models: Sequence[str | Path]
    name: str = ""
    host: str = LOOPBACK
    port: int = -1
    instances: int = 0
    threads: int = 1
    executable: str = ""
    image: str = ""
    watch: int | None = attrs.field(factory=os.getpid)
    wait: float = 60.0
    verbose: bool = False
    device: str = attrs.field(default="auto", validator=attrs.validators.in_(["auto", "cpu", "gpu"]))
    temp: str | Path = ""
    ssl: ServerSsl | None = None
    arguments: Sequence[str] = ()


def describe(options: ServerOptions, executable: Executable, folder: Path) -> ServerState:
    """Write what the server reads, choose its ports and compose its command."""
    models = load_models(options.models)
    gpu = options.device == "gpu" or (options.device == "auto" and Path("/dev/nvidiactl").exists())
    repository = folder / "repository"
    layout.write_local(
        models.values(), repository, instances=options.instances, threads=options.threads, gpu=gpu, shim=executable.shim
    )
    prefix = f"pysonic_{uuid.uuid4().hex[:12]}_"
    grpc_port, http_port, metrics_port = _ports(options)
    arguments = [
        f"--model-repository={repository}",
        "--model-control-mode=explicit",  # so that a broken model can be loaded again
        "--load-model=*",
        f"--grpc-address={options.host}",
        f"--http-address={LOOPBACK}",
        f"--metrics-address={LOOPBACK}",
        f"--grpc-port={grpc_port}",
        f"--http-port={http_port}",
        f"--metrics-port={metrics_port}",
        "--exit-timeout-secs=5",
        f"--allow-gpu-metrics={str(gpu).lower()}",
        f"--backend-config=python,shm-region-prefix-name={prefix}",
        f"--log-verbose={int(options.verbose)}",
    ]
    if not gpu:
        arguments.append("--pinned-memory-pool-byte-size=0")
    if executable.bundle:
        arguments.append(f"--backend-directory={_backends(executable, folder)}")
    if executable.shim and all(model.is_onnx for model in models.values()):
        arguments.append("--disable-auto-complete-config")  # nothing to add, and it takes a second
    return ServerState(
        name=folder.name,
        folder=folder,
        host=options.host,
        grpc_port=grpc_port,
        http_port=http_port,
        metrics_port=metrics_port,
        prefix=prefix,
        command=[
            *executable.full_command([folder, *(model.folder for model in models.values())], gpu),
            *arguments,
            *_ssl(options.ssl),
            *options.arguments,
        ],
        environment=executable.environment(),
        models=list(models),
        origin=executable.kind,
        started=time.time(),
        watch=[] if options.watch is None else [state.identity(options.watch)],
        starter=state.identity(os.getpid()),
        device="gpu" if gpu else "cpu",
        ssl=options.ssl is not None,
        certificate=options.ssl.certificate if options.ssl else "",
    )


def _backends(executable: Executable, folder: Path) -> Path:
    """A folder of backends for this version of Python."""
    backend = folder / "backends" / "python"
    backend.mkdir(parents=True)
    for name, file in executable.bundle.python_backend().items():
        (backend / name).symlink_to(file)
    return backend.parent


def _ssl(ssl: ServerSsl | None) -> list[str]:
    if ssl is None:
        return []
    for file in filter(None, attrs.astuple(ssl)):
        if not Path(file).is_file():
            raise ExternalFailure(f"There is no file {file!r} for the server's TLS.")
    arguments = [
        "--grpc-use-ssl=true",
        f"--grpc-server-cert={ssl.certificate}",
        f"--grpc-server-key={ssl.private_key}",
    ]
    if ssl.root_certificates:
        arguments += ["--grpc-use-ssl-mutual=true", f"--grpc-root-cert={ssl.root_certificates}"]
    return arguments


def _ports(options: ServerOptions) -> list[int]:
    """Ports for gRPC, HTTP and metrics; that they are free is sure only for now."""
    hosts = [LOOPBACK if options.port > 0 else options.host, LOOPBACK, LOOPBACK]
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(tcp_socket(host)) for host in hosts]
        for host, sock in zip(hosts, sockets, strict=True):
            sock.bind((host, 0))
        free = [sock.getsockname()[1] for sock in sockets]
    # the port that was asked for is free, too, and may be among these
    return [options.port, *(port for port in free if port != options.port)][:3] if options.port > 0 else free


def tcp_socket(host: str) -> socket.socket:
    """Of the family of an address; not bound yet."""
    return socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
