from __future__ import annotations

import pytest

import pyrun.framework.config as cms


def producer():
    return cms.EDProducer(
        "P",
        n=cms.int32(1),
        cut=cms.PSet(pt=cms.double(5), inner=cms.PSet(x=cms.untracked.bool(True))),
        names=cms.vstring("a", "b", "c"),
        psets=cms.VPSet(cms.PSet(i=cms.int32(0)), cms.PSet(i=cms.int32(1))),
    )


def test_setting_an_existing_parameter_with_a_raw_value_keeps_its_type():
    module = producer()
    module.n = 7
    assert module.n.dumpPython() == "cms.int32(7)"


def test_setting_a_new_parameter_needs_a_cms_type_and_names_the_nearest():
    with pytest.raises(
        TypeError,
        match="name does not already exist, so it can only be set to a CMS python configuration type "
        r"\(did you mean 'names'\?\)",
    ):
        producer().name = 3


def test_a_parameter_takes_another_trackedness_and_only_in_a_clone_another_type():
    module = producer()
    module.n = cms.untracked.int32(7)
    assert module.n.dumpPython() == "cms.untracked.int32(7)"
    with pytest.raises(TypeError, match="n is a untracked int32, so a string can't be assigned to it"):
        module.n = cms.string("x")
    assert module.clone(n=cms.string("x")).n.dumpPython() == "cms.string('x')"


def test_parameters_are_added_by_the_names_that_cmssw_mangles():
    module = cms.EDAnalyzer("Table")
    module._Parameterizable__setParameters({"bins": cms.int32(4), "axis": cms.PSet(log=cms.bool(False))})
    module._Parameterizable__addParameter("edges", cms.vdouble(0.5))
    assert module.parameterNames_() == ["bins", "axis", "edges"]
    with pytest.raises(ValueError, match="Duplicate insert of parameter 'edges'"):
        module._Parameterizable__addParameter("edges", cms.vdouble())


def test_a_bad_raw_value_is_refused():
    with pytest.raises(ValueError, match="is not a valid int32"):
        producer().n = "three"


def test_setting_inside_a_nested_pset_changes_the_module():
    module = producer()
    module.cut.inner.x = False
    assert not module.cut.inner.x
    assert module.isModified()


def test_a_deleted_parameter_is_gone_and_deleting_it_again_fails():
    module = producer()
    del module.n
    assert not module.hasParameter("n")
    with pytest.raises(AttributeError, match="no parameter 'n' to delete"):
        del module.n


def test_parameters_are_handed_out_as_deep_copies():
    module = producer()
    module.parameters_()["cut"].pt = 99
    assert module.cut.pt == 5


def test_a_nested_parameter_is_found_by_dots_and_by_a_sequence_of_names():
    module = producer()
    assert module.getParameter("cut.inner.x").value() is True
    assert module.getParameter("cut.nothing") is None
    assert module.hasParameter(("cut", "inner"))
    assert not module.hasParameter(("n", "inner"))


def test_positional_psets_are_merged_before_the_named_parameters():
    merged = cms.PSet(cms.PSet(a=cms.int32(1)), cms.PSet(b=cms.int32(2)), c=cms.int32(3))
    assert merged.parameterNames_() == ["a", "b", "c"]


def test_a_duplicate_name_is_refused():
    with pytest.raises(ValueError, match="Duplicate insert of parameter 'a'"):
        cms.PSet(cms.PSet(a=cms.int32(1)), a=cms.int32(2))


def test_a_positional_argument_that_is_no_pset_is_refused():
    with pytest.raises(ValueError, match="Only PSets can be passed without a name, not int"):
        cms.PSet(3)


def test_a_merged_pset_is_copied():
    block = cms.PSet(a=cms.int32(1))
    module = cms.EDProducer("P", block)
    module.a = 2
    assert block.a == 1


def test_clone_leaves_the_original_alone():
    module = producer()
    clone = module.clone(n=2, cut=dict(pt=9.0))
    assert (clone.n, clone.cut.pt) == (2, 9.0)
    assert (module.n, module.cut.pt) == (1, 5)


def test_clone_with_a_dict_changes_at_any_depth_and_keeps_the_rest():
    clone = producer().clone(cut=dict(inner=dict(x=False)))
    assert clone.cut.inner.x.dumpPython() == "cms.untracked.bool(False)"
    assert clone.cut.pt == 5


def test_clone_with_none_removes_also_inside_a_pset():
    clone = producer().clone(n=None, cut=dict(pt=None))
    assert clone.parameterNames_() == ["cut", "names", "psets"]
    assert clone.cut.parameterNames_() == ["inner"]


def test_removing_what_is_not_there_is_an_error():
    with pytest.raises(TypeError, match="m does not exist, so it can't be removed"):
        producer().clone(m=None)


def test_clone_edits_lists_by_index():
    clone = producer().clone(names={0: "x", 2: "z"}, psets={1: dict(i=5)})
    assert clone.names == ["x", "b", "z"]
    assert [pset.i.value() for pset in clone.psets] == [0, 5]


