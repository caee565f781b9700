from __future__ import annotations

import pytest

import pyrun.framework.config as cms


def test_assigning_a_raw_value_gives_a_required_parameter_its_type():
    module = cms.EDProducer("P", n=cms.required.untracked.int32)
    module.n = 3
    assert module.n.dumpPython() == "cms.untracked.int32(3)"


def test_clone_sets_a_required_parameter():
    assert cms.EDProducer("P", n=cms.required.int32).clone(n=3).n == 3


def test_a_value_of_another_type_is_refused():
    module = cms.EDProducer("P", n=cms.required.int32)
    with pytest.raises(ValueError, match="x is not a valid int32"):
        module.n = "x"
    with pytest.raises(TypeError, match="a string was given where int32 is needed"):
        module.n = cms.string("x")


def test_a_typed_value_gets_the_declared_trackedness():
    module = cms.EDProducer("P", n=cms.optional.untracked.int32)
    value = cms.int32(3)
    module.n = value
    assert not module.n.isTracked()
    assert value.isTracked()


def test_an_unknown_type_names_the_nearest():
    with pytest.raises(AttributeError, match=r"cms.required has no parameter type 'unt32' \(did you mean 'uint32'\?\)"):
        _ = cms.required.unt32


def test_allowed_takes_the_one_type_that_fits():
    module = cms.EDProducer("P", x=cms.required.allowed(cms.int32, cms.string))
    assert module.clone(x="a").x.dumpPython() == "cms.string('a')"
    assert module.clone(x=3).x.dumpPython() == "cms.int32(3)"


def test_allowed_asks_for_the_type_if_two_fit():
    module = cms.EDProducer("P", x=cms.required.allowed(cms.int32, cms.uint32))
    with pytest.raises(RuntimeError, match="fits several"):
        module.x = 3
    module.x = cms.uint32(3)
    assert module.x == 3


def test_allowed_refuses_what_fits_none():
    module = cms.EDProducer("P", x=cms.optional.untracked.allowed(cms.int32, cms.vint32))
    with pytest.raises(RuntimeError, match="fits none of the allowed types untracked int32, vint32"):
        module.x = "text"


def test_the_default_of_allowed_must_have_an_allowed_type():
    with pytest.raises(TypeError, match="has none of the allowed types"):
        cms.required.allowed(cms.int32, cms.string, default=cms.double(1))


def test_a_pset_template_is_callable_and_takes_dicts():
    module = cms.EDProducer("P", x=cms.optional.PSetTemplate(a=cms.required.int32, b=cms.int32(2)))
    assert module.x().parameterNames_() == ["a", "b"]
    module.x = dict(a=1)
    assert (module.x.a, module.x.b) == (1, 2)


def test_other_placeholders_are_not_callable():
    with pytest.raises(TypeError, match="it is a declaration"):
        cms.required.int32()


@pytest.mark.parametrize(
    "text",
    [
        "cms.required.int32",
        "cms.optional.untracked.vstring",
        "cms.obsolete.untracked.bool",
        "cms.required.allowed(cms.int32,cms.PSet)",
        "cms.required.PSetTemplate(\n    a = cms.required.int32\n)",
    ],
)
def test_a_placeholder_dumps_as_it_was_written(text):
    assert eval(text, {"cms": cms}).dumpPython() == text


def test_allow_any_label_takes_new_names_of_one_type():
    module = cms.Service("RNG", allowAnyLabel_=cms.required.untracked.uint32)
    module.gen = 5
    assert module.gen.dumpPython() == "cms.untracked.uint32(5)"
    with pytest.raises(ValueError, match="is not a valid uint32"):
        module.other = -1


def test_allow_any_label_with_a_template_makes_psets_of_dicts():
    module = cms.Service("RNG", allowAnyLabel_=cms.optional.PSetTemplate(initialSeed=cms.untracked.uint32(1)))
    module.gen = dict(initialSeed=9)
    assert module.gen.initialSeed == 9


def test_allow_any_label_can_not_be_overwritten():
    pset = cms.PSet(allowAnyLabel_=cms.required.int32)
    with pytest.raises(ValueError, match="can't be overwritten"):
        pset.allowAnyLabel_ = cms.required.string


def test_allow_any_label_stays_in_clones_and_dumps():
    pset = cms.PSet(a=cms.string("declared"), allowAnyLabel_=cms.required.int32).clone(b=2)
    assert pset.b.dumpPython() == "cms.int32(2)"
    text = pset.dumpPython()
    assert text.endswith("allowAnyLabel_=cms.required.int32\n)")
    assert eval(text, {"cms": cms}).dumpPython() == text


def test_a_list_of_templates_takes_dicts():
    module = cms.EDProducer(
        "P", bins=cms.optional.VPSetTemplate(cms.PSetTemplate(n=cms.required.int32, x=cms.double(1)))
    )
    text = "bins = cms.optional.VPSetTemplate(cms.PSetTemplate(\n        n = cms.required.int32,"
    assert text in module.dumpPython()
    assert eval(module.dumpPython(), {"cms": cms}).dumpPython() == module.dumpPython()
    module.bins = [dict(n=1), dict(n=2, x=3)]
    module.bins.append(dict(n=4))
    assert [pset.n.value() for pset in module.bins] == [1, 2, 4]
    assert module.bins[1].x == 3
    with pytest.raises(TypeError, match="takes a cms.PSetTemplate"):
        cms.required.VPSetTemplate(cms.PSet())


def test_what_is_declared_stays_declared_in_copies_and_takes_set_value():
    module = cms.EDProducer("P", n=cms.required.allowed(cms.int32, cms.string), f=cms.optional.vint32)
    module.n.setValue(3)
    assert module.n == 3
    assert not module.f
    clone = module.clone(f=[1])
    clone.n = "text"
    assert (module.n, clone.n, clone.f) == (3, "text", [1])
    with pytest.raises(RuntimeError, match="fits none"):
        clone.n = 1.5
    with pytest.raises(TypeError, match="a uint32 was given where int32, string is needed"):
        clone.n = cms.uint32(3)
