"""What surrounds a process: sub-processes, fragments of a process, streams, and ways to find one."""

from __future__ import annotations

import zlib
from types import SimpleNamespace
from typing import Any

from .base import PrintOptions, _ConfigureComponent, _Unlabelable
from .placeholders import untracked
from .process import Process
from .process_options import is_default
from .psets import PSet, VPSet
from .scalars import string, vstring
from .sequences import Path

_SETTINGS = ("options", "maxEvents", "maxLuminosityBlocks")


class SubProcess(_Unlabelable):
    """Another process that runs in the same job, on what its parent produced. It can be dumped, not run."""

    def __init__(self, process: Process, SelectEvents: Any = None, outputCommands: Any = None) -> None:
        if not isinstance(process, Process):
            raise ValueError(f"A SubProcess is made of a cms.Process, not of {type(process).__name__}")
        SelectEvents = untracked.PSet() if SelectEvents is None else SelectEvents
        outputCommands = untracked.vstring() if outputCommands is None else outputCommands
        if not isinstance(SelectEvents, PSet):
            raise ValueError("SelectEvents of a SubProcess must be a cms.untracked.PSet")
        if not isinstance(outputCommands, vstring):
            raise ValueError("outputCommands of a SubProcess must be a cms.untracked.vstring")
        self._process, self._SelectEvents, self._outputCommands = process, SelectEvents, outputCommands
        logger = process.__dict__.get("MessageLogger")
        if logger is not None:
            if not is_default(logger):
                print("Warning: the MessageLogger of a SubProcess is ignored: that of its parent serves the whole job.")
            del process.MessageLogger

    def process(self) -> Process:
        return self._process

    def getProcessName(self) -> str:
        return self._process.name_()

    def SelectEvents(self) -> PSet:
        return self._SelectEvents

    def outputCommands(self) -> vstring:
        return self._outputCommands

    def type_(self) -> str:
        return "subProcess"

    def nameInProcessDesc_(self, name: str) -> str:
        return name

    def getSubProcessPSet(self, parameterSet: Any) -> Any:
        """Its form in a C++-like parameter set."""
        whole = parameterSet.newPSet()
        self._process.fillProcessDesc(whole)
        result = parameterSet.newPSet()
        self._SelectEvents.insertInto(result, "SelectEvents")
        self._outputCommands.insertInto(result, "outputCommands")
        result.addPSet(False, "process", whole)
        return result

    def dumpPython(self, options: PrintOptions | None = None) -> str:
        """Python that builds the child under the name ``process``, and gives the name back."""
        parent = f"parentProcess{hash(self)}"
        return (
            f"{parent} = process\n{self._process.dumpPython()}childProcess = process\nprocess = {parent}\n"
            "process.addSubProcess(cms.SubProcess(process = childProcess, SelectEvents = "
            f"{self._SelectEvents.dumpPython(options)}, outputCommands = {self._outputCommands.dumpPython(options)}))"
        )

    def __hash__(self) -> int:
        return zlib.crc32(self._process.name_().encode())  # the same in the dump of a dump


class ProcessFragment:
    """Components that are collected like in a process, for a process to `extend`."""

    def __init__(self, process: Process | str) -> None:
        if isinstance(process, str):
            process = Process(process)
            for setting in _SETTINGS:
                delattr(process, setting)
        elif not isinstance(process, Process):
            raise TypeError(f"A ProcessFragment is made of a Process or a name, not of {type(process).__name__}")
        object.__setattr__(self, "_ProcessFragment__process", process)

    def __dir__(self) -> list[str]:
        process = self.__process
        return [name for name in dir(process) if isinstance(getattr(process, name, None), _ConfigureComponent)]

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_ProcessFragment__process"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__process, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.__process, name)


