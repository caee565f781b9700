"""docs/sonic-tutorial.md, done line by line as a reader would, with real servers on loopback.

Its ``console`` blocks are run in one shell session and must print what they show, ``...`` standing for anything; blocks
that begin with a file's name are written to that file, and ``diff`` blocks are applied. ``sh`` blocks are what can't be
done here: the installation, for which `_environment` stands, and what takes a second machine.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyrun.framework.errors import ExternalFailure
from pyrun.modules.sonic.server import bundle

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sonic-tutorial.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
FILE = re.compile(r"# (\S+\.(?:py|toml))\n")
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
SHELL = """set -a; . "$SESSION"; set +a; cd "$PWD"
{command}
result=$?
declare -px PWD PATH > "$SESSION"
exit $result
"""
LIMIT = 120  # seconds for a command


@pytest.mark.slow
def test_the_tutorial_does_what_it_shows(session):
    for kind, text in BLOCKS:
        if named := FILE.match(text):
            session.write(named[1], text)
        elif kind == "diff":
            session.apply(text)
        elif kind == "console":
            for command, shown in COMMAND.findall(text):
                printed = session.run(command, fails="Fatal Exception" in shown)
                assert _shows(printed, shown), f"$ {command}\n{printed}\nis not what the page shows:\n{shown}"
        else:
            assert kind == "sh"


def test_little_is_left_to_the_reader():
    assert [kind for kind, _ in BLOCKS].count("sh") == 2
    assert {kind for kind, text in BLOCKS if not FILE.match(text)} == {"sh", "console", "diff"}


class Session:
    """A shell that keeps its folder and its PATH from command to command."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._port = folder, str(_free_port())
        self._environment = {**os.environ, **environment, "SESSION": str(folder / "session"), "COLUMNS": "120"}
        (folder / "session").write_text(f'PATH="{environment["PATH"]}"\nPWD="{folder}"\n')

    def run(self, command: str, fails: bool = False) -> str:
        """What a command prints; it must succeed, or fail."""
        script = SHELL.format(command=command.replace("8001", self._port))
        result = subprocess.run(["bash", "-c", script], env=self._environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT)  # fmt: skip
        assert (result.returncode != 0) == fails, f"$ {command}\n{result.stdout}"
        return result.stdout.replace(self._port, "8001")

    def write(self, name: str, text: str) -> None:
        """A file in the session's folder."""
        file = self._place() / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def apply(self, change: str) -> None:
        """A change to a file of pyrun's checkout."""
        subprocess.run(["git", "apply", "-"], input=change, text=True, cwd=self._folder / "pyrun", check=True)

    def _place(self) -> Path:
        return Path(self.run("pwd").strip())


@pytest.fixture
def session(tmp_path) -> Iterator[Session]:
    try:
        bundle.install()
    except ExternalFailure as error:
        pytest.skip(error.message)
    shutil.copytree(ROOT, tmp_path / "pyrun", ignore=shutil.ignore_patterns(".*", "*.egg-info", "tests", "benchmarks"))
    session = Session(tmp_path, _environment(tmp_path))
    session.run("pip install --quiet -e pyrun")
    yield session
    session.run("pysonic stop --all --now")


def _environment(folder: Path) -> dict[str, str]:
    """A virtual environment that sees what this one has and adds what the reader installs; servers of its own."""
    venv.create(folder / "pyrun" / ".venv", symlinks=True)
    base, programs = folder / "pyrun" / ".venv", Path(sys.executable).parent
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(base)}))
    (packages / "zz_outer.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    for name in ("pip", "pytest"):
        program = (programs / name).read_text().replace(str(programs), str(base / "bin"))
        (base / "bin" / name).write_text(program)
        (base / "bin" / name).chmod(0o755)
    (folder / "tmp").mkdir()
    return {
        "PATH": f"{base / 'bin'}:{os.environ['PATH']}",
        "TMPDIR": str(folder / "tmp"),
        "PYTHONPATH": "",
        "PIP_NO_DEPS": "1",
        "PIP_IGNORE_INSTALLED": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def _shows(printed: str, shown: str) -> bool:
    """Whether the lines shown are printed, in their order; others may be between them."""
    lines = iter(line.rstrip() for line in printed.splitlines())
    return all(any(_line(text).fullmatch(line) for line in lines) for text in shown.splitlines() if text.strip())


def _line(shown: str) -> re.Pattern[str]:
    parts = shown.strip().split("...")
    return re.compile(r"\s*" + ".*".join(r"\s+".join(map(re.escape, re.split(r"\s+", part))) for part in parts))


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
