from __future__ import annotations

import hashlib
import math
import re

from hypothesis import given, settings
from hypothesis import strategies as st

import pyrun.framework.config as cms


def executed(text):
    namespace = {}
    exec(text, namespace)
    return namespace["process"]


def body(process):
    """The statements of the dump, without the settings that every process has."""
    standard = ("options", "maxEvents", "maxLuminosityBlocks", "MessageLogger")
    statements = re.split(r"^process\.", process.dumpPython(), flags=re.MULTILINE)[1:]
    return ["process." + statement.rstrip() for statement in statements if not statement.startswith(standard)]


def test_the_first_lines_are_the_import_and_the_process():
    assert cms.Process("MYNAME").dumpPython().split("\n")[:3] == [
        "import FWCore.ParameterSet.Config as cms",
        "",
        'process = cms.Process("MYNAME")',
    ]


def test_components_come_in_cms_order_and_sorted_within_a_kind():
    process = cms.Process("T")
    process.q, process.p = cms.Path(), cms.Path()
    process.z, process.a = cms.EDProducer("Z"), cms.EDProducer("A")
    process.f = cms.EDFilter("F")
    process.out = cms.OutputModule("O")
    process.t = cms.Task(process.z)
    process.inner = cms.Sequence(process.a)
    process.all = cms.Sequence(process.z + process.inner)
    process.e = cms.EndPath(process.out)
    process.ps = cms.PSet()
    process.vps = cms.VPSet()
    process.al = cms.EDAlias()
    process.source = cms.Source("EmptySource")
    process.add_(cms.Service("Timing"))
    process.es = cms.ESProducer("E")
    process.schedule = cms.Schedule(process.q)
    labels = [statement.split(" = ")[0].removeprefix("process.") for statement in body(process)]
    assert " ".join(labels) == "source ps vps a z f out Timing es t inner all q p e al schedule"


def test_parameters_are_sorted_by_name():
    process = cms.Process("T")
    process.a = cms.EDProducer("P", z=cms.int32(1), b=cms.untracked.InputTag("x"))
    assert body(process) == [
        'process.a = cms.EDProducer("P",\n    b = cms.untracked.InputTag("x"),\n    z = cms.int32(1)\n)'
    ]


def test_a_sequence_comes_after_those_it_holds_also_through_an_unlabelled_one():
    process = cms.Process("T")
    process.m = cms.EDProducer("P")
    process.z = cms.Sequence(process.m)
    process.a = cms.Sequence(cms.Sequence(process.z) + process.m)
    assert executed(process.dumpPython()).a.moduleNames() == {"m"}


def test_dumping_does_not_change_the_process():
    process = cms.Process("T")
    process.a = cms.EDProducer("P", n=cms.required.int32)
    assert process.dumpPython() == process.dumpPython()


def test_every_kind_of_component_survives_dump_and_execution():
    process = cms.Process("T")
    process.source = cms.Source("PoolSource", fileNames=cms.untracked.vstring("file:a.root"))
    process.a = cms.EDProducer("A", n=cms.required.int32, o=cms.optional.untracked.allowed(cms.int32, cms.PSet))
    process.f = cms.EDFilter("F", vp=cms.VPSet(cms.PSet(x=cms.double(math.inf)), cms.PSet()))
    process.an = cms.EDAnalyzer("An", e=cms.EventID(1, 2, 3), r=cms.untracked.VEventRange("1:1-1:MAX"))
    process.out = cms.OutputModule("O", f=cms.FileInPath("a/b.txt"), es=cms.ESInputTag("", "x"))
    process.t, process.ct = cms.Task(process.a), cms.ConditionalTask(process.a)
    process.s = cms.Sequence(cms.ignore(process.f) + cms.wait(process.a), process.t)
    process.p = cms.Path(~process.f + process.s + process.an, process.ct)
    process.e = cms.EndPath(process.out)
    process.fin = cms.FinalPath(process.out)
    process.alias = cms.EDAlias(a=cms.VPSet(cms.PSet(type=cms.string("recoX"))), f=cms.EDAlias.allProducts())
    process.es = cms.ESSource("ES", i=cms.int64(2**40))
    process.prefer("es", Rec=cms.vstring("a/b"))
    process.top = cms.PSet(any=cms.PSet(allowAnyLabel_=cms.required.uint32))
    process.options.numberOfThreads = 4
    process.maxEvents.input = 3
    process.schedule = cms.Schedule(process.p, process.e, tasks=[process.t])
    text = process.dumpPython()
    again = executed(text)
    assert again.dumpPython() == text
    assert again.options.numberOfThreads == 4
    assert again.p.moduleNames() == process.p.moduleNames()


