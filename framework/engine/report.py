"""What ran, how often and how long: TrigReport and TimeReport."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import attrs
import numpy as np
import numpy.typing as npt

from ..config.description import PathDescription
from ..event.store import Mask
from ..event.trigger_results import PASS


@attrs.define
class ModuleCounts:
    """What happened to one module: visits by paths, runs, and verdicts."""

    visited: int = 0
    executed: int = 0
    passed: int = 0
    failed: int = 0
    error: int = 0
    cpu: float = 0.0
    real: float = 0.0

    def add(self, other: ModuleCounts) -> None:
        """Add another stream's counts."""
        for name in ("executed", "failed", "error", "cpu", "real"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@attrs.define
class PathCounts:
    """What happened on one path.

    Attributes
    ----------
    labels : tuple of str
        The modules of the path, in order.
    visited, passed, failed : list of int
        Per place on the path, the events that came there and what became of them.
    """

    name: str
    labels: tuple[str, ...]
    visited: list[int] = attrs.Factory(lambda self: [0] * len(self.labels), takes_self=True)
    passed: list[int] = attrs.Factory(lambda self: [0] * len(self.labels), takes_self=True)
    failed: list[int] = attrs.Factory(lambda self: [0] * len(self.labels), takes_self=True)
    events: int = 0
    events_passed: int = 0

    def visit(self, position: int, active: Mask) -> None:
        """Count the events that come to a place."""
        self.visited[position] += int(active.sum())

    def decide(self, position: int, active: Mask, passed: Mask) -> None:
        """Count the events that leave a place."""
        went_on = int(passed.sum())
        self.passed[position] += went_on
        self.failed[position] += int(active.sum()) - went_on

    def finish(self, active: Mask, alive: Mask) -> None:
        """Count the events that came to the end of the path."""
        self.events += int(alive.sum())
        self.events_passed += int((active & alive).sum())

    def add(self, other: PathCounts) -> None:
        """Add another stream's counts."""
        for name in ("visited", "passed", "failed"):
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

    def count_events(self, states: npt.NDArray[np.uint8] | None, alive: Mask) -> None:
        """Count events and those that passed: any trigger path, or all if there is none."""
        passed = alive if states is None else alive & (states == PASS).any(axis=1)
        self.events += int(alive.sum())
        self.events_passed += int(passed.sum())

    def add(self, other: StreamReport) -> None:
        """Add another stream's counts."""
        for label, counts in other.modules.items():
            self.modules[label].add(counts)
        for name, path in other.paths.items():
            self.paths[name].add(path)
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
            counts.passed = counts.executed - counts.failed
            counts.visited = visits[label] if label in visits else counts.executed


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
        f"  Trig Bit# {'Executed':>10} {'Passed':>10} {'Failed':>10} {'Error':>10} Name",
        *(_path_row(1, bit, path) for bit, path in enumerate(trigger)),
        "",
        "-------End-Path   Summary ------------",
        f"  Trig Bit# {'Executed':>10} {'Passed':>10} {'Failed':>10} {'Error':>10} Name",
        *(_path_row(0, bit, path) for bit, path in enumerate(ends)),
    ]
    titles = [(1, "---------- Modules in Path")] * len(trigger) + [(0, "------ Modules in End-Path")] * len(ends)
    for path, (first, title) in zip(paths, titles, strict=True):
        lines += [
            "",
            f"{title}: {path.name} ------------",
            f"  Trig Bit# {'Visited':>10} {'Passed':>10} {'Failed':>10} {'Error':>10} Name",
        ]
        lines += [
            _row(first, position, path.visited[position], path.passed[position], path.failed[position], 0, label)
            for position, label in enumerate(path.labels)
        ]
    lines += [
        "",
        "---------- Module Summary ------------",
        f"{'Visited':>12} {'Executed':>10} {'Passed':>10} {'Failed':>10} {'Error':>10} Name",
    ]
    for label, counts in sorted(report.modules.items()):
        lines.append(
            f"{counts.visited:12d} {counts.executed:10d} {counts.passed:10d} {counts.failed:10d} {counts.error:10d} "
            + label
        )
    return [f"TrigReport {line}".rstrip() for line in lines]


def _path_row(first: int, bit: int, path: PathCounts) -> str:
    return _row(first, bit, path.events, path.events_passed, path.events - path.events_passed, 0, path.name)


def _row(first: int, bit: int, visited: int, passed: int, failed: int, error: int, name: str) -> str:
    return f"{first:5d} {bit:5d} {visited:10d} {passed:10d} {failed:10d} {error:10d} {name}"


def time_report(report: StreamReport, loop_cpu: float, loop_real: float, threads: int) -> list[str]:
    """The lines of TimeReport; times in seconds."""
    events = max(report.events, 1)
    lines = [
        "---------- Event  Summary ---[sec]----",
        f"       event loop CPU/event = {loop_cpu / events:.6f}",
        f"      event loop Real/event = {loop_real / events:.6f}",
        f"     sum Streams Real/event = {report.real / events:.6f}",
        f" efficiency CPU/Real/thread = {loop_cpu / max(loop_real, 1e-9) / threads:.6f}",
        "",
        "---------- Path   Summary ---[Real sec]----",
        f"{'per event':>12} {'per exec':>12} Name",
    ]
    for path in report.paths.values():
        spent = sum(report.modules[label].real for label in dict.fromkeys(path.labels))
        lines.append(f"{spent / events:12.6f} {spent / max(path.events, 1):12.6f} {path.name}")
    lines += [
        "",
        "---------- Module Summary ---[Real sec]----",
        f"{'per event':>12} {'per exec':>12} {'per visit':>12} Name",
    ]
    for label, counts in sorted(report.modules.items()):
        per_exec, per_visit = counts.real / max(counts.executed, 1), counts.real / max(counts.visited, 1)
        lines.append(f"{counts.real / events:12.6f} {per_exec:12.6f} {per_visit:12.6f} {label}")
    return [f"TimeReport {line}".rstrip() for line in lines] + ["", "T---Report end!", ""]
