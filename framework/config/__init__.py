"""The configuration language: ``import FWCore.ParameterSet.Config as cms`` re-exports what is here."""

from __future__ import annotations

from .accelerators import EDMException, ProcessAccelerator, ProcessForProcessAccelerator, edm
from .base import PrintOptions, specialImportRegistry
from .dict_types import FixedKeysDict
from .fragments import (
    FilteredStream,
    ProcessFragment,
    SubProcess,
    checkImportPermission,
    convertToPSet,
    convertToVPSet,
    findProcess,
    makeCppPSet,
)
from .ids import (
    ESInputTag,
    EventID,
    EventRange,
    InputTag,
    LuminosityBlockID,
    LuminosityBlockRange,
    VESInputTag,
    VEventID,
    VEventRange,
    VInputTag,
    VLuminosityBlockID,
    VLuminosityBlockRange,
)
from .modifiers import Modifier, ModifierChain, ProcessModifier
from .modules import (
    EDAlias,
    EDAnalyzer,
    EDFilter,
    EDProducer,
    ESPrefer,
    ESProducer,
    ESSource,
    Looper,
    OutputModule,
    SecSource,
    Service,
    Source,
)
from .ordered_set import OrderedSet
from .parametertypes import UsingBlock
from .placeholders import obsolete, optional, required, untracked
from .process import Process, reset_modifiers
from .psets import PSet, PSetTemplate, VPSet
from .scalars import (
    FileInPath,
    bool,
    double,
    int32,
    int64,
    string,
    uint32,
    uint64,
    vbool,
    vdouble,
    vint32,
    vint64,
    vstring,
    vuint32,
    vuint64,
)
from .schedule import Schedule
from .sequence_nodes import ignore, wait
from .sequences import EndPath, FinalPath, Path, Sequence, SequencePlaceholder
from .switch_producer import SwitchProducer
from .tasks import ConditionalTask, ConditionalTaskPlaceholder, Task, TaskPlaceholder
from .visitors import (
    CompositeVisitor,
    ConditionalTaskVisitor,
    ContainsModuleVisitor,
    DecoratedNodeNamePlusVisitor,
    DecoratedNodeNameVisitor,
    EndPathValidator,
    FinalPathValidator,
    ModuleNamesFromGlobalsVisitor,
    ModuleNodeNotOnTaskVisitor,
    ModuleNodeOnConditionalTaskVisitor,
    ModuleNodeOnTaskVisitor,
    ModuleNodeVisitor,
    NodeNameVisitor,
    NodeVisitor,
    PathValidator,
    ScheduleTaskValidator,
    SequenceVisitor,
    TaskVisitor,
)

__all__ = [
    "CompositeVisitor", "ConditionalTask", "ConditionalTaskPlaceholder", "ConditionalTaskVisitor",
    "ContainsModuleVisitor", "DecoratedNodeNamePlusVisitor", "DecoratedNodeNameVisitor", "EDAlias", "EDAnalyzer",
    "EDFilter", "EDMException", "EDProducer", "ESInputTag", "ESPrefer", "ESProducer", "ESSource", "EndPath",
    "EndPathValidator", "EventID", "EventRange", "FileInPath", "FilteredStream", "FinalPath", "FinalPathValidator",
    "FixedKeysDict", "InputTag", "Looper", "LuminosityBlockID", "LuminosityBlockRange", "Modifier", "ModifierChain",
    "ModuleNamesFromGlobalsVisitor", "ModuleNodeNotOnTaskVisitor", "ModuleNodeOnConditionalTaskVisitor",
    "ModuleNodeOnTaskVisitor", "ModuleNodeVisitor", "NodeNameVisitor", "NodeVisitor", "OrderedSet", "OutputModule",
    "PSet", "PSetTemplate", "Path", "PathValidator", "PrintOptions", "Process", "ProcessAccelerator",
    "ProcessForProcessAccelerator", "ProcessFragment", "ProcessModifier", "Schedule", "ScheduleTaskValidator",
    "SecSource", "Sequence", "SequencePlaceholder", "SequenceVisitor", "Service", "Source", "SubProcess",
    "SwitchProducer", "Task", "TaskPlaceholder", "TaskVisitor", "UsingBlock", "VESInputTag", "VEventID",
    "VEventRange", "VInputTag", "VLuminosityBlockID", "VLuminosityBlockRange", "VPSet", "bool",
    "checkImportPermission", "convertToPSet", "convertToVPSet", "double", "edm", "findProcess", "ignore", "int32",
    "int64", "makeCppPSet", "obsolete", "optional", "required", "reset_modifiers", "specialImportRegistry", "string",
    "uint32", "uint64", "untracked", "vbool", "vdouble", "vint32", "vint64", "vstring", "vuint32", "vuint64", "wait",
]  # fmt: skip
