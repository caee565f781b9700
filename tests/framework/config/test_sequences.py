from __future__ import annotations

import pytest

import pyrun.framework.config as cms
from pyrun.framework.config.visitors import (
    DecoratedNodeNameVisitor,
    ModuleNodeNotOnTaskVisitor,
    ModuleNodeOnTaskVisitor,
    ModuleNodeVisitor,
    NodeVisitor,
)


@pytest.fixture
def process():
    process = cms.Process("T")
    for label in "abcd":
        setattr(process, label, cms.EDProducer("P" + label))
    for label in ("f", "g"):
        setattr(process, label, cms.EDFilter("F" + label))
    process.out = cms.OutputModule("Out")
    return process


def names(path):
    labels = []
    path.visit(DecoratedNodeNameVisitor(labels))
    return labels


def test_plus_and_times_put_modules_in_order(process):
    assert names(cms.Sequence(process.a + process.b * process.c)) == ["a", "b", "c"]
    with pytest.raises(TypeError, match=r"combine the modules with '\+'"):
        cms.Sequence(process.a, process.b)


def test_in_place_plus_and_times_extend(process):
    sequence = cms.Sequence(process.a)
    sequence += process.b
    sequence *= process.c + process.d
    assert names(sequence) == ["a", "b", "c", "d"]


def test_adding_a_sequence_to_a_module_leaves_the_sequence_alone(process):
    sequence = cms.Sequence(process.a)
    longer = cms.Sequence(sequence + process.b)
    assert names(sequence) == ["a"]
    assert names(longer) == ["a", "b"]


def test_operators_are_written_as_prefixes(process):
    path = cms.Path(~process.f + cms.ignore(process.g) + cms.wait(process.a) + ~cms.wait(process.f))
    assert names(path) == ["!f", "-g", "|a", "!|f"]


def test_operators_apply_to_single_modules_only(process):
    with pytest.raises(RuntimeError, match="apply to a single module, not to Sequence"):
        ~cms.Sequence(process.a)
    with pytest.raises(RuntimeError, match="apply to a single module, not to int"):
        cms.ignore(3)


def test_a_path_refuses_what_can_not_run(process):
    with pytest.raises(TypeError, match="A sequence can hold modules and sequences, not PSet"):
        cms.Path(process.a + cms.PSet())
    with pytest.raises(TypeError, match="a Path can be associated with Tasks and ConditionalTasks, not with PSet"):
        cms.Path(cms.PSet())
    with pytest.raises(TypeError, match="not with Path"):
        cms.Sequence(cms.Path())


def test_attributes_of_a_sequence_can_not_be_set(process):
    with pytest.raises(AttributeError, match="You cannot set parameters of a Sequence: 'a'"):
        cms.Sequence().a = 1


def test_a_sequence_can_not_contain_itself(process):
    inner = cms.Sequence(process.a)
    outer = cms.Sequence(inner)
    with pytest.raises(RuntimeError, match="can't contain itself"):
        inner += outer


def test_contains_looks_into_sequences_operators_and_tasks(process):
    path = cms.Path(cms.Sequence(~process.f), cms.Task(process.a))
    assert path.contains(process.f)
    assert path.contains(process.a)
    assert not path.contains(process.g)


def test_a_match_is_by_identity_not_by_content(process):
    twin = process.a.clone()
    path = cms.Path(process.a)
    assert not path.contains(twin)
    assert not path.remove(twin)


def test_module_names_include_sequences_and_tasks(process):
    process.Timing = cms.Service("Timing")
    path = cms.Path(cms.Sequence(process.a + ~process.f), cms.Task(process.b, process.Timing))
    assert path.moduleNames() == {"a", "f", "b", "Timing"}


def test_remove_takes_the_first_occurrence_only_and_tells(process):
    path = cms.Path(process.a + process.b + process.a)
    assert path.remove(process.a)
    assert names(path) == ["b", "a"]
    assert path.remove(process.a)
    assert not path.remove(process.a)


