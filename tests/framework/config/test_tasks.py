from __future__ import annotations

import pytest

import pyrun.framework.config as cms


@pytest.fixture
def process():
    process = cms.Process("T")
    for label in "abcd":
        setattr(process, label, cms.EDProducer("P" + label))
    return process


def test_a_task_is_a_set_that_dumps_sorted(process):
    assert cms.Task(process.b, process.a, process.b).dumpPython() == "cms.Task(process.a, process.b)\n"


def test_a_task_takes_what_runs_on_demand_and_nothing_else(process):
    cms.Task(cms.EDFilter("F"), cms.ESProducer("E"), cms.ESSource("S"), cms.Service("V"), cms.Task())
    for wrong in (cms.EDAnalyzer("A"), cms.OutputModule("O"), cms.Sequence(), cms.PSet(), cms.ConditionalTask(), 3):
        with pytest.raises(RuntimeError, match=f"not {type(wrong).__name__}"):
            cms.Task(wrong)


def test_a_conditional_task_may_hold_conditional_tasks(process):
    assert cms.ConditionalTask(cms.ConditionalTask(process.a)).contains(process.a)


def test_a_task_can_not_contain_itself(process):
    inner = cms.Task(process.a)
    outer = cms.Task(inner)
    with pytest.raises(RuntimeError, match="can't contain itself"):
        inner.add(outer)


def test_removing_from_a_nested_task_flattens_it_here_only(process):
    process.inner = cms.Task(process.a, process.b)
    process.outer = cms.Task(process.inner, process.c)
    assert process.outer.remove(process.a)
    assert process.outer.dumpPython() == "cms.Task(process.b, process.c)\n"
    assert process.inner.moduleNames() == {"a", "b"}
    assert not process.outer.remove(process.a)


def test_replace_acts_at_any_depth(process):
    task = cms.Task(cms.Task(process.a), process.b)
    assert task.replace(process.a, process.d)
    assert task.moduleNames() == {"b", "d"}
    with pytest.raises(TypeError, match="can't hold a Sequence"):
        task.replace(process.b, cms.Sequence())


def test_copies_of_a_task(process):
    task = cms.Task(process.a, cms.Task(process.b))
    assert task.copyAndAdd(process.c).moduleNames() == {"a", "b", "c"}
    assert task.copyAndExclude([process.b]).moduleNames() == {"a"}
    assert task.expandAndClone()._collection == {process.a, process.b}
    task.copy().add(process.d)
    assert task.moduleNames() == {"a", "b"}


def test_a_task_of_many_members_is_dumped_starred():
    process = cms.Process("T")
    for i in range(300):
        setattr(process, f"m{i}", cms.EDProducer("P"))
    text = cms.Task(*process.producers_().values()).dumpPython()
    assert text.startswith("cms.Task(*[process.m0, process.m1,")
    assert len(eval(text, {"cms": cms, "process": process})._collection) == 300


def test_an_unlabelled_nested_task_is_written_out_with_its_user(process):
    assert cms.Task(cms.Task(process.b), process.a).dumpPython() == "cms.Task(process.a, process.b)\n"


def test_a_schedule_accepts_paths_only(process):
    with pytest.raises(TypeError, match="wrong type"):
        cms.Schedule(cms.Sequence())
    with pytest.raises(TypeError, match="wrong type"):
        cms.Schedule().append(process.a)


def test_a_schedule_takes_one_task_or_a_list(process):
    task = cms.Task(process.a)
    assert cms.Schedule(tasks=task).contains(process.a)
    assert cms.Schedule(tasks=[task, cms.Task(process.b)]).moduleNames() == {"a", "b"}
    with pytest.raises(TypeError, match="can be associated with Tasks, not with ConditionalTask"):
        cms.Schedule(tasks=[cms.ConditionalTask()])


def test_a_schedule_dumps_paths_in_order_and_tasks_sorted(process):
    process.p, process.q = cms.Path(process.a), cms.EndPath(process.b)
    process.t2, process.t1 = cms.Task(process.c), cms.Task(process.d)
    schedule = cms.Schedule(process.q, process.p, tasks=[process.t2, process.t1])
    assert schedule.dumpPython() == "cms.Schedule(*[ process.q, process.p ], tasks=[process.t1, process.t2])\n"


def test_copy_and_exclude_of_a_schedule_leaves_paths_without_the_excluded_alone(process):
    process.p, process.q = cms.Path(process.a + process.b), cms.Path(process.c)
    schedule = cms.Schedule(process.p, process.q, tasks=cms.Task(process.b, process.d))
    shorter = schedule.copyAndExclude([process.b])
    assert shorter[1] is process.q
    assert shorter.moduleNames() == {"a", "c", "d"}
    assert schedule.moduleNames() == {"a", "b", "c", "d"}
    assert len(schedule.copyAndExclude([process.p])) == 1


def test_a_service_in_a_task_must_be_one_of_the_process(process):
    service = cms.Service("Timing")
    with pytest.raises(RuntimeError, match=r"Service\('Timing'\).* has no label"):
        process.t = cms.Task(service, process.a)
    process.Timing = service
    process.t = cms.Task(service, process.a)
    assert process.t.dumpPython() == "cms.Task(process.Timing, process.a)\n"
