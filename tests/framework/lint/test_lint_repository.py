"""The repository's own configurations have nothing that lint could complain of."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyrun.framework.config.loading import load_process
from pyrun.framework.lint.job import lint

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("config", sorted(path.name for path in (ROOT / "cfg").glob("*_cfg.py")))
def test_a_configuration_of_the_repository_is_clean(config, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert lint(load_process(f"cfg/{config}"), f"cfg/{config}").findings == []
