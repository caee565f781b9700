"""The rules of assignment to a process: what may get which label, and what may take whose place."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .accelerators import ProcessAccelerator
from .base import _ConfigureComponent
from .modifiers import ProcessModifier
from .modules import Looper, Service, Source
from .process_options import (
    default_max_events,
    default_max_luminosity_blocks,
    default_message_logger,
    default_options,
)
from .psets import PSet
from .schedule import PATH_TYPES, Schedule
from .sequence_nodes import _Sequenceable
from .sequences import Sequence, _ModuleSequenceType
from .tasks import _TaskBase

if TYPE_CHECKING:
    from .process import Process

DEFAULTS = {
    "options": default_options,
    "maxEvents": default_max_events,
    "maxLuminosityBlocks": default_max_luminosity_blocks,
    "MessageLogger": default_message_logger,
}
_MERGED = ("options", "maxEvents", "maxLuminosityBlocks")
SINGLE = {"source": Source, "looper": Looper, "schedule": Schedule}
_LEGAL_LABEL = re.compile(r"[A-Za-z0-9_]+\Z")


def checked_component(process: Process, name: str, value: Any) -> Any:
    """`value`, if it may get the label; of a setting, the defaults with `value` put over them."""
    if not _LEGAL_LABEL.match(name) or keyword.iskeyword(name):
        raise ValueError(f"'{name}' contains forbiden characters: a label has letters, digits and underscores")
    if name in _MERGED and name in process.__dict__ and isinstance(value, (dict, PSet)):
        return merged_setting(name, value)
    if not isinstance(value, _ConfigureComponent):
        raise TypeError(
            f"process.{name} can only be set to a component of a configuration, such as a module, a path or a "
            f"PSet, not to {type(value).__name__}: {value!r}"
        )
    single = SINGLE.get(name)
    if single is not None and not isinstance(value, single):
        raise TypeError(f"process.{name} must be a {single.__name__}, not {type(value).__name__}")
    if isinstance(value, (Source, Looper)) and single is None:
        kind = type(value).__name__
        raise ValueError(f"The label '{name}' can't be used for a {kind}: assign it to process.{kind.lower()}")
    if isinstance(value, (Service, ProcessAccelerator)) and name != value.type_():
        raise TypeError(
            f"The label of a {type(value).__name__} is its type: use process.add_({value.type_()}) or "
            f"process.{value.type_()} = ..., not process.{name}"
        )
    if single is None and hasattr(type(process), name):
        raise ValueError(f"'{name}' can't be used as a label: it is the name of a method or property of Process")
    return value


def merged_setting(name: str, value: Any) -> PSet:
    """The defaults of a setting, with the parameters of `value` put over them."""
    result = DEFAULTS[name]()
    given = value if isinstance(value, Mapping) else value.parameters_()
    for key, parameter in given.items():
        if isinstance(parameter, PSet) and isinstance(getattr(result, key, None), PSet):
            getattr(result, key).update_(parameter)
        elif hasattr(parameter, "isTracked"):
            result._replaceParameter(key, parameter)
        else:
            setattr(result, key, parameter)
    return result  # type: ignore[return-value]


def made_at(component: Any) -> str:
    return f"{component._filename}, line {component._lineNumber}" if component._filename else "the top level"


def can_hold(holder: Any, old: Any, value: Any) -> bool:
    """Whether `value` can take the place of `old` in `holder`."""
    if isinstance(old, PATH_TYPES):
        return isinstance(value, PATH_TYPES)
    if isinstance(old, _TaskBase):
        return isinstance(value, _TaskBase)
    if isinstance(holder, _TaskBase):
        return holder._accepts(value)
    # Held only in a task of the holder, it may be anything that a task takes.
    return isinstance(value, _Sequenceable) or (not isinstance(old, _Sequenceable) and value._isTaskComponent())


def load_order(item: Any) -> int:
    if isinstance(item, ProcessModifier):
        return 4
    if isinstance(item, Schedule):
        return 3
    if isinstance(item, _TaskBase):
        return 2
    return 1 if isinstance(item, _ModuleSequenceType) else 0


def put_in_holders(users: list[Any], old: Any, value: Any) -> None:
    """Put `value`, or nothing if it is None, in place of `old`.

    Tasks and labelled sequences are changed first, so that their users find nothing left to change inside them.
    A task of which a nested task changes gets a new one in place of that, as in CMSSW.
    """
    tasks = [holder for holder in users if isinstance(holder, _TaskBase)]
    others = [holder for holder in users if not isinstance(holder, _TaskBase)]
    for task in tasks:
        task.replace(old, value)
    for holder in others:
        if isinstance(holder, (Sequence, Schedule)):
            holder._replaceIfHeldDirectly(old, value)
    for holder in others:
        if not isinstance(holder, Schedule) or not isinstance(old, PATH_TYPES):
            holder.replace(old, value)
