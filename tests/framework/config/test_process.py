from __future__ import annotations

import subprocess
import sys
import types

import pytest

import pyrun.framework.config as cms


@pytest.fixture
def process():
    return cms.Process("TEST")


@pytest.mark.parametrize("name", ["", "A_B", "A-B", "A B", "é", 3])
def test_the_name_of_a_process_has_letters_and_digits_only(name):
    with pytest.raises(RuntimeError, match="illegal process name"):
        cms.Process(name)


def test_a_new_process_has_the_default_settings(process):
    assert process.options.numberOfThreads == 1
    assert process.options.numberOfStreams == 0
    assert not hasattr(process.options, "eventsPerBlock"), "our own: not there until it is set"
    process.options.eventsPerBlock = 5
    assert process.options.eventsPerBlock.dumpPython() == "cms.untracked.uint32(5)"
    assert process.options.accelerators == ["*"]
    assert process.options.fileMode == "FULLMERGE"
    assert process.MessageLogger.cerr.FwkReport.reportEvery == 1
    assert process.maxLuminosityBlocks.input == -1


def test_all_default_options_are_untracked_or_without_a_value(process):
    assert not any(process.options.getParameter(name).isTracked() for name in process.options.parameterNames_())


_SKIP = cms.untracked.vstring("ProductNotFound")


@pytest.mark.parametrize("as_", [dict, cms.untracked.PSet])
def test_assigned_options_are_merged_into_the_defaults(process, as_):
    process.options = as_(numberOfThreads=cms.untracked.uint32(4), SkipEvent=_SKIP)
    assert process.options.numberOfThreads == 4
    assert process.options.wantSummary.value() is False
    assert process.options.SkipEvent == ["ProductNotFound"]


def test_options_assigned_twice_start_from_the_defaults_each_time(process):
    process.options = dict(numberOfThreads=4)
    process.options = dict(wantSummary=True)
    assert process.options.numberOfThreads == 1
    assert process.options.wantSummary


def test_nested_options_are_merged_too(process):
    process.options = cms.untracked.PSet(eventSetup=cms.untracked.PSet(numberOfConcurrentIOVs=cms.untracked.uint32(2)))
    assert process.options.eventSetup.numberOfConcurrentIOVs == 2
    assert process.options.eventSetup.hasParameter("forceNumberOfConcurrentIOVs")


def test_the_number_of_events_is_set_with_a_raw_value(process):
    process.maxEvents.input = 10
    assert process.maxEvents.input.dumpPython() == "cms.untracked.int32(10)"
    process.maxEvents.output = 5
    assert process.maxEvents.output.dumpPython() == "cms.untracked.int32(5)"


def test_messages_of_a_new_category_and_file_are_configured_by_name(process):
    process.MessageLogger.cerr.MyCategory = dict(limit=5)
    process.MessageLogger.files.debug = dict(threshold="DEBUG")
    assert process.MessageLogger.cerr.MyCategory.limit == 5
    assert process.MessageLogger.files.debug.threshold.dumpPython() == "cms.untracked.string('DEBUG')"


def test_a_label_with_illegal_characters_is_refused(process):
    with pytest.raises(ValueError, match="'a-b' contains forbiden characters"):
        setattr(process, "a-b", cms.PSet())


def test_a_word_of_python_is_no_label(process):
    with pytest.raises(ValueError, match="'lambda' contains forbiden"):
        setattr(process, "lambda", cms.PSet())


@pytest.mark.parametrize("label", ["paths", "load", "producers_"])
def test_the_names_of_methods_are_no_labels(process, label):
    with pytest.raises(ValueError, match=f"'{label}' can't be used as a label"):
        setattr(process, label, cms.PSet())


def test_only_components_can_be_assigned(process):
    with pytest.raises(TypeError, match="process.x can only be set to a component"):
        process.x = cms.int32(3)


