"""Numbers of `pysonic top`."""

from __future__ import annotations

import attrs
import pytest

from pyrun.modules.sonic.statistics import ModelStatistics
from pyrun.modules.sonic.top import Metric, Row, Sample, machine, parse_metrics

KEY = ("tagger", "2")
METRICS = """# HELP nv_inference_pending_request_count Instantaneous number of pending requests awaiting execution
# TYPE nv_inference_pending_request_count gauge
nv_inference_pending_request_count{model="tagger",version="2"} 7
nv_inference_pending_request_count{model="tagger",version="1"} 1
nv_gpu_utilization{gpu_uuid="GPU-0123456789abcdef"} 0.250000
nv_gpu_memory_used_bytes{gpu_uuid="GPU-0123456789abcdef"} 3200000000.000000
nv_gpu_power_usage{gpu_uuid="GPU-0123456789abcdef"} 61.500000
nv_cpu_utilization 0.500000
nv_cpu_memory_used_bytes 4000000000.000000
nv_cpu_memory_total_bytes 16000000000.000000
"""


def sample(time, **counts):
    return Sample(time, {KEY: attrs.evolve(ModelStatistics(), **counts)}, parse_metrics(METRICS))


def test_metrics_are_read_with_their_labels():
    metrics = parse_metrics(METRICS)
    assert len(metrics) == 8
    assert metrics[0] == Metric("nv_inference_pending_request_count", {"model": "tagger", "version": "2"}, 7.0)
    assert metrics[5] == Metric("nv_cpu_utilization", {}, 0.5)


def test_rates_and_times_are_those_between_two_samples():
    before = sample(10.0, inferences=100, executions=50, success=50, success_ns=10**9, queue_ns=10**9)
    after = sample(
        12.0,
        inferences=500,
        executions=60,
        success=70,
        fail=4,
        success_ns=2 * 10**9,
        queue_ns=10**9 + 40_000_000,
        compute_input_ns=10_000_000,
        compute_infer_ns=80_000_000,
        compute_output_ns=10_000_000,
    )
    row = Row.between(before, after, KEY)
    assert (row.requests, row.rows, row.batch) == (12.0, 200.0, 40.0)
    assert (row.queue, row.compute) == (pytest.approx(2.0), pytest.approx(5.0))
    assert (row.failed, row.total, row.waiting) == (4, 74, 7.0)


def test_idle_model_has_no_times():
    row = Row.between(sample(0.0, success=3), sample(1.0, success=3), KEY)
    assert (row.requests, row.batch, row.queue, row.compute) == (0.0, None, None, None)


def test_model_that_was_loaded_again_counts_from_zero():
    row = Row.between(sample(0.0, success=100, executions=100, inferences=100), sample(2.0, success=4), KEY)
    assert row.requests == 2.0


def test_machine_names_processors_and_gpus():
    assert machine(sample(0.0)) == "CPU 50%, memory 4.0 of 16.0 GB; GPU-01234567 25%, memory 3.2 GB, 62 W"
    assert machine(Sample(0.0, {})) == ""
