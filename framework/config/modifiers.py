"""Modifiers: changes to a configuration that act only when the process asks for them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import attrs

from .base import _ConfigureComponent, caller_location, job_location
from .changes import modify_parameters
from .ordered_set import OrderedSet
from .parameterizable import _Parameterizable, _TypedParameterizable, replace_parameters
from .psets import VPSet
from .schedule import Schedule
from .sequences import _ModuleSequenceType
from .tasks import _TaskBase

_Self = TypeVar("_Self", bound="_ModifierBase")

_chosen: list[Modifier | ModifierChain] = []
"""The chosen modifiers, kept as objects: which are chosen is one state of the interpreter, as in CMSSW."""


@attrs.frozen(eq=False)
class Asked:
    """That a modifier was asked to change something: it may be chosen later, too late.

    Attributes
    ----------
    modifier
        What was asked.
    acted : bool
        Whether it made the change.
    place : tuple of str and int
        File and line of the question.
    job_place : tuple of str and int
        The line of the job's configuration that led there, such as an import.
    """

    modifier: _ModifierBase
    acted: bool
    place: tuple[str, int]
    job_place: tuple[str, int]


@attrs.frozen(eq=False)
class Choice:
    """That a process was made with modifiers; `refused` if it was not the first and they were not chosen already."""

    process: str
    modifiers: tuple[Any, ...]
    place: tuple[str, int]
    refused: bool


choices: list[Choice] = []
"""The processes of this interpreter, in order."""


def unchoose_all() -> None:
    """Make every modifier unchosen again."""
    _chosen.clear()
    choices.clear()


class _ModifierBase:
    """What modifiers, chains and their combinations can do."""

    def _isChosen(self) -> bool:
        raise NotImplementedError

    def _actsOn(self, obj: Any) -> bool:
        """Whether it is chosen; the answer stays with `obj`, see `misuse.late_modifiers`."""
        acts = self._isChosen()
        attributes = getattr(obj, "__dict__", None)
        if isinstance(attributes, dict):
            attributes.setdefault("_asked", []).append(Asked(self, acts, caller_location(), job_location()))
        return acts

    def _leaves(self) -> list[_ModifierBase]:
        """The modifiers and chains that it is made of."""
        return [self]

    def toModify(self: _Self, obj: Any, func: Callable[[Any], Any] | None = None, **changes: Any) -> _Self:
        """Change `obj` if chosen: by a function, or parameters by the rules of ``clone``. Returns the modifier.

        A function may change anything, also a list or a tag; `func` may be named in the call.

        Raises
        ------
        TypeError
            If both are given.
        KeyError
            For a raw value of a parameter that `obj` does not have.
        """
        if func is not None and changes:
            raise TypeError("toModify takes either a function or parameters, not both")
        if self._actsOn(obj):
            if func is not None:
                func(obj)
            else:
                modify_parameters(obj, changes, KeyError)
        return self

    def toReplaceWith(self: _Self, toObj: Any, fromObj: Any) -> _Self:
        """Give `toObj` the type and contents of `fromObj` if chosen; both must be of the same Python class."""
        if not isinstance(fromObj, type(toObj)):
            raise TypeError(
                f"toReplaceWith needs two objects of the same class, not {type(toObj).__name__} and "
                f"{type(fromObj).__name__}"
            )
        if self._actsOn(toObj) and toObj is not fromObj:
            _replace_contents(toObj, fromObj)
        return self

    def makeProcessModifier(self, func: Callable[[Any], Any]) -> ProcessModifier:
        """A change of the whole process; bound to a public name of a loaded file, it acts at the end of the load."""
        return ProcessModifier(self, func)

    def __and__(self, other: _ModifierBase) -> _ModifierBase:
        return _Combination(all, self, other)

    def __or__(self, other: _ModifierBase) -> _ModifierBase:
        return _Combination(any, self, other)

    def __invert__(self) -> _ModifierBase:
        return _Inverse(self)


def _replace_contents(obj: Any, replacement: Any) -> None:
    if isinstance(obj, _TypedParameterizable):
        obj._takeContents(replacement)
    elif isinstance(obj, _ModuleSequenceType):
        obj._elements, obj._tasks = list(replacement._elements), OrderedSet(replacement._tasks)
    elif isinstance(obj, _TaskBase):
        obj._collection = OrderedSet(replacement._collection)
    elif isinstance(obj, Schedule):
        obj[:], obj._tasks = list(replacement), OrderedSet(replacement._tasks)
    elif isinstance(obj, VPSet):
        obj[:] = replacement.copy()
    elif isinstance(obj, _Parameterizable):
        replace_parameters(obj, replacement)
    else:
        raise TypeError(f"toReplaceWith can't replace a {type(obj).__name__}")


class _Combination(_ModifierBase):
    """``a & b`` or ``a | b``."""

    def __init__(self, rule: Callable[[Iterable[bool]], bool], *parts: _ModifierBase) -> None:
        for part in parts:
            if not isinstance(part, _ModifierBase):
                raise TypeError(f"modifiers combine with modifiers, not with {type(part).__name__}")
        self._rule, self._parts = rule, parts

    def _isChosen(self) -> bool:
        return self._rule(part._isChosen() for part in self._parts)

    def _leaves(self) -> list[_ModifierBase]:
        return [leaf for part in self._parts for leaf in part._leaves()]


class _Inverse(_ModifierBase):
    """``~a``."""

    def __init__(self, part: _ModifierBase) -> None:
        self._part = part

    def _isChosen(self) -> bool:
        return not self._part._isChosen()

    def _leaves(self) -> list[_ModifierBase]:
        return self._part._leaves()


class Modifier(_ModifierBase):
    """A named change of configurations. Pass it to the Process, before loading what it should change."""

    def __init__(self) -> None:
        self._place = caller_location()
        self._chosen_at = ("", 0)

    def _isChosen(self) -> bool:
        return any(modifier is self for modifier in _chosen)

    def _setChosen(self) -> None:
        """Choose it directly, without a Process; it acts on what is loaded from then on."""
        if not self._isChosen():
            _chosen.append(self)
            self._chosen_at = caller_location()

    def _isOrContains(self, other: Any) -> bool:
        return self is other


class ModifierChain(_ModifierBase):
    """Several modifiers chosen together, such as an era."""

    def __init__(self, *modifiers: Modifier | ModifierChain) -> None:
        for modifier in modifiers:
            if not isinstance(modifier, (Modifier, ModifierChain)):
                raise TypeError(f"a ModifierChain holds Modifiers and ModifierChains, not {type(modifier).__name__}")
        self.__modifiers = modifiers
        self._place = caller_location()
        self._chosen_at = ("", 0)

    def _isChosen(self) -> bool:
        return any(modifier is self for modifier in _chosen)

    def _setChosen(self) -> None:
        if not self._isChosen():
            _chosen.append(self)
            self._chosen_at = caller_location()
        for modifier in self.__modifiers:
            modifier._setChosen()

    def _isOrContains(self, other: Any) -> bool:
        return self is other or any(modifier._isOrContains(other) for modifier in self.__modifiers)

    def copyAndExclude(self, unwanted: Iterable[Modifier | ModifierChain]) -> ModifierChain:
        """A chain without some modifiers or chains, also not inside nested chains."""
        refused = list(unwanted)
        kept: list[Modifier | ModifierChain] = []
        for modifier in self.__modifiers:
            if any(modifier is other for other in refused):
                continue
            if isinstance(modifier, ModifierChain) and any(modifier._isOrContains(other) for other in refused):
                modifier = modifier.copyAndExclude(refused)
            kept.append(modifier)
        return ModifierChain(*kept)


class ProcessModifier(_ConfigureComponent):
    """A function of the process that a modifier switches on; see `Modifier.makeProcessModifier`."""

    _category = "processModifiers"

    def __init__(self, modifier: _ModifierBase, func: Callable[[Any], Any]) -> None:
        self.__modifier = modifier
        self.__func = func
        self.__seen: weakref.WeakSet[Any] = weakref.WeakSet()

    def apply(self, process: Any) -> None:
        """Change `process` if the modifier is chosen; a second time on the same process does nothing."""
        if process in self.__seen:
            return
        if self.__modifier._actsOn(process):
            self.__seen.add(process)
            self.__func(process)
