"""MessageLogger: what a job tells the person who runs it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextvars import ContextVar, Token
from typing import IO, TYPE_CHECKING, Any

from .messages import (
    DEBUG,
    ERROR,
    FWKINFO,
    INFO,
    SYSTEM,
    WARNING,
    Destination,
    Message,
    Statistics,
    caller,
    timestamp,
)

if TYPE_CHECKING:
    from ..config.description import ProcessDescription
    from ..event.ids import EventIDs

__all__ = ["MessageLogger", "configured_logger", "ordinal", "timestamp"]

# who sends messages and at which moment; each stream's thread has its own, and what it starts elsewhere inherits it
_where: ContextVar[tuple[str, Any]] = ContextVar("where", default=("(NoModuleName)", "pre-events"))


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th ..."""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


class Within:
    """What `MessageLogger.within` returns; a class, as a generator would cost as much as a short module."""

    __slots__ = ("_before", "_now")

    def __init__(self, where: str, context: Any) -> None:
        self._now = (where, context)

    def __enter__(self) -> None:
        self._before: Token[tuple[str, Any]] = _where.set(self._now)

    def __exit__(self, *_: object) -> None:
        _where.reset(self._before)


class MessageLogger:
    """Takes messages from the modules and the framework to their destinations, in cmsRun's format.

    Messages of several threads don't mix. As in cmsRun, limits hold for each category of each module, and a default job
    shows no message of `info` unless ``process.MessageLogger.cerr.<category>`` is set.

    Parameters
    ----------
    destinations : sequence of Destination, optional
        Standard error with all messages of INFO and above if not given.
    statistics : sequence of Statistics
        What counts messages.
    suppressed : mapping
        For labels of modules, the severity up to which their messages are dropped.
    debug_modules : sequence of str
        Labels of the modules whose debug messages are wanted; empty, or with ``*``, for all.
    stream : file, optional
        Instead of standard error.
    """

    def __init__(
        self,
        destinations: Sequence[Destination] | None = None,
        statistics: Sequence[Statistics] = (),
        suppressed: Mapping[str, int] | None = None,
        debug_modules: Sequence[str] = (),
        stream: IO[str] | None = None,
    ) -> None:
        self.destinations = [Destination(stream=stream)] if destinations is None else list(destinations)
        self.quiet = False  # True: destinations that would announce every single event announce none
        self.announcing = True  # False: no event is announced
        self._statistics = list(statistics)
        self._suppressed = suppressed or {}
        self._debug_modules = None if not debug_modules or "*" in debug_modules else set(debug_modules)
        # one thread may come again: closing files is told by finalizers, which run at any moment
        self._lock = threading.RLock()

    def debug(self, category: str, text: str, entry: int | None = None) -> None:
        """Something for the module's author; shown if a destination's threshold is DEBUG."""
        if any(destination.threshold <= DEBUG for destination in self.destinations):
            self._message(DEBUG, category, text, entry)

    def info(self, category: str, text: str, entry: int | None = None) -> None:
        """Something worth knowing; `entry` is the position in the view of the event it is about, as in all of these."""
        self._message(INFO, category, text, entry)

    def warning(self, category: str, text: str, entry: int | None = None) -> None:
        """Something the user should look at."""
        self._message(WARNING, category, text, entry)

    def error(self, category: str, text: str, entry: int | None = None) -> None:
        """Something that went wrong and did not end the job."""
        self._message(ERROR, category, text, entry)

    def system(self, category: str, text: str, entry: int | None = None) -> None:
        """Something that is shown whatever thresholds and limits say."""
        self._message(SYSTEM, category, text, entry)

    def verbatim(self, text: str, category: str = "FwkSummary", severity: int = SYSTEM) -> None:
        """Write `text` and a line end, as it is; at severity SYSTEM whatever thresholds and limits say."""
        module, context = _where.get()
        self._log(Message(severity, category, module, describe_context(context), text, verbatim=True))

    def replay(self, message: Message) -> None:
        """Show a message that another interpreter's logger has recorded, if this one would have shown it."""
        if message.severity > self._suppressed.get(label_of(message.module), -1):
            self._log(message)

    def within(self, where: str, context: Any = "pre-events") -> Within:
        """Messages of the ``with`` block carry `where`, e.g. ``Type:label``, and the moment.

        `context` is a text, or a view of events, a run or a luminosity block, of which text is made only if needed.
        """
        return Within(where, context)

    def announce(self, ids: EventIDs, first_record: int, stream: int) -> None:
        """Say that events are about to be processed, as often as category FwkReport is configured to.

        Whether the n-th record of the job is announced depends on n alone, not on which stream comes first.
        """
        if not self.announcing:
            return
        shown = 0
        for destination in self.destinations:
            limits = destination.limits("FwkReport", FWKINFO)
            every = max(limits.reportEvery or 1, 1)
            if destination.threshold > FWKINFO or limits.limit == 0 or (self.quiet and every == 1):
                continue
            start = first_record + -first_record % every
            records = [n for n in range(start, first_record + len(ids), every) if limits.allow(n + 1)]
            shown += len(records)
            if records:
                text = _announcement(ids, first_record, records, stream)
                with self._lock:
                    destination.write(text)
        if self._statistics:
            message = Message(FWKINFO, "FwkReport", "AfterSource", "AfterSource", "")
            with self._lock:
                for statistics in self._statistics:
                    statistics.count(message, shown > 0, len(ids))

    def close(self) -> None:
        """Write the statistics and close the files: the job is over."""
        with self._lock:
            for statistics in self._statistics:
                statistics.summarize()
            for destination in self.destinations:
                destination.close()

    def _message(self, severity: int, category: str, text: str, entry: int | None) -> None:
        module, context = _where.get()
        if severity <= self._suppressed.get(label_of(module), -1):
            return
        if severity == DEBUG:
            if self._debug_modules is not None and label_of(module) not in self._debug_modules:
                return
            when = f"{describe_context(context, entry)} {caller(2)}"
        else:
            when = describe_context(context, entry)
        for one in category.split("|"):  # as in CMSSW, a message may belong to several
            self._log(Message(severity, one, module, when, text))

    def _log(self, message: Message) -> None:
        with self._lock:
            shown = [destination.log(message) for destination in self.destinations]
            for statistics in self._statistics:
                statistics.count(message, any(shown))


