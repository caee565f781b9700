"""Runs configurations as text and keeps what the modules of a test note."""

from __future__ import annotations

import io
import textwrap
import threading
from pathlib import Path
from typing import Any

import awkward as ak
import pytest

from pyrun.framework import OutputModule, plugin
from pyrun.framework.config.description import describe
from pyrun.framework.config.loading import load_process
from pyrun.framework.engine.job import Job, JobResult
from pyrun.framework.services.message_logger import MessageLogger


class Notes:
    """What the modules of the last job noted, in the order in which it happened."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        self.all: list[tuple[Any, ...]] = []
        self.written: dict[int, dict[str, Any]] = {}

    def add(self, *note: Any) -> None:
        with self.lock:
            self.all.append(note)

    def of(self, label: str) -> list[Any]:
        """The notes whose first entry is `label`, without it; single entries as they are."""
        rest = [note[1:] for note in self.all if note[0] == label]
        return [note[0] if len(note) == 1 else note for note in rest]

    def events(self, label: str) -> list[int]:
        """The events that a module noted, one after the other."""
        return [event for some in self.of(label) for event in some]


NOTES = Notes()


@plugin
class NotingOutput(OutputModule):
    """Keeps the products of all events in memory, by event number and label."""

    def keep(self, branches):
        return [branch for branch in branches if branch.level == "Event"]

    def write(self, ids, products):
        for event in ids.event.tolist():
            assert event not in NOTES.written, "an event is written twice"
            NOTES.written[event] = {}
        for branch, (array, present) in products.items():
            if array is not None:
                for event, value in zip(ids.event[present].tolist(), ak.to_list(array), strict=True):
                    NOTES.written[event][branch.label] = value


class Jobs:
    """Runs configurations in a folder; `log` has what the last one printed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = ""

    def __call__(self, text: str, more: str = "", *, streams: int = 1, threads: int = 1, block: int = 0) -> JobResult:
        """Run a configuration, whether it succeeds or not."""
        config = self.path / "job_cfg.py"
        options = f"process.options.numberOfThreads = {threads}\nprocess.options.numberOfStreams = {streams}\n"
        options += f"process.options.eventsPerBlock = cms.untracked.uint32({block})\n"
        start = "import FWCore.ParameterSet.Config as cms\n"
        config.write_text(start + textwrap.dedent(text) + textwrap.dedent(more) + "\n" + options)
        stream = io.StringIO()
        NOTES.clear()
        try:
            return Job(describe(load_process(str(config))), MessageLogger(stream=stream)).run()
        finally:
            self.log = stream.getvalue()

    def run(self, text: str, more: str = "", **how: int) -> JobResult:
        """Run a configuration that is to succeed."""
        result = self(text, more, **how)
        assert result.failure is None, result.failure.fatal_print()
        return result


def empty_source(events: int, *, per_lumi: int = 0, per_run: int = 0, first: int = 1) -> str:
    """A process TEST with so many events."""
    return f"""
process = cms.Process("TEST")
process.source = cms.Source("EmptySource", firstEvent = cms.untracked.uint32({first}),
                            numberEventsInLuminosityBlock = cms.untracked.uint32({per_lumi}),
                            numberEventsInRun = cms.untracked.uint32({per_run}))
process.maxEvents.input = {events}
"""


def jobs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """Jobs in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYRUN_SEARCH_PATH", raising=False)
    return Jobs(tmp_path)
