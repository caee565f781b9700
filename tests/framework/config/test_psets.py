from __future__ import annotations

import pytest

import pyrun.framework.config as cms


def test_psets_are_equal_if_names_types_and_values_are():
    assert cms.PSet(a=cms.int32(1), b=cms.bool(True)) == cms.PSet(b=cms.bool(True), a=cms.int32(1))
    assert cms.PSet(a=cms.int32(1)) != cms.PSet(a=cms.int32(2))
    assert cms.PSet(a=cms.int32(1)) != cms.PSet(a=cms.uint32(1))
    assert cms.PSet(a=cms.int32(1)) != cms.untracked.PSet(a=cms.int32(1))


def test_a_copy_of_a_pset_is_deep_and_as_tracked():
    original = cms.untracked.PSet(inner=cms.PSet(x=cms.int32(1)))
    copy = original.copy()
    copy.inner.x = 2
    assert original.inner.x == 1
    assert not copy.isTracked()


def test_an_empty_pset_dumps_as_in_cmssw():
    assert cms.PSet().dumpPython() == "cms.PSet(\n\n)"


def test_nested_psets_are_indented_by_four_and_sorted_by_name():
    pset = cms.PSet(b=cms.int32(1), a=cms.untracked.PSet(x=cms.string("t")))
    assert pset.dumpPython() == (
        "cms.PSet(\n    a = cms.untracked.PSet(\n        x = cms.string('t')\n    ),\n    b = cms.int32(1)\n)"
    )


def test_a_vpset_holds_only_psets():
    with pytest.raises(TypeError, match=r"wrong type \(dict\) added to VPSet"):
        cms.VPSet(cms.PSet()).append(dict(a=1))


def test_a_pset_with_parameters_is_one_entry_not_an_iterable():
    assert len(cms.VPSet(cms.PSet(a=cms.int32(1)))) == 1


def test_a_template_lets_a_vpset_take_dicts():
    vpset = cms.VPSet(template=cms.PSetTemplate(a=cms.required.int32, b=cms.untracked.bool(True)))
    vpset.append(dict(a=3))
    assert vpset[0].a.dumpPython() == "cms.int32(3)"
    assert vpset[0].b.value() is True
    with pytest.raises(TypeError, match="c does not already exist"):
        vpset.append(dict(c=1))


def test_a_vpset_with_template_dumps_what_makes_it_again():
    vpset = cms.VPSet(dict(a=1), template=cms.PSetTemplate(a=cms.required.int32))
    text = vpset.dumpPython()
    assert eval(text, {"cms": cms}).dumpPython() == text


def test_the_copy_of_a_vpset_is_deep():
    original = cms.VPSet(cms.PSet(a=cms.int32(1)))
    original.copy()[0].a = 2
    assert original[0].a == 1


def test_a_template_makes_independent_psets():
    template = cms.PSetTemplate(a=cms.required.int32, v=cms.vint32(1))
    first, second = template(a=1), template(a=2)
    first.v.append(9)
    assert (second.a, second.v) == (2, [1])


def test_a_pset_parameter_can_be_changed_by_assigning_a_dict():
    module = cms.EDProducer("P", cut=cms.PSet(a=cms.int32(1), b=cms.int32(2)))
    module.cut = dict(a=5)
    assert (module.cut.a, module.cut.b) == (5, 2)
