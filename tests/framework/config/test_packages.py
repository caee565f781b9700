from __future__ import annotations

import sys

import pytest

from pyrun.framework.config.loading import load_process

JOB = """
import FWCore.ParameterSet.Config as cms
process = cms.Process("JOB")
process.load("FWCore.MessageService.MessageLogger_cfi")
{}
"""
PSET = "import FWCore.ParameterSet.Config as cms\n{} = cms.PSet(n=cms.int32({}))\n"


@pytest.fixture
def load(tmp_path):
    def load(text):
        job = tmp_path / "job" / "job_cfg.py"
        job.parent.mkdir(exist_ok=True)
        job.write_text(JOB.format(text))
        return load_process(str(job))

    return load


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder on the path; calling it writes a file there, with an ``__init__.py`` in each folder above."""
    root = tmp_path / "release"
    monkeypatch.setattr(sys, "path", [str(root), *sys.path])

    def write(name, text, built=True):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        for parent in path.relative_to(root).parents if built else ():
            if parent.name:
                (root / parent / "__init__.py").touch()

    return write


def test_a_release_may_have_an_init_file_in_each_folder(load, folder):
    folder("FWCore/Integration/test_cfi.py", PSET.format("a", 1))
    folder("Configuration/StandardSequences/Mine_cff.py", PSET.format("b", 2))
    process = load(
        "process.load('FWCore.Integration.test_cfi')\n"
        "process.load('Configuration.StandardSequences.Mine_cff')\n"
        "process.load('Configuration.EventContent.EventContent_cff')\n"
    )
    assert (process.a.n, process.b.n) == (1, 2)
    assert process.MINIAODSIMEventContent.outputCommands


def test_the_language_of_a_release_is_not_taken_but_what_pyrun_lacks_of_it_is(load, folder):
    folder("FWCore/ParameterSet/Config.py", "raise RuntimeError('not this one')\n")
    folder("FWCore/ParameterSet/mine.py", "number = 3\n")
    folder(
        "FWCore/MessageService/MessageLogger_cfi.py", "from FWCore.ParameterSet.MessageLogger import MessageLogger\n"
    )
    process = load("from FWCore.ParameterSet.mine import number\nprocess.maxEvents.input = number")
    assert process.maxEvents.input == 3


def test_a_fragment_of_a_release_is_taken_before_that_of_pyrun(load, folder):
    folder("Configuration/StandardSequences/Services_cff.py", PSET.format("theirs", 1))
    assert load("process.load('Configuration.StandardSequences.Services_cff')").theirs.n == 1


@pytest.mark.parametrize("package", ["MyAnalysis/Jets", "PhysicsTools/NanoAOD"])
def test_sources_that_were_never_built_are_found_in_their_python_folder(load, folder, package):
    folder(f"{package}/python/jets_cfi.py", PSET.format("jets", 4), built=False)
    folder(f"{package}/python/inner/cuts_cff.py", PSET.format("cuts", 5), built=False)
    dotted = package.replace("/", ".")
    process = load(f"process.load('{dotted}.jets_cfi')\nfrom {dotted}.inner.cuts_cff import cuts\nprocess.cuts = cuts")
    assert (process.jets.n, process.cuts.n) == (4, 5)


def test_the_next_load_finds_what_is_on_the_path_then(load, folder, monkeypatch):
    folder("FWCore/Integration/test_cfi.py", PSET.format("a", 1))
    assert load("process.load('FWCore.Integration.test_cfi')").a.n == 1
    monkeypatch.setattr(sys, "path", sys.path[1:])
    with pytest.raises(Exception, match=r"pyrun does not come with the fragment FWCore.Integration"):
        load("process.load('FWCore.Integration.test_cfi')")


def test_what_one_load_does_to_the_message_logger_the_next_does_not_see(load):
    first = load("process.MessageLogger.cerr.FwkReport.reportEvery = 7")
    assert first.MessageLogger.cerr.FwkReport.reportEvery == 7
    assert load("").MessageLogger.cerr.FwkReport.reportEvery == 1


def test_the_interpreters_finders_are_left_as_they_were(load):
    before = list(sys.meta_path)
    load("")
    assert sys.meta_path == before
