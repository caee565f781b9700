"""SwitchProducer: one of several producers, chosen by what the machine has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .base import PrintOptions, specialImportRegistry
from .changes import suggestion
from .modules import EDAlias, EDProducer

CaseFunction = Callable[[list[str]], "tuple[bool, int]"]


def _switch_cpu(accelerators: list[str]) -> tuple[bool, int]:
    """The case ``cpu``: always there, and of low priority."""
    return True, 1


class SwitchProducer(EDProducer):
    """Producers for one label, of which the job runs the enabled one of highest priority.

    A derived class tells which cases there are.

    Parameters
    ----------
    caseFunctionDict : mapping
        For each case a function of the selected accelerators that returns whether it is enabled, and its priority.
    **cases : EDProducer or EDAlias
    """

    _category = "switchProducers"

    def __init__(self, caseFunctionDict: Mapping[str, CaseFunction], /, **cases: Any) -> None:
        super().__init__("SwitchProducer")
        self.__dict__["_caseFunctionDict"] = dict(caseFunctionDict)
        for name, case in cases.items():
            self._addParameter(name, case)
        self.__dict__["_isModified"] = False

    @staticmethod
    def getCpu() -> CaseFunction:
        """The function of the case ``cpu``, for derived classes."""
        return _switch_cpu

    # ---- the cases

    def _addParameter(self, name: str, value: Any) -> None:
        self._check_case(name, value)
        if name not in self._caseFunctionDict:
            raise ValueError(
                f"Case '{name}' is not allowed{suggestion(name, self._caseFunctionDict)}: the cases of "
                f"{type(self).__name__} are {', '.join(self._caseFunctionDict)}"
            )
        if name in self._names:
            raise ValueError(f"Duplicate insert of case '{name}'")
        self._names.append(name)
        self._put(name, value)

    def _put(self, name: str, value: Any) -> None:
        self.__dict__[name] = value
        if self.hasLabel_():
            value.setLabel(self.caseLabel_(self.label_(), name))
        self.__dict__["_isModified"] = True

    @staticmethod
    def _check_case(name: str, value: Any) -> None:
        if not isinstance(value, (EDProducer, EDAlias)) or isinstance(value, SwitchProducer):
            raise TypeError(f"{name} can only be set to a cms.EDProducer or cms.EDAlias, not {type(value).__name__}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or name not in self._names:
            super().__setattr__(name, value)
            return
        self._refuse_if_frozen(name)
        self._check_case(name, value)
        self._put(name, value)

    def _replaceParameter(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    def setLabel(self, label: str | None) -> None:
        """Give the label; the cases are labelled ``label@case``."""
        super().setLabel(label)
        for case in self._names:
            self.__dict__[case].setLabel(None)
            if label is not None:
                self.__dict__[case].setLabel(self.caseLabel_(label, case))

    @staticmethod
    def caseLabel_(label: str, case: str) -> str:
        return f"{label}@{case}"

    def _chooseCase(self, accelerators: list[str]) -> str:
        """The name of the case to run; RuntimeError if all are disabled."""
        best: tuple[int, str] | None = None
        for case in self._names:
            enabled, priority = self._caseFunctionDict[case](accelerators)
            if enabled and (best is None or best[0] < priority):
                best = priority, case
        if best is None:
            label = f" of '{self._label}'" if self.hasLabel_() else ""
            raise RuntimeError(
                f"All cases{label}, {', '.join(self._names)}, were disabled: none runs with the accelerators "
                f"{', '.join(accelerators)}"
            )
        return best[1]

    def _getProducer(self, accelerators: list[str]) -> Any:
        return self.__dict__[self._chooseCase(accelerators)]

    def modulesForConditionalTask_(self) -> list[Any]:
        """The cases that are producers, not aliases."""
        return [self.__dict__[case] for case in self._names if not isinstance(self.__dict__[case], EDAlias)]

    # ---- copying, handing over and printing

    def clone(self, *blocks: Any, **changes: Any) -> Any:
        """A copy; a dict changes a case, a producer or alias takes its place, None removes it."""
        kept = {name: case.clone() for name, case in self._cases().items() if name not in changes}
        for name, value in changes.items():
            if isinstance(value, dict) and name in self._names:
                kept[name] = self.__dict__[name].clone(**value)
            elif value is not None:
                self._check_case(name, value)
                kept[name] = value.clone()
        result = self.copy()
        for name in result.parameterNames_():
            delattr(result, name)
        order = [name for name in self._names if name in kept]
        for name in [*order, *(name for name in kept if name not in order)]:
            result._addParameter(name, kept[name])
        result.__dict__["_isModified"] = False
        return result

    def _cases(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in self._names}

    def insertInto(self, parameterSet: Any, name: str, accelerators: list[str] | None = None) -> None:
        """Store all cases, and which is chosen."""
        for case in self._names:
            self.__dict__[case].insertInto(parameterSet, self.caseLabel_(name, case))
        inner = parameterSet.newPSet()
        inner.addString(True, "@module_label", name)
        inner.addString(True, "@module_type", "SwitchProducer")
        inner.addString(True, "@module_edm_type", "EDProducer")
        inner.addVString(True, "@all_cases", [self.caseLabel_(name, case) for case in self._names])
        chosen = self.caseLabel_(name, self._chooseCase(accelerators or ["cpu"]))
        inner.addString(False, "@chosen_case", chosen)
        parameterSet.addPSet(True, name, inner)

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        specialImportRegistry.registerUse(self)
        inner = (options or PrintOptions()).deeper()
        lines = [
            f"{inner.indentation()}{name} = {self.__dict__[name].dumpPython(inner).rstrip()}"
            for name in sorted(self._names)
        ]
        body = "\n" + ",\n".join(lines) if lines else ""
        return f"{type(self).__name__}({body}\n)\n"

    def dumpConfig(self, options: PrintOptions | None = None) -> str:
        raise NotImplementedError("the old configuration language has no SwitchProducer")
