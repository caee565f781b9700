"""Sequences, paths and tasks, under the name that CMSSW gives their module."""

from pyrun.framework.config.schedule import Schedule  # noqa: F401
from pyrun.framework.config.sequence_nodes import ignore, wait  # noqa: F401
from pyrun.framework.config.sequences import EndPath, FinalPath, Path, Sequence, SequencePlaceholder  # noqa: F401
from pyrun.framework.config.tasks import (  # noqa: F401
    ConditionalTask,
    ConditionalTaskPlaceholder,
    Task,
    TaskPlaceholder,
)
from pyrun.framework.config.visitors import (  # noqa: F401
    CompositeVisitor,
    DecoratedNodeNameVisitor,
    ModuleNamesFromGlobalsVisitor,
    ModuleNodeVisitor,
    NodeNameVisitor,
    NodeVisitor,
    PathValidator,
    ScheduleTaskValidator,
)
