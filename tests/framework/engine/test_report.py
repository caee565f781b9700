"""Counts of a job, and the text that shows them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pyrun.framework.config.description import PathDescription, PathEntry
from pyrun.framework.engine.report import StreamReport, time_report, trig_report

MASK = np.array([True] * 6)


def path(name, *labels):
    return PathDescription(name, tuple(PathEntry(label) for label in labels))


def some_report(name="p"):
    """Six events: the filter rejects two, the producer after it raises for one; all go to the end path."""
    report = StreamReport.empty(["filter", "maker", "out"], [path(name, "filter", "maker")], [path("e", "out")])
    counts, alive = report.paths[name], MASK
    counts.visit(0, MASK)
    went_on = np.array([True, True, True, True, False, False])
    counts.decide(0, MASK, went_on)
    counts.visit(1, went_on)
    stopped = np.array([False, True, False, False, False, False])
    counts.stop(1, stopped)
    counts.decide(1, went_on & ~stopped, went_on & ~stopped)
    counts.finish(went_on & ~stopped, alive)
    end = report.paths["e"]
    end.visit(0, MASK)
    end.decide(0, MASK, MASK)
    end.finish(MASK, alive)
    report.events, report.events_passed, report.real = 6, 3, 1.2
    for label, executed, failed, error in [("filter", 6, 2, 0), ("maker", 4, 0, 1), ("out", 6, 0, 0)]:
        module = report.modules[label]
        module.executed, module.failed, module.error, module.real = executed, failed, error, 0.6
    report.complete()
    return report


def test_trig_report_has_cmsruns_columns():
    assert trig_report(some_report()) == [
        "TrigReport ---------- Event  Summary ------------",
        "TrigReport Events total = 6 passed = 3 failed = 3",
        "",
        "TrigReport ---------- Path   Summary ------------",
        "TrigReport  Trig Bit#   Executed     Passed     Failed      Error Name",
        "TrigReport     1    0          6          3          2          1 p",
        "",
        "TrigReport -------End-Path   Summary ------------",
        "TrigReport  Trig Bit#   Executed     Passed     Failed      Error Name",
        "TrigReport     0    0          6          6          0          0 e",
        "",
        "TrigReport ---------- Modules in Path: p ------------",
        "TrigReport  Trig Bit#    Visited     Passed     Failed      Error Name",
        "TrigReport     1    0          6          4          2          0 filter",
        "TrigReport     1    1          4          3          0          1 maker",
        "",
        "TrigReport ------ Modules in End-Path: e ------------",
        "TrigReport  Trig Bit#    Visited     Passed     Failed      Error Name",
        "TrigReport     0    0          6          6          0          0 out",
        "",
        "TrigReport ---------- Module Summary ------------",
        "TrigReport    Visited   Executed     Passed     Failed      Error Name",
        "TrigReport          6          6          4          2          0 filter",
        "TrigReport          4          4          3          0          1 maker",
        "TrigReport          6          6          6          0          0 out",
    ]


def test_time_report_has_cmsruns_columns():
    lines = time_report(some_report(), loop_cpu=0.9, loop_real=1.8, threads=2)
    assert lines[:5] == [
        "TimeReport ---------- Event  Summary ---[sec]----",
        "TimeReport       event loop CPU/event = 0.150000",
        "TimeReport      event loop Real/event = 0.300000",
        "TimeReport     sum Streams Real/event = 0.200000",
        "TimeReport efficiency CPU/Real/thread = 0.250000",
    ]
    assert lines[6:10] == [
        "TimeReport ---------- Path   Summary ---[Real sec]----",
        "TimeReport  per event     per exec  Name",
        "TimeReport   0.200000     0.200000  p",
        "TimeReport  per event     per exec  Name",
    ]
    assert "TimeReport ------ Modules in End-Path: e ---[Real sec]----" in lines
    assert lines[-5:] == [
        "TimeReport   0.100000     0.100000     0.100000  out",
        "TimeReport  per event     per exec    per visit  Name",
        "",
        "T---Report end!",
        "",
    ]


def test_reports_of_several_jobs_add_up():
    total = StreamReport.merged([some_report(), some_report(), some_report()])
    assert (total.events, total.events_passed, total.real) == (18, 9, pytest.approx(3.6))
    counts, maker = total.paths["p"], total.modules["maker"]
    assert (counts.events_passed, counts.events_failed, counts.events_error) == (9, 6, 3)
    assert (maker.visited, maker.executed, maker.passed, maker.error) == (12, 12, 9, 3)
    assert some_report().events == 6  # those that were added stay as they are


def test_reports_of_different_jobs_are_not_added():
    with pytest.raises(ValueError, match="different paths"):
        StreamReport.merged([some_report(), some_report("q")])


def test_a_report_survives_json():
    report = some_report()
    text = report.to_json()
    assert json.loads(text)["paths"]["p"]["events_error"] == 1
    assert StreamReport.from_dict(json.loads(text)) == report