def test_removing_a_filter_takes_its_operator_along(process):
    path = cms.Path(~process.f + process.a)
    assert path.remove(process.f)
    assert names(path) == ["a"]


def test_replace_acts_on_all_occurrences_and_keeps_operators(process):
    path = cms.Path(~process.f + process.a + cms.ignore(process.f))
    assert path.replace(process.f, process.g)
    assert names(path) == ["!g", "a", "-g"]
    assert not path.replace(process.f, process.g)


def test_replace_with_none_removes_and_with_a_sequence_inserts(process):
    path = cms.Path(process.a + process.b)
    path.replace(process.a, None)
    assert names(path) == ["b"]
    path.replace(process.b, cms.Sequence(process.c + process.d))
    assert names(path) == ["c", "d"]


def test_an_edit_below_a_sequence_flattens_it_here_and_leaves_it_alone_elsewhere(process):
    process.s = cms.Sequence(process.a + process.b, cms.Task(process.d))
    process.p = cms.Path(process.c + process.s)
    process.q = cms.Path(process.s)
    assert process.p.remove(process.a)
    assert names(process.p) == ["c", "b"]
    assert process.p.contains(process.d), "the flattened sequence's task stays with the path"
    assert names(process.q) == ["a", "b"]
    assert process.p.dumpPython() == "cms.Path(process.c+process.b, cms.Task(process.d))\n"


def test_a_sequence_that_does_not_hold_the_target_stays_nested(process):
    process.s = cms.Sequence(process.a + process.b)
    process.p = cms.Path(process.c + process.s)
    process.p.remove(process.c)
    assert process.p.dumpPython() == "cms.Path(process.s)\n"


def test_index_and_insert_work_on_direct_elements(process):
    path = cms.Path(process.a + process.c)
    assert path.index(process.c) == 1
    path.insert(1, process.b)
    assert names(path) == ["a", "b", "c"]
    with pytest.raises(ValueError, match="is not an element"):
        path.index(process.d)


def test_a_copy_is_independent_of_the_original(process):
    path = cms.Path(process.a, cms.Task(process.b))
    copy = path.copy()
    copy += process.c
    copy.associate(cms.Task(process.d))
    assert names(path) == ["a"]
    assert not path.contains(process.d)
    assert isinstance(copy, cms.Path)


def test_copy_and_exclude_reaches_nested_sequences_and_tasks(process):
    nested = cms.Sequence(process.a + process.b)
    path = cms.Path(nested + process.c, cms.Task(process.d, process.b))
    shorter = path.copyAndExclude([process.b, process.c])
    assert names(shorter) == ["a"]
    assert shorter.moduleNames() == {"a", "d"}
    assert names(nested) == ["a", "b"]


def test_copy_and_add_appends(process):
    assert names(cms.Path(process.a).copyAndAdd(process.b, cms.Task(process.c))) == ["a", "b"]


def test_expand_and_clone_leaves_neither_sequences_nor_nested_tasks(process):
    process.inner = cms.Task(process.d)
    path = cms.Path(
        cms.Sequence(cms.Sequence(process.a) + process.b, process.inner), cms.Task(process.c, process.inner)
    )
    expanded = path.expandAndClone()
    assert expanded.dumpPython() == "cms.Path(process.a+process.b, cms.Task(process.c, process.d))\n"


def test_a_visitor_enters_and_leaves_each_node_in_order(process):
    process.s = cms.Sequence(~process.f)
    seen = []

    class Recorder:
        def enter(self, visitee):
            seen.append("+" + type(visitee).__name__)

        def leave(self, visitee):
            seen.append("-" + type(visitee).__name__)

    cms.Path(process.s, cms.Task(process.a)).visit(Recorder())
    assert seen == [
        "+Sequence", "+_SequenceNegation", "+EDFilter", "-EDFilter", "-_SequenceNegation", "-Sequence",
        "+Task", "+EDProducer", "-EDProducer", "-Task",
    ]  # fmt: skip


