"""Messages and where they go: the text, the limits and the statistics of CMSSW's message logger.

The rules are those of ``FWCore/MessageService`` (ELoutput, ELlimitsTable, CountAndLimit, ELstatistics).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import IO

import attrs

from ..errors import FileWriteError

DEBUG, INFO, FWKINFO, WARNING, ERROR, SYSTEM = range(6)
SEVERITIES = {"DEBUG": DEBUG, "INFO": INFO, "FWKINFO": FWKINFO, "WARNING": WARNING, "ERROR": ERROR, "SYSTEM": SYSTEM}
_LETTERS = "difwes"
_NAMES = ("Debug", "Info", "FwkInfo", "Warning", "Error", "System")
UNLIMITED = 2_000_000_000


def timestamp(when: float | None = None, *, milliseconds: bool = False) -> str:
    """The time as cmsRun prints it, e.g. ``19-Dec-2025 15:46:15 CST``."""
    when = time.time() if when is None else when
    local = time.localtime(when)
    fraction = f".{int(when * 1000) % 1000:03d}" if milliseconds else ""
    return f"{time.strftime('%d-%b-%Y %H:%M:%S', local)}{fraction} {time.strftime('%Z', local)}"


@attrs.frozen
class Message:
    """One message.

    Attributes
    ----------
    severity : int
        ``DEBUG`` to ``SYSTEM``; messages of the last are always shown.
    category : str
        What limits and statistics go by.
    module : str
        Who sends it: ``Type:label``, with ``@beginJob`` and the like outside events.
    context : str
        When: ``pre-events``, ``Run: 1 Event: 5`` ...
    text : str
    verbatim : bool
        Written without the ``%MSG`` lines.
    """

    severity: int
    category: str
    module: str
    context: str
    text: str
    verbatim: bool = False
    when: float = attrs.Factory(time.time)

    def formatted(self, line_length: int = 80, time_stamps: bool = True) -> str:
        """The lines that are written, with a line end."""
        if self.verbatim:
            return self.text + "\n"
        parts = [f"%MSG-{_LETTERS[self.severity]} ", self.category, ": ", " ", f"{self.module} "]
        if time_stamps:
            parts.append(f"{timestamp(self.when)} ")
        return f"{_header([*parts, self.context], line_length)}\n{self.text}\n%MSG\n"


def _header(parts: Iterable[str], line_length: int) -> str:
    """Join `parts`; one that crosses the line length gets a space before it, as headers were once broken there."""
    header, used = "", 0
    for part in parts:
        if used + len(part) > line_length:
            used = 0 if part[1:2] == " " else 1
            header += " " * used
        header += part
        used += len(part)
    return header


@attrs.frozen
class Limits:
    """How often messages are shown; None is not set.

    Attributes
    ----------
    limit : int or None
        The most messages; after these, the ones at 2, 3, 5, 9 ... times the limit are shown.
    reportEvery : int or None
        Of so many, one is shown.
    timespan : int or None
        After so many seconds without a message, counting begins again.
    """

    limit: int | None = None
    reportEvery: int | None = None
    timespan: int | None = None

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> Limits:
        """From a category's parameters; negative values mean no limit."""
        return cls(_positive(settings.get("limit")), _plain(settings.get("reportEvery")),
                   _positive(settings.get("timespan")))  # fmt: skip

    def or_else(self, other: Limits) -> Limits:
        """These, and those of `other` where these are not set."""
        return Limits(
            other.limit if self.limit is None else self.limit,
            other.reportEvery if self.reportEvery is None else self.reportEvery,
            other.timespan if self.timespan is None else self.timespan,
        )

    def allow(self, number: int) -> bool:
        """Whether the message that is the `number`-th, from 1, is within the limit."""
        if self.limit is None or self.limit < 0 or number <= self.limit:
            return self.limit != 0
        if self.limit == 0:
            return False
        times, rest = divmod(number - self.limit, self.limit)
        return not rest and times & (times - 1) == 0


def _plain(value: object) -> int | None:
    return None if value is None else int(value)  # type: ignore[call-overload]


def _positive(value: object) -> int | None:
    number = _plain(value)
    return UNLIMITED if number is not None and number < 0 else number


