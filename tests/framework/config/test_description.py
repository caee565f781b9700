from __future__ import annotations

import attrs
import pytest

import pyrun.framework.config as cms
from pyrun.framework.config.description import Parameter, PathDescription, PathEntry, describe
from pyrun.framework.errors import Configuration


@pytest.fixture
def process():
    process = cms.Process("TEST")
    process.source = cms.Source("EmptySource", n=cms.untracked.uint32(3))
    for label in "abcd":
        setattr(process, label, cms.EDProducer("P" + label))
    process.f = cms.EDFilter("F")
    process.out = cms.OutputModule("Out")
    return process


def labels(paths):
    return [path.name for path in paths]


def test_without_a_schedule_paths_run_in_order_of_definition_final_paths_last(process):
    process.fin = cms.FinalPath(process.out)
    process.e2, process.p2 = cms.EndPath(), cms.Path()
    process.e1, process.p1 = cms.EndPath(), cms.Path()
    described = describe(process)
    assert labels(described.trigger_paths) == ["p2", "p1"]
    assert labels(described.end_paths) == ["e2", "e1", "fin"]


def test_with_a_schedule_its_paths_run_in_its_order(process):
    process.p1, process.p2, process.p3, process.e = cms.Path(), cms.Path(), cms.Path(), cms.EndPath()
    process.fin = cms.FinalPath()
    process.schedule = cms.Schedule(process.fin, process.p3, process.e, process.p1)
    described = describe(process)
    assert labels(described.trigger_paths) == ["p3", "p1"]
    assert labels(described.end_paths) == ["e", "fin"]


def test_entries_of_a_path_are_flat_decorated_and_keep_repetitions(process):
    process.s = cms.Sequence(process.a + ~process.f)
    process.p = cms.Path(process.s + cms.ignore(process.f) + cms.wait(process.a) + cms.wait(~process.f) + process.a)
    (path,) = describe(process).trigger_paths
    assert path.entries == (
        PathEntry("a"),
        PathEntry("f", inverted=True),
        PathEntry("f", ignored=True),
        PathEntry("a", wait=True),
        PathEntry("f", inverted=True, wait=True),
        PathEntry("a"),
    )


def test_a_doubly_inverted_filter_is_not_inverted(process):
    process.p = cms.Path(~~process.f)
    assert describe(process).trigger_paths[0].entries == (PathEntry("f"),)


def test_tasks_of_paths_and_their_sequences_run_on_demand(process):
    process.es = cms.ESProducer("E")
    process.Timing = cms.Service("Timing")
    process.nested = cms.Task(process.c, process.Timing, process.es)
    process.s = cms.Sequence(process.a, cms.Task(process.b, process.nested))
    process.p = cms.Path(process.s, cms.ConditionalTask(process.d, process.f))
    described = describe(process)
    expected = PathDescription("p", (PathEntry("a"),), frozenset("bc"), frozenset("df"))
    assert described.trigger_paths == [expected]
    assert described.scheduled_tasks == {"b", "c"}


def test_scheduled_tasks_are_those_of_scheduled_paths_and_of_the_schedule(process):
    process.p, process.q = cms.Path(cms.Task(process.a)), cms.Path(cms.Task(process.b))
    process.loose = cms.Task(process.d)
    process.schedule = cms.Schedule(process.p, tasks=cms.Task(process.c))
    assert describe(process).scheduled_tasks == {"a", "c"}


def test_parameters_are_plain_values_with_type_and_trackedness(process):
    process.a = cms.EDProducer(
        "P",
        d=cms.double(3),
        tag=cms.untracked.InputTag("x", "", "P"),
        tags=cms.VInputTag("x:y", cms.InputTag("z")),
        id=cms.EventID(1, 2, 3),
        ranges=cms.VLuminosityBlockRange("1:1-2:MAX"),
        inner=cms.PSet(b=cms.untracked.bool(True)),
        list=cms.VPSet(cms.PSet(i=cms.int32(1)), cms.PSet()),
        numbers=cms.vdouble(1, 2.5),
        file=cms.FileInPath("a/b"),
    )
    parameters = describe(process).modules["a"].parameters
    assert parameters == {
        "d": Parameter("double", True, 3.0),
        "tag": Parameter("InputTag", False, "x::P"),
        "tags": Parameter("VInputTag", True, ["x:y", "z"]),
        "id": Parameter("EventID", True, "1:2:3"),
        "ranges": Parameter("VLuminosityBlockRange", True, ["1:1-2:MAX"]),
        "inner": Parameter("PSet", True, {"b": Parameter("bool", False, True)}),
        "list": Parameter("VPSet", True, [{"i": Parameter("int32", True, 1)}, {}]),
        "numbers": Parameter("vdouble", True, [1.0, 2.5]),
        "file": Parameter("FileInPath", True, "a/b"),
    }
    assert type(parameters["d"].value) is float
    assert type(parameters["tags"].value) is list


