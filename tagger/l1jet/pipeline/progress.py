"""What a running pipeline shows: a table that changes on a terminal, a line per event elsewhere."""

from __future__ import annotations

import threading
import time
from multiprocessing import get_context
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from . import records
from .tasks import last_lines, listeners

if TYPE_CHECKING:
    from .plan import Plan, Step

STATES = {
    "waiting": "[dim]waits[/]",
    "current": "[green]up to date[/]",
    "started": "[bold cyan]runs[/]",
    "done": "[green]done[/]",
    "failed": "[bold red]failed[/]",
    "skipped": "[yellow]skipped[/]",
}


class Progress:
    """Shows the steps of a plan inside a `with`; hears of them from the processes that run them."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self.plan, self.console = plan, console
        self.states = {name: "current" if records.settled(plan, name) else "waiting" for name in plan.steps}
        self.begin: dict[str, float] = {}
        self._queue = get_context("fork").SimpleQueue()
        self._listener = lambda name, event: self._queue.put((name, event))
        self._live = Live(console=console, get_renderable=self.table, refresh_per_second=2, transient=True)
        self._thread = threading.Thread(target=self._listen, name="pipeline progress", daemon=True)

    def __enter__(self) -> Progress:
        listeners.append(self._listener)
        if self.console.is_terminal:
            self._live.start()
        else:
            self._announce_current()
        self._thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        listeners.remove(self._listener)
        self._queue.put(None)
        self._thread.join(timeout=10)
        self._live.stop()

    def _listen(self) -> None:
        while (heard := self._queue.get()) is not None:
            name, event = heard
            if event == "started":
                self.begin[name] = time.time()
            elif event == "done" and name not in self.begin:
                event = "current"
            self.states[name] = event
            if not self.console.is_terminal:
                self._line(name, event)

    def _line(self, name: str, event: str) -> None:
        step = self.plan.steps[name]
        clock, comment = time.strftime("%H:%M:%S"), self._comment(step)
        self.console.print(f"{clock} {name}: {STATES[event]} {comment}".rstrip(), highlight=False, soft_wrap=True)

    def _announce_current(self) -> None:
        for name, state in self.states.items():
            if state == "current":
                self._line(name, state)

    def table(self) -> Table:
        """All steps, their states and times; of those that run the last line that they printed."""
        table = Table("Step", "State", "Time", "", box=None, pad_edge=False, expand=True)
        table.columns[0].no_wrap = table.columns[1].no_wrap = True
        table.columns[2].justify = "right"
        table.columns[3].ratio, table.columns[3].no_wrap, table.columns[3].overflow = 1, True, "ellipsis"
        for name, step in self.plan.steps.items():
            table.add_row(name, STATES[self.states[name]], self._time(step), self._comment(step))
        return table

    def _time(self, step: Step) -> str:
        if self.states[step.name] == "started":
            return duration(time.time() - self.begin[step.name])
        record = records.read(step) if self.states[step.name] in ("done", "failed", "current") else None
        return duration(record.seconds) if record else ""

    def _comment(self, step: Step) -> str:
        from pathlib import Path

        state = self.states[step.name]
        if state == "started" and self.console.is_terminal:
            lines = [line.strip() for line in last_lines(Path(step.log), 1000)]
            return "[dim]" + escape(next((line for line in reversed(lines) if line), "")) + "[/]"
        record = records.read(step) if state in ("done", "failed", "skipped") else None
        if record is None:
            return ""
        if state == "done":
            return "" if self.console.is_terminal else f"in {duration(record.seconds)}"
        return escape(record.message) + (" [dim](optional)[/]" if step.optional else "")


def duration(seconds: float) -> str:
    """A time for people.

    >>> duration(4.21), duration(75), duration(7384)
    ('4.2 s', '1:15', '2:03:04')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
