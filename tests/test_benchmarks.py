"""The benchmarks run, on little work; what they measure then means nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def quick(name: str) -> list[str]:
    """The lines that a benchmark prints with --quick."""
    command = [sys.executable, str(BENCHMARKS / name), "--quick"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_menu_accepts_what_the_plain_loop_accepts():
    names = [line.split("  ")[0] for line in quick("menu.py")[-2:]]
    assert names == ["plain loop", "pyrun"]


@pytest.mark.exhaustive
def test_memory_does_not_grow():
    assert sum("% from 10000 events on" in line for line in quick("memory.py")) == 6


@pytest.mark.exhaustive
def test_threads_are_compared_with_processes():
    names = [line[:26].strip() for line in quick("threads.py")[-3:]]
    assert names == ["1 thread", "2 threads", "2 processes of 1 thread"]


@pytest.mark.exhaustive
def test_profiling_is_compared_with_jobs_without_it():
    names = [line.split()[0] for line in quick("profiling_overhead.py")[-2:]]
    assert names == ["MiniAOD", "menu"]


@pytest.mark.slow
def test_start_of_a_server_is_compared_with_that_of_the_bare_one():
    pytest.importorskip("tritonclient")
    names = [line.split()[0] for line in quick("sonic_start.py")[-2:]]
    assert names == ["pysonic", "tritonserver"]


@pytest.mark.exhaustive
def test_sonic_is_compared_with_the_bare_client_and_the_network_in_the_process():
    pytest.importorskip("tritonclient")
    lines = quick("sonic_throughput.py")
    assert sum("of the fastest bare client" in line for line in lines) == 5
    assert sum("of the network in the process" in line for line in lines) == 2


@pytest.mark.exhaustive
def test_delays_are_compared_with_none():
    pytest.importorskip("tritonclient")
    assert [line.split()[:2] for line in quick("sonic_delay.py")[-3:]] == [["2", "0"], ["2", "50"], ["2", "200"]]


@pytest.mark.exhaustive
def test_emulators_of_the_tagger_are_compared_with_hls4mls_predict():
    for package in ("tensorflow", "hgq", "da4ml", "hls4ml"):
        pytest.importorskip(package)
    lines = quick("l1_tagger.py")
    assert "hls4ml's predict() and numba give the same scores: True" in lines
    assert [line.split("  ")[0] for line in lines[-5:]] == ["numba", "da4ml", "hls4ml", "cmssw", "hls4ml's predict()"]


@pytest.mark.slow
def test_seeded_cone_is_compared_with_the_firmware_types():
    pytest.importorskip("hls4ml")
    lines = quick("l1_seeded_cone.py")
    names = ["cone 0.4", "cone 0.4, mass", "cone 0.8, mass", "cone 0.4, in no order"]
    assert [line[:28].strip() for line in lines[2:6]] == names


@pytest.mark.slow
def test_the_level_1_chain_is_measured_step_by_step():
    jets, tags, filters, chain = (line[:14].strip() for line in quick("l1_chain.py")[-4:])
    assert (jets, tags, filters.split()[1], chain) == ("jets", "tags", "filters", "chain")


def test_clustering_is_compared_with_fastjet():
    assert len([line for line in quick("jet_clustering.py") if not line.startswith("#")]) == 26  # FastJet greets with #
