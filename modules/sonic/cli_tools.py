"""What the commands of pysonic have in common: options, the server that is meant, and how results look."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pyrun.framework.errors import ExternalFailure

if TYPE_CHECKING:
    from rich.console import Console

    from .connection import Connection
    from .server.bundle import Progress
    from .server.launch import LocalServer

NAME = "triton_server_instance"  # as cmsTriton's
PORT = 8001  # of gRPC, where servers listen that nobody has told otherwise

Command = Callable[..., Any]


def local(command: Command) -> Command:
    """Options of commands about servers of this machine."""
    command = click.option("-t", "--temp", default="", help="Folder of the servers' folders.  [TMPDIR/pysonic-UID]")(
        command
    )
    return click.option("-n", "--name", default="", help=f"The server.  [{NAME}, or the only one]")(command)


def anywhere(command: Command) -> Command:
    """Options of commands about servers anywhere."""
    for option in (
        click.option("--ssl", is_flag=True, help="Use TLS."),
        click.option("--root-certificates", default="", metavar="FILE", help="Who may have signed the server's."),
        click.option("--certificate", default="", metavar="FILE", help="What to show of oneself to the server."),
        click.option("--private-key", default="", metavar="FILE", help="Of the certificate."),
        click.option("-P", "--port", default=PORT, show_default=True, help="Port of gRPC there."),
        click.option("-a", "--address", default="", metavar="HOST", help="A server that pysonic has not started."),
    ):
        command = option(command)
    return local(command)


def chosen_models(command: Command) -> Command:
    """Options that name models."""
    path = click.Path(path_type=Path)
    for option in (
        click.option("-m", "--model", "models", multiple=True, type=path, help="Folder of a model; may be repeated."),
        click.option(
            "-M", "--repository", "repositories", multiple=True, type=path, help="Folder of models; likewise."
        ),
    ):
        command = option(command)
    return command


def find(name: str, temp: str) -> LocalServer:
    """The server of a name, or the one that `pysonic start` made without a name, or the only one.

    Raises
    ------
    ExternalFailure
        There is none, or there are several to choose from.
    """
    from .server.launch import LocalServer
    from .server.state import root_folder, servers

    if name:
        return LocalServer.find(name, temp)
    found = servers(root_folder(temp))
    found = [state for state in found if state.name == NAME] or found
    if len(found) != 1:
        names = ", ".join(state.name for state in found)
        raise ExternalFailure(
            f"Which server? Choose with -n: {names}" if found else "No server runs here: pysonic start"
        )
    return LocalServer(found[0])


def connected(
    ask: Callable[[Connection], Any], *, name: str, temp: str, address: str, port: int, ssl: bool, **files: str
):
    """Call something with a connection to a server, local or not, and return its result.

    Raises
    ------
    ExternalFailure
        There is no such server, or it does not answer.
    """
    from .connection import Address, Connection, TritonError
    from .tls import SslOptions

    if address:
        where = Address(address, address, port)
    else:
        server = find(name, temp)
        where = Address(server.state.name, server.client_host, server.grpc_port)
        ssl = ssl or server.state.ssl
        files["root_certificates"] = files["root_certificates"] or server.state.certificate

    if ssl or any(files.values()):
        options = SslOptions(files["root_certificates"], files["private_key"], files["certificate"])
        where = Address(where.name, where.host, where.port, options)

    async def call() -> Any:
        connection = Connection(where)
        try:
            return await ask(connection)
        finally:
            await connection.close()

    try:
        return asyncio.run(call())
    except TritonError as error:
        raise ExternalFailure(f"The server {where} does not answer: {error}") from error


def console() -> Console:
    """Where tables go; as wide as they are if that is no terminal."""
    from rich.console import Console

    found = Console()
    return found if found.is_terminal else Console(width=200)


@contextlib.contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar that appears with the first call."""
    from rich import progress as rich

    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.DownloadColumn(),
        rich.TransferSpeedColumn(),
    )
    bar = rich.Progress(*columns)
    tasks: dict[str, rich.TaskID] = {}

    def progress(what: str, done: int, total: int) -> None:
        bar.start()
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done)

    try:
        yield progress
    finally:
        if tasks:
            bar.stop()
