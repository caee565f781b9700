"""Sequences, paths and tasks, under the name that CMSSW gives their module."""

from pyrun.framework.config.schedule import Schedule  # noqa: F401
from pyrun.framework.config.sequence_nodes import (  # noqa: F401
    _BooleanLogicExpression,
    _BooleanLogicSequenceable,
    _BooleanLogicSequenceLeaf,
    _Sequenceable,
    _SequenceCollection,
    _SequenceIgnore,
    _SequenceLeaf,
    _SequenceNegation,
    _UnarySequenceOperator,
    ignore,
    wait,
)
from pyrun.framework.config.sequences import (  # noqa: F401
    EndPath,
    FinalPath,
    Path,
    Sequence,
    SequencePlaceholder,
    _ModuleSequenceType,
)
from pyrun.framework.config.tasks import (  # noqa: F401
    ConditionalTask,
    ConditionalTaskPlaceholder,
    Task,
    TaskPlaceholder,
)
from pyrun.framework.config.visitors import (  # noqa: F401
    ConditionalTaskVisitor,
    ContainsModuleVisitor,
    DecoratedNodeNamePlusVisitor,
    DecoratedNodeNameVisitor,
    ModuleNodeNotOnTaskVisitor,
    ModuleNodeOnConditionalTaskVisitor,
    ModuleNodeOnTaskVisitor,
    ModuleNodeVisitor,
    NodeNameVisitor,
    SequenceVisitor,
    TaskVisitor,
)
