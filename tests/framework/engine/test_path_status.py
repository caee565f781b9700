"""The status that each path leaves, for modules on other paths and on end paths."""

from __future__ import annotations

import awkward as ak
import pytest
from engine_jobs import NOTES, empty_source

from pyrun.framework import EDAnalyzer, EDFilter, EDProducer, errors, plugin
from pyrun.framework import parameters as param
from pyrun.framework.io.event_file import EventFileReader

HOWS = [{}, {"block": 1}, {"streams": 3, "threads": 2, "block": 4}]
READY, PASS, FAIL, EXCEPTION = range(4)


@plugin
class PassesMultiples(EDFilter):
    """Passes the multiples of n; fails at some events."""

    class Parameters(param.ParameterSet):
        n: int = param.int32(1, doc="of what")
        failsAt: list = param.vint32([], doc="events")

    def filter(self, event, setup):
        if set(event.id.tolist()) & set(self.parameters.failsAt):
            raise errors.NotFound("so it was asked")
        return event.id % self.parameters.n == 0


@plugin
class NotesStatus(EDAnalyzer):
    """Notes for each event the state of a path and the module that decided."""

    class Parameters(param.ParameterSet):
        path: str = param.string(doc="its name")
        type: str = param.string("edmPathStatus", doc="of the product")

    def declare(self, p):
        self.status = self.consumes(p.path, p.type)

    def analyze(self, event, setup):
        status = event.get(self.status)
        for number, state, index in zip(event.id, status.state, status.index, strict=True):
            NOTES.add(self.label, (int(number), int(state), int(index)))


@plugin
class StatusConsumer(EDProducer):
    """Needs the status of a path."""

    class Parameters(param.ParameterSet):
        path: str = param.string(doc="its name")

    def declare(self, p):
        self.status, self.token = self.consumes(p.path), self.produces("int")

    def produce(self, event, setup):
        event.put(self.token, ak.to_numpy(event.get(self.status).state).astype(int))


PATH_P = """
process.two = cms.EDFilter("PassesMultiples", n = cms.int32(2))
process.three = cms.EDFilter("PassesMultiples", n = cms.int32(3))
process.p = cms.Path(process.two + process.three)
"""
STATES_P = [(n, PASS if n % 6 == 0 else FAIL, 0 if n % 2 else 1) for n in range(1, 13)]


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("kind", ["Path", "EndPath"])
def test_a_status_is_read_on_other_paths_whichever_is_first(jobs, how, kind):
    text = PATH_P.replace("process.p =", "process.before = cms.Path(process.two)\nprocess.p =")
    text += f"""
process.status = cms.EDAnalyzer("NotesStatus", path = cms.string("p"))
process.a = cms.{kind}(process.status)
process.schedule = cms.Schedule(process.a, process.before, process.p)
"""
    jobs.run(empty_source(12), text, **how)
    assert sorted(NOTES.of("status")) == STATES_P


@pytest.mark.parametrize("how", HOWS)
def test_the_status_of_an_end_path_is_read_on_another(jobs, how):
    text = (
        PATH_P.replace("cms.Path", "cms.EndPath")
        + """
process.status = cms.EDAnalyzer("NotesStatus", path = cms.string("p"), type = cms.string("edmEndPathStatus"))
process.a = cms.EndPath(process.status)
process.schedule = cms.Schedule(process.a, process.p)
"""
    )
    jobs.run(empty_source(12), text, **how)
    assert sorted(NOTES.of("status")) == STATES_P


@pytest.mark.parametrize("how", HOWS)
def test_a_status_tells_of_exceptions_after_which_the_job_went_on(jobs, how):
    text = (
        PATH_P
        + """
process.three.failsAt = cms.vint32(4, 6)
process.options.TryToContinue = cms.untracked.vstring("NotFound")
process.status = cms.EDAnalyzer("NotesStatus", path = cms.string("p"))
process.q = cms.Path(process.status)
"""
    )
    jobs.run(empty_source(12), text, **how)
    expected = [(n, EXCEPTION, 1) if n in (4, 6) else (n, state, index) for n, state, index in STATES_P]
    assert sorted(NOTES.of("status")) == expected


def test_the_status_of_an_empty_path_is_that_it_passed(jobs):
    text = """
process.p = cms.Path()
process.status = cms.EDAnalyzer("NotesStatus", path = cms.string("p"))
process.q = cms.Path(process.status)
"""
    jobs.run(empty_source(2), text)
    assert NOTES.of("status") == [(1, PASS, 0), (2, PASS, 0)]


def test_a_module_on_demand_may_need_a_status(jobs):
    text = (
        PATH_P
        + """
process.made = cms.EDProducer("StatusConsumer", path = cms.string("p"))
process.out = cms.OutputModule("NotingOutput")
process.e = cms.EndPath(process.out, cms.Task(process.made))
"""
    )
    jobs.run(empty_source(12), text)
    assert [products["made"] for products in NOTES.written.values()] == [state for _, state, _ in STATES_P]


LOOPS = {
    "a path that needs its own status": "process.q = cms.Path(process.needs_q)",
    "two paths that need each other's": "process.q = cms.Path(process.needs_r)\nprocess.r = cms.Path(process.needs_q)",
    "a path that needs an end path's": "process.q = cms.Path(process.needs_e)\nprocess.e = cms.EndPath(process.two)",
}


@pytest.mark.parametrize("paths", LOOPS.values(), ids=LOOPS)
def test_loops_are_refused_with_what_waits_for_what(jobs, paths):
    text = PATH_P + "".join(
        f"process.needs_{name} = cms.EDProducer('StatusConsumer', path = cms.string('{name}'))\n" for name in "qre"
    )
    with pytest.raises(errors.ScheduleExecutionFailure, match=r"needs the status of path '[qre]'") as refused:
        jobs(empty_source(1), text + paths)
    assert "wait for each other in a loop" in refused.value.message


@pytest.mark.parametrize("commands", [["keep *"], ["drop *", "keep *_p_*_*"]])
def test_statuses_are_not_written(jobs, commands):
    text = (
        PATH_P
        + f"""
process.status = cms.EDAnalyzer("NotesStatus", path = cms.string("p"))
process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("out.root"),
                               outputCommands = cms.untracked.vstring({commands}))
process.e = cms.EndPath(process.status + process.out)
"""
    )
    jobs.run(empty_source(5), text)
    with EventFileReader("out.root") as file:
        assert [branch.label for branch in file.branches] == (["TriggerResults"] if commands == ["keep *"] else [])
