"""Visitors of sequences, under the name that CMSSW gives their module."""

from pyrun.framework.config.visitors import (  # noqa: F401
    CompositeVisitor,
    EndPathValidator,
    FinalPathValidator,
    ModuleNamesFromGlobalsVisitor,
    NodeVisitor,
    PathValidator,
    ScheduleTaskValidator,
)

from .SequenceTypes import *