def test_an_unset_declaration_is_still_one_after_dump_and_execution():
    process = cms.Process("T")
    process.a = cms.EDProducer("P", n=cms.required.untracked.int32)
    again = executed(process.dumpPython())
    again.a.n = 5
    assert again.a.n.dumpPython() == "cms.untracked.int32(5)"


names = st.from_regex(r"[a-z][A-Za-z0-9]{0,6}", fullmatch=True)
tags = st.builds(lambda *parts: ":".join(parts), names, names | st.just(""), names)
scalars = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(cms.int32),
    st.integers(0, 2**64 - 1).map(cms.uint64),
    (st.floats() | st.integers(-(10**15), 10**15)).map(cms.double),
    st.booleans().map(cms.bool),
    st.text(max_size=12).map(cms.string),
    tags.map(cms.InputTag),
    st.tuples(*[st.integers(0, 9)] * 3).map(lambda numbers: cms.EventID(*numbers)),
)
lists = st.one_of(
    st.lists(st.integers(-9, 9), max_size=12).map(cms.vint32),
    st.lists(st.floats(), max_size=12).map(cms.vdouble),
    st.lists(st.text(max_size=6), max_size=4).map(cms.vstring),
    st.lists(st.booleans(), max_size=7).map(cms.vbool),
    st.lists(tags | tags.map(cms.InputTag), max_size=4).map(lambda items: cms.VInputTag(*items)),
    st.integers(250, 260).map(lambda n: cms.vint32(range(n))),
)
declarations = st.sampled_from(
    [cms.required.int32, cms.optional.untracked.vstring, cms.optional.allowed(cms.int32, cms.string)]
).map(lambda declaration: declaration.copy())


def tracked_or_not(parameters):
    return st.builds(
        lambda parameter, tracked: parameter if tracked else cms.untracked(parameter), parameters, st.booleans()
    )


