"""ConditionalTasks: modules that run on a path in front of their first consumer."""

from __future__ import annotations

import pytest
from engine_jobs import NOTES, empty_source

from pyrun.framework import EDFilter, EDProducer, plugin
from pyrun.framework import parameters as param

HOWS = [{}, {"block": 1}, {"streams": 3, "threads": 2, "block": 4}]
ALL = list(range(1, 11))
EVEN = ALL[1::2]


@plugin
class Consumes(EDProducer):
    """Puts one more than the largest of its inputs that exist, and notes its events."""

    class Parameters(param.ParameterSet):
        srcs: list = param.vstring([], doc="labels")

    def declare(self, p):
        self.inputs = [self.consumes(label) for label in p.srcs]
        self.token = self.produces("int")

    def produce(self, event, setup):
        NOTES.add(self.label, event.id.tolist())
        depth = 0 * event.id
        for token in self.inputs:
            array, present = event.getHandle(token)
            if array is not None:
                depth[present] = array.clip(depth[present], None)
        event.put(self.token, depth + 1)


@plugin
class EvenConsumes(EDFilter):
    """Passes even events, notes its events, and puts a number."""

    def declare(self, p):
        self.token = self.produces("int")

    def filter(self, event, setup):
        NOTES.add(self.label, event.id.tolist())
        event.put(self.token, event.id)
        return event.id % 2 == 0


def producer(label: str, *srcs: str) -> str:
    return f"process.{label} = cms.EDProducer('Consumes', srcs = cms.vstring({list(srcs)}))\n"


EVEN_FILTER = "process.even = cms.EDFilter('EvenConsumes')\n"


def ran(label: str) -> list[int]:
    return sorted(NOTES.events(label))


@pytest.mark.parametrize("how", HOWS)
def test_a_module_runs_right_before_its_first_consumer(jobs, how):
    text = producer("a") + producer("made") + producer("b", "made") + producer("c", "made")
    text += "process.p = cms.Path(process.a + process.b + process.c, cms.ConditionalTask(process.made))\n"
    result = jobs.run(empty_source(10), text, **how)
    assert result.report.paths["p"].labels == ("a", "made", "b", "c")
    assert ran("made") == ran("b") == ALL


@pytest.mark.parametrize("how", HOWS)
def test_modules_that_need_each_other_by_way_of_one_on_demand_run_in_that_order(jobs, how):
    text = producer("first") + producer("demanded", "first") + producer("last", "demanded")
    text += producer("a", "last", "first")
    text += "process.p = cms.Path(process.a, cms.Task(process.demanded), "
    text += "cms.ConditionalTask(process.last, process.first))\n"
    result = jobs.run(empty_source(10), text, **how)
    assert result.report.paths["p"].labels == ("first", "last", "a")
    assert ran("first") == ran("demanded") == ran("last") == ALL


@pytest.mark.parametrize("how", HOWS)
def test_a_module_does_not_run_where_the_path_is_left_before_it(jobs, how):
    text = EVEN_FILTER + producer("made") + producer("b", "made")
    text += "process.p = cms.Path(process.even + process.b, cms.ConditionalTask(process.made))\n"
    jobs.run(empty_source(10), text, **how)
    assert ran("made") == EVEN


@pytest.mark.parametrize("how", HOWS)
def test_a_consumer_on_another_path_does_not_make_it_run(jobs, how):
    text = EVEN_FILTER + producer("made") + producer("b", "made") + producer("elsewhere", "made")
    text += """
process.p = cms.Path(process.even + process.b, cms.ConditionalTask(process.made))
process.q = cms.Path(process.elsewhere)
process.out = cms.OutputModule("NotingOutput")
process.e = cms.EndPath(process.out)
"""
    jobs.run(empty_source(10), text, **how)
    assert ran("made") == EVEN
    depth = {event: products["elsewhere"] for event, products in NOTES.written.items()}
    assert depth == {event: 2 if event in EVEN else 1 for event in ALL}, "it waits for the other path"


@pytest.mark.parametrize("how", HOWS)
def test_a_module_that_nothing_on_its_path_consumes_runs_on_demand(jobs, how):
    text = producer("made") + producer("a") + producer("elsewhere", "made") + EVEN_FILTER
    text += "process.p = cms.Path(process.a, cms.ConditionalTask(process.made))\n"
    text += "process.q = cms.Path(process.even + process.elsewhere)\n"
    jobs.run(empty_source(10), text, **how)
    assert ran("made") == EVEN


