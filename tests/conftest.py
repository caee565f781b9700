"""Which tests are run, and for how long."""

import os

import pytest
from hypothesis import settings

# some tests speak gRPC, others in the same process start jobs by fork(): gRPC's handlers of fork() can end these
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

settings.register_profile("patient", deadline=None)  # a busy machine is no mistake
settings.load_profile("patient")


def pytest_runtest_setup(item):
    if item.get_closest_marker("exhaustive") and not os.environ.get("PYRUN_EXHAUSTIVE"):
        pytest.skip("takes minutes: PYRUN_EXHAUSTIVE=1 runs it")
