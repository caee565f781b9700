from __future__ import annotations

import sys

import pytest

from pyrun.framework.config import reset_modifiers
from pyrun.framework.config.loading import python_cfg_folder


@pytest.fixture(autouse=True)
def fresh_configuration(monkeypatch):
    """Each test starts without chosen modifiers, and with FWCore importable."""
    monkeypatch.setattr(sys, "path", [*sys.path, python_cfg_folder()])
    reset_modifiers()
    yield
    reset_modifiers()
