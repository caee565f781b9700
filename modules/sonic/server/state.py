"""What is known of the local servers of this user: each has a folder, locked as long as its keeper lives."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from pyrun.framework.errors import ExternalFailure

from . import keeper

Identity = tuple[int, int]
"""PID and time of start, which no other process has had."""

FORGET = 24 * 3600.0  # seconds after which the log of a server that failed is removed


LOCK = "pysonic.lock"
"""File in a server's folder; no folder without it is ever touched."""

_NAME = re.compile(r"\w[\w.-]*")


def _identity(value: list[int] | None) -> Identity | None:
    return (value[0], value[1]) if value else None


@attrs.frozen
class ServerState:
    """A server, as its folder describes it: times in seconds since 1970, ports of `host` (gRPC) and 127.0.0.1."""

    name: str
    folder: Path = attrs.field(converter=Path)
    host: str
    grpc_port: int
    http_port: int
    metrics_port: int
    prefix: str
    command: list[str]
    environment: dict[str, str]
    models: list[str]
    origin: str
    started: float
    watch: list[Identity]
    starter: Identity
    device: str = "cpu"
    ssl: bool = False
    certificate: str = ""
    keeper: Identity | None = attrs.field(default=None, converter=_identity)
    server: Identity | None = attrs.field(default=None, converter=_identity)
    exit_code: int | None = None

    @classmethod
    def read(cls, folder: Path) -> ServerState | None:
        """The newest state; None if the folder or its state is gone, or it is of another version of pyrun."""
        try:
            found = json.loads((folder / "state.json").read_text())
            return cls(**{field.name: found[field.name] for field in attrs.fields(cls) if field.name in found})
        except (FileNotFoundError, NotADirectoryError, TypeError):
            return None

    def write(self) -> None:
        """For the keeper, which goes on writing it."""
        values: dict[str, Any] = attrs.asdict(self)
        values["folder"] = str(self.folder)
        keeper.write(values, str(self.folder))

    @property
    def log_file(self) -> Path:
        return self.folder / "log"

    @property
    def alive(self) -> bool:
        """Whether the server's process runs."""
        return self.server is not None and exists(self.server)


def exists(process: Identity) -> bool:
    """Whether a process runs, and is not another one with the same PID."""
    return keeper.identity(process[0]) == list(process)


def identity(pid: int) -> Identity:
    """The identity of a running process.

    Raises
    ------
    ExternalFailure
        There is none.
    """
    found = _identity(keeper.identity(pid))
    if found is None:
        raise ExternalFailure(f"There is no process {pid} that the server could watch: give the PID of a running one.")
    return found


def root_folder(given: str | Path = "") -> Path:
    """Where the servers' folders are: a folder of this user in the one for temporary files, or the one given.

    Raises
    ------
    ExternalFailure
        It can't be made, or belongs to someone else.
    """
    root = Path(given) if given else Path(tempfile.gettempdir()) / f"pysonic-{os.getuid()}"
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = root.lstat()
    except OSError as error:
        raise ExternalFailure(
            f"The folder {root} for servers can't be made: {error.strerror}. Give another."
        ) from error
    if not given and (about.st_uid != os.getuid() or not stat.S_ISDIR(about.st_mode)):
        raise ExternalFailure(f"The folder {root} belongs to someone else. Set TMPDIR, or give another folder.")
    return root.absolute()


@contextlib.contextmanager
def _register(root: Path) -> Iterator[None]:
    """One process at a time makes or removes folders."""
    with (root / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def create(root: Path, name: str) -> tuple[Path, int]:
    """A new folder, and its lock: a file descriptor for the keeper to inherit.

    What earlier servers left that were killed together with their keepers is removed first.

    Raises
    ------
    ExternalFailure
        There is a server of this name, or it can't be a name.
    """
    if not _NAME.fullmatch(name):
        raise ExternalFailure(f"A server can't be called {name!r}: use letters, digits, '.', '_' and '-'.")
    with _register(root):
        for folder in _folders(root):
            _sweep(folder, name)
        folder = root / name
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            raise ExternalFailure(
                f"A server called {name!r} is already there ({folder}). Stop it (`pysonic stop -n {name}`) or choose "
                "another name."
            ) from None
        lock = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return folder, lock


def servers(root: Path) -> list[ServerState]:
    """All servers that are there, dead ones with a log included, by name."""
    return [state for folder in _folders(root) if (state := ServerState.read(folder))]


def locked(folder: Path) -> bool:
    """Whether the folder's keeper lives."""
    try:
        with (folder / LOCK).open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def remove(folder: Path) -> None:
    """Remove a server's folder, and what a keeper would have ended and removed that was killed."""
    state = ServerState.read(folder)
    if state and state.alive:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(state.server[0], signal.SIGKILL)
    if state:
        keeper.clean(state.prefix)
    shutil.rmtree(folder, ignore_errors=True)


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if (path / LOCK).exists())


def _sweep(folder: Path, name: str) -> None:
    """Remove a folder without keeper, unless its log may still be wanted."""
    if locked(folder):
        return
    state = ServerState.read(folder)
    ended = state is not None and state.exit_code is not None
    if not ended or folder.name == name or time.time() - folder.stat().st_mtime > FORGET:
        remove(folder)
