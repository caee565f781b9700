"""A progress bar for a person at a terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ..plugins.parameters import ParameterSet
from ..service import JobContext, Service

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, TaskID

    from ..engine.job import JobResult
    from ..event.block import EventBlock


def progress_wanted(asked: bool | None) -> bool:
    """Whether to show a bar: on standard error, if it is a terminal, unless told otherwise.

    Parameters
    ----------
    asked : bool or None
        What the command line says; None for nothing, then the environment variable ``PYRUN_PROGRESS`` counts, where
        ``0``, ``no`` or ``off`` switch the bar off.
    """
    if asked is None:
        asked = os.environ.get("PYRUN_PROGRESS", "1").lower() not in ("0", "no", "off", "false")
    return asked and sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class ProgressBar(Service):
    """Shows how many events are done, the rate and the time left, below everything else on the terminal.

    Messages scroll above it. Events are announced only if the configuration asks for fewer than all of them
    (``reportEvery`` of category FwkReport): the bar says the same better. The events that count are those that are
    written, with all events before them.
    """

    def __init__(self) -> None:
        super().__init__("@ProgressBar", ParameterSet())  # no module can have this label
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def preBeginJob(self, job: JobContext) -> None:
        from rich.console import Console
        from rich.progress import Progress

        total = job.size if job.size is not None else (job.max_events if job.max_events >= 0 else None)
        # messages that are written to sys.stderr meanwhile go through rich, which prints them above the bar
        self._progress = Progress(*_columns(), console=Console(file=sys.stderr), refresh_per_second=5)
        self._task = self._progress.add_task(job.process.name, total=total, rate="")
        self._progress.start()
        self.log.quiet = True

    def blockWritten(self, block: EventBlock) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, len(block))

    def jobEnded(self, result: JobResult | None, error: BaseException | None) -> None:
        self.log.quiet = False
        if self._progress is not None:
            self._progress.stop()


def _columns() -> list[ProgressColumn]:
    """Name, bar, events, rate, time gone and time left."""
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Remaining
    from rich.text import Text

    class Rate(ProgressColumn):
        """Events per second, over the last while."""

        def render(self, task: object) -> Text:
            speed: float | None = getattr(task, "finished_speed", None) or getattr(task, "speed", None)
            return Text("- ev/s" if speed is None else f"{speed:,.0f} ev/s" if speed >= 10 else f"{speed:.2g} ev/s")

    return [
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("events"), Rate(),
        TimeElapsedColumn(), TextColumn("left"), Remaining(),
    ]  # fmt: skip
