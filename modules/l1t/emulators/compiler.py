"""Building shared libraries from C++ sources, once per content."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pyrun.framework.errors import ModelError

FLAGS = ("-std=c++17", "-O3", "-fPIC", "-shared", "-fno-gnu-unique", "-w")


def cache_folder() -> Path:
    """Where libraries are kept: below XDG_CACHE_HOME, by default ``~/.cache``."""
    cache = os.environ.get("XDG_CACHE_HOME", "")  # a relative one is to be ignored, says the specification
    root = Path(cache) if os.path.isabs(cache) else Path.home() / ".cache"
    return root / "pyrun" / "l1t"


def hls4ml_templates() -> Path:
    """hls4ml's folder of headers for Vivado and Vitis: ap_types and nnet_utils.

    Raises
    ------
    ModelError
        hls4ml is not installed.
    """
    found = importlib.util.find_spec("hls4ml")  # found, not imported, which takes a third of a second
    if found is None or not found.submodule_search_locations:
        raise ModelError(
            "To build the firmware's emulator, the headers of the package hls4ml are needed: pip install "
            "'pyrun[tagger]', or choose the backend numba, which needs neither these nor a compiler."
        )
    return Path(found.submodule_search_locations[0]) / "templates"


def library(name: str, key: str, sources: Sequence[Path], includes: Sequence[Path], defines: Sequence[str]) -> Path:
    """A shared library of these sources: from the cache if it has been built before.

    Parameters
    ----------
    name : str
        First part of the file's name.
    key : str
        Checksum of what the sources depend on beyond themselves and the compiler.
    sources, includes : sequence of Path
        Files to compile, and folders with headers.
    defines : sequence of str
        Like ``"NAME=value"``.

    Raises
    ------
    ModelError
        There is no compiler, it fails, or the cache can't be written.
    """
    compiler = os.environ.get("CXX") or shutil.which("g++")
    if not compiler:
        raise ModelError("There is no C++ compiler: install g++ or set CXX, or choose the backend numba.")
    options = [*FLAGS, *(f"-D{define}" for define in defines)]
    digest = hashlib.sha256(f"{key}\n{options}\n{_version(compiler)}\n".encode())
    for source in sources:
        digest.update(source.read_bytes())
    target = cache_folder() / f"{name}-{digest.hexdigest()[:20]}.so"
    if target.is_file():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            built = Path(scratch) / target.name
            _run([compiler, *options, *(f"-I{folder}" for folder in includes), *map(str, sources), "-o", str(built)])
            built.replace(target)  # whole or not at all, also if two jobs build at the same time
    except OSError as error:
        raise ModelError(f"The library {target} can't be written: {error}. Set XDG_CACHE_HOME elsewhere.") from error
    return target


def _version(compiler: str) -> str:
    return _run([compiler, "--version"])


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    except OSError as error:
        raise ModelError(f"The compiler {command[0]} can't be started: {error}") from error
    except subprocess.CalledProcessError as error:
        first = "\n".join(line for line in error.stderr.splitlines() if "error" in line)[:2000] or error.stderr[:2000]
        raise ModelError(f"{command[0]} can't build {command[-1]}:\n{first}") from error
    return done.stdout
