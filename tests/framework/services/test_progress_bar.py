from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys

import pytest

from pyrun.framework.services.progress_bar import ProgressBar, progress_wanted


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "term", "environment", "asked", "wanted"),
    [
        (Terminal, "xterm", None, None, True),
        (Terminal, "xterm", "0", None, False),
        (Terminal, "xterm", "0", True, True),
        (Terminal, "xterm", None, False, False),
        (Terminal, "dumb", None, True, False),
        (io.StringIO, "xterm", None, True, False),
    ],
)
def test_a_bar_is_for_terminals_unless_it_is_switched_off(monkeypatch, stream, term, environment, asked, wanted):
    monkeypatch.setattr(sys, "stderr", stream())
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("PYRUN_PROGRESS", raising=False)
    if environment is not None:
        monkeypatch.setenv("PYRUN_PROGRESS", environment)
    assert progress_wanted(asked) is wanted


def test_the_bar_counts_what_is_written_and_messages_stay_whole(monkeypatch, signals):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "150")
    bar = ProgressBar()
    job = signals(bar, size=30)
    job.log.destinations[0].stream = None  # standard error, as in a job
    job.begin()
    for index in range(3):
        with job.block(1 + 10 * index, 10, index) as block:
            job.log.announce(block.ids, block.first_record, 0)
            job.log.warning("Weights", f"block {index}")
    bar._progress.refresh()
    job.end()
    text = terminal.getvalue()
    assert "30/30" in text and "TEST" in text and "ev/s" in text
    assert all(f"\nblock {index}\n%MSG\n" in text.replace("\r", "").replace("\x1b[2K", "") for index in range(3))
    assert "Begin processing" not in text  # of every single event: the bar says it
    assert sys.stderr is terminal


def test_a_job_of_unknown_length_has_a_bar_without_an_end(monkeypatch, signals):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    bar = ProgressBar()
    job = signals(bar)
    job.begin()
    with job.block(1, 10):
        pass
    assert bar._progress.tasks[0].total is None and bar._progress.tasks[0].completed == 10
    job.end(ValueError())


JOB = """
import FWCore.ParameterSet.Config as cms
process = cms.Process("BARS")
process.source = cms.Source("EmptySource")
process.maxEvents.input = 20
"""


def on_a_terminal(folder, *arguments):
    """What pyrun writes to a terminal."""
    (folder / "job_cfg.py").write_text(JOB)
    ours, theirs = pty.openpty()
    code = f"from pyrun.framework.cli.pyrun import main; main({[*arguments, 'job_cfg.py']!r})"
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    environment.pop("PYRUN_PROGRESS", None)
    job = subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, stderr=theirs, stdout=subprocess.DEVNULL, env=environment
    )
    os.close(theirs)
    written = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        written += part
    os.close(ours)
    assert job.wait(timeout=60) == 0, written
    return written.decode()


def test_pyrun_shows_a_bar_on_a_terminal(tmp_path):
    text = on_a_terminal(tmp_path)
    assert "BARS" in text and "20/20" in text and "Begin processing" not in text


def test_pyrun_shows_none_if_it_is_told_so(tmp_path):
    text = on_a_terminal(tmp_path, "--no-progress")
    assert "20/20" not in text and text.count("Begin processing the") == 20
