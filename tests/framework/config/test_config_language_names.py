"""Every public name of the configuration language is there under CMSSW's names, and its less common parts behave."""

from __future__ import annotations

import copy
import importlib
import pickle
import subprocess
import sys

import pytest

import pyrun.framework.config as cms
from pyrun.framework.config.loading import load_process
from pyrun.framework.errors import ConfigFileReadError

NAMES = {
    "FWCore.ParameterSet.Config": """
        int32 uint32 int64 uint64 double bool string vint32 vuint32 vint64 vuint64 vdouble vbool vstring InputTag
        VInputTag ESInputTag VESInputTag EventID VEventID LuminosityBlockID VLuminosityBlockID LuminosityBlockRange
        VLuminosityBlockRange EventRange VEventRange FileInPath SecSource PSet VPSet untracked required optional
        obsolete EDProducer EDFilter EDAnalyzer OutputModule Source Looper Service ESProducer ESSource ESPrefer
        SubProcess FilteredStream ProcessFragment ProcessAccelerator ProcessForProcessAccelerator EDAlias
        SwitchProducer Process Path EndPath FinalPath Sequence SequencePlaceholder Task TaskPlaceholder ConditionalTask
        ConditionalTaskPlaceholder Schedule ignore wait Modifier ModifierChain ProcessModifier PrintOptions UsingBlock
        specialImportRegistry findProcess checkImportPermission convertToPSet convertToVPSet makeCppPSet edm
        EDMException NodeVisitor CompositeVisitor PathValidator EndPathValidator ScheduleTaskValidator
        ModuleNamesFromGlobalsVisitor SequenceVisitor TaskVisitor ModuleNodeVisitor DecoratedNodeNamePlusVisitor
        DictTypes _Module _ModuleSequenceType _Sequenceable _Parameterizable _modifyParametersFromDict saveOrigin""",
    "HLTrigger.Configuration.common": """
        producers_by_type filters_by_type analyzers_by_type esproducers_by_type modules_by_type insert_modules_before
        insert_modules_after replace_with""",
    "FWCore.ParameterSet.VarParsing": "VarParsing",
    "FWCore.ParameterSet.Utilities": """
        convertToUnscheduled cleanUnscheduled createTaskWithAllProducersAndFilters ignoreAllFiltersOnPath
        modulesInSequences moduleLabelsInSequences convertToSingleModuleEndPaths""",
    "FWCore.ParameterSet.MassReplace": """
        massSearchReplaceParam massSearchReplaceAnyInputTag massReplaceInputTag massReplaceParameter
        MassSearchParamVisitor MassSearchReplaceParamVisitor MassSearchReplaceAnyInputTagVisitor""",
    "FWCore.ParameterSet.SequenceTypes": "_SequenceLeaf _BooleanLogicSequenceLeaf Sequence NodeNameVisitor",
    "FWCore.ParameterSet.SequenceVisitors": "ModuleNodeVisitor PathValidator NodeVisitor",
    "FWCore.ParameterSet.Mixins": """
        _Parameterizable _TypedParameterizable _ValidatingParameterListBase _SimpleParameterTypeBase _Labelable
        _ConfigureComponent specialImportRegistry PrintOptions UsingBlock _modifyParametersFromDict saveOrigin""",
    "FWCore.ParameterSet.ModulesProxy": "_setupProxies",
    "FWCore.ParameterSet.DictTypes": "FixedKeysDict SortedKeysDict SortedAndFixedKeysDict",
    "FWCore.ParameterSet.OrderedSet": "OrderedSet",
    "FWCore.ParameterSet.processFromFile": "processFromFile",
    "FWCore.ParameterSet.MessageLogger": "MessageLogger",
    "FWCore.Utilities.FileUtils": "loadListFromFile sectionNofTotal",
}


@pytest.mark.parametrize("module", NAMES)
def test_the_names_are_where_configurations_import_them_from(module):
    missing = [name for name in NAMES[module].split() if not hasattr(importlib.import_module(module), name)]
    assert not missing


@pytest.fixture
def process():
    process = cms.Process("T")
    process.a, process.b = cms.EDProducer("A", n=cms.int32(1)), cms.EDFilter("B")
    return process


def executed(text):
    namespace = {}
    exec(text, namespace)
    return namespace["process"]


class SwitchProducerHere(cms.SwitchProducer):
    def __init__(self, **cases):
        super().__init__(dict(cpu=cms.SwitchProducer.getCpu()), **cases)


