"""Which tests are run."""

import os

import pytest


def pytest_runtest_setup(item):
    if item.get_closest_marker("exhaustive") and not os.environ.get("PYRUN_EXHAUSTIVE"):
        pytest.skip("takes minutes: PYRUN_EXHAUSTIVE=1 runs it")
