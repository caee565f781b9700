"""The graph of a pipeline, on steps that take no time: shell commands that leave a line in a diary."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

pytest.importorskip("law")

from pyrun.framework.errors import Configuration
from pyrun.tagger.l1jet.pipeline.plan import Plan, Step
from pyrun.tagger.l1jet.pipeline.records import read, settled
from pyrun.tagger.l1jet.pipeline.running import run


class Workshop:
    """Makes steps in a folder, and runs them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.steps, self.count = folder, {}, 0
        self.console = Console(file=(folder / "shown.txt").open("w"), width=150)

    def step(self, name: str, command: str = "", **options) -> Step:
        """A step that writes into the diary, does something, and writes its output."""
        output = options.pop("output", f"{name}.out")
        words = f"echo {name} >> diary; {command or ':'}; " + (f"echo {name} > {output}" if output else ":")
        files = {"log": f"{name}.log", "record": f"{name}.json"}
        made = Step(
            name=name,
            commands=(("sh", "-ec", f"cd {self.folder}; {words}"),),
            outputs=(str(self.folder / f"{name}.out"),),
            **{k: str(self.folder / v) for k, v in files.items()},
            **options,
        )
        self.steps[name] = made
        return made

    def plan(self, cores: int = 2) -> Plan:
        self.count += 1
        return Plan(cores, f"session {self.count} of {os.getpid()}", dict(self.steps))

    def run(self, **options) -> tuple[bool, list[str]]:
        """Whether all went well, and which steps ran, in order."""
        self.diary.unlink(missing_ok=True)
        good = run(self.plan(), self.folder, self.console, **options)
        return good, self.diary.read_text().split() if self.diary.exists() else []

    def start(self, plan: Plan) -> subprocess.Popen:
        """Run in a process of its own."""
        plan.save(self.folder / "given.json")
        code = (
            "import sys; from pathlib import Path; from rich.console import Console;"
            "from pyrun.tagger.l1jet.pipeline.plan import Plan; from pyrun.tagger.l1jet.pipeline.running import run;"
            "f = Path(sys.argv[1]); run(Plan.load(f / 'given.json'), f, Console())"
        )
        words, log = [sys.executable, "-c", code, str(self.folder)], self.folder / "started.log"
        return subprocess.Popen(words, stdout=log.open("w"), stderr=subprocess.STDOUT, start_new_session=True)

    @property
    def diary(self) -> Path:
        return self.folder / "diary"

    @property
    def shown(self) -> str:
        self.console.file.flush()
        return (self.folder / "shown.txt").read_text()


@pytest.fixture
def workshop(tmp_path):
    made = Workshop(tmp_path)
    yield made
    made.console.file.close()


@pytest.fixture
def chain(workshop):
    """a -> b -> c, and d -> c."""
    (workshop.folder / "source").write_text("1")
    workshop.step("a", inputs=(str(workshop.folder / "source"),))
    workshop.step("b", needs=("a",))
    workshop.step("d")
    workshop.step("c", needs=("b",), after=("d",))
    return workshop


def test_steps_run_after_those_that_they_need_and_only_once(chain):
    good, ran = chain.run()
    assert good and sorted(ran) == ["a", "b", "c", "d"]
    assert ran.index("a") < ran.index("b") < ran.index("c") and ran.index("d") < ran.index("c")
    assert chain.run() == (True, [])


def test_a_changed_input_runs_its_steps_and_what_comes_after_them(chain):
    chain.run()
    (chain.folder / "source").write_text("12")
    assert chain.run() == (True, ["a", "b", "c"])


def test_a_changed_command_runs_again(chain):
    chain.run()
    chain.step("b", "true", needs=("a",))
    assert chain.run() == (True, ["b", "c"])


def test_a_lost_or_changed_output_is_made_again(chain):
    chain.run()
    (chain.folder / "b.out").unlink()
    assert chain.run() == (True, ["b", "c"])
    (chain.folder / "d.out").write_text("by hand")
    assert chain.run() == (True, ["d", "c"])


def test_forced_steps_run_again(chain):
    chain.run()
    assert chain.run(force={"b"}) == (True, ["b", "c"])


def test_an_optional_failure_is_told_and_the_rest_goes_on_and_it_is_tried_again(workshop):
    workshop.step("good")
    workshop.step("bad", "echo 'No such [tool]'; false", optional=True)
    workshop.step("child", needs=("bad",), optional=True)
    workshop.step("website", after=("good", "bad", "child"))
    good, ran = workshop.run()
    assert good and sorted(ran) == ["bad", "good", "website"]
    assert "bad: failed No such [tool] (optional)" in workshop.shown
    assert read(workshop.steps["child"]).status == "skipped"
    good, ran = workshop.run()
    assert good and ran == ["bad"]  # nothing new for the website
    workshop.step("bad", optional=True)
    assert workshop.run() == (True, ["bad", "child", "website"])


