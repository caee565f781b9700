"""What ran, how often and how long: TrigReport and TimeReport."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from ..config.description import PathDescription
from ..event.store import Mask


@attrs.define
class ModuleCounts:
    """What happened to one module: visits by paths, runs, verdicts and exceptions, in events; times in seconds."""

    visited: int = 0
    executed: int = 0
    passed: int = 0
    failed: int = 0
    error: int = 0
    cpu: float = 0.0
    real: float = 0.0

    def add(self, other: ModuleCounts) -> None:
        """Add another stream's or job's counts."""
        for name in ("visited", "executed", "passed", "failed", "error", "cpu", "real"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@attrs.define
class PathCounts:
    """What happened on one path.

    Attributes
    ----------
    labels : tuple of str
        The modules of the path, in order.
    visited, passed, failed, error : list of int
        Per place on the path, the events that came there and what became of them.
    events, events_passed : int
        The events that the path was run for, and those that came to its end.
    """

    name: str
    labels: tuple[str, ...]
    visited: list[int] = attrs.Factory(lambda self: [0] * len(self.labels), takes_self=True)
    passed: list[int] = attrs.Factory(lambda self: [0] * len(self.labels), takes_self=True)
    failed: list[int] = attrs.Factory(lambda self: [0] * len(self.labels), takes_self=True)
    error: list[int] = attrs.Factory(lambda self: [0] * len(self.labels), takes_self=True)
    events: int = 0
    events_passed: int = 0

    @property
    def events_error(self) -> int:
        """The events for which the path ended with an exception, which an event meets once."""
        return sum(self.error)

    @property
    def events_failed(self) -> int:
        """The events that a filter rejected."""
        return self.events - self.events_passed - self.events_error

    def visit(self, position: int, active: Mask) -> None:
        """Count the events that come to a place."""
        self.visited[position] += int(active.sum())

    def decide(self, position: int, active: Mask, passed: Mask) -> None:
        """Count the events that leave a place with a verdict; those that an exception stops there are not `active`."""
        went_on = int(passed.sum())
        self.passed[position] += went_on
        self.failed[position] += int(active.sum()) - went_on

    def stop(self, position: int, stopped: Mask) -> None:
        """Count the events that an exception takes off the path at a place."""
        self.error[position] += int(stopped.sum())

    def finish(self, active: Mask, alive: Mask) -> None:
        """Count the events that came to the end of the path."""
        self.events += int(alive.sum())
        self.events_passed += int((active & alive).sum())

    def add(self, other: PathCounts) -> None:
        """Add another stream's or job's counts."""
        for name in ("visited", "passed", "failed", "error"):
            setattr(self, name, [a + b for a, b in zip(getattr(self, name), getattr(other, name), strict=True)])
        self.events += other.events
        self.events_passed += other.events_passed


@attrs.define
class StreamReport:
    """The counts of one stream, or of a whole job once the streams are added up.

    Attributes
    ----------
    modules : dict
        Counts per module label.
    paths : dict
        Counts per path name, trigger paths first.
    trigger_paths : int
        How many of `paths` are trigger paths.
    events, events_passed : int
        All events, and those that any trigger path accepted (all, if there is no trigger path).
    real : float
        Seconds the streams were at work, added up.
    """

    modules: dict[str, ModuleCounts]
    paths: dict[str, PathCounts]
    trigger_paths: int
    events: int = 0
    events_passed: int = 0
    real: float = 0.0

    @classmethod
    def empty(
        cls, labels: Iterable[str], trigger_paths: Sequence[PathDescription], end_paths: Sequence[PathDescription]
    ) -> StreamReport:
        """All counts zero, for modules with these labels."""
        paths = {
            path.name: PathCounts(path.name, tuple(entry.label for entry in path.entries))
            for path in (*trigger_paths, *end_paths)
        }
        modules = {label: ModuleCounts() for label in labels}
        return cls(modules, paths, len(trigger_paths))

    def add(self, other: StreamReport) -> None:
        """Add the counts of another stream, or of another job with the same paths."""
        for label, counts in other.modules.items():
            self.modules.setdefault(label, ModuleCounts()).add(counts)
        for name, path in other.paths.items():
            if name in self.paths:
                self.paths[name].add(path)
            else:
                self.paths[name] = copy.deepcopy(path)
        self.events += other.events
        self.events_passed += other.events_passed
        self.real += other.real

    def complete(self) -> None:
        """Fill in what follows from the other counts, once the last event is done."""
        visits: Counter[str] = Counter()
        for path in self.paths.values():
            for label, visited in zip(path.labels, path.visited, strict=True):
                visits[label] += visited
        for label, counts in self.modules.items():
            counts.passed = counts.executed - counts.failed - counts.error
            counts.visited = visits[label] if label in visits else counts.executed

    @classmethod
    def merged(cls, reports: Iterable[StreamReport]) -> StreamReport:
        """The sum of the reports of several jobs with the same configuration.

        Raises
        ------
        ValueError
            There is no report, or the paths differ.
        """
        first, *others = reports
        total = copy.deepcopy(first)
        for other in others:
            if [(path.name, path.labels) for path in other.paths.values()] != [
                (path.name, path.labels) for path in total.paths.values()
            ]:
                raise ValueError("reports of jobs with different paths can't be added")
            total.add(other)
        return total

    def as_dict(self) -> dict[str, Any]:
        """The counts as dictionaries, lists and numbers."""
        whole = attrs.asdict(self)
        for name, path in self.paths.items():
            whole["paths"][name] |= {"events_failed": path.events_failed, "events_error": path.events_error}
        return whole

    def to_json(self) -> str:
        """The counts as JSON text."""
        return json.dumps(self.as_dict(), indent=1)

    @classmethod
    def from_dict(cls, whole: Mapping[str, Any]) -> StreamReport:
        """The report that `as_dict` has described."""
        derived = ("events_failed", "events_error")
        paths = {
            name: PathCounts(
                **{key: value for key, value in path.items() if key not in derived} | {"labels": tuple(path["labels"])}
            )
            for name, path in whole["paths"].items()
        }
        modules = {label: ModuleCounts(**counts) for label, counts in whole["modules"].items()}
        return cls(**{**whole, "paths": paths, "modules": modules})


def trig_report(report: StreamReport) -> list[str]:
    """The lines of TrigReport, as cmsRun's wantSummary prints them."""
    paths = list(report.paths.values())
    trigger, ends = paths[: report.trigger_paths], paths[report.trigger_paths :]
    failed = report.events - report.events_passed
    lines = [
        "---------- Event  Summary ------------",
        f"Events total = {report.events} passed = {report.events_passed} failed = {failed}",
        "",
        "---------- Path   Summary ------------",
        f" Trig Bit# {'Executed':>10} {'Passed':>10} {'Failed':>10} {'Error':>10} Name",
        *(_path_row(1, bit, path) for bit, path in enumerate(trigger)),
        "",
        "-------End-Path   Summary ------------",
        f" Trig Bit# {'Executed':>10} {'Passed':>10} {'Failed':>10} {'Error':>10} Name",
        *(_path_row(0, bit, path) for bit, path in enumerate(ends)),
    ]
    titles = [(1, "---------- Modules in Path")] * len(trigger) + [(0, "------ Modules in End-Path")] * len(ends)
    for path, (first, title) in zip(paths, titles, strict=True):
        lines += [
            "",
            f"{title}: {path.name} ------------",
            f" Trig Bit# {'Visited':>10} {'Passed':>10} {'Failed':>10} {'Error':>10} Name",
        ]
        places = zip(path.visited, path.passed, path.failed, path.error, path.labels, strict=True)
        lines += [_row(first, position, *place) for position, place in enumerate(places)]
    lines += [
        "",
        "---------- Module Summary ------------",
        f"{'Visited':>10} {'Executed':>10} {'Passed':>10} {'Failed':>10} {'Error':>10} Name",
    ]
    for label, counts in sorted(report.modules.items()):
        lines.append(
            f"{counts.visited:10d} {counts.executed:10d} {counts.passed:10d} {counts.failed:10d} {counts.error:10d} "
            + label
        )
    return [f"TrigReport {line}" if line else "" for line in lines]


