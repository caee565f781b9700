"""The example of docs/lint.md, and its list of kinds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lint.md").read_text()


def test_the_example_gives_what_the_page_shows(tmp_path):
    (tmp_path / "data").symlink_to(ROOT / "data")
    (tmp_path / "jets_cfg.py").write_text(re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1])
    shown = re.search(r"```console\n\$ pyrun --lint jets_cfg.py\n(.*?)```", PAGE, re.DOTALL)[1]
    pyrun = Path(sys.executable).with_name("pyrun")
    command = [pyrun, "--lint", "jets_cfg.py"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stdout) == (1, shown), result.stderr


def test_the_page_names_every_kind():
    sources = [*(ROOT / "framework" / "lint").glob("*.py"), ROOT / "framework" / "config" / "misuse.py"]
    text = "\n".join(path.read_text() for path in sources)
    kinds = set(re.findall(r'Finding\(\s*"([a-z-]+)"', text)) | set(re.findall(r'"([a-z]+-[a-z-]+)"', text)) & {
        "unused-task", "unused-sequence", "illegal-parameter", "module-error", "missing-product", "ambiguous-product",
        "unrunnable-schedule", "same-file", "illegal-option",
    }  # fmt: skip
    assert len(kinds) > 15
    assert {kind for kind in kinds if f"`{kind}`" not in PAGE} == set()
