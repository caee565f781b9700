"""The configuration language: ``import FWCore.ParameterSet.Config as cms`` re-exports what is here."""

from __future__ import annotations

from .base import PrintOptions, specialImportRegistry
from .dict_types import FixedKeysDict
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
from .tasks import ConditionalTask, ConditionalTaskPlaceholder, Task, TaskPlaceholder

__all__ = [
    "ConditionalTask", "ConditionalTaskPlaceholder", "EDAlias", "EDAnalyzer", "EDFilter", "EDProducer",
    "ESInputTag", "ESPrefer", "ESProducer", "ESSource", "EndPath", "EventID", "EventRange", "FileInPath",
    "FinalPath", "FixedKeysDict", "InputTag", "Looper", "LuminosityBlockID", "LuminosityBlockRange", "Modifier",
    "ModifierChain", "OrderedSet", "OutputModule", "PSet", "PSetTemplate", "Path", "PrintOptions", "Process",
    "ProcessModifier", "Schedule", "SecSource", "Sequence", "SequencePlaceholder", "Service", "Source", "Task",
    "TaskPlaceholder", "VESInputTag", "VEventID", "VEventRange", "VInputTag", "VLuminosityBlockID",
    "VLuminosityBlockRange", "VPSet", "bool", "double", "ignore", "int32", "int64", "obsolete", "optional",
    "required", "reset_modifiers", "specialImportRegistry", "string", "uint32", "uint64", "untracked", "vbool",
    "vdouble", "vint32", "vint64", "vstring", "vuint32", "vuint64", "wait",
]  # fmt: skip