def test_a_switch_labels_its_cases_and_can_be_dumped_changed_and_pickled(process):
    process.sw = SwitchProducerHere(cpu=cms.EDProducer("P", n=cms.int32(1)))
    assert process.sw.cpu.label_() == "sw@cpu"
    assert process.sw.dumpPython() == (
        'SwitchProducerHere(\n    cpu = cms.EDProducer("P",\n        n = cms.int32(1)\n    )\n)\n'
    )
    other = process.sw.clone(cpu=dict(n=2))
    assert (process.sw.cpu.n, other.cpu.n) == (1, 2)
    assert pickle.loads(pickle.dumps(process)).sw.cpu.n == 1
    with pytest.raises(ValueError, match="Case 'gpu' is not allowed"):
        SwitchProducerHere(gpu=cms.EDProducer("P"))
    with pytest.raises(TypeError, match="can only be set to a cms.EDProducer or cms.EDAlias, not EDFilter"):
        process.sw.cpu = cms.EDFilter("F")


def test_the_switch_for_graphics_cards_takes_the_cpu_where_there_is_none(process):
    from HeterogeneousCore.CUDACore.SwitchProducerCUDA import SwitchProducerCUDA

    process.load("HeterogeneousCore.CUDACore.ProcessAcceleratorCUDA_cfi")
    process.sw = SwitchProducerCUDA(cpu=cms.EDProducer("P"), cuda=cms.EDProducer("Q"))
    assert process.sw._chooseCase(["cpu"]) == "cpu"
    assert process.sw._chooseCase(["cpu", "gpu-nvidia"]) == "cuda"
    assert process.ProcessAcceleratorCUDA.enabledLabels() == []
    text = process.dumpPython()
    assert executed(text).dumpPython() == text


def test_what_the_logger_had_long_ago_is_told_with_what_to_do(process):
    with pytest.raises(AttributeError, match="no parameter 'categories' since CMSSW 11_3: leave the line out"):
        process.MessageLogger.categories.append("Mine")
    assert not hasattr(process.MessageLogger, "other")


def test_a_deep_copy_of_a_component_gets_a_label_of_its_own(process):
    process.c = copy.deepcopy(process.a)
    process.c.n = 5
    assert process.a.n == 1


def test_a_sub_process_survives_dump_and_execution(process):
    child = cms.Process("Child")
    child.x = cms.EDProducer("X")
    child.p = cms.Path(child.x)
    process.addSubProcess(cms.SubProcess(child, outputCommands=cms.untracked.vstring("drop *")))
    text = process.dumpPython()
    again = executed(text)
    assert again.dumpPython() == text
    assert again.subProcesses_()[0].process().x.type_() == "X"