def test_a_module_that_nothing_consumes_does_not_exist(jobs):
    text = producer("made") + producer("a")
    text += "process.p = cms.Path(process.a, cms.ConditionalTask(process.made))\n"
    assert "made" not in jobs.run(empty_source(10), text).report.modules


def test_modules_of_nested_tasks_that_need_each_other_come_in_that_order(jobs):
    text = EVEN_FILTER + producer("last", "middle", "first") + producer("middle", "first") + producer("first")
    text += producer("user", "last")
    text += """
process.inner = cms.ConditionalTask(process.first, process.last)
process.outer = cms.ConditionalTask(process.middle, process.inner)
process.p = cms.Path(process.even + process.user, process.outer)
"""
    result = jobs.run(empty_source(10), text)
    assert result.report.paths["p"].labels == ("even", "first", "middle", "last", "user")
    assert ran("first") == ran("last") == EVEN


@pytest.mark.parametrize("how", HOWS)
def test_the_verdict_of_a_filter_in_a_task_does_not_decide(jobs, how):
    text = EVEN_FILTER + producer("user", "even")
    text += "process.p = cms.Path(process.user, cms.ConditionalTask(process.even))\n"
    result = jobs.run(empty_source(10), text, **how)
    assert ran("even") == ran("user") == ALL
    assert result.report.paths["p"].events_passed == 10
    assert result.report.modules["even"].failed == 5


@pytest.mark.parametrize("how", HOWS)
def test_a_module_in_the_tasks_of_two_paths_runs_once_where_either_comes_to_it(jobs, how):
    text = EVEN_FILTER + producer("made") + producer("b", "made") + producer("c", "made")
    text += """
process.t = cms.ConditionalTask(process.made)
process.p = cms.Path(process.even + process.b, process.t)
process.q = cms.Path(~process.even + process.c, process.t)
process.r = cms.Path(process.even + process.c, process.t)
"""
    result = jobs.run(empty_source(10), text, **how)
    assert ran("made") == ALL and ran("b") == EVEN and ran("c") == ALL
    assert result.report.paths["q"].labels == ("even", "made", "c")


@pytest.mark.parametrize("how", HOWS)
def test_a_path_claims_a_module_that_is_in_a_task_as_well(jobs, how):
    text = EVEN_FILTER + producer("made") + producer("b", "made") + producer("elsewhere", "made")
    text += """
process.p = cms.Path(process.even + process.b, cms.ConditionalTask(process.made), cms.Task(process.made))
process.q = cms.Path(process.elsewhere)
"""
    jobs.run(empty_source(10), text, **how)
    assert ran("made") == EVEN


def test_a_module_that_is_on_the_path_already_stays_where_it_is(jobs):
    text = producer("made") + producer("a") + producer("b", "made")
    text += "process.p = cms.Path(process.made + process.a + process.b, cms.ConditionalTask(process.made))\n"
    result = jobs.run(empty_source(10), text)
    assert result.report.paths["p"].labels == ("made", "a", "b")


@pytest.mark.parametrize("how", HOWS)
def test_tasks_of_end_paths_work_likewise(jobs, how):
    text = EVEN_FILTER + producer("made") + producer("b", "made")
    text += "process.p = cms.Path(process.even)\n"
    text += "process.e = cms.EndPath(process.b, cms.ConditionalTask(process.made))\n"
    result = jobs.run(empty_source(10), text, **how)
    assert result.report.paths["e"].labels == ("made", "b")
    assert ran("made") == ALL


def test_the_state_of_the_path_counts_the_modules_that_were_put_in(jobs):
    text = EVEN_FILTER + producer("made") + producer("b", "made")
    text += """
process.p = cms.Path(process.b + process.even, cms.ConditionalTask(process.made))
process.out = cms.OutputModule("NotingOutput")
process.e = cms.EndPath(process.out)
"""
    jobs.run(empty_source(2), text)
    assert [products["TriggerResults"] for products in NOTES.written.values()] == [
        [{"state": 2, "index": 2}],
        [{"state": 1, "index": 2}],
    ]