def test_modules_services_and_source_are_sorted_by_what_they_are(process):
    process.add_(cms.Service("Timing"))
    process.es = cms.ESSource("ES")
    described = describe(process)
    assert set(described.modules) == {"a", "b", "c", "d", "f", "out"}
    assert {label: module.kind for label, module in described.modules.items() if label in ("a", "f", "out")} == {
        "a": "EDProducer",
        "f": "EDFilter",
        "out": "OutputModule",
    }
    assert set(described.services) == {"MessageLogger", "Timing"}
    assert described.es_modules["es"].type == "ES"
    assert described.source.parameters == {"n": Parameter("uint32", False, 3)}
    assert (described.modules["a"].file, described.modules["a"].type) == (__file__, "Pa")


def test_settings_are_plain_values_without_what_is_not_set(process):
    process.maxEvents.input = 7
    described = describe(process)
    assert described.max_events == {"input": 7}
    assert described.options["numberOfThreads"] == 1
    assert "eventsPerBlock" not in described.options
    assert "sizeOfStackForThreadsInKB" not in described.options
    assert described.options["eventSetup"]["numberOfConcurrentIOVs"] == 0


def test_top_level_psets_are_plain_dictionaries(process):
    process.info = cms.untracked.PSet(version=cms.untracked.string("v1"), deep=cms.PSet(v=cms.vint32(1)))
    assert describe(process).psets == {"info": {"version": "v1", "deep": {"v": [1]}}}


def test_a_reference_to_a_pset_is_replaced_by_its_parameters(process):
    process.base = cms.PSet(x=cms.int32(1))
    process.common = cms.PSet(refToPSet_=cms.string("base"))
    process.a.config = cms.PSet(refToPSet_=cms.string("common"))
    assert describe(process).modules["a"].parameters["config"].value == {"x": Parameter("int32", True, 1)}


def test_a_reference_to_nothing_or_to_itself_is_a_configuration_error(process):
    process.a.config = cms.PSet(refToPSet_=cms.string("missing"))
    with pytest.raises(Configuration, match=r"'missing' at 'config.' of EDProducer Pa .* is not a PSet of the process"):
        describe(process)
    process.missing = cms.PSet(refToPSet_=cms.string("missing"))
    with pytest.raises(Configuration, match="refers to itself"):
        describe(process)


def test_an_unset_required_parameter_names_module_parameter_and_place(process):
    process.a = cms.EDProducer("P", inner=cms.VPSet(cms.PSet(n=cms.required.untracked.int32)))
    place = rf"EDProducer P with label 'a' \({__file__}, line {process.a._lineNumber}\)"
    with pytest.raises(Configuration, match=rf"parameter 'inner\[0\].n' of type untracked int32 is not set in {place}"):
        describe(process)


def test_unset_optional_and_obsolete_parameters_are_left_out(process):
    process.a = cms.EDProducer("P", o=cms.optional.int32, x=cms.obsolete.untracked.bool)
    assert describe(process).modules["a"].parameters == {}


def test_the_default_of_an_allowed_parameter_is_handed_over(process):
    process.a = cms.EDProducer("P", x=cms.required.allowed(cms.int32, cms.string, default=cms.int32(4)))
    assert describe(process).modules["a"].parameters["x"] == Parameter("int32", True, 4)


def test_an_unlabelled_module_that_came_onto_a_path_later_is_a_configuration_error(process):
    process.p = cms.Path(process.a)
    process.p += cms.EDProducer("Lost")
    with pytest.raises(Configuration, match=r"EDProducer Lost \(.*\) on the Path 'p' has no label"):
        describe(process)


def test_a_module_of_another_process_on_a_path_is_a_configuration_error(process):
    other = cms.Process("OTHER")
    other.x = cms.EDProducer("X")
    process.p = cms.Path(other.x)
    with pytest.raises(
        Configuration, match=r"EDProducer X .* on the Path 'p' is called 'x', but process.x is not this"
    ):
        describe(process)


def test_an_unresolvable_placeholder_is_a_configuration_error(process):
    process.p = cms.Path(cms.SequencePlaceholder("later"))
    with pytest.raises(Configuration, match="the process has nothing called 'later'"):
        describe(process)


def test_modules_that_should_try_to_continue_are_marked_also_as_clones(process):
    process.a.shouldTryToContinue()
    process.e = process.a.clone()
    modules = describe(process).modules
    assert [modules[label].try_to_continue for label in "abe"] == [True, False, True]


def test_aliases_are_given_by_the_label_of_the_module(process):
    process.al = cms.EDAlias(a=cms.VPSet(cms.PSet(type=cms.string("recoX"), toProductInstance=cms.string("y"))))
    assert describe(process).aliases == {"al": {"a": [{"type": "recoX", "toProductInstance": "y"}]}}


def test_the_text_of_the_configuration_comes_along_and_the_description_is_frozen(process):
    described = describe(process)
    assert described.config_text == process.dumpPython()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        described.name = "X"
