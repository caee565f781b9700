"""What a profiled job did: the tables, and the sums over them that the page and the numbers show."""

from __future__ import annotations

import time
from importlib.metadata import version
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from .tables import Rows

TRANSITIONS = (
    "event", "acquire", "write", "beginJob", "endJob", "beginStream", "endStream", "beginRun", "endRun",
    "beginLuminosityBlock", "endLuminosityBlock",
)  # fmt: skip
FORMAT = 1


@attrs.frozen
class JobFacts:
    """What is known of the job as a whole.

    Attributes
    ----------
    process, title : str
        The process name, and what the page is called.
    began_at : float
        When it began, in seconds since 1970.
    seconds : float
        How long it took.
    threads, streams : int
        How many there were.
    exit_code : int or None
        The full code; None if the job did not come to its first event.
    failure : str
        Why it ended early; empty if it did not.
    peak_resident : int
        The most memory it had, in bytes.
    machine : dict
        Processor, number of CPUs, platform, version of Python.
    """

    process: str
    title: str
    began_at: float
    seconds: float
    threads: int
    streams: int
    exit_code: int | None
    failure: str
    peak_resident: int
    machine: dict[str, Any]


@attrs.frozen
class ModuleSum:
    """One module in the whole job: seconds, bytes and counts.

    Attributes
    ----------
    calls, events : int
        Calls for events, and the events of all of them.
    real, cpu, reading : float
        Seconds in calls for events, of which on the CPU in the calling thread, and of which reading input.
    setup : float
        Seconds in its other transitions, such as beginJob.
    external : float
        Seconds from acquire to produce.
    made : int
        Bytes of its products.
    growth : int
        The largest growth of the process's memory in one of its calls.
    """

    label: str
    type: str
    calls: int
    events: int
    real: float
    cpu: float
    reading: float
    setup: float
    external: float
    made: int
    growth: int


@attrs.frozen
class ProductSum:
    """One product in the whole job; ``events`` is how many have it, ``seconds`` what reading it took."""

    name: str
    origin: str  # "made" or "read"
    events: int
    bytes: int
    seconds: float