def test_clone_removes_list_entries_by_index():
    assert producer().clone(names={0: None, 2: None}).names == ["b"]


def test_a_list_is_edited_only_by_whole_numbers_within_range():
    with pytest.raises(TypeError, match="must be indices, not 'a'"):
        producer().clone(names=dict(a="x"))
    with pytest.raises(IndexError, match="names has 3 entries, so there is no index 3"):
        producer().clone(names={3: "x"})
    with pytest.raises(IndexError, match="no index -1"):
        producer().clone(names={-1: "x"})


def test_clone_adds_a_new_parameter_only_with_a_cms_type():
    assert producer().clone(extra=cms.int32(1)).extra == 1
    with pytest.raises(TypeError, match="extra does not already exist"):
        producer().clone(extra=1)


def test_clone_takes_over_the_parameters_of_a_pset():
    clone = producer().clone(cms.PSet(n=cms.int32(8), more=cms.bool(True)), n=9)
    assert clone.n == 9
    assert clone.more


def test_a_clone_keeps_type_and_loses_the_label():
    process = cms.Process("T")
    process.a = producer()
    assert process.a.clone().type_() == "P"
    assert not process.a.clone().hasLabel_()


def test_update_changes_in_place_with_a_dict_or_a_pset():
    module = producer()
    module.update_(dict(n=4))
    module.update_(cms.PSet(cut=cms.PSet(pt=cms.double(1))))
    assert module.n == 4
    assert module.cut.parameterNames_() == ["pt"]


def test_a_frozen_object_can_not_be_changed():
    module = producer()
    module.setIsFrozen()
    with pytest.raises(ValueError, match="read only"):
        module.n = 2
    with pytest.raises(ValueError, match="read only"):
        module.cut.pt = 2
    with pytest.raises(ValueError, match="read only"):
        del module.n


def test_reset_modified_reaches_nested_parameters():
    module = producer()
    module.cut.inner.x = False
    module.resetModified()
    assert not module.isModified()


def test_a_module_remembers_where_it_was_made():
    module = producer()
    assert module._filename == __file__
    assert module._lineNumber == producer.__code__.co_firstlineno + 1


def test_the_type_of_a_module_must_be_text():
    with pytest.raises(TypeError, match="the plugin's name"):
        cms.EDProducer(cms.PSet())


def test_private_name_of_the_type_is_the_one_real_jobs_use():
    assert producer()._TypedParameterizable__type == "P"


def test_swap_contents_takes_type_and_parameters_but_not_the_label():
    process = cms.Process("T")
    process.a = producer()
    process.a._takeContents(cms.EDProducer("Q", z=cms.int32(1)))
    assert process.a.dumpPython() == 'cms.EDProducer("Q",\n    z = cms.int32(1)\n)\n'
    assert process.a.label_() == "a"


def test_more_than_200_parameters_are_dumped_in_a_form_that_can_be_executed():
    module = cms.EDProducer("P", **{f"p{i}": cms.int32(i) for i in range(300)})
    text = module.dumpPython()
    assert "**dict([" in text
    assert eval(text, {"cms": cms}).dumpPython() == text


def test_a_secondary_source_is_a_parameter_with_type_and_parameters():
    module = cms.EDProducer("Mix", input=cms.untracked.SecSource("Embedded", n=cms.int32(1)))
    assert module.input.n == 1
    text = module.clone(input=dict(n=2)).dumpPython()
    assert 'input = cms.untracked.SecSource("Embedded",' in text
    assert eval(text, {"cms": cms}).dumpPython() == text


@pytest.mark.parametrize("name", ["copy", "clone", "value", "label", "type", "isTracked", "update"])
def test_a_parameter_may_have_the_name_of_a_method(name):
    module = cms.EDProducer("P", p=cms.PSet(**{name: cms.int32(1)}), v=cms.VPSet(cms.PSet(**{name: cms.int32(2)})))
    setattr(module, name, cms.int32(3))
    changed = cms.EDProducer.clone(module, p={name: 4})
    assert getattr(changed.p, name) == 4
    assert getattr(changed.v[0], name) == 2
    assert getattr(module.p, name) == 1
    process = cms.Process("T")
    process.m = changed
    process.path = cms.Path(process.m)
    namespace = {}
    exec(process.dumpPython(), namespace)
    assert namespace["process"].dumpPython() == process.dumpPython()
    assert cms.convertToPSet("m", changed.p).parameterNames_() == [name]
    assert module.parameters_()["p"] == module.p


def test_a_file_is_no_text_where_the_type_counts():
    module = cms.EDProducer("P", text=cms.string("a"), file=cms.FileInPath("b"))
    with pytest.raises(TypeError, match="text is a string, so a FileInPath can't be assigned"):
        module.text = cms.FileInPath("c")
    with pytest.raises(TypeError, match="file is a FileInPath, so a string can't be assigned"):
        module.file = cms.string("c")
    module.file = "d"
    assert module.file == "d"