def test_a_failure_that_matters_fails_the_pipeline_but_not_the_website(workshop):
    workshop.step("train", "exit 3")
    workshop.step("plot", needs=("train",))
    workshop.step("website", after=("train", "plot"))
    good, ran = workshop.run()
    assert not good and ran == ["train", "website"]
    assert read(workshop.steps["train"]).message == "exit code 3"


def test_a_step_that_writes_nothing_has_failed(workshop):
    step = workshop.step("idle", output="")
    assert not workshop.run()[0]
    assert "has not written" in read(step).message


def test_a_missing_input_is_named(workshop):
    step = workshop.step("a", inputs=(str(workshop.folder / "no*such.root"),))
    good, ran = workshop.run()
    assert not good and ran == []
    assert "no*such.root" in read(step).message


def test_two_steps_run_at_the_same_time_on_two_cores(workshop):
    wait = "touch {0}; for i in $(seq 200); do test -e {1} && break; sleep 0.05; done; test -e {1}"
    workshop.step("left", wait.format("l", "r"))
    workshop.step("right", wait.format("r", "l"))
    assert workshop.run()[0]


def test_steps_of_greater_priority_and_what_they_need_begin_first(workshop):
    for name, needs, priority in (("a", (), 0), ("b", (), 1), ("c", (), 0), ("d", (), 0), ("e", ("d",), 2)):
        workshop.step(name, needs=needs, priority=priority, cores=2)
    good, ran = workshop.run()
    assert good and ran[:3] == ["d", "e", "b"]


def test_a_step_that_uses_all_cores_runs_alone(workshop):
    alone = "mkdir busy; sleep 0.2; rmdir busy"
    for name in ("a", "b", "c"):
        workshop.step(name, alone, cores=2)
    assert workshop.run()[0]


def test_a_log_has_command_output_and_exit_code(workshop):
    step = workshop.step("talk", "echo hello; echo world >&2")
    workshop.run()
    log = Path(step.log).read_text()
    assert log.startswith("$ sh -ec") and "hello\nworld\n" in log and "exit code 0" in log


def test_a_pipeline_killed_by_force_leaves_nothing_half_done_and_goes_on(workshop):
    workshop.step("a")
    workshop.step("b", "echo half > b.out; test -e fast || sleep 600", needs=("a",))
    plan = workshop.plan()
    process = workshop.start(plan)
    wait_until(lambda: (workshop.folder / "b.out").exists())
    sleeping = children(process.pid)
    assert any("sleep" in name for name in sleeping.values())
    process.send_signal(signal.SIGKILL)
    process.wait()
    shells = [pid for pid, name in sleeping.items() if name != "sleep"]  # a shell's own children may live on
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in shells))
    for pid in sleeping:
        if Path(f"/proc/{pid}").exists():
            os.kill(pid, signal.SIGKILL)
    assert read(workshop.steps["b"]) is None
    assert not settled(plan, "b") and settled(plan, "a")
    (workshop.folder / "fast").touch()
    assert workshop.run() == (True, ["b"])


def test_ctrl_c_ends_pipeline_and_steps(workshop):
    workshop.step("a", "echo half > a.out; test -e fast || sleep 600")
    process = workshop.start(workshop.plan())
    wait_until(lambda: (workshop.folder / "a.out").exists())
    started = children(process.pid)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    process.wait(timeout=60)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))
    shown = (workshop.folder / "started.log").read_text()
    assert shown.count("Traceback") == 1 and "KeyboardInterrupt" in shown  # the command makes one line of it
    (workshop.folder / "fast").touch()
    assert workshop.run() == (True, ["a"])


def test_a_damaged_record_counts_as_none(chain):
    chain.run()
    Path(chain.steps["b"].record).write_text("{")
    assert chain.run() == (True, ["b", "c"])


def test_a_step_that_needs_itself_is_refused(workshop):
    workshop.step("a", needs=("b",))
    workshop.step("b", needs=("a",))
    with pytest.raises(Configuration, match="a -> b -> a|b -> a -> b"):
        workshop.plan()


def test_a_step_that_is_not_there_is_refused(workshop):
    workshop.step("a", needs=("train",))
    with pytest.raises(Configuration, match="needs train"):
        workshop.plan()


def wait_until(condition) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "nothing happened in a minute"
        time.sleep(0.05)


def children(pid: int) -> dict[int, str]:
    """All descendants of a process, with the names of their programs."""
    found = {}
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found[child] = Path(f"/proc/{child}/comm").read_text().strip()
            found |= children(child)
    return found
