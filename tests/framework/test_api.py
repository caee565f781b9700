"""Running processes from Python."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

import pyrun.framework as pyrun
from pyrun.framework import EDFilter, EDProducer, cms, errors, load, plugin, run
from pyrun.framework.event.ids import EventIDs


@plugin
class ApiNumberProducer(EDProducer):
    """The event number, as a float; fails for event 13."""

    def declare(self, p):
        self.number = self.produces("double", "number")

    def produce(self, event, setup):
        if 13 in event.id:
            raise ZeroDivisionError("thirteen")
        event.put(self.number, event.id.astype("f8"))


@plugin
class ApiEvenFilter(EDFilter):
    def filter(self, event, setup):
        return event.id % 2 == 0


@plugin
class ApiJetCounter(EDProducer):
    def declare(self, p):
        self.jets, self.count = self.consumes("jets", "jets"), self.produces("int")

    def produce(self, event, setup):
        event.put(self.count, ak.num(event.get(self.jets)))


@pytest.fixture(autouse=True)
def afresh():
    pyrun.reset()


def numbers(events=5, name="TEST", *modifiers):
    process = cms.Process(name, *modifiers)
    process.source = cms.Source("EmptySource")
    process.maxEvents.input = events
    process.even = cms.EDFilter("ApiEvenFilter")
    process.numbers = cms.EDProducer("ApiNumberProducer")
    process.all = cms.Path(process.numbers)
    process.half = cms.Path(process.even)
    return process


@pytest.mark.parametrize("threads", [1, 2])
def test_products_events_and_trigger_results(threads):
    process = numbers()
    process.options.eventsPerBlock = 2
    result = run(process, threads=threads, products=["numbers:number"])
    assert result.exit_code == 0 and result.failure is None
    assert result.events.event.tolist() == [1, 2, 3, 4, 5]
    assert result["numbers:number"].tolist() == result["numbers:number:TEST"].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert result.trigger_results["TEST"].all.tolist() == [True] * 5
    assert result.trigger_results["TEST"].half.tolist() == [False, True, False, True, False]
    assert result["TriggerResults"].state[0].tolist() == [1, 2]


def test_a_product_of_some_events_is_none_for_the_others():
    process = numbers()
    process.half += process.numbers
    del process.all
    result = run(process, products=["numbers:number"])
    assert result["numbers:number"].tolist() == [None, 2.0, None, 4.0, None]


def test_a_product_that_no_event_has():
    process = numbers()
    process.half.insert(1, ~process.even)
    process.half += process.numbers
    del process.all
    assert run(process, products=["numbers:number"])["numbers:number"].tolist() == [None] * 5


def test_modules_in_tasks_run_for_what_is_asked_for():
    process = numbers()
    process.all = cms.Path(cms.Task(process.numbers))
    assert run(process).trig_report.modules.keys() == {"even"}
    result = run(process, products=["numbers:number"])
    assert result.trig_report.modules["numbers"].executed == 5


def test_the_summary_shows_counts_and_none_of_our_own_modules():
    result = run(numbers(), products=["numbers:number"])
    report = result.trig_report
    assert (report.events, report.paths["half"].events_passed, report.modules["even"].failed) == (5, 2, 3)
    assert "Events total = 5 passed = 5 failed = 0" in repr(report) and "@" not in repr(report)
    assert repr(result).splitlines()[:3] == [
        "TEST: exit code 0, 5 events, 5 passed",
        "  path all: 5 of 5 passed",
        "  path half: 2 of 5 passed",
    ]


def test_events_are_announced_only_if_asked_for(capsys):
    run(numbers())
    assert "Begin processing" not in capsys.readouterr().err
    run(numbers(), announce=True)
    assert capsys.readouterr().err.count("Begin processing") == 5


def test_runs_do_not_see_each_others_products():
    process = numbers()
    first = run(process, products=["numbers:number"])
    process.maxEvents.input = 2
    second = run(process)
    assert len(first["numbers:number"]) == 5 and len(second.events) == 2
    with pytest.raises(errors.NotFound, match="was not kept.*Kept: TriggerResults::TEST"):
        second["numbers:number"]


def test_another_process_with_other_modifiers_after_reset():
    changed = []
    for name in ("A", "B"):
        pyrun.reset()
        modifiers = {other: cms.Modifier() for other in ("A", "B")}
        process = numbers(3, name, modifiers[name])
        modifiers["B"].toModify(process.source, firstEvent=cms.untracked.uint32(100))
        changed.append(run(process).events.event.tolist())
    assert changed == [[1, 2, 3], [100, 101, 102]]


def test_arrays_as_input():
    process = cms.Process("COUNT")
    process.count = cms.EDProducer("ApiJetCounter")
    process.p = cms.Path(process.count)
    process.options.eventsPerBlock = 2
    jets = ak.Array([[{"pt": 30.0}], [], [{"pt": 40.0}, {"pt": 20.0}]])
    result = run(process, input={("jets", "jets"): jets}, products=["count", "jets"])
    assert result["count"].tolist() == [1, 0, 2]
    assert result["jets"].pt.tolist() == jets.pt.tolist()
    ids = EventIDs([1, 1, 2], [1, 2, 2], [7, 8, 9])
    assert run(process, input={("jets", "jets"): jets}, ids=ids).events.run.tolist() == [1, 1, 2]
    process.maxEvents.input = 1
    assert len(run(process, input={("jets", "jets"): jets}).events) == 1


def test_what_one_run_made_is_another_ones_input():
    process = numbers()
    process.half += process.numbers
    del process.all
    made = run(process, products=["numbers:number"])
    again = cms.Process("AGAIN")
    again.even = cms.EDFilter("ApiEvenFilter")
    again.p = cms.Path(again.even)
    given = {"numbers:number:TEST": made["numbers:number"], "one": np.ones(5)}
    result = run(again, input=given, ids=made.events, products=["numbers:number", "one"])
    assert result["numbers:number"].tolist() == [None, 2.0, None, 4.0, None]
    assert result["one"].tolist() == [1.0] * 5


def test_input_arrays_of_different_lengths_are_refused():
    process = cms.Process("T")
    with pytest.raises(errors.Configuration, match="a___INPUT. 2, .*_b__INPUT. 3"):
        run(process, input={("a", ""): [1, 2], ("", "b"): [1, 2, 3]})


@pytest.mark.parametrize("threads", [1, 2])
def test_a_failure_raises_and_tells_where(threads):
    with pytest.raises(errors.CMSException) as caught:
        run(numbers(20), threads=threads)
    assert caught.value.category == "StdException" and caught.value.exit_code == 8002
    assert "thirteen" in caught.value.message and isinstance(caught.value.__cause__, ZeroDivisionError)
    assert "event: 13" in caught.value.__notes__[0]
    assert caught.value.__notes__[1:] == [
        "   [1] Running path 'all'",
        "   [2] Calling method for module ApiNumberProducer/'numbers'",
    ]


def test_a_failure_may_be_looked_at_instead():
    result = run(numbers(20), products=["numbers:number"], raise_on_error=False)
    assert result.exit_code == 8002 and result.failure.category == "StdException"
    assert result["numbers:number"].tolist() == [float(n) for n in range(1, 13)]
    assert repr(result).splitlines()[-1].startswith("  StdException: ")


def test_a_product_that_nothing_makes_is_refused():
    with pytest.raises(errors.Configuration, match="Did you mean 'numbers:number'"):
        run(numbers(), products=["number:number"])


def test_load_takes_arguments_by_name_and_as_text(tmp_path):
    (tmp_path / "job_cfg.py").write_text(
        "import FWCore.ParameterSet.Config as cms\n"
        "from FWCore.ParameterSet.VarParsing import VarParsing\n"
        "options = VarParsing('analysis')\n"
        "options.parseArguments()\n"
        "process = cms.Process('LOADED')\n"
        "process.source = cms.Source('EmptySource')\n"
        "process.maxEvents.input = options.maxEvents\n"
        "process.names = cms.PSet(names = cms.vstring(options.inputFiles))\n"
    )
    process = load(tmp_path / "job_cfg.py", "maxEvents=3", inputFiles=["a.root", "b.root"])
    assert process.names.names.value() == ["a.root", "b.root"]
    assert len(run(process).events) == 3
    with pytest.raises(errors.ConfigFileReadError, match="maxEvent'"):
        load(tmp_path / "job_cfg.py", maxEvent=3)


def test_the_example_of_the_documentation():
    text = (Path(__file__).parents[2] / "docs" / "python-api.md").read_text()
    example = next(block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "SquareProducer" in block)
    code, _, expected = example.rstrip().rpartition("#")
    lines = code.rstrip().splitlines()
    namespace: dict[str, object] = {"__name__": "example"}
    exec("\n".join(lines[:-1]), namespace)
    assert repr(eval(lines[-1], namespace)) == expected.strip()


def test_fragments_can_be_imported_once_cms_is(tmp_path):
    code = "from pyrun.framework import cms\nimport FWCore.ParameterSet.Config as other\nassert other.Path is cms.Path"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_the_api_is_imported_only_when_used():
    code = (
        "import sys, pyrun.framework\n"
        "assert 'pyrun.framework.api' not in sys.modules\n"
        "assert callable(pyrun.framework.run)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_interrupted_run_raises_and_the_next_one_works(tmp_path):
    """A notebook's stop button sends SIGINT to the kernel."""
    (tmp_path / "script.py").write_text(
        "import os, signal, threading\n"
        "from pyrun.framework import cms, run\n"
        "process = cms.Process('LONG')\n"
        "process.source = cms.Source('EmptySource')\n"
        "process.maxEvents.input = 2000000000\n"
        "process.out = cms.OutputModule('PoolOutputModule', fileName=cms.untracked.string('out.root'))\n"
        "process.e = cms.EndPath(process.out)\n"
        "for threads in (1, 2):\n"
        "    threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "    try:\n"
        "        run(process, threads=threads)\n"
        "    except KeyboardInterrupt:\n"
        "        print('interrupted', sorted(os.listdir()))\n"
        "threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "result = run(process, raise_on_error=False)\n"
        "print(result.exit_code, len(result.events) > 0)\n"
        "process.maxEvents.input = 3\n"
        "print(len(run(process).events))\n"
    )
    result = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=100, check=True
    )
    assert result.stdout.splitlines() == ["interrupted ['out.root', 'script.py']"] * 2 + ["9000 True", "3"], (
        result.stderr
    )
