from __future__ import annotations

import re

import numpy as np
import pytest

from pyrun.framework.services.simple_memory_check import SimpleMemoryCheck

MEGABYTE = 1 << 20
_NUMBER = r"-?[\d.e+]+"


class Hog:
    """Takes memory, and keeps it."""

    def __init__(self):
        self.kept = []

    def take(self, megabytes):
        self.kept.append(np.ones(megabytes * MEGABYTE, dtype=np.uint8))


def run(signals, sizes, **parameters):
    """One block of ten events for each size in MB, which a module takes."""
    service, hog = SimpleMemoryCheck("SimpleMemoryCheck", SimpleMemoryCheck.Parameters(**parameters)), Hog()
    job = signals(service)
    job.begin()
    for index, megabytes in enumerate(sizes):
        with job.block(1 + 10 * index, 10, index) as block:
            job.module(block, lambda megabytes=megabytes: hog.take(megabytes))
    job.end()
    return job.text, service


def test_a_module_that_makes_the_process_grow_is_told(signals):
    text, _ = run(signals, [1, 200, 1])
    found = re.findall(
        rf"%MSG-w MemoryCheck:  PostModule [^\n]* Run: 1 Event: (\d+)\n"
        rf"MemoryCheck: module Maker:maker VSIZE ({_NUMBER}) ({_NUMBER}) RSS ({_NUMBER}) ({_NUMBER})\n%MSG",
        text,
    )
    growth = {int(event): float(delta) for event, _, _, _, delta in found}
    assert growth[20] == pytest.approx(200, abs=20)


def test_the_first_events_may_be_ignored(signals):
    text, _ = run(signals, [150, 1], ignoreTotal=11)
    assert "Event: 10\n" not in text


def test_once_per_event_mode_reports_each_block(signals):
    text, _ = run(signals, [1, 1, 1], oncePerEventMode=True)
    assert len(re.findall(r"MemoryCheck: event : VSIZE", text)) == 3 and "MemoryCheck: module" not in text


def test_the_report_names_the_events_that_made_it_grow(signals):
    text, _ = run(signals, [1, 200, 1])
    report = text[text.index("MemoryReport> Peak virtual size") :]
    assert re.search(rf"\[20\] run: 1 lumi: 2 event: 20  vsize = {_NUMBER} deltaVsize = 2\d\d", report)
    assert "MemoryReport> Peak rss size" in report


def test_a_summary_of_the_modules(signals):
    text, _ = run(signals, [1, 200], moduleMemorySummary=True)
    assert re.search(r"maker: n = 1 avg = 2\d\d\S* max = 2\d\d\S* run: 1 lumi: 2 event: 11", text)


def test_the_job_report_gets_peaks_and_the_heap(signals):
    text, service = run(signals, [1, 200], jobReportOutputOnly=True)
    metrics = service.performance()
    assert text == ""
    assert float(metrics["ApplicationMemory"]["PeakValueRss"]) > 200
    assert metrics["ApplicationMemory"]["LargestVsizeEventT1-c-EVENT"] == "20"
    assert int(metrics["SystemMemory"]["MemTotal"]) > 0


def test_heap_and_shared_memory_are_told_if_asked_for(signals):
    text, _ = run(signals, [1, 200], showMallocInfo=True, monitorPssAndPrivate=True)
    assert re.search(r"RSS \S+ \S+ HEAP-ARENA \[ SIZE-BYTES \d+ N-UNUSED-CHUNKS \d+", text)
    assert re.search(r"private = [1-9][\d.]* pss = [1-9]", text)