def test_source_and_schedule_have_their_fixed_names(process):
    with pytest.raises(ValueError, match=r"assign it to process\.source"):
        process.input = cms.Source("EmptySource")
    with pytest.raises(TypeError, match=r"process\.source must be a Source, not PSet"):
        process.source = cms.PSet()
    process.plan = cms.Schedule()
    assert process.schedule is None, "a schedule under another name is a list of paths to take from"


def test_a_service_is_stored_under_its_type(process):
    process.add_(cms.Service("Timing"))
    assert process.Timing.type_() == "Timing"
    assert process.services_()["Timing"] is process.Timing
    with pytest.raises(TypeError, match=r"use process\.add_\(Bar\)"):
        process.Foo = cms.Service("Bar")


def test_add_takes_no_modules(process):
    with pytest.raises(TypeError, match="not EDProducer"):
        process.add_(cms.EDProducer("P"))


def test_one_object_can_not_have_two_labels(process):
    process.a = cms.EDProducer("P")
    with pytest.raises(ValueError, match="Attempting to change the label of a EDProducer from 'a' to 'b'"):
        process.b = process.a
    assert not hasattr(process, "b")


def test_a_replaced_object_is_free_for_another_label(process):
    old = process.a = cms.EDProducer("P")
    process.a = cms.EDProducer("Q")
    process.b = old
    assert process.b.label_() == "b"


def test_replacing_a_module_swaps_it_wherever_it_is_used(process):
    process.a, process.b = cms.EDProducer("A"), cms.EDFilter("B")
    process.t, process.c = cms.Task(process.a), cms.ConditionalTask(process.a)
    process.s = cms.Sequence(~process.b)
    process.p = cms.Path(process.s + process.a, process.t, process.c)
    process.e = cms.EndPath(cms.Sequence(cms.ignore(process.b)), cms.Task(process.a))
    process.schedule = cms.Schedule(process.p, tasks=cms.Task(process.a))
    old_a, old_b = process.a, process.b
    process.a, process.b = cms.EDProducer("NewA"), cms.EDFilter("NewB")
    for holder in (process.t, process.c, process.s, process.p, process.e, process.schedule):
        assert not holder.contains(old_a) and not holder.contains(old_b)
    assert process.p.dumpPython() == "cms.Path(process.s+process.a, process.c, process.t)\n"
    assert process.e.contains(process.a) and process.e.contains(process.b)
    assert process.schedule.contains(process.a)


def test_a_path_keeps_its_place_when_it_is_replaced(process):
    process.p, process.q = cms.Path(), cms.Path()
    process.schedule = cms.Schedule(process.p, process.q)
    process.p = cms.Path()
    assert list(process.paths_()) == ["p", "q"]
    assert process.schedule[0] is process.p


def test_a_sequence_can_be_replaced_by_a_longer_one_that_starts_with_it(process):
    process.a, process.b = cms.EDProducer("A"), cms.EDProducer("B")
    process.s = cms.Sequence(process.a)
    process.p = cms.Path(process.s)
    process.s = cms.Sequence(process.s + process.b)
    assert process.p.moduleNames() == {"a", "b"}
    assert process.p.dumpPython() == "cms.Path(process.s)\n"


def test_a_replacement_must_not_contain_its_users(process):
    process.a = cms.EDProducer("A")
    process.s = cms.Sequence(process.a)
    process.u = cms.Sequence(process.s)
    with pytest.raises(ValueError, match="contains its user 'u'"):
        process.s = cms.Sequence(process.u)


@pytest.mark.parametrize("replacement", [cms.PSet(), cms.EDAlias(), cms.Path()])
def test_a_used_module_is_not_replaced_by_what_can_not_run_there(process, replacement):
    process.a = cms.EDProducer("A")
    process.p = cms.Path(process.a)
    with pytest.raises(ValueError, match="used by the Path 'p'"):
        process.a = replacement
    assert process.a.type_() == "A"


def test_a_module_in_a_task_is_not_replaced_by_a_sequence(process):
    process.a = cms.EDProducer("A")
    process.t = cms.Task(process.a)
    with pytest.raises(ValueError, match="used by the Task 't'"):
        process.a = cms.Sequence()


