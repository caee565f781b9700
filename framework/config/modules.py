"""The kinds of modules a configuration can hold."""

from __future__ import annotations

from typing import Any

from .base import PrintOptions, _ConfigureComponent, _Labelable, _Unlabelable, specialImportRegistry
from .changes import modify_parameters
from .parameterizable import _Parameterizable, _TypedParameterizable
from .parametertypes import _ParameterTypeBase
from .psets import PSet, VPSet
from .scalars import string, vstring
from .sequence_nodes import _SequenceLeaf


class _Module(_TypedParameterizable, _SequenceLeaf):
    """A module that runs for each event and can stand on a path."""

    _subfolder = "modules"
    _tryToContinue: bool = False

    def shouldTryToContinue(self, value: bool = True) -> None:
        """Run this module even where one of its inputs failed, without passing the failure on."""
        self.__dict__["_tryToContinue"] = value

    def setPrerequisites(self, *libraries: str) -> None:
        """Names of C++ libraries that a module needs in CMSSW; here they have no effect."""
        self.__dict__["libraries_"] = libraries


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


class _ESModule(_TypedParameterizable, _Unlabelable):
    """Delivers data of records; without a label of its own it goes by its type."""

    _subfolder = "eventsetup"

    def moduleLabel_(self, name: str) -> str:
        return "" if name == self.type_() else name

    def nameInProcessDesc_(self, name: str) -> str:
        return f"{self.type_()}@{self.moduleLabel_(name)}"

    def _isTaskComponent(self) -> bool:
        return True


class ESProducer(_ESModule):
    _category = "es_producers"


class ESSource(_ESModule):
    _category = "es_sources"


class ESPrefer(_TypedParameterizable, _Unlabelable):
    """Which ESProducer or ESSource gives a record's data when several could."""

    _category = "es_prefers"
    _subfolder = "eventsetup"

    def __init__(self, type_: str, targetLabel: str | None = "", /, *blocks: Any, **parameters: Any) -> None:
        super().__init__(type_, *blocks, **parameters)
        self.__dict__["_targetLabel"] = targetLabel or ""
        for record in self._names:
            if not isinstance(self.__dict__[record], vstring):
                kind = type(self.__dict__[record]).__name__
                raise RuntimeError(f"ESPrefer: {record} must be a cms.vstring of 'Type/label', not a {kind}")

    def targetLabel_(self) -> str:
        """The label of the preferred module; its type stands for an unlabelled one."""
        return str(self._targetLabel)

    def _basename(self) -> str:
        return self._targetLabel or self.type_()

    def moduleLabel_(self, name: str) -> str:
        return self.targetLabel_()

    def nameInProcessDesc_(self, name: str) -> str:
        return f"esprefer_{self.type_()}@{self._targetLabel}"

    def _dumpHead(self) -> str:
        return super()._dumpHead() + (f',"{self._targetLabel}"' if self._targetLabel else "")

    def dumpPythonAs(self, label: str, options: PrintOptions | None = None) -> str:
        """As a statement: a preference of the process or, in a fragment, a variable."""
        options = options or PrintOptions()
        if not options.isCfg:
            return f"{options.indentation()}es_prefer_{self._basename()} = {self.dumpPython(options)}"
        head = f'{options.indentation()}process.prefer("{self._basename()}"'
        if not self._names:
            return head + ")\n"
        return f"{head},\n{_Parameterizable.dumpPython(self, options)}{options.indentation()})\n"


_FORMER_LOGGER_PARAMETERS = frozenset(
    {"categories", "destinations", "statistics", "fwkJobReports", "infos", "warnings"}
)


class Service(_TypedParameterizable, _Unlabelable):
    """A service; its label in the process is its type."""

    _category = "services"
    _subfolder = "services"

    def __getattr__(self, name: str) -> Any:
        """What the service does not have. What MessageLogger had before CMSSW 11_3 is told with what to do."""
        text = f"'{type(self).__name__}' object has no attribute '{name}'"
        if name in _FORMER_LOGGER_PARAMETERS and self.__dict__.get("_TypedParameterizable__type") == "MessageLogger":
            text = (
                f"MessageLogger has no parameter '{name}' since CMSSW 11_3: leave the line out. The settings of a "
                "category NAME are process.MessageLogger.cerr.NAME = dict(limit=10), and a file of messages is "
                "process.MessageLogger.files.NAME = dict()"
            )
        raise AttributeError(text, name=name, obj=self)

    @property
    def _inProcess(self) -> bool:
        """Whether a process has it."""
        return self.hasLabel_()

    def _isTaskComponent(self) -> bool:
        return True

    def dumpSequencePython(self, options: PrintOptions | None = None) -> str:
        return "process." + self.type_()

    def insertInto(self, processDesc: Any) -> None:  # type: ignore[override]
        inner = processDesc.newPSet()
        inner.addString(True, "@service_type", self.type_())
        self.insertContentsInto(inner)
        processDesc.addService(inner)

    def __str__(self) -> str:
        return self.type_()


class _Single(_TypedParameterizable):
    """Of which a process has one, under a fixed name."""

    _mainLabel = ""

    def moduleLabel_(self, name: str) -> str:
        return self._mainLabel

    nameInProcessDesc_ = moduleLabel_


class Source(_Single):
    """Where events come from; always ``process.source``."""

    _category = "source"
    _mainLabel = "@main_input"


class Looper(_Single):
    """Runs over the events more than once; always ``process.looper``."""

    _category = "looper"
    _mainLabel = "@main_looper"


class SecSource(_TypedParameterizable, _ParameterTypeBase):
    """A second source of events, given as the value of a module's parameter."""

    _category = "psets"
    _subfolder = "psets"

    def value(self) -> SecSource:
        return self

    def setValue(self, value: Any) -> None:
        modify_parameters(self, value, TypeError)

    def configTypeName(self) -> str:
        return "secsource"

    def configValue(self, options: PrintOptions | None = None) -> str:
        return self.dumpConfig(options)

    def _dumpHead(self) -> str:
        return f'{self.pythonTypeName()}("{self.type_()}"'


class EDAlias(_Parameterizable, _ConfigureComponent, _Labelable):
    """Other names for products: ``EDAlias(label=VPSet(PSet(type=string('recoX'))))``.

    Each parameter is named after the module whose products are meant. An entry's
    ``fromProductInstance`` and ``toProductInstance`` choose and rename an instance.
    """

    _category = "aliases"
    _subfolder = "modules"

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

    def nameInProcessDesc_(self, name: str) -> str:
        return name

    def insertInto(self, parameterSet: Any, name: str) -> None:
        """Store it as a PSet of a C++-like parameter set."""
        inner = parameterSet.newPSet()
        inner.addString(True, "@module_label", name)
        inner.addString(True, "@module_type", "EDAlias")
        inner.addString(True, "@module_edm_type", "EDAlias")
        self.insertContentsInto(inner)
        parameterSet.addPSet(True, name, inner)

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        specialImportRegistry.registerUse(self)
        options = options or PrintOptions()
        inner = options.deeper()
        lines = [f"{inner.indentation()}{name} = {self.__dict__[name].dumpPython(inner)}" for name in self._names]
        return "\n".join(["cms.EDAlias(", *([",\n".join(lines)] if lines else []), options.indentation() + ")"])

    def __repr__(self) -> str:
        return self.dumpPython()
