"""A cluster of two processes for all tests that don't harm it."""

from __future__ import annotations

import sys

import pytest

import pyrun.framework
from pyrun.framework.engine import provenance

LOADED_ON_DEMAND = set(provenance._COMPUTING) - {"awkward", "numpy", "uproot"}


def make_cluster(workers: int = 2):
    distributed = pytest.importorskip("distributed")
    return distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs="ERROR"
    )


@pytest.fixture(scope="session")
def client():
    with make_cluster() as cluster, cluster.get_client() as client:
        yield client


@pytest.fixture
def fragile_client():
    """Of a cluster whose workers may be killed."""
    with make_cluster() as cluster, cluster.get_client() as client:
        yield client


@pytest.fixture(autouse=True)
def afresh(tmp_path, monkeypatch):
    pyrun.framework.reset()
    # files tell which packages were loaded; workers have not loaded those of the tests before
    foreign = {name for name in LOADED_ON_DEMAND if name in sys.modules}
    monkeypatch.setattr(provenance, "_COMPUTING", [name for name in provenance._COMPUTING if name not in foreign])
    monkeypatch.chdir(tmp_path)
