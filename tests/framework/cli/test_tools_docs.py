"""The examples of docs/tools.md, run as a reader would, in their order."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "tools.md").read_text()
EXAMPLES = [
    (command, output)
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for command, output in re.findall(r"^\$ (.*?)\n(.*?)(?=^\$ |\Z)", block, re.DOTALL | re.MULTILINE)
]


@pytest.mark.slow
def test_the_commands_print_what_the_page_shows(tmp_path):
    for folder in ("data", "cfg"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    programs = Path(sys.executable).parent
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert len(EXAMPLES) > 8
    for command, shown in EXAMPLES:
        result = subprocess.run(
            f"{programs}/{command}", shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=300
        )
        accepted = (0, 1) if "edmProvDump" in command or "edmConfigDiff" in command else (0,)
        assert result.returncode in accepted, result.stderr
        assert doctest.OutputChecker().check_output(shown, result.stdout, options), f"{command}\n{result.stdout}"


def test_every_command_is_on_the_page():
    commands = re.findall(r"^    (edm\w+) = ", (ROOT / "setup.cfg").read_text(), re.MULTILINE)
    assert {command for command in commands if command not in PAGE} == set()
