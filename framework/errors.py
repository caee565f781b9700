"""The exception categories that a job can end with, and the exit code of each.

A category is what a physicist sees in ``An exception of category 'X' occurred`` and what policies such as
``Rethrow`` name. Raise the class whose name is the category; add where it happened with `CMSException.add_context`.
"""

from __future__ import annotations


class CMSException(Exception):
    """Base of every exception with a category.

    Attributes
    ----------
    category : str
        The class name unless given, e.g. ``ProductNotFound``.
    exit_code : int
        The full code (7000 and above) written to the job report. The shell sees it modulo 256.
    context : list of str
        What the job was doing, outermost first.
    """

    exit_code = 8001

    def __init__(self, message: str, *, category: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.category = category or type(self).__name__
        self.context: list[str] = []

    def add_context(self, text: str) -> None:
        """Put `text` in front of the context: callers add theirs as the exception travels outwards."""
        self.context.insert(0, text)


class ConfigFileNotFound(CMSException):
    """There is no such configuration file."""

    exit_code = 7001


class ConfigFileReadError(CMSException):
    """A configuration file can't be parsed, raised an exception, or makes no process."""

    exit_code = 7002


class ProductNotFound(CMSException):
    """A module asked for a product that no module made for this event."""

    exit_code = 8006


class InsertFailure(CMSException):
    """A module put a product it had not declared, twice, or with the wrong number of events."""

    exit_code = 8008


class Configuration(CMSException):
    """The configuration asks for something that can't be."""

    exit_code = 8009


class LogicError(CMSException):
    """A module broke the framework's rules."""

    exit_code = 8010


class EventSetupConflict(Configuration):
    """Two ES modules of the same kind want to deliver the same data."""

    exit_code = 8001


class NoRecord(CMSException):
    """Conditions were asked for whose record the job does not have, or which is not valid at the moment."""


class NoProductResolverException(CMSException):
    """Conditions were asked for that no ES module of the job delivers."""


class ScheduleExecutionFailure(CMSException):
    """The modules can't be put into an order that satisfies what they consume."""

    exit_code = 8017


class FileInPathError(CMSException):
    """A ``FileInPath`` names a file that is nowhere on the search path."""

    exit_code = 8019


class FileOpenError(CMSException):
    """An input file is missing, unreadable or not a ROOT event file."""

    exit_code = 8020


class FileReadError(CMSException):
    """An input file opened, but its content is damaged."""

    exit_code = 8021


class MismatchedInputFiles(CMSException):
    """Input files don't belong together: their branches or the products of a run differ."""

    exit_code = 8023


class FileNameInconsistentWithGUID(CMSException):
    """A file is not called after its GUID, and enforceGUIDInFileName asks for it."""

    exit_code = 8034


class FileWriteError(CMSException):
    """An output file could not be written: disk full, no permission, no such folder."""

    exit_code = 8033


class NotFound(CMSException):
    """Something asked for by name does not exist."""

    exit_code = 8026


class PluginNotFound(CMSException):
    """The configuration names a module or service type that no installed package provides."""

    exit_code = 8001


class ModelError(CMSException):
    """A machine-learning model is missing, damaged or does not fit its producer."""

    exit_code = 8001


class ExternalFailure(CMSException):
    """A service outside the job, such as an inference server, failed."""

    exit_code = 8036
