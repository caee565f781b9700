"""Fixtures of the engine's tests."""

from __future__ import annotations

import pytest
from engine_jobs import Jobs, jobs_in


@pytest.fixture
def jobs(tmp_path, monkeypatch) -> Jobs:
    return jobs_in(tmp_path, monkeypatch)
