"""Changing one parameter value or input tag wherever it occurs."""

from __future__ import annotations

from typing import Any

from .ids import InputTag, VInputTag
from .parameterizable import _Parameterizable
from .psets import VPSet
from .visitors import _Visitor


class MassSearchReplaceParamVisitor(_Visitor):
    """Sets the parameter `name` to `new` in each visited module where it equals `old`."""

    def __init__(self, name: str, old: Any, new: Any, verbose: bool = False) -> None:
        self._name, self._old, self._new, self._verbose = name, old, new, verbose

    def enter(self, visitee: Any) -> None:
        if isinstance(visitee, _Parameterizable) and visitee.hasParameter(self._name):
            if getattr(visitee, self._name) == self._old:
                if self._verbose:
                    print(f"Replaced {_name_of(visitee)}.{self._name}: {self._old!r} -> {self._new!r}")
                setattr(visitee, self._name, self._new)


class MassSearchReplaceAnyInputTagVisitor(_Visitor):
    """Replaces an input tag in each visited module, at any depth of its parameters.

    With `moduleLabelOnly`, only the module label is compared and replaced; instance and process stay.
    `skipLabelTest` leaves the labels of modules out of what `verbose` prints.
    """

    def __init__(
        self, old: Any, new: Any, verbose: bool = False, moduleLabelOnly: bool = False, skipLabelTest: bool = False
    ) -> None:
        self._old, self._new = _as_tag(old), _as_tag(new)
        self._verbose, self._labelOnly, self._skipLabelTest = verbose, moduleLabelOnly, skipLabelTest

    def enter(self, visitee: Any) -> None:
        if isinstance(visitee, _Parameterizable):
            self.replace_in(visitee, type(visitee).__name__ if self._skipLabelTest else _name_of(visitee))

    def replace_in(self, holder: _Parameterizable, where: str) -> None:
        """Replace in the parameters of `holder`; `where` names it in messages."""
        for name in holder.parameterNames_():
            value = getattr(holder, name)
            path = f"{where}.{name}"
            if isinstance(value, _Parameterizable):
                self.replace_in(value, path)
            elif isinstance(value, VPSet):
                for index, pset in enumerate(value):
                    self.replace_in(pset, f"{path}[{index}]")
            elif isinstance(value, VInputTag):
                for index, item in enumerate(value):
                    if self._matches(_as_tag(item)):
                        value[index] = self._replacement(item, f"{path}[{index}]")
            elif isinstance(value, InputTag) and self._matches(value):
                setattr(holder, name, self._replacement(value, path).value())

    def _matches(self, tag: InputTag) -> bool:
        return tag.getModuleLabel() == self._old.getModuleLabel() if self._labelOnly else tag == self._old

    def _replacement(self, item: Any, path: str) -> Any:
        """The tag that takes the place of `item`: text for text."""
        tag = self._new.copy()
        if self._labelOnly:
            tag = _as_tag(item).copy()
            tag.setModuleLabel(self._new.getModuleLabel())
        if self._verbose:
            print(f"Replaced {path}: {_as_tag(item).value()} -> {tag.value()}")
        return tag.value() if isinstance(item, str) else tag


def _as_tag(tag: Any) -> InputTag:
    return tag if isinstance(tag, InputTag) else InputTag(tag)


def _name_of(visitee: Any) -> str:
    return str(getattr(visitee, "_label", None) or type(visitee).__name__)


def massSearchReplaceParam(
    sequence: Any, paramName: str, paramOldValue: Any, paramValue: Any, verbose: bool = False
) -> None:
    """Set a parameter to a new value in every module of `sequence` where it has the old one."""
    sequence.visit(MassSearchReplaceParamVisitor(paramName, paramOldValue, paramValue, verbose))


def massSearchReplaceAnyInputTag(
    sequence: Any,
    oldInputTag: Any,
    newInputTag: Any,
    verbose: bool = False,
    moduleLabelOnly: bool = False,
    skipLabelTest: bool = False,
) -> None:
    """Replace an input tag in every module of `sequence`."""
    sequence.visit(
        MassSearchReplaceAnyInputTagVisitor(oldInputTag, newInputTag, verbose, moduleLabelOnly, skipLabelTest)
    )


def _holders(process: Any) -> list[Any]:
    """All paths, and the tasks of the schedule: from these, every module that runs is reached."""
    paths = [path for category in ("paths", "endpaths", "finalpaths") for path in process._table(category).values()]
    schedule = process.schedule_()
    return paths if schedule is None else [*paths, *schedule._tasks]


def massReplaceInputTag(
    process: Any,
    old: Any = "rawDataCollector",
    new: Any = "rawDataRepacker",
    verbose: bool = False,
    moduleLabelOnly: bool = False,
    skipLabelTest: bool = False,
) -> Any:
    """Replace an input tag in every module that `process` runs; returns `process`."""
    for holder in _holders(process):
        massSearchReplaceAnyInputTag(holder, old, new, verbose, moduleLabelOnly, skipLabelTest)
    return process


def massReplaceParameter(
    process: Any,
    name: str = "label",
    old: Any = "rawDataCollector",
    new: Any = "rawDataRepacker",
    verbose: bool = False,
) -> Any:
    """Set a parameter to a new value in every module that `process` runs; returns `process`."""
    for holder in _holders(process):
        massSearchReplaceParam(holder, name, old, new, verbose)
    return process