def label_of(module: str) -> str:
    """The label in ``Type:label@moment``."""
    return module.rpartition(":")[2].partition("@")[0]


def describe_context(context: Any, entry: int | None = None) -> str:
    """The moment as cmsRun writes it; for a view of several events, the first and the last."""
    if isinstance(context, str):
        return context
    if hasattr(context, "id"):  # a view of events
        if entry is not None:
            return f"Run: {context.run[entry]} Event: {context.id[entry]}"
        if len(context) == 1:
            return f"Run: {context.run[0]} Event: {context.id[0]}"
        if not len(context):
            return "no events"
        return f"Run: {context.run[0]} Lumi: {context.lumi[0]} Events: {context.id[0]}-{context.id[-1]}"
    lumi = getattr(context, "luminosityBlock", 0) or getattr(context, "lumi", 0)
    return f"Run: {context.run}" + (f" Lumi: {lumi}" if lumi else "")


def _announcement(ids: EventIDs, first_record: int, records: Sequence[int], stream: int) -> str:
    import numpy as np  # a configuration is loaded without it

    when = timestamp(milliseconds=True)
    chosen = ids[np.asarray(records) - first_record]
    numbers = zip(records, chosen.run.tolist(), chosen.event.tolist(), chosen.lumi.tolist(), strict=True)
    return "".join(
        f"Begin processing the {ordinal(record + 1)} record. Run {run}, Event {event}, "
        f"LumiSection {lumi} on stream {stream} at {when}\n"
        for record, run, event, lumi in numbers
    )


def configured_logger(process: ProcessDescription) -> MessageLogger:
    """The logger that ``process.MessageLogger`` describes.

    Raises
    ------
    Configuration
        A parameter that the message logger has not, or of another type.
    FileWriteError
        A log file can't be written.
    """
    from .message_configuration import read_configuration

    return read_configuration(process.services.get("MessageLogger"))
