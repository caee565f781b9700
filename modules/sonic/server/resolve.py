"""Which tritonserver to run: a given one, the one on PATH, one in an apptainer image, or the bundled one."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import attrs

from pyrun.framework.errors import ExternalFailure

from . import bundle
from .bundle import Bundle

EXECUTABLE = "PYSONIC_TRITONSERVER"
"""Environment variable: the tritonserver to use."""

IMAGE = "PYSONIC_IMAGE"
"""Environment variable: the apptainer image to use."""

PYTHON_PATH = "PYSONIC_PYTHON_PATH"
"""Environment variable for `onnx_backend`: where this interpreter looks for packages."""

CONTAINERS = ("apptainer", "singularity")


@attrs.frozen
class Executable:
    """A tritonserver and what it needs.

    Attributes
    ----------
    kind : str
        Where it was found.
    command : tuple of str
        What precedes the server's options; for an image without the folders that it must see (see `binds`).
    bundle : Bundle or None
        The unpacked nvidia-pytriton that it belongs to.
    shim : bool
        It has no onnxruntime backend: its python backend has to call onnxruntime.
    image : str
        Of the container, else empty.
    """

    kind: Literal["given", "PATH", "image", "bundled"]
    command: tuple[str, ...]
    bundle: Bundle | None = None
    shim: bool = False
    image: str = ""

    def full_command(self, folders: Iterable[Path], gpu: bool) -> list[str]:
        """The beginning of the command line of a server that reads these folders."""
        if not self.image:
            return list(self.command)
        binds = ",".join(sorted({str(folder) for folder in folders}))
        graphics = ["--nv"] if gpu else []
        return [*self.command, "exec", *graphics, "--bind", binds, self.image, "tritonserver"]

    def environment(self) -> dict[str, str]:
        """What the server's environment needs besides this process's.

        The python backend must find this interpreter's packages by its ``python3`` on PATH, and its library by
        LD_LIBRARY_PATH: another libpython breaks it.
        """
        if self.image:
            return {}
        values = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            PYTHON_PATH: os.pathsep.join(path for path in sys.path if path),
        }
        if self.bundle:
            libraries = [str(self.bundle.libraries), sysconfig.get_config_var("LIBDIR")]
            values["LD_LIBRARY_PATH"] = os.pathsep.join(
                [*libraries, *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
            )
        return values


def resolve(given: str = "", image: str = "", progress: bundle.Progress = bundle.no_progress) -> Executable:
    """Find a server in the order of this module's first line; the bundled one is installed if need be.

    Parameters
    ----------
    given : str
        A tritonserver: a path or a name on PATH; "bundled" for the bundled one. Empty: the environment variable
        PYSONIC_TRITONSERVER, if set.
    image : str
        An apptainer image: a file, a sandbox folder or an address. Empty: the environment variable PYSONIC_IMAGE.
    progress : callable
        See `bundle.install`.

    Raises
    ------
    ExternalFailure
        What was given is not there, or nothing was given and the bundled one can't be installed.
    """
    given = given or ("" if image else os.environ.get(EXECUTABLE, ""))  # an option counts more than the environment
    if given and given != "bundled":
        found = shutil.which(given)
        if not found:
            raise ExternalFailure(
                f"There is no executable tritonserver {given!r}. Give its full path, or leave it out: pyrun gets one."
            )
        return _native("given", Path(found))
    if not given:
        found = None if image else shutil.which("tritonserver")
        if found:
            return _native("PATH", Path(found))
        image = image or os.environ.get(IMAGE, "")
        if image:
            return Executable("image", (_container(image),), image=image)
    bundled = bundle.install(progress)
    return Executable("bundled", (str(bundled.executable),), bundled, shim=True)


def _native(kind: Literal["given", "PATH"], path: Path) -> Executable:
    home = path.resolve().parents[1]  # .../bin/tritonserver
    if (home / "python_backend_stubs").is_dir():
        return Executable(kind, (str(path),), Bundle(home.parents[1]), shim=True)
    places = [home / "backends", Path("/opt/tritonserver/backends")]  # the server looks into the second by itself
    backends = next((place for place in places if place.is_dir()), None)
    command = (str(path), f"--backend-directory={backends}") if backends else (str(path),)
    return Executable(kind, command, shim=not (backends and (backends / "onnxruntime").is_dir()))


def _container(image: str) -> str:
    command = next(filter(None, map(shutil.which, CONTAINERS)), None)
    if not command:
        raise ExternalFailure(f"The image {image} needs apptainer (or singularity), which is not on PATH: install it.")
    if "://" not in image and not Path(image).exists():
        raise ExternalFailure(
            f"There is no apptainer image {image!r}: give a file, a sandbox folder, or docker://NAME."
        )
    return command
