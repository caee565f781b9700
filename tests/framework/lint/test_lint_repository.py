"""The repository's own configurations have nothing that lint could complain of."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyrun.framework.config.loading import load_process
from pyrun.framework.lint.job import lint

ROOT = Path(__file__).parents[3]
CONFIGS = sorted(path.name for path in (ROOT / "cfg").glob("*_cfg.py"))
if not os.environ.get("PYRUN_EXHAUSTIVE"):  # 20 s for all of them
    CONFIGS = ["dimuon_cfg.py", "l1_cfg.py", "miniaod_2023_cfg.py", "parttraining_cfg.py"]


@pytest.mark.parametrize("config", CONFIGS)
def test_a_configuration_of_the_repository_is_clean(config, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert lint(load_process(f"cfg/{config}"), f"cfg/{config}").findings == []
