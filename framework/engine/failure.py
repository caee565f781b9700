"""How a job's end by an exception is told."""

from __future__ import annotations

import traceback

import attrs

from ..errors import CMSException
from ..event.block import EventBlock
from ..services.message_logger import timestamp

BAD_ALLOC, STD_EXCEPTION = 8004, 8002


@attrs.frozen
class Failure:
    """An exception that ends the job, with where it happened.

    Attributes
    ----------
    category : str
        As in ``An exception of category 'X' occurred``.
    exit_code : int
        The full code; the shell sees it modulo 256.
    message : str
        What was wrong.
    context : tuple of str
        What the job was doing, outermost first.
    cause : BaseException
        The exception itself.
    """

    category: str
    exit_code: int
    message: str
    context: tuple[str, ...]
    cause: BaseException

    @classmethod
    def of(cls, error: BaseException, *context: str) -> Failure:
        """Describe `error`; an exception without category is a StdException and shows where it was raised."""
        if isinstance(error, CMSException):
            return cls(error.category, error.exit_code, error.message, (*context, *error.context), error)
        code = BAD_ALLOC if isinstance(error, MemoryError) else STD_EXCEPTION
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _ours(frame.filename)]
        text = "".join(traceback.format_list(frames) + traceback.format_exception_only(error))
        return cls(category_of(error), code, text.rstrip(), context, error)

    def summary(self) -> str:
        """What a warning tells of an exception after which the job goes on."""
        lines = [f"An exception of category '{self.category}' occurred while"]
        lines += [f"   [{level}] {text}" for level, text in enumerate(self.context)]
        return "\n".join([*lines, "Exception Message:", self.message])

    def fatal_print(self) -> str:
        """What cmsRun prints when an exception ends a job."""
        when = timestamp()
        lines = [
            f"----- Begin Fatal Exception {when}-----------------------",
            f"An exception of category '{self.category}' occurred" + (" while" if self.context else ""),
            *(f"   [{level}] {text}" for level, text in enumerate(self.context)),
            "Exception Message:",
            self.message,
            f"----- End Fatal Exception {'-' * 49}",
        ]
        return "\n".join(lines)


def category_of(error: BaseException) -> str:
    """The category by which policies name an exception; Python's own are a StdException, or BadAlloc."""
    if isinstance(error, CMSException):
        return error.category
    return "BadAlloc" if isinstance(error, MemoryError) else "StdException"


def describe(error: Exception, block: EventBlock, position: int, stream: int, *context: str) -> Failure:
    """The failure on one event of a block, `context` telling of path and module."""
    ids = block.ids
    event = f"run: {ids.run[position]} lumi: {ids.lumi[position]} event: {ids.event[position]} stream: {stream}"
    return Failure.of(error, f"Processing  Event {event}", *context)


def _ours(filename: str) -> bool:
    """Whether a frame belongs to the engine, and so tells a module's author nothing."""
    return "framework/engine/" in filename.replace("\\", "/")