@attrs.frozen(eq=False)
class Profile:
    """All that was measured; the tables' columns are described in `tables`.

    Attributes
    ----------
    job : JobFacts
    modules, types, products : tuple of str
        What the numbers in the tables stand for: labels, the types of these modules, and branch names.
    calls, blocks, made, reads, pending, written, samples : numpy.ndarray
        Module calls, blocks, products put and read, external work, blocks written, samples of memory.
    """

    job: JobFacts
    modules: tuple[str, ...]
    types: tuple[str, ...]
    products: tuple[str, ...]
    calls: Rows
    blocks: Rows
    made: Rows
    reads: Rows
    pending: Rows
    written: Rows
    samples: Rows

    @property
    def events(self) -> int:
        """Events in finished blocks."""
        return int(self.blocks["events"].sum())

    @property
    def loop_seconds(self) -> float:
        """From the start of the first block to the end of the last, written ones included."""
        if not len(self.blocks):
            return 0.0
        ends = [self.blocks["stop"].max(), *self.written["time"][-1:]]
        return float(max(ends) - self.blocks["start"].min())

    @property
    def event_calls(self) -> Rows:
        """The calls for events: produce, filter, analyze, acquire and write."""
        return self.calls[self.calls["transition"] <= TRANSITIONS.index("write")]

    def module_sums(self) -> list[ModuleSum]:
        """One row per module, the one that took most time first."""
        in_loop = self.calls["transition"] <= TRANSITIONS.index("write")
        size = len(self.modules)
        which = self.calls["module"]
        seconds = self.calls["stop"] - self.calls["start"]
        counted = in_loop & (self.calls["transition"] != TRANSITIONS.index("acquire"))
        growth = np.zeros(size, dtype=np.int64)
        np.maximum.at(growth, which, self.calls["growth"])
        external = self.pending["stop"] - self.pending["start"]
        columns = {
            "calls": _sums(which, counted, size),
            "events": _sums(which, self.calls["events"] * counted, size),
            "real": _sums(which, seconds * in_loop, size),
            "cpu": _sums(which, self.calls["cpu"] * in_loop, size),
            "reading": _sums(which, self.calls["reading"] * in_loop, size),
            "setup": _sums(which, seconds * ~in_loop, size),
            "external": _sums(self.pending["module"], external, size),
            "made": _sums(which, self.calls["made"], size),
            "growth": growth,
        }
        integers = ("calls", "events", "made", "growth")
        sums = []
        for index, (label, type_) in enumerate(zip(self.modules, self.types, strict=True)):
            row: dict[str, Any] = {
                name: (int if name in integers else float)(column[index]) for name, column in columns.items()
            }
            sums.append(ModuleSum(label=label, type=type_, **row))
        return sorted(sums, key=lambda one: (-one.real, -one.setup, one.label))

    def product_sums(self) -> list[ProductSum]:
        """One row per product that was put or read, the largest first."""
        size = len(self.products)
        events_of_block = dict(zip(self.blocks["block"].tolist(), self.blocks["events"].tolist(), strict=True))
        read_events = np.array([events_of_block.get(block, 0) for block in self.reads["block"].tolist()])
        columns = {
            "made": (_sums(self.made["product"], self.made["events"], size), self.made, np.zeros(size)),
            "read": (
                _sums(self.reads["product"], read_events, size),
                self.reads,
                _sums(self.reads["product"], self.reads["stop"] - self.reads["start"], size),
            ),
        }
        sums = [
            ProductSum(name, origin, int(events[index]), int(total[index]), float(seconds[index]))
            for origin, (events, table, seconds) in columns.items()
            for total in [_sums(table["product"], table["bytes"], size)]
            for index, name in enumerate(self.products)
            if (table["product"] == index).any()
        ]
        return sorted(sums, key=lambda one: (-one.bytes, one.name))

    def seconds_in_modules(self) -> npt.NDArray[np.float64]:
        """For each row of `blocks`, the seconds that modules took in it; what writes it comes later."""
        calls = self.calls[self.calls["transition"] <= TRANSITIONS.index("acquire")]
        inside = _sums(calls["block"], calls["stop"] - calls["start"], int(self.blocks["block"].max(initial=-1)) + 1)
        of_blocks: npt.NDArray[np.float64] = inside[self.blocks["block"]]
        return of_blocks

    def numbers(self) -> dict[str, Any]:
        """Everything as plain Python values, for JSON."""
        job = attrs.asdict(self.job)
        job["began_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.job.began_at))
        return {
            "format": FORMAT,
            "pyrun": version("pyrun"),
            "job": {**job, "events": self.events, "loop_seconds": self.loop_seconds},
            "modules": [attrs.asdict(one) for one in self.module_sums()],
            "products": [attrs.asdict(one) for one in self.product_sums()],
            "names": {"module": self.modules, "product": self.products, "transition": TRANSITIONS},
            "tables": {name: _columns(getattr(self, name)) for name in _TABLES},
        }


_TABLES = ("calls", "blocks", "made", "reads", "pending", "written", "samples")


def _sums(which: Rows, values: Rows, size: int) -> npt.NDArray[np.float64]:
    """The sum of `values` for each number in `which`, below `size`; -1 counts for none."""
    known = which >= 0
    return np.bincount(which[known], weights=values[known], minlength=size).astype(np.float64)


def _columns(table: Rows) -> dict[str, list[Any]]:
    """A table as a list per column; seconds to the nearest 0.1 microsecond."""
    assert table.dtype.names is not None
    return {
        name: (np.round(table[name], 7) if table.dtype[name].kind == "f" else table[name]).tolist()
        for name in table.dtype.names
    }
