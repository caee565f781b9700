"""The process: what a configuration file builds."""

from __future__ import annotations

import importlib
import keyword
import re
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .base import PrintOptions, _ConfigureComponent, _Labelable, caller_location
from .dump import dump_process
from .misuse import second_processes
from .modifiers import Choice, ProcessModifier, _ModifierBase, choices, unchoose_all
from .modules import ESPrefer, ESProducer, ESSource, Looper, Service, Source
from .process_options import default_max_events, default_max_luminosity_blocks, default_message_logger, default_options
from .process_tables import CATEGORIES, _ProcessTables
from .prune import prune_process
from .psets import PSet
from .schedule import PATH_TYPES, Schedule
from .sequence_nodes import _Sequenceable
from .sequences import _ModuleSequenceType
from .tasks import _TaskBase
from .visitors import NodeNameVisitor

_MERGED = {
    "options": default_options,
    "maxEvents": default_max_events,
    "maxLuminosityBlocks": default_max_luminosity_blocks,
}
_SINGLE = {"source": Source, "looper": Looper, "schedule": Schedule}
_HOLDERS = ("sequences", "tasks", "conditionaltasks", "paths", "endpaths", "finalpaths")
_LEGAL_LABEL = re.compile(r"[A-Za-z0-9_]+\Z")


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

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, name: str, *modifiers: Any) -> None:
        if not isinstance(name, str) or not name.isalnum() or not name.isascii():
            raise RuntimeError(f"An illegal process name: {name!r}. Only letters and digits are allowed")
        self.__choose(name, modifiers)
        own = self.__dict__
        own["_Process__name"], own["_Process__modifiers"] = name, modifiers
        own["_Process__strict"], own["_Process__extending"] = False, ""
        for single in _SINGLE:
            own["_Process__" + single] = None
        self._make_tables()
        for setting in _MERGED:
            setattr(self, setting, {})
        self.MessageLogger = default_message_logger()

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
        self.__dict__["_Process__name"] = name

    process = property(name_)

    def isUsingModifier(self, modifier: Any) -> bool:
        """Whether the process was made with `modifier`, directly or in a chain."""
        return any(used._isOrContains(modifier) for used in self.__modifiers)

    def setStrict(self, value: bool) -> None:
        """Keep copies of what is assigned, instead of the objects themselves."""
        self.__dict__["_Process__strict"] = value

    def source_(self) -> Source | None:
        """Where events come from; None if that is not set."""
        return self.__dict__["_Process__source"]  # type: ignore[no-any-return]

    def looper_(self) -> Looper | None:
        return self.__dict__["_Process__looper"]  # type: ignore[no-any-return]

    def schedule_(self) -> Schedule | None:
        """The schedule; None if there is none, and all paths run in order of definition."""
        return self.__dict__["_Process__schedule"]  # type: ignore[no-any-return]

    def setSchedule_(self, schedule: Schedule) -> None:
        for path in schedule:
            if not path.hasLabel_():
                raise RuntimeError(f"{path!r} of the schedule has no label: assign it to the process first")
        self.__dict__["_Process__schedule"] = schedule

    @property
    def schedule(self) -> Schedule | None:
        return self.schedule_()

    # ---- assignment

    def __setattr__(self, name: str, value: Any) -> None:
        if not _LEGAL_LABEL.match(name) or keyword.iskeyword(name):
            raise ValueError(f"'{name}' contains forbiden characters: a label has letters, digits and underscores")
        if name in _MERGED and isinstance(value, (dict, PSet)):
            value = self.__merged(name, value)
        if not isinstance(value, _ConfigureComponent):
            raise TypeError(
                f"process.{name} can only be set to a component of a configuration, such as a module, a path or a "
                f"PSet, not to {type(value).__name__}: {value!r}"
            )
        self.__check_name(name, value)
        old = self.__current(name)
        if old is value:
            return
        if self.__strict:
            value = value.copy()  # type: ignore[attr-defined]
        users = self.__check_replacement(name, old, value) if old is not None else []
        self.__check_labels(name, value)
        if isinstance(value, _Labelable):
            value.setLabel(name)
        for user in users:
            user._replaceIfHeldDirectly(old, value)
        self.__store(name, old, value)

    @staticmethod
    def __merged(name: str, value: Any) -> PSet:
        """The defaults of a setting, with the parameters of `value` put over them."""
        result = _MERGED[name]()
        given = value if isinstance(value, Mapping) else value.parameters_()
        for key, parameter in given.items():
            if isinstance(parameter, PSet) and isinstance(getattr(result, key, None), PSet):
                getattr(result, key).update_(parameter)
            elif key != "allowAnyLabel_":
                result.update_({key: parameter})
        return result

    def __current(self, name: str) -> Any:
        return self.__dict__.get("_Process__" + name if name == "schedule" else name)

    def __check_name(self, name: str, value: Any) -> None:
        single = _SINGLE.get(name)
        if single is not None and not isinstance(value, single):
            raise TypeError(f"process.{name} must be a {single.__name__}, not {type(value).__name__}")
        for special, kind in _SINGLE.items():
            if isinstance(value, kind) and name != special:
                raise TypeError(f"A {kind.__name__} must be assigned to process.{special}, not to process.{name}")
        if isinstance(value, Service) and name != value.type_():
            raise TypeError(
                f"The label of a Service is its type: use process.add_({value.type_()}) or process.{value.type_()} = "
                f"..., not process.{name}"
            )
        if single is None and (hasattr(type(self), name) or name.startswith("_")):
            raise ValueError(f"'{name}' can't be used as a label: it is the name of a method or property of Process")

    def __check_labels(self, name: str, value: Any) -> None:
        """All that a sequence, path, task or schedule holds must have a label by now."""
        if isinstance(value, PATH_TYPES):
            value._validate(name)
        if isinstance(value, (_ModuleSequenceType, _TaskBase, Schedule)):
            try:
                value.visit(NodeNameVisitor(set()))
            except RuntimeError as error:
                raise RuntimeError(f"{type(value).__name__} '{name}': {error}") from None

    def _holders(self) -> list[Any]:
        """All that can hold modules, sequences or tasks."""
        holders = [holder for category in _HOLDERS for holder in self._table(category).values()]
        schedule = self.schedule_()
        return holders if schedule is None else [*holders, schedule]

    def __check_replacement(self, name: str, old: Any, value: Any) -> list[Any]:
        """The holders of `old` that `value` will take its place in; ValueError if it may not."""
        users = [holder for holder in self._holders() if holder is not old and holder.contains(old)]
        if not users:
            return users
        user = getattr(users[0], "_label", None) or "schedule"
        if self.__extending:
            raise ValueError(
                f"Trying to override '{name}' while it is used by '{user}': it was defined in {_made(old)} and would "
                f"be replaced by the one in {_made(value)} while loading {self.__extending}"
            )
        refused = [holder for holder in users if isinstance(holder, _TaskBase) and not holder._accepts(value)]
        if _family(old) != _family(value) or (refused and not isinstance(value, _TaskBase)):
            raise ValueError(f"'{name}' is used by '{user}', so a {type(value).__name__} can't take its place")
        for holder in users:
            if isinstance(value, (_ModuleSequenceType, _TaskBase)) and value.contains(holder):
                raise ValueError(f"'{name}' can't be replaced by something that contains its user '{holder.label_()}'")
        return users

    def __store(self, name: str, old: Any, value: Any) -> None:
        if old is not None:
            self.__forget(name, old, keep_place=old._category == value._category)
        if isinstance(value, Schedule):
            self.setSchedule_(value)
            return
        self.__dict__[name] = value
        if name in _SINGLE:
            self.__dict__["_Process__" + name] = value
        elif value._category in CATEGORIES:
            self._table(value._category)[name] = value

    def __forget(self, name: str, old: Any, keep_place: bool = False) -> None:
        if isinstance(old, _Labelable):
            old.setLabel(None)
        if name in _SINGLE:
            self.__dict__["_Process__" + name] = None
        elif old._category in CATEGORIES and not keep_place:
            del self._table(old._category)[name]
        self.__dict__.pop(name, None)

    def __delattr__(self, name: str) -> None:
        old = self.__current(name)
        if not isinstance(old, _ConfigureComponent):
            raise AttributeError(f"The process has no component '{name}' to delete")
        for holder in self._holders():
            if holder is not old:
                holder._replaceIfHeldDirectly(old, None)
        self.__forget(name, old)

    def add_(self, value: Any) -> None:
        """Add a Service, or an ES module without a label, under its type name."""
        if not isinstance(value, (Service, ESProducer, ESSource, ESPrefer)):
            raise TypeError(f"add_ takes what needs no label, such as a Service, not {type(value).__name__}: {value!r}")
        setattr(self, value.type_(), value)

    def prefer(self, target: Any, *blocks: Any, **records: Any) -> None:
        """Prefer an ES module, given as object, label or type, for the data of `records`."""
        modules = {**self._table("es_producers"), **self._table("es_sources")}
        found = [label for label, module in modules.items() if module is target or label == target]
        if not found:
            found = [label for label, module in modules.items() if module.type_() == target]
        if len(found) != 1:
            what = f"'{target}'" if isinstance(target, str) else repr(target)
            problem = f"is ambiguous: {', '.join(found)}" if found else "is not an ES module of the process"
            raise RuntimeError(f"prefer: {what} {problem}")
        label, type_ = found[0], modules[found[0]].type_()
        setattr(self, "es_prefer_" + label, ESPrefer(type_, "" if label == type_ else label, *blocks, **records))

    # ---- loading

    def load(self, moduleName: str) -> None:
        """Import ``'Pkg.Sub.file'`` or ``'Pkg/Sub/file'`` and take over its components."""
        name = moduleName.replace("/", ".")
        importlib.import_module(name)
        self.extend(sys.modules[name])

    def extend(self, other: Any, items: Iterable[tuple[str, Any]] = ()) -> None:
        """Take over every public global of the module `other` that is a component.

        Labels come first, then sequences and paths, then tasks, and process modifiers act at the end.
        """
        found = [(name, item) for name, item in [*vars(other).items(), *items] if not name.startswith("_")]
        groups: dict[int, list[tuple[str, Any]]] = {0: [], 1: [], 2: [], 3: [], 4: []}
        for name, item in found:
            if isinstance(item, _ConfigureComponent):
                groups[_load_order(item)].append((name, item))
        before, self.__dict__["_Process__extending"] = self.__extending, getattr(other, "__file__", None) or repr(other)
        try:
            for name, item in [pair for group in range(4) for pair in groups[group]]:
                if isinstance(item, Service):
                    self.add_(item)
                else:
                    setattr(self, name, item)
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
        """Put sequences and tasks in place of the placeholders that name them."""
        for holder in self._holders():
            holder.resolve(self.__dict__, keepUnresolvedSequencePlaceholders)

    def prune(self, verbose: bool = False, keepUnresolvedSequencePlaceholders: bool = False) -> None:
        """Drop what no scheduled path or task reaches, and all VPSets."""
        self.resolve(keepUnresolvedSequencePlaceholders)
        prune_process(self, verbose)

    def validate(self) -> None:
        """Does nothing; kept because configurations call it."""

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        """The configuration as Python source that builds the same process."""
        return dump_process(self, options or PrintOptions())

    def __repr__(self) -> str:
        return f"<cms.Process {self.name_()}>"


def _made(component: Any) -> str:
    return f"{component._filename}:{component._lineNumber}" if component._filename else "the top level"


def _family(component: Any) -> str:
    """What can take each other's place: paths, tasks, what stands on paths, and the rest."""
    if isinstance(component, PATH_TYPES):
        return "path"
    if isinstance(component, _TaskBase):
        return "task"
    return "sequence" if isinstance(component, _Sequenceable) else type(component).__name__


def _load_order(item: Any) -> int:
    if isinstance(item, ProcessModifier):
        return 4
    if isinstance(item, Schedule):
        return 3
    if isinstance(item, _TaskBase):
        return 2
    return 1 if isinstance(item, _ModuleSequenceType) else 0


def reset_modifiers() -> None:
    """Return to the state of a fresh interpreter: no modifier chosen, and the next Process may choose."""
    unchoose_all()
    Process._firstProcess = True
