"""Which tests are run, and for how long."""

import os

import pytest
from hypothesis import settings

settings.register_profile("patient", deadline=None)  # a busy machine is no mistake
settings.load_profile("patient")


def pytest_runtest_setup(item):
    if item.get_closest_marker("exhaustive") and not os.environ.get("PYRUN_EXHAUSTIVE"):
        pytest.skip("takes minutes: PYRUN_EXHAUSTIVE=1 runs it")