parameters = st.recursive(
    tracked_or_not(scalars | lists) | declarations,
    lambda inner: tracked_or_not(
        st.dictionaries(names, inner, max_size=4).map(lambda content: cms.PSet(**content))
        | st.lists(st.dictionaries(names, inner, max_size=2).map(lambda c: cms.PSet(**c)), max_size=3).map(
            lambda psets: cms.VPSet(*psets)
        )
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(names, parameters, max_size=6))
def test_a_module_of_any_parameters_survives_dump_and_execution(content):
    process = cms.Process("T")
    process.module = cms.EDProducer("P", **content)
    process.pset = cms.PSet(**{name: parameter.copy() for name, parameter in content.items()})
    text = process.dumpPython()
    again = executed(text)
    assert again.dumpPython() == text
    for name, parameter in content.items():
        assert type(again.module.getParameter(name)) is type(parameter)
        assert again.module.getParameter(name).isTracked() == parameter.isTracked()


@st.composite
def processes(draw):
    """A process of modules on nested sequences, tasks and paths."""
    process = cms.Process("T")
    modules = [cms.EDProducer("P"), cms.EDFilter("F"), cms.EDFilter("G"), cms.EDProducer("Q")]
    for number, module in enumerate(modules):
        setattr(process, f"m{number}", module)
    tasks = [None]
    for number in range(draw(st.integers(0, 3))):
        members = draw(st.lists(st.sampled_from(modules + tasks[1:]), max_size=4))
        tasks.append(cms.Task(*members))
        if draw(st.booleans()):
            setattr(process, draw(st.sampled_from("xyz")) + f"Task{number}", tasks[-1])
    sequences = []
    wrappers = [lambda m: m, lambda m: ~m, cms.ignore, cms.wait]
    for number in range(draw(st.integers(1, 5))):
        entries = [
            draw(st.sampled_from(wrappers))(module) for module in draw(st.lists(st.sampled_from(modules), max_size=4))
        ]
        entries += draw(st.lists(st.sampled_from(sequences), max_size=2)) if sequences else []
        kind = draw(st.sampled_from([cms.Sequence, cms.Path, cms.EndPath]))
        holder = kind().copyAndAdd(*entries)
        holder.associate(*[task for task in [draw(st.sampled_from(tasks))] if task is not None])
        if kind is cms.Sequence:
            sequences.append(holder)
        if kind is not cms.Sequence or draw(st.booleans()):
            setattr(process, draw(st.sampled_from("abc")) + f"Holder{number}", holder)
    if draw(st.booleans()):
        process.schedule = cms.Schedule(*process.paths_().values(), tasks=[task for task in tasks if task is not None])
    return process


@settings(max_examples=60, deadline=None)
@given(processes())
def test_any_arrangement_of_paths_survives_dump_and_execution(process):
    from pyrun.framework.config.description import describe

    text = process.dumpPython()
    again = executed(text)
    holders = [*process.sequences_().values(), *process.paths_().values(), *process.endpaths_().values()]
    sequences = []
    for holder in holders:
        holder.visit(cms.SequenceVisitor(sequences))
    if all(sequence.hasLabel_() for sequence in sequences):  # Python forgets the parentheses of the others
        assert again.dumpPython() == text
    assert executed(again.dumpPython()).dumpPython() == again.dumpPython()
    before, after = describe(process), describe(again)
    assert before.trigger_paths == after.trigger_paths
    assert before.end_paths == after.end_paths
    assert before.scheduled_tasks == after.scheduled_tasks


@settings(max_examples=60, deadline=None)
@given(processes(), st.data())
def test_sequence_algebra_agrees_with_lists(process, data):
    """Editing a path at any depth is editing the flat list of its decorated modules."""
    from pyrun.framework.config.visitors import DecoratedNodeNameVisitor

    def flat(holder):
        labels = []
        holder.visit(DecoratedNodeNameVisitor(labels))
        return labels

    holders = [*process.sequences_().values(), *process.paths_().values(), *process.endpaths_().values()]
    if not holders:
        return
    holder = data.draw(st.sampled_from(holders))
    module = data.draw(st.sampled_from(list(process.producers_().values()) + list(process.filters_().values())))
    before, label = flat(holder), module.label_()
    others = {name: flat(other) for name, other in process.sequences_().items() if other is not holder}
    on_path = [entry for entry in before if entry.lstrip("!-|") != label]

    assert flat(holder.copyAndExclude([module])) == on_path
    assert flat(holder.expandAndClone()) == before
    replaced = holder.copy()
    process.new = cms.EDProducer("N")
    replaced.replace(module, process.new)
    assert flat(replaced) == [
        entry[: -len(label)] + "new" if entry.lstrip("!-|") == label else entry for entry in before
    ]
    shorter = holder.copy()
    if label in [entry.lstrip("!-|") for entry in before]:
        expected = list(before)
        del expected[[entry.lstrip("!-|") for entry in before].index(label)]
        assert shorter.remove(module)
        assert flat(shorter) == expected
    assert flat(holder) == before
    assert {name: flat(process.sequences_()[name]) for name in others} == others


def test_a_type_defined_elsewhere_can_ask_for_an_import_line():
    class MyService(cms.Service):
        pass

    cms.specialImportRegistry.registerSpecialImportForType(MyService, "from My.Pkg.Services import MyService")
    process = cms.Process("T")
    process.add_(MyService("Special"))
    assert process.dumpPython().split("\n")[1] == "from My.Pkg.Services import MyService"
    assert cms.Process("T").dumpPython().split("\n")[1] == ""


def test_without_the_process_prefix_labels_are_bare():
    process = cms.Process("T")
    process.a, process.b = cms.EDProducer("A"), cms.EDFilter("B")
    assert cms.Sequence(process.a + ~process.b).dumpPython(cms.PrintOptions(process=False)) == "cms.Sequence(a+~b)\n"


def test_parameters_named_like_words_of_python_survive_dump_and_execution():
    process = cms.Process("T")
    process.a = cms.EDProducer("P", **{"in": cms.int32(1), "z": cms.int32(2)})
    text = process.dumpPython()
    assert executed(text).dumpPython() == text


def test_a_whole_job_is_printed_byte_for_byte_as_cmssw_prints_it():
    process = cms.Process("TEST")
    process.source = cms.Source("EmptySource")
    process.maxEvents.input = 1
    process.m1a = cms.EDProducer("IntProducer", ivalue=cms.int32(2))
    process.p1 = cms.Path(process.m1a)
    process.testout1 = cms.OutputModule("TestOutputModule", name=cms.string("foo"))
    process.e1 = cms.EndPath(process.testout1)
    of_cmssw = "17953ca7874087a8ede801c7278cb5e468ffc63ee4922356544e4f5f6a0d38fb"
    assert hashlib.sha256(process.dumpPython().encode()).hexdigest() == of_cmssw
