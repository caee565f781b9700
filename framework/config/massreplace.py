"""Changing one parameter value or input tag wherever it occurs."""

from __future__ import annotations

from typing import Any

from .ids import InputTag, VInputTag
from .parameterizable import _Parameterizable
from .psets import VPSet
from .switch_producer import SwitchProducer
from .visitors import _Visitor


def _same(value: Any, wanted: Any) -> bool:
    """Whether a parameter has the value `wanted`, which may itself be a parameter."""
    return bool(value == wanted)


class MassSearchParamVisitor(_Visitor):
    """Collects the visited modules whose parameter `name` has the value `wanted`."""

    def __init__(self, paramName: str, paramSearch: Any) -> None:
        self._name, self._wanted = paramName, paramSearch
        self._modules: list[Any] = []

    def enter(self, visitee: Any) -> None:
        if isinstance(visitee, _Parameterizable) and visitee.hasParameter(self._name):
            if _same(getattr(visitee, self._name), self._wanted):
                self._modules.append(visitee)

    def modules(self) -> list[Any]:
        return self._modules


class MassSearchReplaceParamVisitor(_Visitor):
    """Sets the parameter `name` to `new` in each visited module where it equals `old`."""

    def __init__(self, paramName: str, paramSearch: Any, paramValue: Any, verbose: bool = False) -> None:
        self._name, self._old, self._new, self._verbose = paramName, paramSearch, paramValue, verbose

    def enter(self, visitee: Any) -> None:
        if isinstance(visitee, SwitchProducer):
            for case in visitee.parameterNames_():
                self.doIt(getattr(visitee, case), f"{visitee}.{case}")
        elif isinstance(visitee, _Parameterizable):
            self.doIt(visitee, str(visitee))

    def doIt(self, module: Any, name: str) -> None:
        """Replace in one module, which messages call `name`."""
        if not module.hasParameter(self._name):
            return
        value = getattr(module, self._name)
        if _same(value, self._old):
            if self._verbose:
                print(f"Replaced {name}.{self._name}: {value} => {self._new}")
            setattr(module, self._name, self._new)


class MassSearchReplaceAnyInputTagVisitor(_Visitor):
    """Replaces an input tag in each visited module, at any depth of its parameters.

    With `moduleLabelOnly`, a tag of the same module label also counts: its label is replaced, its instance and
    process stay. `skipLabelTest` leaves the labels of modules out of what `verbose` prints.
    """

    def __init__(
        self,
        paramSearch: Any,
        paramReplace: Any,
        verbose: bool = False,
        moduleLabelOnly: bool = False,
        skipLabelTest: bool = False,
    ) -> None:
        self._old, self._new = self.standardizeInputTagFmt(paramSearch), self.standardizeInputTagFmt(paramReplace)
        self._verbose, self._labelOnly, self._skipLabelTest = verbose, moduleLabelOnly, skipLabelTest

    def enter(self, visitee: Any) -> None:
        if isinstance(visitee, _Parameterizable):
            label = getattr(visitee, "_label", None) or "<Module not in a Process>"
            self.doIt(visitee, "<Module label not tested>" if self._skipLabelTest else label)

    def doIt(self, holder: Any, base: str) -> None:
        """Replace in the parameters of `holder`, which messages call `base`."""
        for name in holder.parameterNames_():
            value = getattr(holder, name)
            path = f"{base}.{name}"
            if isinstance(value, _Parameterizable):
                self.doIt(value, path)
            elif isinstance(value, VPSet):
                for index, pset in enumerate(value):
                    self.doIt(pset, f"{path}[{index}]")
            elif isinstance(value, VInputTag):
                for index, item in enumerate(value):
                    tag = self._replacement(self.standardizeInputTagFmt(item), f"{path}[{index}]")
                    if tag is not None:
                        tag.setIsTracked(value.isTracked())
                        value[index] = tag
            elif isinstance(value, InputTag):
                tag = self._replacement(value, path)
                if tag is not None:
                    tag.setIsTracked(value.isTracked())
                    setattr(holder, name, tag)

    def _replacement(self, tag: InputTag, path: str) -> InputTag | None:
        """The tag that takes the place of `tag`; None if it stays."""
        if tag == self._old:
            result = self._new.copy()
        elif self._labelOnly and tag.getModuleLabel() == self._old.getModuleLabel():
            result = tag.copy()
            result.setModuleLabel(self._new.getModuleLabel())
        else:
            return None
        if self._verbose:
            print(f"Replace {path} {tag} ==> {result} ")
        return result

    @staticmethod
    def standardizeInputTagFmt(tag: Any) -> InputTag:
        """A tag that may be given as text."""
        return tag if isinstance(tag, InputTag) else InputTag(tag)


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