def test_lists_of_modules_with_and_without_those_in_tasks(process):
    path = cms.Path(process.a + process.a, cms.Task(process.b))
    kinds = {ModuleNodeVisitor: "aab", ModuleNodeNotOnTaskVisitor: "aa", ModuleNodeOnTaskVisitor: "b"}
    for visitor, labels in kinds.items():
        modules = []
        path.visit(visitor(modules))
        assert [module.label_() for module in modules] == list(labels)
    visitor = NodeVisitor()
    cms.Path(process.a, cms.Task(process.b)).visit(visitor)
    assert visitor.modules == {process.a, process.b}


def test_a_final_path_holds_output_modules_only(process):
    process.last = cms.FinalPath(process.out)
    with pytest.raises(ValueError, match="FinalPath 'wrong' can only contain OutputModules, not EDProducer"):
        process.wrong = cms.FinalPath(process.a)
    with pytest.raises(TypeError, match="can't be associated with tasks"):
        process.last.associate(cms.Task())


def test_a_path_holds_no_output_module(process):
    with pytest.raises(ValueError, match="Path 'p' can't contain an OutputModule, 'out'"):
        process.p = cms.Path(process.out)


def test_unlabelled_parts_are_written_out_where_they_are_used(process):
    path = cms.Path(process.a + cms.Sequence(process.b + process.c) + cms.Sequence(process.d, cms.Task(process.a)))
    text = path.dumpPython()
    assert text == "cms.Path(process.a+(process.b+process.c)+cms.Sequence(process.d, cms.Task(process.a)))\n"
    again = eval(text, {"cms": cms, "process": process})
    assert names(again) == names(path) == list("abcd"), "Python forgets the parentheses, not what they hold"


def test_an_empty_nested_sequence_dumps_to_something_executable(process):
    text = cms.Path(cms.Sequence() + process.a).dumpPython()
    assert eval(text, {"cms": cms, "process": process}).dumpPython() == text


def test_a_placeholder_is_resolved_by_name(process):
    process.p = cms.Path(process.a + cms.SequencePlaceholder("s"))
    process.s = cms.Sequence(process.b)
    process.resolve()
    assert names(process.p) == ["a", "b"]


def test_an_unresolvable_placeholder_is_an_error_unless_kept(process):
    process.p = cms.Path(process.a + cms.SequencePlaceholder("s"), cms.TaskPlaceholder("t"))
    process.resolve(keepUnresolvedSequencePlaceholders=True)
    assert process.p.dumpPython() == ('cms.Path(process.a+cms.SequencePlaceholder("s"), cms.TaskPlaceholder("t"))\n')
    with pytest.raises(RuntimeError, match="the process has nothing called 's'"):
        process.resolve()


def test_a_filter_is_put_in_front_the_way_generated_configurations_do(process):
    path = cms.Path(process.a + process.b)
    path._seq = process.f * path._seq
    assert names(path) == ["f", "a", "b"]
    path._seq = None
    assert names(path) == []
    assert path._seq is None


def test_arguments_may_be_given_by_the_names_that_cmssw_has():
    process = cms.Process("T")
    for label in "abc":
        setattr(process, label, cms.EDProducer(label))
    process.s, process.t = cms.Sequence(process.a + process.b), cms.Task(process.a, process.b)
    for holder in (process.s, process.t):
        assert holder.contains(mod=process.a)
        assert not holder.copyAndExclude(listOfModulesToExclude=[process.a]).contains(mod=process.a)
        assert holder.replace(original=process.a, replacement=process.c)
        assert holder.remove(something=process.c)
    (~cms.Modifier()).toReplaceWith(toObj=process.t, fromObj=cms.Task(process.c))
    assert process.t.moduleNames() == {"c"}
