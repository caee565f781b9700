"""Failures of parts, of workers, and of jobs that can't be divided."""

from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pytest
from parts_jobs import content, simulation

import pyrun.framework
from pyrun.framework import EDAnalyzer, cms, errors, plugin, run


@pytest.mark.parametrize("bad", [[170, 30, 210], [249]])
def test_the_first_failing_event_is_told_and_nothing_is_left(client, bad):
    process = simulation()
    process.source.numberEventsInRun = 0
    process.fails = cms.EDAnalyzer("PartsFailer", events=cms.vint32(bad))
    process.r = cms.Path(process.fails)
    here = run(process, raise_on_error=False)
    there = run(process, client=client, events_per_task=50, raise_on_error=False)
    assert there.failure.message == here.failure.message == f"no luck with {min(bad)}"
    assert there.failure.context == here.failure.context
    assert there.exit_code == 8026
    assert os.listdir() == []
    with pytest.raises(errors.NotFound, match=f"no luck with {min(bad)}"):
        run(process, client=client, events_per_task=50)


def test_workers_stop_soon_when_the_job_has_failed(client, tmp_path):
    process = simulation(events=2000, output="")
    process.source.numberEventsInRun = 0
    process.source.numberEventsInLuminosityBlock = 10
    process.fails = cms.EDAnalyzer("PartsFailer", events=cms.vint32(9))
    process.touch = cms.EDAnalyzer("PartsTouch", folder=cms.string(str(tmp_path)))
    process.r = cms.Path(process.fails + process.touch)
    with pytest.raises(errors.NotFound):
        run(process, client=client, events_per_task=1000)
    time.sleep(2)
    marks = len(_marks(tmp_path))
    time.sleep(1)
    assert len(_marks(tmp_path)) == marks < 80  # of 100 blocks


@pytest.mark.slow
def test_a_killed_worker_is_made_up_for(fragile_client, tmp_path, capsys):
    process = simulation(events=150)
    process.touch = cms.EDAnalyzer("PartsTouch", folder=cms.string(str(tmp_path)), seconds=cms.double(0.2))
    process.r = cms.Path(process.touch)
    here = run(process, products=["hits"])
    expected = content("sim.root")
    os.unlink("sim.root")
    for mark in tmp_path.glob("*_*"):
        mark.unlink()
    pids = set(fragile_client.run(os.getpid).values())
    killed = threading.Thread(target=_kill_first_to_work, args=(tmp_path, pids), daemon=True)
    killed.start()
    there = run(process, products=["hits"], client=fragile_client, events_per_task=50)
    killed.join()
    assert content("sim.root") == expected
    assert there["hits"].energy.tolist() == here["hits"].energy.tolist()
    firsts = [mark.name.split("_")[1] for mark in _marks(tmp_path)]
    assert len(firsts) > len(set(firsts))  # what the worker was doing has been done again
    assert "was run again: its worker was lost" in capsys.readouterr().err


def _marks(folder):
    """What workers have left; the scratch folder's name is random, and may have underscores too."""
    return list(folder.glob("[0-9]*_*_*"))


def _kill_first_to_work(folder, pids):
    end = time.monotonic() + 100
    while not (marks := _marks(folder)):
        assert time.monotonic() < end
        time.sleep(0.01)
    pid = int(marks[0].name.split("_")[0])
    assert pid in pids
    os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_a_part_that_kills_every_worker_is_given_up(fragile_client):
    process = simulation()
    process.kill = cms.EDAnalyzer("PartsSuicide")
    process.r = cms.Path(process.kill)
    with pytest.raises(errors.ExternalFailure, match="Part 1 of the job .* died 4 times.*memory"):
        run(process, client=fragile_client)
    assert os.listdir() == []


def test_a_scratch_folder_that_can_not_be_made(client):
    with pytest.raises(errors.FileWriteError, match="'nowhere'"):
        run(simulation(), client=client, scratch="nowhere")


def test_an_output_folder_that_is_missing(client):
    with pytest.raises(errors.FileWriteError, match="nowhere/x.root"):
        run(simulation(output="nowhere/x.root"), client=client)


def test_arrays_as_input_stay_here(client):
    with pytest.raises(errors.Configuration, match="without client"):
        run(cms.Process("T"), input={"x": np.ones(3)}, client=client)


def test_classes_that_can_not_be_sent_are_refused(client):
    lock = threading.Lock()

    @plugin
    class PartsLocked(EDAnalyzer):
        def analyze(self, event, setup):
            with lock:
                pass

    run(simulation(events=10), client=client)  # which does not use it
    os.unlink("sim.root")
    process = simulation()
    process.locked = cms.EDAnalyzer("PartsLocked")
    process.r = cms.Path(process.locked)
    with pytest.raises(errors.Configuration, match="PartsLocked.*can't be sent to workers.*lock"):
        run(process, client=client)
    assert os.listdir() == []


def test_a_source_that_can_not_be_divided_is_refused(client):
    @plugin
    class PartsSource(pyrun.framework.Source):
        pass

    process = simulation()
    process.source = cms.Source("PartsSource")
    with pytest.raises(errors.Configuration, match="events of a PartsSource can't be divided"):
        run(process, client=client)
