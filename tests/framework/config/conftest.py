from __future__ import annotations

import sys

import pytest

from pyrun.framework.config import reset_modifiers
from pyrun.framework.resources import python_cfg_path


@pytest.fixture(autouse=True)
def fresh_configuration(monkeypatch):
    """Each test starts without chosen modifiers, and with FWCore importable."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(python_cfg_path())])
    reset_modifiers()
    yield
    reset_modifiers()
