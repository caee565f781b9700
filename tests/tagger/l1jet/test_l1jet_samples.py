"""The parts of the training sample: what is made, and going on after an interruption."""

from __future__ import annotations

import sys

import attrs
import pytest
from click.testing import CliRunner

from pyrun.framework.errors import Configuration, ExternalFailure
from pyrun.tagger.l1jet import samples
from pyrun.tagger.l1jet.commands.samples import command

SETTINGS = samples.Settings(part=10)


@attrs.frozen
class QuickPart(samples.Part):
    """A part whose job is a line of Python."""

    code: str = "pass"

    def command(self, settings):
        return [sys.executable, "-c", self.code]


def quick(folder, code, number=0):
    return QuickPart("ttbar", number, 10, folder / f"ttbar_{number}.root", code)


def options_of(part):
    return dict(word.split("=", 1) for word in part.command(SETTINGS) if "=" in word)


def test_parts_have_all_events_once_and_event_numbers_of_their_own(tmp_path):
    parts = samples.parts({"ttbar": 25, "zll": 10, "w": 1}, SETTINGS, tmp_path)
    numbers = []
    for part in parts:
        first = int(options_of(part)["firstEvent"])
        numbers += range(first, first + part.events)
    assert len(numbers) == len(set(numbers)) == 36 and max(numbers) < 2**32
    assert sorted(part.events for part in parts if part.process == "ttbar") == [5, 10, 10]


def test_first_parts_have_something_of_every_process(tmp_path):
    recipe = dict.fromkeys(samples.RECIPE, 50)
    first = samples.parts(recipe, SETTINGS, tmp_path)[: len(recipe)]
    assert {part.process for part in first} == set(recipe)


def test_recipe_has_known_processes_only():
    assert set(samples.RECIPE) <= set(samples.PROCESSES)


@pytest.mark.parametrize("recipe", [{"tt": 10}, {"ttbar": 0}, {"ttbar": 10**9}])
def test_unknown_processes_and_impossible_numbers_are_refused(recipe, tmp_path):
    with pytest.raises(Configuration):
        samples.parts(recipe, SETTINGS, tmp_path)


def test_a_folder_keeps_its_settings(tmp_path):
    samples.prepare(tmp_path / "new", SETTINGS)
    samples.prepare(tmp_path / "new", SETTINGS)
    with pytest.raises(Configuration, match="pileup 200.0, not 140.0"):
        samples.prepare(tmp_path / "new", attrs.evolve(SETTINGS, pileup=140.0))


def test_parts_are_made_and_told_and_leave_no_log(tmp_path):
    parts = [quick(tmp_path, f"open({str(tmp_path / f'.ttbar_{n}.root')!r}, 'w')", n) for n in range(3)]
    told = []
    samples.make(parts, SETTINGS, 2, told.append)
    assert sorted(told, key=parts.index) == parts
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"ttbar_{n}.root" for n in range(3)]


def test_a_job_that_fails_ends_the_others_and_keeps_its_messages(tmp_path):
    broken = quick(tmp_path, "print('no disk'); raise SystemExit(3)")
    slow = quick(tmp_path, "import time; time.sleep(60)", 1)
    never = quick(tmp_path, f"open({str(tmp_path / 'never')!r}, 'w')", 2)
    with pytest.raises(ExternalFailure, match="code 3"):
        samples.make([slow, broken, never], SETTINGS, 2)
    assert (tmp_path / "ttbar_0.log").read_text() == "no disk\n" and not (tmp_path / "never").exists()


def test_what_a_stopped_job_still_wrote_is_no_part(tmp_path):
    """As pyrun does, the slow job writes what it has when it is told to stop."""
    started, output = str(tmp_path / "started"), str(tmp_path / ".ttbar_1.root")
    polite = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: (open({!r}, 'w'), exit(0)));"
    slow = quick(tmp_path, polite.format(output) + f"open({started!r}, 'w'); time.sleep(60)", 1)
    wait = f"import os, time\nwhile not os.path.exists({started!r}): time.sleep(0.01)\nraise SystemExit(1)"
    with pytest.raises(ExternalFailure, match="ttbar_0"):
        samples.make([slow, quick(tmp_path, wait)], SETTINGS, 2)
    assert not list(tmp_path.glob("*.root")) and not list(tmp_path.glob(".*.root"))


def test_the_command_tells_what_is_missing(tmp_path):
    (tmp_path / "ttbar_0.root").touch()
    arguments = ["-o", str(tmp_path), "-e", "ttbar=2500", "-e", "zll=100", "--dry-run"]
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0 and "3 of 4 parts are missing, 1600 events" in result.output
    assert CliRunner().invoke(command, ["-e", "ttbar", "-n"]).exit_code == 2
