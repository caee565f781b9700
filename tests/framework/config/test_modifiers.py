from __future__ import annotations

import types

import pytest

import pyrun.framework.config as cms


def test_an_unchosen_modifier_changes_nothing():
    module = cms.EDProducer("P", n=cms.int32(1))
    cms.Modifier().toModify(module, n=2)
    assert module.n == 1


def test_creating_the_process_chooses_modifiers_and_they_act_from_then_on():
    modifier, module = cms.Modifier(), cms.EDProducer("P", n=cms.int32(1))
    modifier.toModify(module, n=2)
    process = cms.Process("T", modifier)
    assert module.n == 1
    modifier.toModify(module, n=3)
    assert module.n == 3
    assert process.isUsingModifier(modifier)
    assert process._Process__modifiers == (modifier,)


def test_set_chosen_acts_without_a_process():
    modifier, module = cms.Modifier(), cms.EDProducer("P", n=cms.int32(1))
    modifier._setChosen()
    modifier.toModify(module, n=2)
    assert module.n == 2


def test_to_modify_takes_nested_dicts_none_and_new_cms_types():
    modifier, module = cms.Modifier(), cms.EDProducer("P", cut=cms.PSet(a=cms.int32(1), b=cms.int32(2)))
    modifier._setChosen()
    modifier.toModify(module, cut=dict(a=5, b=None), c=cms.bool(True))
    assert module.cut.dumpPython() == "cms.PSet(\n    a = cms.int32(5)\n)"
    assert module.c


def test_to_modify_with_a_function():
    modifier, module = cms.Modifier(), cms.EDProducer("P", v=cms.vint32(1))
    modifier._setChosen()
    modifier.toModify(module, lambda m: m.v.append(2))
    assert module.v == [1, 2]


def test_a_function_may_be_given_by_name_and_may_change_anything():
    modifier, module = cms.Modifier(), cms.OutputModule("O", outputCommands=cms.untracked.vstring("drop *"))
    module.tag, names = cms.InputTag("a", "b"), ["x"]
    modifier.toModify(module.outputCommands, func=lambda commands: commands.append("keep x"))
    assert module.outputCommands == ["drop *"]
    modifier._setChosen()
    modifier.toModify(module.outputCommands, func=lambda commands: commands.append("keep x"))
    modifier.toModify(module.tag, func=lambda tag: tag.setModuleLabel("c"))
    (modifier & ~cms.Modifier()).toModify(names, func=lambda values: values.remove("x"))
    assert module.outputCommands == ["drop *", "keep x"]
    assert module.tag.value() == "c:b"
    assert names == []


def test_to_modify_needs_a_function_or_parameters_but_not_both_even_if_inactive():
    with pytest.raises(TypeError, match="not both"):
        cms.Modifier().toModify(cms.PSet(), lambda p: p, a=1)


def test_an_unknown_parameter_with_a_raw_value_is_a_key_error():
    modifier = cms.Modifier()
    modifier._setChosen()
    with pytest.raises(KeyError, match="limt does not already exist"):
        modifier.toModify(cms.EDProducer("P", limit=cms.int32(1)), limt=2)


def test_to_replace_with_swaps_type_and_parameters_in_place():
    process = cms.Process("T")
    process.a = cms.EDProducer("Onnx", x=cms.int32(1))
    process.p = cms.Path(process.a)
    modifier = cms.Modifier()
    modifier._setChosen()
    modifier.toReplaceWith(process.a, cms.EDProducer("Sonic", Client=cms.PSet()))
    assert process.a.type_() == "Sonic"
    assert process.a.parameterNames_() == ["Client"]
    assert process.p.contains(process.a)
    assert process.a.label_() == "a"


def test_to_replace_with_needs_the_same_class_even_if_inactive():
    with pytest.raises(TypeError, match="same class, not EDProducer and EDFilter"):
        cms.Modifier().toReplaceWith(cms.EDProducer("P"), cms.EDFilter("F"))


def test_to_replace_with_of_sequences_and_tasks_changes_contents_in_place():
    process = cms.Process("T")
    process.a, process.b = cms.EDProducer("A"), cms.EDProducer("B")
    process.s, process.t = cms.Sequence(process.a), cms.Task(process.a)
    process.p = cms.Path(process.s, process.t)
    modifier = cms.Modifier()
    modifier._setChosen()
    replacement = cms.Sequence(process.b)
    modifier.toReplaceWith(process.s, replacement)
    modifier.toReplaceWith(process.t, process.t.copyAndExclude([process.a]))
    assert process.p.moduleNames() == {"b"}
    replacement += process.a
    assert process.p.moduleNames() == {"b"}, "the replacement stays an object of its own"


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
def test_modifiers_combine_like_booleans(first, second):
    a, b, module = (
        cms.Modifier(),
        cms.Modifier(),
        cms.EDProducer("P", **{n: cms.bool(False) for n in ("and_", "or_", "no")}),
    )
    if first:
        a._setChosen()
    if second:
        b._setChosen()
    (a & b).toModify(module, and_=True)
    (a | b).toModify(module, or_=True)
    (~a).toModify(module, no=True)
    assert (module.and_ == (first and second)) and (module.or_ == (first or second)) and (module.no == (not first))


def test_modifiers_combine_only_with_modifiers():
    with pytest.raises(TypeError, match="not with int"):
        cms.Modifier() & 3


def test_a_chain_chooses_all_its_modifiers():
    a, b, c = cms.Modifier(), cms.Modifier(), cms.Modifier()
    era = cms.ModifierChain(a, cms.ModifierChain(b))
    process = cms.Process("T", era)
    assert [m._isChosen() for m in (a, b, c)] == [True, True, False]
    assert process.isUsingModifier(b)
    assert process.isUsingModifier(era)
    assert not process.isUsingModifier(c)


def test_copy_and_exclude_of_a_chain_reaches_nested_chains():
    a, b, c = cms.Modifier(), cms.Modifier(), cms.Modifier()
    nested = cms.ModifierChain(b, c)
    cms.Process("T", cms.ModifierChain(a, nested).copyAndExclude([b]))
    assert [m._isChosen() for m in (a, b, c)] == [True, False, True]


def test_the_first_process_decides_which_modifiers_are_chosen():
    a, b = cms.Modifier(), cms.Modifier()
    cms.Process("FIRST", a)
    cms.Process("SECOND", a)
    with pytest.raises(RuntimeError, match="tried to redefine which Modifiers to use"):
        cms.Process("THIRD", b)


def test_reset_returns_to_a_fresh_interpreter():
    a, b = cms.Modifier(), cms.Modifier()
    cms.Process("FIRST", a)
    cms.reset_modifiers()
    assert not a._isChosen()
    cms.Process("SECOND", b)


def test_a_process_modifier_acts_at_the_end_of_extend_and_once():
    modifier = cms.Modifier()
    process = cms.Process("T", modifier)
    fragment = types.ModuleType("fragment")
    calls = []
    fragment.change = modifier.makeProcessModifier(lambda p: calls.append(p.a.type_()))
    fragment.a = cms.EDProducer("A")
    process.extend(fragment)
    process.extend(fragment)
    assert calls == ["A"]


def test_a_process_takes_modifiers_only():
    with pytest.raises(TypeError, match="takes a name and modifiers, not str"):
        cms.Process("T", "Run3")
