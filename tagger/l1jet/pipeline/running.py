"""Runs a plan with luigi's scheduler and workers on this machine."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import luigi
from rich.console import Console
from rich.table import Table

from pyrun.framework.errors import ExternalFailure

from . import records
from .plan import Plan
from .progress import Progress, duration
from .tasks import StepTask


def run(plan: Plan, folder: Path, console: Console, force: set[str] = frozenset()) -> bool:  # type: ignore[assignment]
    """Run all steps that are not up to date, several at a time, and show how they do.

    Parameters
    ----------
    folder : Path
        For the plan and luigi's log.
    force : set of str
        Steps to run in any case.

    Returns
    -------
    bool
        Whether all that is not optional is done.

    Raises
    ------
    ExternalFailure
        A step's process has disappeared, or luigi has stopped for a reason of its own.
    """
    file = folder / "plan.json"
    plan.save(file)
    for name in force:
        Path(plan.steps[name].record).unlink(missing_ok=True)
    tasks = [StepTask(plan=str(file), step=name) for name in plan.ends]
    _configure(plan.cores, folder / "luigi.log")
    with _noticing_interrupts(), Progress(plan, console):
        result = luigi.build(tasks, workers=plan.cores, local_scheduler=True, detailed_summary=True)
    lost = [name for name in plan.steps if outcome(plan, name) == "lost"]
    if lost or not result.scheduling_succeeded:
        raise ExternalFailure(
            f"{' and '.join(lost) or 'The pipeline'} ended without a record: killed from outside? "
            f"Start the pipeline again, it goes on from there. ({folder / 'luigi.log'})"
        )
    console.print(summary(plan))
    return all(outcome(plan, name) == "done" or step.optional for name, step in plan.steps.items())


@contextmanager
def _noticing_interrupts() -> Iterator[None]:
    """End with KeyboardInterrupt after Ctrl-C, also if it came where luigi catches everything."""
    seen = False

    def notice(*_: object) -> None:
        nonlocal seen
        seen = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, notice)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if seen:
        raise KeyboardInterrupt


def outcome(plan: Plan, name: str) -> Literal["done", "failed", "skipped", "lost"]:
    """How a step has ended in this attempt or before."""
    record = records.read(plan.steps[name])
    return record.status if record else "lost"


def summary(plan: Plan) -> Table:
    """Times and memory of all steps, and what went wrong."""
    table = Table("Step", "Result", "Time", "CPU time", "Memory", "")
    for column in table.columns[2:5]:
        column.justify = "right"
    colors = {"done": "green", "failed": "red", "skipped": "yellow"}
    for name, step in plan.steps.items():
        record = records.read(step)
        if record is None:
            continue
        state = record.status if record.session == plan.session or record.status != "done" else "up to date"
        memory = f"{record.memory_mb:.0f} MB" if record.memory_mb else ""
        comment = record.message + (f" (optional; {step.log})" if record.status == "failed" and step.optional else "")
        comment += f" ({step.log})" if record.status == "failed" and not step.optional else ""
        times = (duration(record.seconds), duration(record.cpu_seconds)) if record.seconds else ("", "")
        table.add_row(name, f"[{colors[record.status]}]{state}[/]", *times, memory, comment)
    return table


def _configure(cores: int, log: Path) -> None:
    """Set luigi up; what it and law tell goes to a file, since the table tells the same more clearly."""
    settings = luigi.configuration.get_config()
    settings.set("core", "no_configure_logging", "true")
    settings.set("resources", "cores", str(cores))
    settings.set("worker", "force_multiprocessing", "true")  # so that each step is killed with its process
    settings.set("worker", "wait_interval", "0.1")
    settings.set("worker", "wait_jitter", "0")
    handler = logging.FileHandler(log, mode="w")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for name in ("luigi", "luigi-interface"):
        logger = logging.getLogger(name)
        for old in logger.handlers:
            old.close()
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO)
