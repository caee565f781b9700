"""The process: what a configuration file builds."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from typing import Any

from .accelerators import ProcessAccelerator
from .base import PrintOptions, _ConfigureComponent, _Labelable, _Unlabelable, caller_location
from .dump import dependency_order, dump_process, split_process
from .misuse import second_processes
from .modifiers import Choice, _ModifierBase, choices, unchoose_all
from .modules import EDAlias, ESPrefer, Looper, Service, Source
from .process_options import (
    default_max_events,
    default_max_luminosity_blocks,
    default_options,
    is_default,
)
from .process_rules import DEFAULTS, SINGLE, can_hold, checked_component, load_order, made_at, put_in_holders
from .process_tables import CATEGORIES, _ProcessTables
from .prune import prune_process
from .schedule import PATH_TYPES, Schedule
from .sequences import Sequence, _ModuleSequenceType
from .tasks import _TaskBase
from .visitors import NodeNameVisitor

_NESTING = ("sequences", "tasks", "conditionaltasks")
_HOLDERS = (*_NESTING, "paths", "endpaths", "finalpaths")


class _Absent(AttributeError, KeyError):
    """What CMSSW tells with a KeyError and Python with an AttributeError."""

    __str__ = AttributeError.__str__


class Process(_ProcessTables):
    """A job: modules, paths and settings, each an attribute under its label.

    Parameters
    ----------
    name : str
        Letters and digits.
    *modifiers : Modifier or ModifierChain
        Chosen by creating the process. Only the first process of an interpreter may choose.
    """

    _firstProcess = True

    def __getattr__(self, name: str) -> Any:
        for single in ("_Process__source", "_Process__looper"):  # also known by their types
            component = self.__dict__.get(single)
            if component is not None and component.type_() == name:
                return component
        raise AttributeError(f"'Process' object has no attribute '{name}'", name=name, obj=self)

    def __init__(self, name: str, *modifiers: Any) -> None:
        self.setName_(name)
        self.__choose(name, modifiers)
        own = self.__dict__
        own["_Process__modifiers"] = modifiers
        own["_Process__strict"], own["_Process__extending"] = False, ""
        own["_Process__loads"] = {}  # by label: what was loaded, from which file, and file and line that loaded it
        own["_Process__subProcesses"], own["_Process__partialschedules"] = [], {}
        for single in SINGLE:
            own["_Process__" + single] = None
        self._make_tables()
        for setting, default in DEFAULTS.items():
            setattr(self, setting, default())

    @staticmethod
    def __choose(name: str, modifiers: tuple[Any, ...]) -> None:
        for modifier in modifiers:
            if not isinstance(modifier, _ModifierBase):
                raise TypeError(f"Process takes a name and modifiers, not {type(modifier).__name__}: {modifier!r}")
        refused = not Process._firstProcess and not all(modifier._isChosen() for modifier in modifiers)
        choices.append(Choice(name, modifiers, caller_location(), refused))
        if refused:
            raise RuntimeError(
                "The Process tried to redefine which Modifiers to use after another Process was already started: "
                + second_processes()[-1].message
            )
        for modifier in modifiers:
            modifier._setChosen()
        Process._firstProcess = False

    # ---- the process itself

    def name_(self) -> str:
        return str(self.__name)

    def setName_(self, name: str) -> None:
        if not isinstance(name, str) or not name.isalnum() or not name.isascii():
            raise RuntimeError(f"An illegal process name: {name!r}. Only letters and digits are allowed")
        self.__dict__["_Process__name"] = name

    process = property(name_, setName_)

    defaultOptions_ = staticmethod(default_options)
    defaultMaxEvents_ = staticmethod(default_max_events)
    defaultMaxLuminosityBlocks_ = staticmethod(default_max_luminosity_blocks)

    @staticmethod
    def _predefined() -> Iterable[str]:
        """What every process starts with."""
        return DEFAULTS

    def isUsingModifier(self, modifier: Any) -> bool:
        """Whether the process was made with `modifier`, directly or in a chain."""
        return bool(modifier._isChosen()) and any(used._isOrContains(modifier) for used in self.__modifiers)

    def setStrict(self, value: bool) -> None:
        """Keep copies of what is assigned, instead of the objects themselves."""
        self.__dict__["_Process__strict"] = value

    def source_(self) -> Source | None:
        """Where events come from; None if that is not set."""
        return self.__dict__["_Process__source"]  # type: ignore[no-any-return]

    def looper_(self) -> Looper | None:
        return self.__dict__["_Process__looper"]  # type: ignore[no-any-return]

    def subProcesses_(self) -> list[Any]:
        """The processes that run on what this one produces."""
        return self.__dict__["_Process__subProcesses"]  # type: ignore[no-any-return]

    subProcesses = property(subProcesses_)

    def addSubProcess(self, subProcess: Any) -> None:
        """Add a `SubProcess`."""
        self.subProcesses_().append(subProcess)

    def schedule_(self) -> Schedule | None:
        """The schedule; None if there is none, and all paths run in order of definition."""
        return self.__dict__["_Process__schedule"]  # type: ignore[no-any-return]

    def setSchedule_(self, schedule: Schedule) -> None:
        for place, path in enumerate(schedule):
            if not path.hasLabel_():
                raise RuntimeError(
                    f"The path at index {place} in the Schedule was not attached to the process: {path!r}"
                )
        self.__dict__["_Process__schedule"] = schedule

    schedule = property(schedule_, setSchedule_)

    # ---- assignment

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_Process__"):
            self.__dict__[name] = value
            return
        value = checked_component(self, name, value)
        old = self.__current(name)
        if old is value:
            return
        if self.__strict:
            original, value = value, value.copy()
            if hasattr(original, "setIsFrozen"):
                original.setIsFrozen()
        self.__check_contents(name, value)
        if old is not None:
            self.__replace(name, old, value)
        self.__setObjectLabel(value, name)
        self.__store(name, old, value)

    def __current(self, name: str) -> Any:
        return self.__dict__.get("_Process__" + name if name == "schedule" else name)

    def __setObjectLabel(self, component: Any, label: str | None) -> None:
        """Label an object; ValueError if it is an attribute of the process under another label."""
        if not isinstance(component, (_Labelable, ProcessAccelerator)):
            return
        current = component._label
        if (
            label is not None
            and current is not None
            and current != label
            and self.__dict__.get(current) is not component
        ):
            component.setLabel(None)  # it had the label elsewhere, or is a copy
        component.setLabel(label)

    def __check_contents(self, name: str, value: Any) -> None:
        """All that a sequence, path, task or schedule holds must have a label by now."""
        if isinstance(value, (_ModuleSequenceType, _TaskBase, Schedule)):
            try:
                value.visit(NodeNameVisitor(set()))
            except RuntimeError as error:
                raise RuntimeError(f"{type(value).__name__} '{name}': {error}") from None
        if isinstance(value, PATH_TYPES):
            value._validate(name)

    _validateSequence = _validateTask = lambda self, holder, label: self._Process__check_contents(label, holder)

    def _itemsInDependencyOrder(self, table: dict[str, Any]) -> dict[str, Any]:
        """Sequences or tasks, each after those that it holds."""
        return {label: table[label] for label in dependency_order(table)}

    def _holders(self) -> list[Any]:
        """All that can hold modules, sequences or tasks."""
        holders = [holder for category in _HOLDERS for holder in self._table(category).values()]
        schedule = self.schedule_()
        return holders if schedule is None else [*holders, schedule]

    def __replace(self, name: str, old: Any, value: Any) -> None:
        """Put `value` wherever `old` is used; ValueError if it may not take its place."""
        nested = isinstance(old, (Sequence, _TaskBase))
        if self.__extending and (nested or isinstance(old, PATH_TYPES)):
            return  # their users keep the old one's contents
        users = [holder for holder in self._holders() if holder is not old and holder.contains(old)]
        if not users:
            return
        user = f"the {type(users[0]).__name__} '{getattr(users[0], '_label', None) or 'schedule'}'"
        if self.__extending or isinstance(value, EDAlias):
            where = f" while loading {self.__extending}" if self.__extending else ""
            raise ValueError(
                f"Trying to override the definition of '{name}' while it is used by {user}: it was defined in "
                f"{made_at(old)} and would be replaced by the {type(value).__name__} of {made_at(value)}{where}"
            )
        for holder in users:
            if not can_hold(holder, old, value):
                kind = type(value).__name__
                raise ValueError(f"'{name}' is used by {user}, so a {kind} can't take its place ({made_at(value)})")
            if isinstance(value, (_ModuleSequenceType, _TaskBase)) and value.contains(holder):
                raise ValueError(f"'{name}' can't be replaced by something that contains its user '{holder.label_()}'")
        put_in_holders(users, old, value)

    def __store(self, name: str, old: Any, value: Any) -> None:
        if old is not None:
            self.__forget(name, old, keep_place=old._category == value._category)
        if name == "schedule":
            self.setSchedule_(value)
            return
        self.__dict__[name] = value
        if name in SINGLE:
            self.__dict__["_Process__" + name] = value
        elif isinstance(value, Schedule):
            self.__dict__["_Process__partialschedules"][name] = value
        else:
            self._table(value._category)[name] = value

    def __forget(self, name: str, old: Any, keep_place: bool = False) -> None:
        if isinstance(old, (_Labelable, ProcessAccelerator)):
            old.setLabel(None)
        if name in SINGLE:
            self.__dict__["_Process__" + name] = None
        elif isinstance(old, Schedule):
            del self.__dict__["_Process__partialschedules"][name]
        elif old._category in CATEGORIES and not keep_place:
            del self._table(old._category)[name]
        self.__dict__.pop(name, None)

    def __delattr__(self, name: str) -> None:
        old = self.__current(name)
        if not isinstance(old, _ConfigureComponent):
            raise _Absent(f"The process does not know about '{name}', so it can't be deleted", name=name, obj=self)
        if isinstance(old, (Sequence, _TaskBase, *PATH_TYPES)):  # without a label, their contents stay in their users
            schedule = self.schedule_()
            if schedule is not None:
                schedule._replaceIfHeldDirectly(old, None)
        else:
            put_in_holders([holder for holder in self._holders() if holder.contains(old)], old, None)
        self.__forget(name, old)

    def add_(self, value: Any) -> None:
        """Add a Service, or an ES module without a label, under its type name."""
        if not isinstance(value, _Unlabelable) or not isinstance(value, _ConfigureComponent):
            raise TypeError(f"add_ takes what needs no label, such as a Service, not {type(value).__name__}: {value!r}")
        setattr(self, value.type_(), value)  # type: ignore[attr-defined]

    def _preferred(self, target: Any) -> tuple[str, str] | None:
        """Type and label of the ES module that `target` is, or names by label or type; None if not one."""
        modules = {**self._table("es_producers"), **self._table("es_sources")}
        found = [label for label, module in modules.items() if module is target or label == target]
        found = found or [label for label, module in modules.items() if module.type_() == target]
        if len(found) > 1:
            raise RuntimeError(f"prefer: '{target}' is ambiguous: {', '.join(found)}")
        if not found:
            return None
        type_ = modules[found[0]].type_()
        return type_, "" if found[0] == type_ else found[0]

    def prefer(self, target: Any, *blocks: Any, **records: Any) -> None:
        """Prefer an ES module, given as object, label or type, for the data of `records`."""
        preferred = self._preferred(target)
        if preferred is None:
            what = f"'{target}'" if isinstance(target, str) else repr(target)
            raise RuntimeError(f"Cannot resolve prefer: {what} is not an ES module of the process")
        type_, label = preferred
        setattr(self, f"{label or type_}_prefer", ESPrefer(type_, label, *blocks, **records))

    # ---- loading

    def load(self, moduleName: str) -> None:
        """Import ``'Pkg.Sub.file'`` or ``'Pkg/Sub/file'`` and take over its components."""
        name = moduleName.replace("/", ".")
        importlib.import_module(name)
        self.extend(sys.modules[name])

    def extend(self, other: Any, items: Iterable[tuple[str, Any]] = ()) -> None:
        """Take over every public attribute of `other`, a module, that is a component.

        Labels come first, then sequences and paths, then tasks, and process modifiers act at the end.
        """
        groups: dict[int, list[tuple[str, Any]]] = {0: [], 1: [], 2: [], 3: [], 4: []}
        names = [name for name in dir(other) if not name.startswith("_")]
        for name, item in [*((name, getattr(other, name, None)) for name in names), *items]:
            if isinstance(item, _ConfigureComponent):
                groups[load_order(item)].append((name, item))
            elif "_ProcessFragment__process" in getattr(item, "__dict__", {}):
                self.extend(item)
        before, self.__dict__["_Process__extending"] = self.__extending, getattr(other, "__file__", None) or repr(other)
        try:
            for name, item in [pair for group in range(4) for pair in groups[group]]:
                if isinstance(item, (Service, ProcessAccelerator)):
                    if not (is_default(item) and "MessageLogger" in self.__dict__):  # every process has that one
                        self.add_(item)
                else:
                    setattr(self, name, item)
            place = caller_location()
            for name, item in [pair for group in groups.values() for pair in group]:
                self.__dict__["_Process__loads"][name] = (item, self.__extending, place)
        finally:
            self.__dict__["_Process__extending"] = before
        for _, modifier in groups[4]:
            modifier.apply(self)

    # ---- whole-process operations

    def globalReplace(self, label: str, new: Any) -> None:
        """Put `new` under `label`, wherever that is used; LookupError if the process does not have it."""
        if self.__current(label) is None:
            raise LookupError(f"globalReplace: the process has no '{label}'")
        setattr(self, label, new)

    def resolve(self, keepUnresolvedSequencePlaceholders: bool = False) -> None:
        """Put sequences and tasks in place of the placeholders that name them, on all paths and in the schedule."""
        schedule = self.schedule_()
        paths = [path for category in ("paths", "endpaths", "finalpaths") for path in self._table(category).values()]
        seen: set[int] = set()
        for holder in paths if schedule is None else [*paths, schedule]:
            holder.resolve(self.__dict__, keepUnresolvedSequencePlaceholders, seen)

    def prune(self, verbose: bool = False, keepUnresolvedSequencePlaceholders: bool = False) -> None:
        """Drop what no scheduled path or task reaches, and all VPSets."""
        self.resolve(keepUnresolvedSequencePlaceholders)
        prune_process(self, verbose)

    def _drop(self, name: str) -> None:
        """Delete a component that nothing uses."""
        self.__forget(name, self.__dict__[name])

    def validate(self) -> None:
        """Does nothing; kept because configurations call it."""

    def fillProcessDesc(self, processPSet: Any) -> Any:
        """Write what runs into a C++-like parameter set, as cmsRun does; returns it."""
        from .process_desc import fill_process_desc  # only tools need it

        return fill_process_desc(self, processPSet)

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        """The configuration as Python source that builds the same process."""
        return dump_process(self, options or PrintOptions())

    def splitPython(self, options: PrintOptions | None = None) -> dict[str, str]:
        """The configuration as files, one for each component, by name; the main file is ``-``."""
        return split_process(self, options or PrintOptions())

    def dumpConfig(self, options: PrintOptions | None = None) -> str:
        """The configuration in the language that was used before Python."""
        from .old_language import dump_config  # only tools need it

        return dump_config(self, options or PrintOptions())

    def __repr__(self) -> str:
        return f"<cms.Process {self.name_()}>"


def reset_modifiers() -> None:
    """Return to the state of a fresh interpreter: no modifier chosen, and the next Process may choose."""
    unchoose_all()
    Process._firstProcess = True
