"""pysonic: a Triton server for SONIC on this machine, and looks at servers anywhere. CMS has cmsTriton for this."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pyrun.framework.errors import CMSException, ExternalFailure

from .cli_tools import NAME, anywhere, chosen_models, connected, console, find, local, progress_bar

if TYPE_CHECKING:
    from .connection import Connection
    from .server.launch import ServerOptions

LIMIT = 30.0  # seconds for an answer
MODELS = Path(__file__).resolve().parents[2] / "models"


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the command: exit code 1 and one message for what can go wrong, 2 for wrong options."""
    try:
        code = int(pysonic.main(args=argv, prog_name="pysonic", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except CMSException as error:
        click.echo(f"pysonic: {error.message}", err=True)
        code = 1
    except (KeyboardInterrupt, click.Abort):
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at its end
        code = 0
    sys.exit(code)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def pysonic() -> None:
    """Run a Triton server for SONIC on this machine, and look at servers anywhere."""


@pysonic.command()
@click.option("--again", is_flag=True, help="Replace what is there.")
def install(again: bool) -> None:
    """Get the bundled server, from the package index that pip is configured for."""
    from .server import bundle

    there = bundle.installed()
    with progress_bar() as progress:
        found = bundle.install(progress, again=again)
    state = "is there" if there and not again else "is installed"
    click.echo(f"Triton {bundle.TRITON_VERSION} {state}: {found.folder}")


@pysonic.command()
@chosen_models
@click.option("-n", "--name", default=NAME, show_default=True, help="What to call the server.")
@click.option("-P", "--port", default=-1, show_default=True, help="Port of gRPC; -1: a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where gRPC listens; 0.0.0.0: for everyone.")
@click.option("-I", "--instances", default=0, metavar="N", help="Of each model; 0: as its config.pbtxt says.")
@click.option("--threads", default=1, show_default=True, metavar="N", help="For each instance.")
@click.option(
    "-w", "--wait", default=60.0, show_default=True, metavar="SECONDS", help="Until the server must be ready."
)
@click.option("-p", "--watch", type=int, metavar="PID", help="Stop when this process ends.")
@click.option("-d", "--device", type=click.Choice(["auto", "cpu", "gpu"]), default="auto", show_default=True)
@click.option("-x", "--executable", default="", help='The tritonserver; "bundled" for the bundled one.')
@click.option("-i", "--image", default="", help="Apptainer image with a tritonserver.")
@click.option("-t", "--temp", default="", help="Folder of the servers' folders.  [TMPDIR/pysonic-UID]")
@click.option("--certificate", default="", metavar="FILE", help="The server's, for TLS.")
@click.option("--private-key", default="", metavar="FILE", help="Of the certificate.")
@click.option("--root-certificates", default="", metavar="FILE", help="Clients need a certificate signed by these.")
@click.option("-f", "--force", is_flag=True, help="Stop a server of this name first.")
@click.option("-D", "--dry-run", is_flag=True, help="Print the command instead.")
@click.option("-v", "--verbose", is_flag=True, help="The server's log tells of each request.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def start(models: tuple[Path, ...], repositories: tuple[Path, ...], force: bool, dry_run: bool, **given: Any) -> None:
    """Start a server that runs until it is stopped; without -m and -M with pyrun's own models.

    ARGUMENTS after -- go to tritonserver as they are.
    """
    from .server.launch import LocalServer

    options = server_options(models, repositories, given)
    if dry_run:
        click.echo(dry(options))
        return
    if force:
        with contextlib.suppress(ExternalFailure):
            LocalServer.find(options.name, options.temp).stop()
    begin = time.monotonic()
    with progress_bar() as progress:
        server = LocalServer.start(options, click.echo, progress)
    click.echo(f"Ready after {time.monotonic() - begin:.1f} s; log: {server.log_file}")
    click.echo(f"CMS_TRITON_CHOSEN_DEVICE: {server.state.device}\nCMS_TRITON_GRPC_PORT: {server.grpc_port}")


@pysonic.command()
@local
@click.option("-A", "--all", "everything", is_flag=True, help="All servers.")
@click.option("--now", is_flag=True, help="Don't wait for requests that a server is working on.")
def stop(name: str, temp: str, everything: bool, now: bool) -> None:
    """Stop a server, and wait until nothing of it is left."""
    from .server.launch import LocalServer
    from .server.state import root_folder, servers

    if everything:
        found = [LocalServer(state) for state in servers(root_folder(temp))]
    else:
        found = [find(name, temp)]
    for server in found:
        server.stop(now=now)
        click.echo(f"Stopped {server.state.name}")


@pysonic.command()
@local
def status(name: str, temp: str) -> None:
    """Tell which servers there are; exit code 1 if there is none, or one of them does not work."""
    from rich.table import Table

    from .server.launch import LocalServer
    from .server.state import root_folder, servers

    found = [LocalServer.find(name, temp)] if name else [LocalServer(x) for x in servers(root_folder(temp))]
    if not found:
        click.echo("No server runs here. (`pysonic start`)")
        raise click.exceptions.Exit(1)
    table, works = Table("Name", "State", "gRPC", "Metrics", "PID", "Since", "Models"), True
    for server in found:
        state = server.condition()
        works = works and state == "ready"
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(server.state.started))
        metrics = f"127.0.0.1:{server.metrics_port}"
        table.add_row(
            server.state.name, state, server.address, metrics, str(server.pid), since, "\n".join(server.state.models)
        )
    console().print(table)
    raise click.exceptions.Exit(not works)


@pysonic.command()
@local
@click.option("-l", "--lines", type=int, help="Only the last ones.")
@click.option("-f", "--follow", is_flag=True, help="Go on until the server ends.")
def logs(name: str, temp: str, lines: int | None, follow: bool) -> None:
    """Print a server's log."""
    server = find(name, temp)
    try:
        with server.log_file.open(errors="replace") as file:
            text = file.read()
            click.echo(text if lines is None else "".join(text.splitlines(keepends=True)[-lines:]), nl=False)
            while follow and server.alive:
                time.sleep(0.2)
                click.echo(file.read(), nl=False)
    except OSError as error:
        raise ExternalFailure(f"The log {server.log_file} can't be read: {error.strerror}") from error


@pysonic.command()
@anywhere
def models(**given: Any) -> None:
    """List a server's models."""
    from rich.table import Table

    from .model_repository import Model

    async def ask(connection: Connection) -> Table:
        table = Table("Model", "Version", "State", "Inputs", "Outputs", "Largest batch", title=str(connection.address))
        for entry in await connection.models(LIMIT):
            if entry.state != "READY":
                table.add_row(entry.name, entry.version, f"{entry.state} {entry.reason}".strip())
                continue
            model = Model.served(await connection.config(entry.name, entry.version, LIMIT), str(connection.address))
            inputs, outputs = ("\n".join(map(str, specs)) for specs in (model.inputs, model.outputs))
            table.add_row(entry.name, entry.version, entry.state, inputs, outputs, str(model.max_batch_size))
        return table

    console().print(connected(ask, **given))


@pysonic.command()
@anywhere
def check(**given: Any) -> None:
    """Run each model of a server once; exit code 1 if one does not work.

    A server can say that all is well while the process that runs a model is dead: only this tells.
    """
    from .checking import check_models

    results = connected(lambda connection: check_models(connection, LIMIT), **given)
    for result in results:
        click.echo(str(result))
    if not results:
        raise ExternalFailure("The server has no model.")
    raise click.exceptions.Exit(any(result.error for result in results))


@pysonic.command()
@anywhere
@click.option("-s", "--seconds", default=1.0, show_default=True, help="Between two looks.")
@click.option("--once", is_flag=True, help="Print one table and end.")
@click.option("--metrics", default="", metavar="URL", help="Of a server elsewhere, such as http://HOST:8002/metrics.")
def top(seconds: float, once: bool, metrics: str, name: str, temp: str, address: str, **given: Any) -> None:
    """Show what each model does: request rate, batch size, times, failures; use of GPUs. Ctrl-C ends it."""
    from .top import watch

    if not address and not metrics:
        metrics = f"http://127.0.0.1:{find(name, temp).metrics_port}/metrics"

    async def show(connection: Connection) -> None:
        await watch(connection, metrics, console(), interval=seconds, once=once)

    connected(show, name=name, temp=temp, address=address, **given)


@pysonic.command("add-model")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "-M", "--repository", type=click.Path(path_type=Path, file_okay=False), default=Path("models"), show_default=True
)
@click.option("-n", "--name", default="", help="Of the model.  [the file's]")
@click.option("--labels", default="", metavar="A,B", help="What the entries of its only output mean.")
@click.option("-b", "--largest-batch", default=4096, show_default=True, help="0: the first axis is not the batch's.")
def add_model(file: Path, repository: Path, name: str, labels: str, largest_batch: int) -> None:
    """Put an ONNX FILE into a model repository, and write the config.pbtxt that it needs.

    If there is a model of this name with the same inputs and outputs, it gets a new version.
    """
    from . import add_model as adding

    listed = [label for label in labels.split(",") if label]
    model = adding.add_model(file, repository, name=name, labels=listed, max_batch_size=largest_batch)
    click.echo(f"{model.folder}, version {model.versions[-1]}: see its {adding.CONFIG}")


@pysonic.command("export-repository")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@chosen_models
@click.option("--checksums/--no-checksums", default=True, help="For Triton's repository agent, which CMS uses.")
def export_repository(folder: Path, models: tuple[Path, ...], repositories: tuple[Path, ...], checksums: bool) -> None:
    """Write models into FOLDER as a production server takes them: plain ONNX files, backend onnxruntime."""
    from .model_repository import load_models
    from .server import layout

    for path in layout.export(load_models([*models, *repositories] or [MODELS]).values(), folder, checksums=checksums):
        click.echo(path)


def server_options(models: tuple[Path, ...], repositories: tuple[Path, ...], given: dict[str, Any]) -> ServerOptions:
    """From the command line."""
    from .server.launch import ServerOptions, ServerSsl

    certificate, key, roots = (given.pop(name) for name in ("certificate", "private_key", "root_certificates"))
    if bool(certificate) != bool(key) or (roots and not certificate):
        raise click.UsageError("TLS needs both --certificate and --private-key.")
    ssl = ServerSsl(certificate, key, roots) if certificate else None
    return ServerOptions(models=[*models, *repositories] or [MODELS], ssl=ssl, **given)


def dry(options: ServerOptions) -> str:
    """What `start` would run, as a line for a shell."""
    import shlex
    import tempfile

    from .server.description import describe
    from .server.resolve import resolve
    from .server.state import root_folder

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / options.name
        folder.mkdir()
        state = describe(options, resolve(options.executable, options.image), folder)
    words = [*(f"{name}={value}" for name, value in state.environment.items()), *state.command]
    return shlex.join(words).replace(str(folder), str(root_folder(options.temp) / options.name))
