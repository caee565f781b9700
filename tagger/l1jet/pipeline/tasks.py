"""Steps as tasks of law: it decides when each runs, and where."""

from __future__ import annotations

import ctypes
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import law
import luigi

from . import records
from .plan import Plan, Step, unmatched
from .records import Record

#: What hears of each step that begins or ends, in the process that it runs in; set before luigi forks.
listeners: list[Callable[[str, str], None]] = []


def plan_of(path: str) -> Plan:
    """The plan in a file, read anew only if it has changed."""
    return _plan_of(path, Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _plan_of(path: str, changed: int) -> Plan:
    return Plan.load(Path(path))


class StepTask(law.Task):
    """One step of a plan: complete when it is up to date, or when it has failed in this attempt.

    That a step fails is no failure of the task: what can go on without it goes on.
    """

    plan = luigi.Parameter(description="file of the plan")
    step = luigi.Parameter(description="name of the step")

    @property
    def priority(self) -> int:
        """What takes long and what that needs begin first, so that none is left over for one core alone at the end."""
        return plan_of(self.plan).steps[self.step].priority

    @property
    def resources(self) -> dict[str, int]:
        plan = plan_of(self.plan)
        return {"cores": min(plan.steps[self.step].cores, plan.cores)}

    def requires(self) -> list[StepTask]:
        return [StepTask(plan=self.plan, step=name) for name in plan_of(self.plan).steps[self.step].before]

    def output(self) -> law.LocalFileTarget:
        return law.LocalFileTarget(plan_of(self.plan).steps[self.step].record)

    def complete(self) -> bool:
        return records.settled(plan_of(self.plan), self.step)

    def run(self) -> None:
        die_with(os.getppid())
        signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C ends the step and the pipeline, and so this in between
        plan = plan_of(self.plan)
        run_step(plan, plan.steps[self.step])


def run_step(plan: Plan, step: Step) -> None:
    """Run a step unless it is up to date, and keep how it ended."""
    with records.locked(step):
        if records.holds(plan, step, records.read(step)):
            _tell(step, "done")
            return
        Path(step.record).unlink(missing_ok=True)
        outcomes = {name: records.read(plan.steps[name]) for name in step.needs}
        lost = [name for name, record in outcomes.items() if record is None or record.status != "done"]
        if lost:
            record = Record("skipped", "", {}, plan.session, f"needs {' and '.join(lost)}")
        else:
            _tell(step, "started")
            record = _execute(plan, step)
        records.write(step, record)
    _tell(step, record.status)


def _tell(step: Step, event: str) -> None:
    for listener in listeners:
        listener(step.name, event)


def _execute(plan: Plan, step: Step) -> Record:
    missing = unmatched(step.inputs)
    if missing:
        return Record("failed", "", {}, plan.session, f"there is no {' and no '.join(missing)}")
    fingerprint = records.fingerprint(plan, step)  # before it runs: what changes meanwhile makes it run again
    begin, cpu, memory, message = time.time(), 0.0, 0.0, ""
    log = Path(step.log)
    for file in (log, *(Path(x) for x in step.outputs if not x.startswith("!"))):
        file.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        for command in step.commands:
            code, used = _call(command, file)
            cpu += used.ru_utime + used.ru_stime
            memory = max(memory, used.ru_maxrss / 1024)
            if code:
                message = _reason(code, log)
                break
    if not message and (absent := unmatched((*step.outputs, *step.exists))):
        message = f"it ended well, but has not written {' and '.join(absent)}"
    return Record(
        status="failed" if message else "done",
        fingerprint=fingerprint,
        outputs={} if message else records.listing(step.outputs),
        session=plan.session,
        message=message,
        started=begin,
        seconds=time.time() - begin,
        cpu_seconds=cpu,
        memory_mb=memory,
    )


def _call(command: tuple[str, ...], log: Any) -> tuple[int, Any]:
    """Run a command with all that it prints in a log; returns exit code (minus the signal) and resources used."""
    log.write(f"$ {shlex.join(command)}\n".encode())
    log.flush()
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "120", "TF_CPP_MIN_LOG_LEVEL": "2"}
    parent = os.getpid()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=environment,
        preexec_fn=lambda: die_with(parent),
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = code = os.waitstatus_to_exitcode(status)
    log.write(f"[exit code {code}, {used.ru_utime + used.ru_stime:.1f} s of CPU]\n".encode())
    log.flush()
    return code, used


def die_with(parent: int) -> None:
    """Have this process killed when its parent ends, so that nothing works on behind a killed pipeline's back.

    Only Linux can do that; elsewhere the next pipeline waits for what still runs.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)


def _reason(code: int, log: Path) -> str:
    """The last words that a command has printed, or the signal that ended it."""
    if code < 0:
        return f"ended by {signal.Signals(-code).name}" + (" (out of memory?)" if -code == signal.SIGKILL else "")
    lines = [line.strip() for line in last_lines(log) if not line.startswith(("[exit code", "$ ", "-----"))]
    return next((line for line in reversed(lines) if line), f"exit code {code}")


def last_lines(log: Path, size: int = 4000) -> list[str]:
    """The end of a log; of a progress bar that rewrites its line the last state."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - size))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    return [line.rsplit("\r", 1)[-1] for line in text.replace("\r\n", "\n").split("\n")]
