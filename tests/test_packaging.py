"""What is installed is what is in the checkout."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg")


def test_every_package_is_installed():
    found = {
        "pyrun." + ".".join(path.parent.relative_to(ROOT).parts)
        for folder in ("cfg", "data", "framework", "models", "modules", "python_cfg", "tagger")
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert set(SETUP["options"]["packages"].split()) == found


def test_every_module_is_announced():
    plugins = {
        f"{name} = pyrun.{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}:{name}"
        for folder in ("modules", "framework")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"^@plugin\nclass (\w+)", path.read_text(), re.MULTILINE)
    }
    announced = SETUP["options.entry_points"]["pyrun.modules"].strip().splitlines()
    assert plugins == set(announced)
    assert announced == sorted(announced)


def test_generated_fragments_agree_with_the_declared_parameters():
    command = [str(Path(sys.executable).with_name("edmWriteConfigs")), "--check", str(ROOT / "python_cfg")]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
