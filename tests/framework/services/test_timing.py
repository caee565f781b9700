from __future__ import annotations

import re
import time

from pyrun.framework.services.timing import Timing


def timing(**parameters):
    return Timing("Timing", Timing.Parameters(**parameters))


def run(signals, service, spent=0.0):
    job = signals(service)
    job.begin()
    with job.block(1, 2) as block:
        job.module(block, lambda: time.sleep(spent))
    job.end()
    return job.text


def test_each_event_and_module_call_is_told_in_cmssws_words(signals):
    lines = run(signals, timing()).splitlines()
    assert lines[0] == "TimeReport> Report activated"
    events = [re.fullmatch(r"TimeEvent> (\d) (\d) [\d.e-]+", line) for line in lines if "TimeEvent>" in line]
    assert [found.groups() for found in events] == [("1", "1"), ("2", "1")]
    assert any(re.fullmatch(r"TimeModule> 1 1 maker Maker [\d.e-]+ for 2 events", line) for line in lines)


def test_the_summary_alone_tells_of_no_event(signals):
    lines = run(signals, timing(summaryOnly=True)).splitlines()
    assert re.fullmatch(r"TimeReport> Time report complete in [\d.e-]+ seconds", lines[0])
    assert lines[1:3] == [" Time Summary: ", lines[2]] and lines[2].startswith(" - Min event:   ")
    assert " - Number of Events:  2" in lines


def test_a_module_that_takes_too_long_per_event_is_an_error(signals):
    text = run(signals, timing(summaryOnly=True, excessiveTimeThreshold=0.01), spent=0.05)
    problem = r"ExcessiveTime> 1 1 maker Maker 0\.0[2-9]\d* secs exceeds excessive time threshold 0\.01 secs\.\n"
    assert re.search(r"%MSG-e TimeModule: .*\n" + problem, text)
    assert "ExcessiveTime" not in run(signals, timing(excessiveTimeThreshold=0.01), spent=0.0)


def test_the_job_report_gets_the_times(signals):
    service = timing(summaryOnly=True)
    run(signals, service, spent=0.02)
    metrics = service.performance()["Timing"]
    assert float(metrics["MinEventTime"]) == float(metrics["MaxEventTime"]) >= 0.01
    assert float(metrics["TotalLoopTime"]) <= float(metrics["TotalJobTime"])
    assert (metrics["NumberOfThreads"], metrics["NumberOfStreams"]) == ("2", "3")
    assert service.performance()["ProcessingSummary"]["NumberEvents"] == "2"


def test_the_job_report_gets_nothing_if_it_shall_not(signals):
    service = timing(useJobReport=False)
    run(signals, service)
    assert not service.performance()


def test_a_job_without_events_has_times_too(signals):
    service = timing()
    job = signals(service)
    job.begin()
    job.end()
    assert service.performance()["Timing"]["MinEventTime"] == "0"