def _path_row(first: int, bit: int, path: PathCounts) -> str:
    return _row(first, bit, path.events, path.events_passed, path.events_failed, path.events_error, path.name)


def _row(first: int, bit: int, visited: int, passed: int, failed: int, error: int, name: str) -> str:
    return f"{first:5d}{bit:5d} {visited:10d} {passed:10d} {failed:10d} {error:10d} {name}"


def time_report(report: StreamReport, loop_cpu: float, loop_real: float, threads: int) -> list[str]:
    """The lines of TimeReport; times in seconds."""
    events = max(report.events, 1)
    paths = list(report.paths.values())
    trigger, ends = paths[: report.trigger_paths], paths[report.trigger_paths :]
    lines = [
        "---------- Event  Summary ---[sec]----",
        f"      event loop CPU/event = {loop_cpu / events:.6f}",
        f"     event loop Real/event = {loop_real / events:.6f}",
        f"    sum Streams Real/event = {report.real / events:.6f}",
        f"efficiency CPU/Real/thread = {loop_cpu / max(loop_real, 1e-9) / threads:.6f}",
    ]
    for title, some in (("---------- Path  ", trigger), ("-------End-Path  ", ends)):
        rows = [(_spent(report, path) / events, _spent(report, path) / max(path.events, 1), path.name) for path in some]
        lines += _time_table(f"{title} Summary ---[Real sec]----", ("per event", "per exec"), rows)
    titles = ["---------- Modules in Path"] * len(trigger) + ["------ Modules in End-Path"] * len(ends)
    for path, title in zip(paths, titles, strict=True):
        rows = []
        for label in path.labels:
            counts = report.modules[label]
            rows.append((counts.real / events, counts.real / max(counts.visited, 1), label))
        lines += _time_table(f"{title}: {path.name} ---[Real sec]----", ("per event", "per visit"), rows)
    modules = [
        (counts.real / events, counts.real / max(counts.executed, 1), counts.real / max(counts.visited, 1), label)
        for label, counts in sorted(report.modules.items())
    ]
    columns = ("per event", "per exec", "per visit")
    lines += _time_table("---------- Module Summary ---[Real sec]----", columns, modules)
    return [f"TimeReport {line}" if line else "" for line in lines] + ["", "T---Report end!", ""]


def _spent(report: StreamReport, path: PathCounts) -> float:
    """Seconds in the modules of a path, each counted once."""
    return sum(report.modules[label].real for label in dict.fromkeys(path.labels))


def _time_table(title: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """A title, the columns' names, the rows, each of numbers and a name, and the columns' names again."""
    widths = [10, 13, 13]
    heads = "".join(f"{column:>{width}}" for column, width in zip(columns, widths, strict=False)) + "  Name"
    lines = ["", title, heads]
    for *numbers, name in rows:
        lines.append("".join(f"{n:{width}.6f}" for n, width in zip(numbers, widths, strict=False)) + f"  {name}")
    return [*lines, heads]