def test_an_unused_component_can_be_replaced_by_another_kind(process):
    process.a = cms.EDProducer("A")
    process.a = cms.PSet()
    assert "a" not in process.producers_()
    assert "a" in process.psets_()


def test_deleting_a_module_removes_it_everywhere(process):
    process.a, process.b = cms.EDProducer("A"), cms.EDProducer("B")
    process.t = cms.Task(process.a)
    process.p = cms.Path(process.a + process.b, process.t)
    del process.a
    assert process.p.moduleNames() == {"b"}
    assert not hasattr(process, "a")
    with pytest.raises(AttributeError, match="does not know about 'a'"):
        del process.a


def test_deleting_a_sequence_leaves_its_contents_in_its_users(process):
    process.a, process.b, process.c = (cms.EDProducer(x) for x in "ABC")
    process.s = cms.Sequence(process.a, cms.Task(process.c))
    process.p = cms.Path(process.b + process.s)
    del process.s
    assert process.p.dumpPython() == "cms.Path(process.b+cms.Sequence(process.a, cms.Task(process.c)))\n"


def test_deleting_a_task_leaves_its_contents_in_its_users(process):
    process.a = cms.EDProducer("A")
    process.t = cms.Task(process.a)
    process.p = cms.Path(process.t)
    process.schedule = cms.Schedule(process.p, tasks=process.t)
    del process.t
    assert process.p.dumpPython() == "cms.Path(cms.Task(process.a))\n"
    assert process.schedule.dumpPython() == "cms.Schedule(*[ process.p ])\n"


def test_deleting_a_path_takes_it_out_of_the_schedule(process):
    process.p, process.q = cms.Path(), cms.Path()
    process.schedule = cms.Schedule(process.p, process.q)
    del process.p
    assert list(process.schedule) == [process.q]


def test_a_path_of_an_unlabelled_module_is_refused(process):
    with pytest.raises(RuntimeError, match=r"Path 'p': EDProducer\('X'\), made at .*test_process.py:\d+, has no label"):
        process.p = cms.Path(cms.EDProducer("X"))
    with pytest.raises(RuntimeError, match="Task 't': .* has no label"):
        process.t = cms.Task(cms.EDProducer("X"))
    assert not hasattr(process, "p")


def test_a_schedule_of_an_unlabelled_path_is_refused(process):
    with pytest.raises(RuntimeError, match="path at index 0 in the Schedule was not attached"):
        process.schedule = cms.Schedule(cms.Path())


def test_without_a_schedule_the_attribute_is_none(process):
    assert process.schedule is None
    process.schedule = cms.Schedule()
    del process.schedule
    assert process.schedule_() is None


def test_in_place_changes_of_an_attribute_are_allowed(process):
    process.a, process.b = cms.EDProducer("A"), cms.EDProducer("B")
    process.p = cms.Path(process.a)
    process.p += process.b
    assert process.p.moduleNames() == {"a", "b"}


def test_a_strict_process_keeps_copies(process):
    process.setStrict(True)
    mine = cms.EDProducer("A", n=cms.int32(1))
    process.a = mine
    assert process.a is not mine
    process.a.n = 3
    assert mine.n == 1
    with pytest.raises(ValueError, match="read only now"):
        mine.n = 2


def fragment(**components):
    module = types.ModuleType("fragment")
    module.__file__ = "fragment_cff.py"
    vars(module).update(components)
    return module


def test_extend_takes_public_components_labels_before_their_users(process):
    a, v = cms.EDProducer("A"), cms.Service("Timing")
    process.extend(
        fragment(p=cms.Path(a), t=cms.Task(a), a=a, _hidden=cms.PSet(), number=3, pset=cms.PSet(), anyName=v)
    )
    assert process.p.moduleNames() == {"a"}
    assert process.t.moduleNames() == {"a"}
    assert process.Timing is v
    assert "pset" in process.psets_()
    assert not hasattr(process, "_hidden")
    assert not hasattr(process, "number")


def test_extend_takes_extra_items(process):
    process.extend(fragment(), items=[("a", cms.EDProducer("A"))])
    assert process.a.type_() == "A"


