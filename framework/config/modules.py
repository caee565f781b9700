"""The kinds of modules a configuration can hold."""

from __future__ import annotations

from typing import Any

from .base import PrintOptions, _ConfigureComponent, _Labelable, _Unlabelable
from .parameterizable import _Parameterizable, _TypedParameterizable, modify_parameters
from .parametertypes import _ParameterTypeBase, like
from .psets import PSet, VPSet
from .scalars import string
from .sequence_nodes import _SequenceLeaf


class _Module(_TypedParameterizable, _SequenceLeaf):
    """A module that runs for each event and can stand on a path."""

    _tryToContinue: bool = False

    def shouldTryToContinue(self, value: bool = True) -> None:
        """Run this module even where one of its inputs failed, without passing the failure on."""
        self.__dict__["_tryToContinue"] = value

    def copy(self) -> Any:
        result = super().copy()
        result.shouldTryToContinue(self._tryToContinue)
        return result


class EDProducer(_Module):
    _category = "producers"

    def _isTaskComponent(self) -> bool:
        return True


class EDFilter(_Module):
    _category = "filters"

    def _isTaskComponent(self) -> bool:
        return True


class EDAnalyzer(_Module):
    _category = "analyzers"


class OutputModule(_Module):
    _category = "outputModules"


class ESProducer(_TypedParameterizable):
    _category = "es_producers"

    def _isTaskComponent(self) -> bool:
        return True


class ESSource(_TypedParameterizable):
    _category = "es_sources"

    def _isTaskComponent(self) -> bool:
        return True


class ESPrefer(_TypedParameterizable):
    """Which ESProducer or ESSource gives a record's data when several could."""

    _category = "es_prefers"

    def __init__(self, type_: str, targetLabel: str = "", /, *blocks: Any, **parameters: Any) -> None:
        super().__init__(type_, *blocks, **parameters)
        self.__dict__["_targetLabel"] = targetLabel

    def targetLabel_(self) -> str:
        """The label of the preferred module; its type stands for an unlabelled one."""
        return str(self._targetLabel)

    def _positional(self) -> tuple[Any, ...]:
        return (self.type_(), self._targetLabel) if self._targetLabel else (self.type_(),)


class Service(_TypedParameterizable, _Unlabelable):
    """A service; its label in the process is its type."""

    _category = "services"

    def _isTaskComponent(self) -> bool:
        return True

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        """A task may hold a service that the process does not have; it is then written out."""
        return super().dumpSequencePython(options) if self.hasLabel_() else self.dumpPython(options)


class Source(_TypedParameterizable, _Unlabelable):
    """Where events come from; always ``process.source``."""

    _category = "source"


class SecSource(_TypedParameterizable, _ParameterTypeBase):
    """A second source of events, given as the value of a module's parameter."""

    def value(self) -> SecSource:
        return self

    def setValue(self, value: Any) -> None:
        modify_parameters(self, value, TypeError)

    def copy(self) -> SecSource:
        return like(self, super().copy())

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        return self.pythonTypeName() + super().dumpPython(options).removeprefix("cms.SecSource")


class Looper(_TypedParameterizable, _Unlabelable):
    """Runs over the events more than once; always ``process.looper``."""

    _category = "looper"


class EDAlias(_Parameterizable, _ConfigureComponent, _Labelable):
    """Other names for products: ``EDAlias(label=VPSet(PSet(type=string('recoX'))))``.

    Each parameter is named after the module whose products are meant. An entry's
    ``fromProductInstance`` and ``toProductInstance`` choose and rename an instance.
    """

    _category = "aliases"

    def __init__(self, /, *blocks: Any, **parameters: Any) -> None:
        self._setPosition()
        super().__init__(*blocks, **parameters)
        for name in self._names:
            if not isinstance(self.__dict__[name], VPSet):
                raise TypeError(f"EDAlias: '{name}' must be a cms.VPSet, not {type(self.__dict__[name]).__name__}")

    @staticmethod
    def allProducts() -> VPSet:
        """The entry that stands for all products of a module."""
        return VPSet(PSet(type=string("*")))

    def nonAliasLabels_(self) -> list[str]:
        """The labels of the modules whose products get another name."""
        return self.parameterNames_()

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        return f"cms.EDAlias({self.dumpArguments([], options or PrintOptions())})"

    def __repr__(self) -> str:
        return self.dumpPython()
