"""MessageLogger: what a job tells the person who runs it, on standard error."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..config.description import ProcessDescription

_SEVERITIES = {"i": 0, "w": 1, "e": 2, "s": 3}
_THRESHOLDS = {"DEBUG": 0, "INFO": 0, "FWKINFO": 0, "WARNING": 1, "ERROR": 2}
_where: ContextVar[str] = ContextVar("where", default="Job")  # each stream's thread has its own


def timestamp(when: float | None = None, *, milliseconds: bool = False) -> str:
    """The time as cmsRun prints it, e.g. ``19-Dec-2025 15:46:15 CST``."""
    when = time.time() if when is None else when
    local = time.localtime(when)
    fraction = f".{int(when * 1000) % 1000:03d}" if milliseconds else ""
    return f"{time.strftime('%d-%b-%Y %H:%M:%S', local)}{fraction} {time.strftime('%Z', local)}"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th ..."""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


class MessageLogger:
    """Writes messages in cmsRun's format.

    Parameters
    ----------
    threshold : str
        The least severe messages shown: ``INFO``, ``WARNING`` or ``ERROR``.
    report_every : int
        How often an event is announced (category FwkReport); 0 for never.
    limits : dict
        The most messages shown of a category.
    stream : file, optional
        Where to write; standard error if not given.
    """

    def __init__(
        self,
        threshold: str = "INFO",
        report_every: int = 1,
        limits: dict[str, int] | None = None,
        stream: IO[str] | None = None,
    ) -> None:
        self.threshold = _THRESHOLDS.get(threshold.upper(), 0)
        self.report_every = report_every
        self.limits = limits or {}
        self._counts: Counter[str] = Counter()
        self._stream = stream

    def info(self, category: str, text: str) -> None:
        """Something worth knowing."""
        self._message("i", category, text)

    def warning(self, category: str, text: str) -> None:
        """Something the user should look at."""
        self._message("w", category, text)

    def error(self, category: str, text: str) -> None:
        """Something that went wrong and did not end the job."""
        self._message("e", category, text)

    def verbatim(self, text: str) -> None:
        """Write `text` and a line end, as it is."""
        stream = self._stream or sys.stderr
        stream.write(text + "\n")
        stream.flush()

    @contextmanager
    def within(self, where: str) -> Iterator[None]:
        """Messages of the block carry `where`, e.g. ``Type:label``."""
        before = _where.set(where)
        try:
            yield
        finally:
            _where.reset(before)

    def _message(self, severity: str, category: str, text: str) -> None:
        if _SEVERITIES[severity] < self.threshold:
            return
        self._counts[category] += 1
        if self._counts[category] > self.limits.get(category, sys.maxsize):
            return
        self.verbatim(f"%MSG-{severity} {category}:  {_where.get()}  {timestamp()}\n{text}\n%MSG")


def configured_logger(process: ProcessDescription) -> MessageLogger:
    """The logger that ``process.MessageLogger.cerr`` describes."""
    from ..plugins.validation import plain

    service = process.services.get("MessageLogger")
    settings: dict[str, Any] = {name: plain(value) for name, value in service.parameters.items()} if service else {}
    cerr = {**settings, **settings.get("cerr", {})}
    limits = {
        name: int(category["limit"])
        for name, category in cerr.items()
        if isinstance(category, dict) and category.get("limit", -1) >= 0 and name != "default"
    }
    report = cerr.get("FwkReport", {})
    every = int(report.get("reportEvery", 1)) if report.get("limit", 1) and cerr.get("enable", True) else 0
    return MessageLogger(str(cerr.get("threshold", "INFO")), every, limits)