def test_loading_the_same_fragment_twice_is_harmless(process):
    a = cms.EDProducer("A")
    module = fragment(a=a, s=cms.Sequence(a))
    process.extend(module)
    process.extend(module)
    assert process.a is a


_OVERRIDE = (
    r"override the definition of 'a' while it is used by the Sequence 's'.*test_process.py, line \d+.*fragment_cff"
)


def test_a_fragment_must_not_replace_what_is_used(process):
    process.a = cms.EDProducer("A")
    process.s = cms.Sequence(process.a)
    with pytest.raises(ValueError, match=_OVERRIDE):
        process.extend(fragment(a=cms.EDProducer("Other")))


def test_a_fragment_may_replace_what_is_not_used(process):
    process.a = cms.EDProducer("A")
    process.extend(fragment(a=cms.EDProducer("Other")))
    assert process.a.type_() == "Other"


def test_load_takes_both_spellings_of_a_module(process, tmp_path, monkeypatch):
    folder = tmp_path / "MyPkg" / "MySub" / "python"
    folder.mkdir(parents=True)
    for name in ("one", "two"):
        text = f"import FWCore.ParameterSet.Config as cms\n{name} = cms.EDProducer('P')\n"
        (folder / f"{name}_cfi.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    process.load("MyPkg.MySub.python.one_cfi")
    process.load("MyPkg/MySub/python/two_cfi")
    assert set(process.producers_()) == {"one", "two"}


def test_the_message_logger_can_be_loaded_as_in_cmssw(process):
    process.load("FWCore.MessageService.MessageLogger_cfi")
    assert process.MessageLogger.cerr.enable


def test_global_replace_needs_an_existing_label(process):
    process.a = cms.EDProducer("A")
    process.p = cms.Path(process.a)
    process.globalReplace("a", cms.EDProducer("New"))
    assert process.p.contains(process.a)
    with pytest.raises(LookupError, match="has no 'b'"):
        process.globalReplace("b", cms.EDProducer("B"))


def test_prefer_by_label_object_and_type(process):
    process.one = cms.ESProducer("Maker")
    process.GlobalTag = cms.ESSource("PoolDB")
    process.prefer("GlobalTag", Record=cms.vstring("data/x"))
    process.prefer(process.one)
    assert process.GlobalTag_prefer.dumpPython() == (
        'cms.ESPrefer("PoolDB","GlobalTag",\n    Record = cms.vstring(\'data/x\')\n)\n'
    )
    assert process.one_prefer.targetLabel_() == "one"
    process.two = cms.ESProducer("Maker")
    with pytest.raises(RuntimeError, match="prefer: 'Maker' is ambiguous: one, two"):
        process.prefer("Maker")
    with pytest.raises(RuntimeError, match="'Nothing' is not an ES module"):
        process.prefer("Nothing")


def test_accessors_give_copies_that_can_not_be_mistaken_for_the_process(process):
    process.a = cms.EDProducer("A")
    assert process.producers == process.producers_() == {"a": process.a}
    with pytest.raises(AttributeError, match="assign to an attribute of the process"):
        process.producers_()["b"] = cms.EDProducer("B")
    for label in process.producers_():
        delattr(process, label)
    assert not process.producers_()


def test_names_are_listed_space_joined(process):
    process.p, process.q = cms.Path(), cms.Path()
    assert process.pathNames() == "p q"
    assert process.producerNames() == ""


def test_private_tables_that_real_jobs_use(process):
    process.a = cms.EDProducer("A")
    assert list(process._Process__producers.values()) == [process.a]


def test_importing_the_language_needs_no_heavy_package():
    heavy = ("numba", "awkward", "uproot", "onnxruntime", "tensorflow", "matplotlib", "fastjet", "pythia8mc")
    code = (
        "import sys, pyrun.framework.resources as r; sys.path.append(str(r.python_cfg_path()))\n"
        "import FWCore.ParameterSet.Config, FWCore.ParameterSet.VarParsing, FWCore.ParameterSet.MassReplace\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