class FilteredStream(dict[str, Any]):
    """A stream of selected events: a dictionary that stays as it was made."""

    _keys = ("content", "dataTier", "name", "paths", "responsible", "selectEvents")

    def __init__(self, **given: Any) -> None:
        if sorted(given) != list(self._keys):
            raise ValueError(f"A FilteredStream needs exactly {', '.join(self._keys)}; got {', '.join(sorted(given))}")
        kinds: dict[str, Any] = {
            "name": str,
            "content": (vstring, str),
            "dataTier": string,
            "selectEvents": PSet,
            "paths": (tuple, Path),
        }
        for key, kind in kinds.items():
            if not isinstance(given[key], kind):
                raise ValueError(f"FilteredStream: {key} can't be a {type(given[key]).__name__}")
        super().__init__(given)

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise AttributeError("A FilteredStream can't be changed after it was made")

    __setattr__ = __setitem__ = __delitem__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise AttributeError(name)
        return self[name]

    def __repr__(self) -> str:
        return f"FilteredStream object: {self['name']}"


def findProcess(module: Any) -> Process:
    """The ``process`` of a module or of a dictionary of globals."""
    holder = SimpleNamespace(**module) if isinstance(module, dict) else module
    process = getattr(holder, "process", None)
    if process is None:
        raise RuntimeError("There is no 'process' in the configuration: it needs process = cms.Process('NAME')")
    if not isinstance(process, Process):
        raise RuntimeError(f"'process' is a {type(process).__name__}, not a cms.Process")
    return process


def checkImportPermission(minLevel: int = 2, allowedPatterns: Any = ()) -> bool:
    """In CMSSW, refuses imports of some fragments by others; here every import is allowed."""
    return True


class _ConvertToPSet:
    """A parameter set in the configuration language, for what writes into a C++-like one."""

    def __init__(self) -> None:
        self.pset = PSet()

    def __getattr__(self, name: str) -> Any:
        kind, type_ = name[:3], name.removeprefix("addNew").removeprefix("add").removeprefix("new")
        if kind == "new":
            return lambda *fields: _cms_type(type_)(*fields)
        if kind != "add":
            raise AttributeError(name)

        def add(tracked: bool, label: str, value: Any) -> None:
            parameter = value.copy() if hasattr(value, "isTracked") and type_[0] != "V" else _cms_type(type_)(value)
            parameter.setIsTracked(tracked)
            self.pset._addParameter(label, parameter)

        return add

    def newPSet(self) -> _ConvertToPSet:
        return _ConvertToPSet()

    def addPSet(self, tracked: bool, label: str, value: Any) -> None:
        value.pset.setIsTracked(tracked)
        self.pset._addParameter(label, value.pset)

    def addVPSet(self, tracked: bool, label: str, values: Any) -> None:
        result = VPSet([value.pset for value in values])
        result.setIsTracked(tracked)
        self.pset._addParameter(label, result)


def _cms_type(name: str) -> Any:
    """The type that a parameter set calls ``Int32``, ``VString``, ``InputTag`` ..."""
    from .parametertypes import parameter_types

    by_name = {(type_._insertName or type_.__name__): type_ for type_ in parameter_types.values()}
    by_name["FileInPath"] = parameter_types["FileInPath"]
    return by_name[name]


def convertToPSet(name: str, module: Any) -> PSet:
    """A module as a PSet, with its type and label among the parameters."""
    converted = _ConvertToPSet()
    module.insertInto(converted, name)
    return converted.pset.__dict__[name]  # type: ignore[no-any-return]


def convertToVPSet(**modules: Any) -> VPSet:
    """Modules as PSets."""
    return VPSet([convertToPSet(name, module) for name, module in modules.items()])


def makeCppPSet(module: Any, cppPSetMaker: Any) -> Any:
    """Write all PSets of a module, object or dictionary into a C++-like parameter set; returns it."""
    items = module if isinstance(module, dict) else {name: getattr(module, name) for name in dir(module)}
    for name, item in items.items():
        if isinstance(item, PSet):
            item.insertInto(cppPSetMaker, name)
    return cppPSetMaker
