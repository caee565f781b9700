"""What a file or a job says of where its products come from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import attrs

from .branch import BranchDescription


@attrs.frozen
class ParameterRecord:
    """One parameter as it was when the job ran.

    Attributes
    ----------
    type : str
        Its name in the configuration language: ``"int32"``, ``"vstring"``, ``"PSet"`` ...
    tracked : bool
        Whether it tells one result from another.
    value
        int, float, bool, str or a list of those; of a PSet a dict of `ParameterRecord`, of a VPSet a list of such.
    """

    type: str
    tracked: bool
    value: Any


Parameters = Mapping[str, ParameterRecord]


@attrs.frozen
class ModuleRecord:
    """One module, service or source of a process, with all its parameters, those left at their defaults too."""

    label: str
    kind: str  # "EDProducer", "Source", "Service" ...
    type: str
    parameters: Parameters = attrs.field(factory=dict)

    @property
    def id(self) -> str:
        """The ID of the module's tracked parameters and type, 32 hexadecimal digits."""
        return parameter_set_id(self.parameters, self.kind, self.type)


@attrs.frozen
class InputFile:
    """One file that a job read: its name in the configuration, its GUID and the checksum of its content."""

    name: str
    guid: str = ""
    checksum: str = ""


@attrs.frozen
class ProcessRecord:
    """One process of a history: what made the products that carry its name.

    Attributes
    ----------
    name : str
        The process name.
    version : str
        The version of pyrun it ran with.
    configuration : str
        Its configuration, as dumpPython writes it.
    trigger_paths : tuple of str
        Names of its paths, in the order of its TriggerResults.
    modules : tuple of ModuleRecord
        What ran: source, modules, event setup modules and services.
    psets : mapping
        The PSets at top level, such as ``options``.
    software : mapping of str to str
        By name: versions of Python, of the packages the modules come from, and of those they compute with.
    inputs : tuple of InputFile
        The files that were read.
    select_events : tuple of str
        SelectEvents of the output module that wrote the file.
    """

    name: str
    version: str
    configuration: str
    trigger_paths: tuple[str, ...] = ()
    modules: tuple[ModuleRecord, ...] = ()
    psets: Mapping[str, Parameters] = attrs.field(factory=dict)
    software: Mapping[str, str] = attrs.field(factory=dict)
    inputs: tuple[InputFile, ...] = ()
    select_events: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The ID of all that is tracked in the process: two processes with the same ID make the same products."""
        parts = [self.name, *self.trigger_paths]
        parts += [f"{module.label} {module.id}" for module in self.modules if _makes_products(module)]
        return _digest(parts)


def parameter_set_id(parameters: Parameters, *more: str) -> str:
    """The MD5 sum, as 32 hexadecimal digits, of the tracked parameters (and of `more`)."""
    return _digest([*more, _tracked(parameters)])


def _makes_products(module: ModuleRecord) -> bool:
    return module.kind not in ("OutputModule", "EDAnalyzer", "Service")


def _tracked(parameters: Parameters) -> dict[str, Any]:
    return {name: [entry.type, _plain(entry.value)] for name, entry in parameters.items() if entry.tracked}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _tracked(value)
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _digest(content: Any) -> str:
    return hashlib.md5(json.dumps(content, sort_keys=True).encode(), usedforsecurity=False).hexdigest()


@attrs.frozen
class JobRecord:
    """What an output module may tell of the job.

    Attributes
    ----------
    history : tuple of ProcessRecord
        The processes of the input and this one, oldest first.
    kept : tuple of BranchDescription
        The products written.
    parents : mapping
        For each product of this process and of the input, the products its module may have read.
    inputs, software : callable
        Return what has been read so far, and versions by name: to be called at the end.
    helpers : callable or None
        Makes an executor that does parts of a piece of work at once, on as many CPUs as the job has left; None if it
        has but one.
    """

    history: tuple[ProcessRecord, ...]
    kept: tuple[BranchDescription, ...]
    parents: Mapping[BranchDescription, tuple[BranchDescription, ...]]
    inputs: Callable[[], Sequence[FileRecord]] = tuple
    software: Callable[[], Mapping[str, str]] = dict
    helpers: Callable[[], Executor] | None = None


@attrs.frozen
class FileRecord:
    """What a job read from, or wrote to, one file: for the job report and for merging.

    Attributes
    ----------
    lfn, pfn : str
        The name in the configuration, and where the file is.
    module : str
        Label of the source or the output module.
    module_class : str
        Its type.
    events : int
        How many events were read or written.
    lumis : mapping
        Per run: events per luminosity block.
    branches : tuple of str
        The products read or written.
    guid : str
        The file's unique number, if it has one.
    checksum : str
        Of its content, if it has one.
    inputs : tuple of str
        For an output: the files its events come from.
    more : mapping
        What else the report should say, as text by name.
    """

    lfn: str
    pfn: str
    module: str
    module_class: str
    events: int = 0
    lumis: Mapping[int, Mapping[int, int]] = attrs.field(factory=dict)
    branches: tuple[str, ...] = ()
    guid: str = ""
    checksum: str = ""
    inputs: tuple[str, ...] = ()
    more: Mapping[str, Any] = attrs.field(factory=dict)