class _Counter:
    """Counts messages of one kind and decides which are shown."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._interval = limits.reportEvery or 0
        self._number = 0
        self._skipped = self._interval - 1  # so that the first is shown
        self._last = time.monotonic()

    def add(self) -> bool:
        now = time.monotonic()
        if self._limits.timespan is not None and now - self._last >= self._limits.timespan:
            self._number, self._skipped = 0, max(self._interval - 1, 0)
        self._last = now
        self._number += 1
        self._skipped += 1
        if self._skipped < self._interval or not self._limits.allow(self._number):
            return False
        self._skipped = 0
        return True


@attrs.define(eq=False)
class Destination:
    """Where messages are written, and which.

    Attributes
    ----------
    name : str
        ``cerr``, ``cout``, or a file's name.
    threshold : int
        The least severity shown.
    default, severities, categories : Limits, or Limits by severity or category
        What is set for a category goes before what is set for the severity, and that before the default.
    line_length : int
        Of a message's first line.
    time_stamps : bool
        Whether messages have them.
    stream : file, optional
        Instead of what the name says.
    """

    name: str = "cerr"
    threshold: int = INFO
    default: Limits = Limits()
    severities: Mapping[int, Limits] = attrs.field(factory=dict)
    categories: Mapping[str, Limits] = attrs.field(factory=dict)
    line_length: int = 80
    time_stamps: bool = True
    stream: IO[str] | None = None
    _counters: dict[tuple[int, str, str], _Counter] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        if self.name not in ("cerr", "cout") and self.stream is None:
            try:
                self.stream = open(self.name, "w", encoding="utf-8")
            except OSError as error:
                raise FileWriteError(f"The log file {self.name!r} can't be written: {error.strerror}") from error

    def limits(self, category: str, severity: int) -> Limits:
        """What holds for a category at a severity."""
        own = self.categories.get(category, Limits())
        return own.or_else(self.severities.get(severity, Limits())).or_else(self.default)

    def log(self, message: Message) -> bool:
        """Write a message, unless the threshold or a limit is against it; returns whether it was written."""
        if message.severity < self.threshold:
            return False
        key = (message.severity, message.category, message.module)
        if key not in self._counters:
            self._counters[key] = _Counter(self.limits(message.category, message.severity))
        if not self._counters[key].add() and message.severity < SYSTEM:
            return False
        self.write(message.formatted(self.line_length, self.time_stamps))
        return True

    def write(self, text: str) -> None:
        """Write `text` at once, so that what is written elsewhere does not come between."""
        stream = self.stream or (sys.stdout if self.name == "cout" else sys.stderr)
        stream.write(text)
        stream.flush()

    def close(self) -> None:
        """Close the file, if it is one of its own."""
        if self.stream is not None and self.name not in ("cerr", "cout"):
            self.stream.close()


@attrs.define
class _Count:
    number: int = 0
    total: int = 0
    suppressed: bool = False
    examples: list[str] = attrs.field(factory=lambda: ["", "", ""])

    def add(self, context: str, shown: bool, times: int) -> None:
        for _ in range(min(times, 3)):
            self.examples[min(self.number, 2)] = context[:16]
            self.number += 1
        self.number += times - min(times, 3)
        self.total += times
        self.suppressed |= not shown


class Statistics:
    """Counts messages, and tells at the end how many there were.

    Parameters
    ----------
    write : callable
        Takes the summary.
    threshold : int
        The least severity counted.
    reset : bool
        Whether counting begins again after each summary.
    """

    def __init__(self, write: Callable[[str], None], threshold: int, reset: bool = False) -> None:
        self._write, self._threshold, self._reset = write, threshold, reset
        self._counts: dict[tuple[int, str, str], _Count] = {}

    def count(self, message: Message, shown: bool, times: int = 1) -> None:
        """Count a message; `shown` says whether any destination has written it."""
        if message.severity >= self._threshold and times:
            count = self._counts.setdefault((message.severity, message.category, message.module), _Count())
            count.add(_short(message.context), shown, times)

    def summarize(self) -> None:
        """Write the summary."""
        self._write("\n".join(["", "=" * 45, "", "MessageLogger Summary", *self._lines(), ""]) + "\n")
        if self._reset:
            for count in self._counts.values():
                count.number, count.examples = 0, ["", "", ""]

    def _lines(self) -> list[str]:
        counts = sorted(self._counts.items())
        rows, examples = [], []
        per_severity: dict[int, list[int]] = {}
        for place, ((severity, category, module), count) in enumerate(counts, start=1):
            numbers = f"{count.number:7d}{'*' if count.suppressed else ' '}{count.total:8d}"
            rows.append(f"{place:5d} {category[:20]:20} -{_LETTERS[severity]} {module[:47]:47}{numbers}")
            first, second, last = count.examples
            examples.append(f"{place:5d} {category:20} {first:16} {second:16} {last}")
            sums = per_severity.setdefault(severity, [0, 0])
            sums[0] += count.number
            sums[1] += count.total
        lines = []
        if rows:
            lines += [
                "",
                " type     category        sev          module                subroutine         count   total",
            ]
            lines += [f" ---- {'-' * 20} -- {'-' * 25} {'-' * 21}   -----   -----", *rows]
            if any(count.suppressed for _, count in counts):
                lines += ["", "* Some occurrences of this message were suppressed in all logs, due to limits."]
            lines += ["", " type    category    Examples: run/evt        run/evt          run/evt"]
            lines += [f" ---- {'-' * 20} {'-' * 16} {'-' * 16} {'-' * 16}", *examples]
        lines += ["", "Severity    # Occurrences   Total Occurrences", "--------    -------------   -----------------"]
        lines += [f"{_NAMES[severity]:8}{n:17d}{total:20d}" for severity, (n, total) in sorted(per_severity.items())]
        return [*lines, "", "dropped waiting message count 0"]


def _short(context: str) -> str:
    """``Run: 1 Event: 5`` as ``1/5``."""
    words = context.split()
    return f"{words[1]}/{words[3]}" if len(words) == 4 and words[::2] == ["Run:", "Event:"] else context


def caller(depth: int) -> str:
    """File and line of the code that calls `depth` levels above, as debug messages give them."""
    frame = sys._getframe(depth + 1)
    return f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
