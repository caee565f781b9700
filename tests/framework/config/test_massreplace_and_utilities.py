from __future__ import annotations

import pytest

import pyrun.framework.config as cms
from pyrun.framework.config.massreplace import massReplaceInputTag, massReplaceParameter, massSearchReplaceAnyInputTag
from pyrun.framework.config.utilities import (
    convertToSingleModuleEndPaths,
    convertToUnscheduled,
    createTaskWithAllProducersAndFilters,
    ignoreAllFiltersOnPath,
    moduleLabelsInSequences,
    modulesInSequences,
)
from pyrun.framework.config.visitors import DecoratedNodeNameVisitor


def names(path):
    labels = []
    path.visit(DecoratedNodeNameVisitor(labels))
    return labels


@pytest.fixture
def process():
    process = cms.Process("T")
    process.a = cms.EDProducer(
        "A",
        src=cms.untracked.InputTag("old", "x"),
        many=cms.VInputTag("old:x", cms.InputTag("old", "x"), "other"),
        inner=cms.PSet(src=cms.InputTag("old"), list=cms.VPSet(cms.PSet(t=cms.InputTag("old:x")))),
        label=cms.string("old"),
    )
    process.b = cms.EDProducer("B", label=cms.string("old"), src=cms.InputTag("old:x"))
    process.f, process.g = cms.EDFilter("F"), cms.EDFilter("G")
    process.s = cms.Sequence(process.a + process.f)
    process.p = cms.Path(process.s + ~process.g, cms.Task(process.b))
    return process


def test_a_tag_is_replaced_at_any_depth_and_only_where_all_parts_agree(process):
    massReplaceInputTag(process, "old:x", "new")
    assert process.a.src.dumpPython() == 'cms.untracked.InputTag("new")'
    assert process.a.many[0] == "new"
    assert process.a.many[1] == cms.InputTag("new")
    assert process.a.many[2] == "other"
    assert process.a.inner.list[0].t.value() == "new"
    assert process.a.inner.src.value() == "old"
    assert process.b.src.value() == "new"


def test_by_module_label_only_instance_and_process_stay(process):
    massSearchReplaceAnyInputTag(process.s, cms.InputTag("old"), cms.InputTag("new", "ignored"), moduleLabelOnly=True)
    assert process.a.src.value() == "new:x"
    assert process.a.inner.src.value() == "new:ignored", "the whole tag was looked for"
    assert process.b.src.value() == "old:x", "not on the sequence"


def test_verbose_names_the_parameter(process, capsys):
    massReplaceInputTag(process, "old:x", "new", verbose=True)
    assert 'Replace a.inner.list[0].t cms.InputTag("old","x") ==> cms.InputTag("new")' in capsys.readouterr().out


def test_a_parameter_is_replaced_where_it_has_the_old_value(process):
    process.b.label = "kept"
    massReplaceParameter(process, "label", "old", "new")
    assert (process.a.label, process.b.label) == ("new", "kept")


def test_ignoring_all_filters_reaches_nested_sequences_and_leaves_negations(process):
    assert ignoreAllFiltersOnPath(process.p) is process.p
    assert names(process.p) == ["a", "-f", "!g"]
    assert names(process.s) == ["a", "f"]
    assert process.p.contains(process.b)


def test_modules_in_sequences_are_listed_in_order_and_with_their_tasks(process):
    assert [module.label_() for module in modulesInSequences(process.s, process.p)] == list("afafgb")
    assert moduleLabelsInSequences(process.s) == ["a", "f"]


def test_a_task_of_everything_that_can_run_on_demand(process):
    assert createTaskWithAllProducersAndFilters(process).moduleNames() == {"a", "b", "f", "g"}


def test_converted_to_unscheduled_only_deciding_filters_stay_on_paths(process):
    process.q = cms.Path(cms.ignore(process.f) + process.g + process.b)
    convertToUnscheduled(process)
    assert names(process.p) == ["f", "!g"]
    assert names(process.q) == ["g"]
    assert process.q.dumpPython() == "cms.Path(process.g, cms.Task(process.b, process.f))\n"
    assert process.p.dumpPython() == "cms.Path(process.f+~process.g, cms.Task(process.a), cms.Task(process.b))\n"


def test_end_paths_are_split_by_module(process):
    process.o1, process.o2 = cms.OutputModule("O"), cms.OutputModule("O")
    process.e = cms.EndPath(cms.Sequence(process.o1) + process.o2)
    process.single = cms.EndPath(process.o1)
    process.schedule = cms.Schedule(process.e, process.p)
    convertToSingleModuleEndPaths(process)
    assert set(process.endpaths_()) == {"o1_endpath", "o2_endpath", "single"}
    assert [path.label_() for path in process.schedule] == ["p", "o1_endpath", "o2_endpath"]
