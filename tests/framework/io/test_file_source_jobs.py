"""Configurations as users write them: masks, picked events, two files, several threads."""

from __future__ import annotations

import io
import json
import textwrap
from pathlib import Path

import pytest
from pool_files import PAT, SIM, X, write_events

from pyrun.framework.config.description import describe
from pyrun.framework.config.loading import load_process
from pyrun.framework.engine.job import Job
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.io.event_file import EventFileReader
from pyrun.framework.services.message_logger import MessageLogger

Y = BranchDescription("double", "y", "", "SIM")
EVENTS = [(run, lumi, 100 * lumi + n) for run in (1, 2) for lumi in (1, 2, 3, 4) for n in range(6)]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_events("a.root", EVENTS[:30], lumis=((1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (2, 1)))
    write_events("b.root", EVENTS[30:], lumis=((2, 2), (2, 3), (2, 4)))
    return tmp_path


def copy(source: str, more: str = "") -> EventFileReader:
    """The file that a job with this source writes."""
    text = """
        import FWCore.ParameterSet.Config as cms
        import FWCore.PythonUtilities.LumiList as LumiList
        process = cms.Process("COPY")
        process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring("a.root", "b.root"))
        process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("copy.root"))
        process.e = cms.EndPath(process.out)
    """
    config = textwrap.dedent(text) + textwrap.dedent(source) + "\n" + more
    Path("copy_cfg.py").write_text(config)
    result = Job(describe(load_process("copy_cfg.py")), MessageLogger(stream=io.StringIO())).run()
    assert result.failure is None, result.failure
    return EventFileReader("copy.root")


def ids(file: EventFileReader) -> list[tuple[int, int, int]]:
    return list(zip(file.ids.run.tolist(), file.ids.lumi.tolist(), file.ids.event.tolist(), strict=True))


@pytest.mark.parametrize("options", ["", "process.options.numberOfThreads = 2; process.options.eventsPerBlock = 4"])
def test_a_json_mask(options):
    mask = {"1": [[2, 3]], "2": [[1, 1], [4, 9]]}
    Path("golden.json").write_text(json.dumps(mask))
    file = copy(
        'process.source.lumisToProcess = LumiList.LumiList(filename = "golden.json").getVLuminosityBlockRange()',
        options,
    )
    assert ids(file) == [event for event in EVENTS if event[:2] in {(1, 2), (1, 3), (2, 1), (2, 4)}]
    assert {(run, lumi) for run, lumi, _ in ids(file)} <= set(file.lumis)
    x, _ = file.read(X, 0, file.num_entries)
    assert x.tolist() == [event for _, _, event in ids(file)]


@pytest.mark.parametrize("options", ["", "process.options.numberOfThreads = 2"])
def test_picked_events(options):
    file = copy(
        'process.source.eventsToProcess = cms.untracked.VEventRange("1:204", "2:1:103-2:1:104", "2:4:405-2:MAX:MAX")',
        options,
    )
    assert ids(file) == [(1, 2, 204), (2, 1, 103), (2, 1, 104), (2, 4, 405)]


def test_products_of_a_second_file_are_written_too():
    write_events("a.root", EVENTS[::2], processes=(SIM, PAT))
    write_events("b.root", EVENTS[1::2], processes=(SIM, PAT))
    write_events("parent.root", EVENTS[::-1], branches=(Y,))
    file = copy('process.source.secondaryFileNames = cms.untracked.vstring("parent.root")')
    assert file.branches == [X, Y]
    assert sorted(ids(file)) == EVENTS
    y, present = file.read(Y, 0, len(EVENTS))
    assert present is None
    assert y.tolist() == [event for _, _, event in ids(file)]
