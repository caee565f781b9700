"""How steps ended, and whether that still holds.

A step is up to date if its record says that it has succeeded, with the same commands, the same inputs and the same
results of earlier steps as now, and if all that it wrote is as it was then. The record is the last thing that is
written, in one move, and removed before the step begins: a step that was killed has none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import attrs

from pyrun.framework.errors import FileWriteError

from .plan import Plan, Step, files, unmatched

Status = Literal["done", "failed", "skipped"]


@attrs.frozen
class Record:
    """How a step ended.

    Attributes
    ----------
    status : {"done", "failed", "skipped"}
        Skipped: because a step that it needs has failed.
    fingerprint : str
        Of all that its result depends on.
    outputs : dict of str to list of int
        Size and time (ns) of each file that it wrote.
    session : str
        In which attempt at the pipeline.
    message : str
        Why it failed or was skipped.
    started, seconds : float
        Unix time; how long it ran.
    cpu_seconds : float
        CPU time of its processes.
    memory_mb : float
        Largest resident memory of one of them.
    """

    status: Status
    fingerprint: str
    outputs: dict[str, list[int]]
    session: str
    message: str = ""
    started: float = attrs.field(factory=time.time)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_mb: float = 0.0

    @property
    def result(self) -> str:
        """Changes if and only if what the step gives to others does."""
        return _digest([self.status, self.outputs])


def read(step: Step) -> Record | None:
    """The record of a step, if there is one that can be read."""
    try:
        return Record(**json.loads(Path(step.record).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # none, or of another version: the step runs again
        return None


def write(step: Step, record: Record) -> None:
    """Keep it."""
    write_json(Path(step.record), attrs.asdict(record))


def settled(plan: Plan, name: str) -> bool:
    """Whether a step need not run in this attempt: up to date as all before it, or failed in it already."""
    return _settled(plan, name, {})


def _settled(plan: Plan, name: str, known: dict[str, bool]) -> bool:
    if name not in known:
        step = plan.steps[name]
        record = read(step)
        if record and record.session == plan.session and record.status != "done":
            known[name] = True
        else:
            known[name] = all(_settled(plan, before, known) for before in step.before) and holds(plan, step, record)
    return known[name]


def holds(plan: Plan, step: Step, record: Record | None) -> bool:
    """Whether a step would give again what its record tells, if all before it is as it is."""
    return (
        record is not None
        and record.status == "done"
        and record.outputs == listing(step.outputs)
        and not unmatched(step.exists)
        and record.fingerprint == fingerprint(plan, step)
    )


def fingerprint(plan: Plan, step: Step) -> str:
    """Of all that the result of a step depends on, as it is now."""
    before = {name: (r.result if (r := read(plan.steps[name])) else None) for name in step.before}
    return _digest([step.commands, step.tools, listing(step.inputs), before, _version()])


def listing(patterns: tuple[str, ...]) -> dict[str, list[int]]:
    """Size and time of files: what make goes by. Contents would take longer than some steps."""
    found = {}
    for path in files(patterns):
        with contextlib.suppress(FileNotFoundError):  # temporary files of others
            status = path.stat()
            found[str(path)] = [status.st_size, status.st_mtime_ns]
    return found


@contextlib.contextmanager
def locked(step: Step) -> Iterator[None]:
    """Hold a step: one that another pipeline runs at the moment is waited for."""
    import fcntl

    path = Path(step.record).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_json(path: Path, content: Any) -> None:
    """Write a file in one move.

    Raises
    ------
    FileWriteError
        The disk is full, or the folder can't be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise FileWriteError(f"{path} can't be written: {error.strerror}") from error


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _version() -> str:
    return metadata.version("pyrun")