def test_a_process_can_be_split_into_files_that_load_each_other(process, tmp_path, monkeypatch):
    process.c = cms.EDAnalyzer("C")
    process.s = cms.Sequence(process.a + process.b, cms.Task(process.a))
    process.p = cms.Path(process.s + process.c)
    process.schedule = cms.Schedule(process.p)
    files = process.splitPython(cms.PrintOptions(useSubdirectories=True, targetDirectory="split"))
    for name, text in files.items():
        path = tmp_path / ("main.py" if name == "-" else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert executed(files["-"]).dumpPython() == process.dumpPython()


def test_generated_packages_offer_a_function_for_each_plugin(tmp_path, monkeypatch):
    package = tmp_path / "Pkg" / "Sub"
    package.mkdir(parents=True)
    header = "import FWCore.ParameterSet.Config as cms\n"
    (package / "Maker.py").write_text(
        header
        + "def Maker(*psets, **kw):\n    mod = cms.EDProducer('Maker', n=cms.int32(1), tag=cms.required.InputTag)\n"
        "    for pset in psets:\n        mod.update_(pset)\n    mod.update_(kw)\n    return mod\n"
    )
    (package / "maker_cfi.py").write_text("from .Maker import Maker\nmaker = Maker()\n")
    (package / "modules.py").write_text(
        "from FWCore.ParameterSet.ModulesProxy import _setupProxies\nlocals().update(_setupProxies(__file__))\n"
    )
    job = tmp_path / "job_cfg.py"
    job.write_text(
        header + "from Pkg.Sub.modules import Maker\nprocess = cms.Process('T')\nprocess.load('Pkg.Sub.maker_cfi')\n"
        "process.other = Maker(n=7, tag='x:y')\n"
    )
    process = load_process(str(job))
    assert (process.maker.n, process.other.n, process.other.tag) == (1, 7, "x:y")


def test_a_missing_fragment_is_named_with_what_to_do(tmp_path):
    job = tmp_path / "job_cfg.py"
    header = "import FWCore.ParameterSet.Config as cms\nprocess = cms.Process('T')\n"
    job.write_text(header + "process.load('Configuration.StandardSequences.Service_cff')\n")
    with pytest.raises(ConfigFileReadError) as caught:
        load_process(str(job))
    message = str(caught.value)
    assert "job_cfg.py, line 3" in message
    assert "does not come with the fragment Configuration.StandardSequences.Service_cff" in message
    assert "(did you mean 'Configuration.StandardSequences.Services_cff'?)" in message
    assert "PYTHONPATH" in message
    job.write_text(header + "print(process.sourc)\nprocess.source = cms.Source('S')\n")
    with pytest.raises(ConfigFileReadError, match="has no attribute 'sourc'"):
        load_process(str(job))


def test_the_source_is_also_known_by_its_type(process):
    process.source = cms.Source("PoolSource", fileNames=cms.untracked.vstring())
    process.PoolSource.fileNames = ["a.root"]
    assert process.source.fileNames == ["a.root"]


def test_schedules_under_other_names_are_lists_of_paths(process):
    process.p = cms.Path(process.a)
    process.HLTSchedule = cms.Schedule(process.p)
    process.schedule = cms.Schedule()
    process.schedule.extend(process.HLTSchedule)
    text = process.dumpPython()
    again = executed(text)
    assert list(again.HLTSchedule) == list(again.schedule) == [again.p]
    assert again.dumpPython() == text


def test_old_options_are_accepted_and_dumped(process):
    process.options = cms.untracked.PSet(
        SkipEvent=cms.untracked.vstring("ProductNotFound"), FailPath=cms.untracked.vstring()
    )
    process.options.SkipEvent = ["Other"]
    assert executed(process.dumpPython()).options.SkipEvent == ["Other"]


def test_a_removed_default_stays_removed_in_the_dump_of_a_dump(process):
    del process.MessageLogger
    text = process.dumpPython()
    assert executed(text).dumpPython() == text
    assert not hasattr(executed(text), "MessageLogger")


@pytest.mark.parametrize("text", ["it's", 'say "x"', 'it\'s "x"', "a\nb", "\0", "\x01" + "1", "é", "back\\slash'"])
def test_any_text_survives_dump_and_execution(text):
    assert eval(cms.string(text).dumpPython(), {"cms": cms}) == text
    assert eval(cms.vstring(text, text).dumpPython(), {"cms": cms}) == [text, text]


def test_the_language_imports_nothing_but_the_standard_library_and_attrs():
    code = (
        "import sys, pyrun.framework.resources as r\n"
        "sys.path.append(str(r.python_cfg_path()))\nbefore = set(sys.modules)\n"
        "import FWCore.ParameterSet.Config\n"
        "print({name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert eval(result.stdout) <= {"pyrun", "attr", "attrs", "FWCore"} | {
        name for name in eval(result.stdout) if name.startswith("_")
    }


def test_a_dict_of_parameters_changes_as_a_module_does_for_classes_of_the_users_own():
    from FWCore.ParameterSet.Mixins import _modifyParametersFromDict

    def refuse(name):
        raise KeyError(name)

    table = {"n": cms.int32(1), "cuts": cms.PSet(pt=cms.double(5), eta=cms.double(2)), "bins": cms.vint32(1, 2)}
    _modifyParametersFromDict(table, dict(n=3, cuts=dict(pt=None, eta=3), bins={1: 9}, new=cms.bool(True)), refuse)
    assert (table["n"], table["cuts"].parameterNames_(), table["cuts"].eta) == (3, ["eta"], 3)
    assert (table["bins"], table["new"]) == ([1, 9], True)
    _modifyParametersFromDict(table, dict(n=None), refuse)
    assert "n" not in table
    with pytest.raises(KeyError, match="unknown"):
        _modifyParametersFromDict(table, dict(unknown=1), refuse)


def test_the_origin_of_a_component_is_the_call_that_the_user_names():
    from FWCore.ParameterSet.Mixins import saveOrigin

    def make():
        module = cms.EDProducer("A")
        saveOrigin(module, 1)
        return module

    module = make()
    assert (module._filename, module._lineNumber) == (__file__, make.__code__.co_firstlineno + 5)


def test_modules_of_a_menu_are_found_by_type_and_others_put_beside_them(process):
    from HeterogeneousCore.CUDACore.SwitchProducerCUDA import SwitchProducerCUDA
    from HLTrigger.Configuration import common

    process.sw = SwitchProducerCUDA(cpu=cms.EDProducer("A"), cuda=cms.EDAlias(a=cms.EDAlias.allProducts()))
    process.source = cms.Source("A")
    assert [module.label_() for module in common.producers_by_type(process, "A")] == ["a", "sw@cpu"]
    assert [module.label_() for module in common.filters_by_type(process, "A", "B")] == ["b"]
    assert len(list(common.modules_by_type(process, "A"))) == 3
    process.s, process.none = cms.Sequence(process.a), cms.Sequence()
    process.p = cms.Path(process.s + process.a)
    common.insert_modules_before(process, process.a, process.b)
    common.insert_modules_after(process, process.a, process.sw)
    assert process.s.dumpPython() == "cms.Sequence(process.b+process.a+process.sw)\n"
    assert process.p.dumpPython() == "cms.Path(process.s+process.b+process.a+process.sw)\n"
    common.replace_with(process.a, cms.EDProducer("C", m=cms.int32(2)))
    assert (process.a.type_(), process.a.parameterNames_()) == ("C", ["m"])
