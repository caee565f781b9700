"""The files that a job in parts writes: where the parts put theirs, and how they are joined."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeGuard

import attrs

from ..config.description import ModuleDescription, Parameter, ProcessDescription
from ..errors import Configuration, FileWriteError
from ..event.provenance import FileRecord
from ..io.merging import merge_event_files
from ..io.pool_output_module import PoolOutputModule
from ..output_module import OutputModule
from ..plugins.factory import make_plugin
from ..plugins.parameters import ParameterSet
from ..plugins.registry import find_plugin, plugin_names
from ..service import Service
from ..services.histogram_file import add_histogram_files
from ..services.message_logger import MessageLogger
from ..services.tfile_service import TFileService
from ..source import Source
from .recording import COMPRESSION, Recording, RecordingOutputModule, replay

TFILE_SERVICE = "TFileService"
_USED_BY_MODULES = {"MessageLogger", "RandomNumberGeneratorService", TFILE_SERVICE}
RECORD = "record.root"
NO_LIMIT = 0x7F000000  # kB: the maxSize of a PoolOutputModule that writes one file


def make_source(process: ProcessDescription, log: MessageLogger) -> Source:
    """Make the process's source.

    Raises
    ------
    Configuration
        There is none.
    """
    if process.source is None:
        raise Configuration(f"The process {process.name!r} has no source; set process.source = cms.Source(...)")
    source = make_plugin(process.source, log)
    if not isinstance(source, Source):
        raise Configuration(f"process.source is a {type(source).__name__}, which is no source")
    return source


def part_outputs(process: ProcessDescription, folder: str, log: MessageLogger) -> dict[str, OutputModule]:
    """The output modules for one part, each with files in ``folder/label``; `process` names those of the whole job.

    Event files can be merged as they are; what other modules write is recorded.
    """
    found: dict[str, OutputModule] = {}
    for label, description in _outputs(process):
        os.mkdir(f"{folder}/{label}")
        module = _make_output(_redirected(description, folder), log)
        found[label] = module if is_mergeable(module) else RecordingOutputModule(module, f"{folder}/{label}/{RECORD}")
        found[label].log = log
    return found


def redirected_services(process: ProcessDescription, folder: str, log: MessageLogger) -> dict[str, Service]:
    """Services for one part: the file of TFileService is elsewhere, and services that watch a whole job do nothing."""
    services = {name: Service(name, ParameterSet()) for name in watching_services(process)}
    if TFILE_SERVICE in process.services:
        os.mkdir(f"{folder}/{TFILE_SERVICE}")
        services[TFILE_SERVICE] = make_plugin(_redirected(process.services[TFILE_SERVICE], folder), log)
    return services


def watching_services(process: ProcessDescription) -> list[str]:
    """The services of pyrun's own that report on the job they are part of: a part is none."""
    names = [name for name in process.services if name not in _USED_BY_MODULES and name in plugin_names()]
    return [name for name in names if find_plugin(name).__module__.startswith("pyrun.framework.")]


class Outputs:
    """The outputs of the whole job.

    Parameters
    ----------
    process : ProcessDescription
        The job.
    log : MessageLogger
        Where messages go.

    Raises
    ------
    Configuration
        As in any job: an unknown or ill-typed parameter.
    FileWriteError
        A folder is missing.
    """

    def __init__(self, process: ProcessDescription, log: MessageLogger) -> None:
        self._modules = {label: _make_output(description, log) for label, description in _outputs(process)}
        self._histograms = ""
        if TFILE_SERVICE in process.services:
            service = make_plugin(process.services[TFILE_SERVICE], log)
            assert isinstance(service, TFileService)
            self._histograms = os.path.abspath(service.fileName)
        for path in self._destinations:
            if not os.path.isdir(os.path.dirname(path)):
                raise FileWriteError(f"The file {path!r} could not be written: there is no such folder")

    @property
    def _destinations(self) -> list[str]:
        paths = [*(module.destination for module in self._modules.values()), self._histograms]
        return [path for path in paths if path]

    @property
    def folder(self) -> str:
        """Where the first file will be; the working folder if there is none."""
        return next((os.path.dirname(path) for path in self._destinations), os.getcwd())

    def merge(
        self, folders: Sequence[str], recordings: Mapping[str, Recording], inputs: Sequence[FileRecord]
    ) -> list[FileRecord]:
        """Join what the parts wrote, in the order of their `folders`; each file appears whole or not at all.

        Parameters
        ----------
        folders : sequence of str
            Of the parts.
        recordings : mapping
            Those of any part.
        inputs : sequence of FileRecord
            What the job has read.

        Returns
        -------
        list of FileRecord
            What has been written.
        """
        records: list[FileRecord] = []
        for label, module in self._modules.items():
            parts = [path for folder in folders for path in _files(folder, label)]
            if is_mergeable(module):
                records.append(_merge(module, parts, inputs))
            else:
                merged = f"{folders[0]}/{label}/merged.root"
                merge_event_files(parts, merged, compression=COMPRESSION)
                records += replay(module, recordings[label], merged, inputs)
        if self._histograms:
            parts = [path for folder in folders for path in _files(folder, TFILE_SERVICE)]
            add_histogram_files(self._histograms, parts)
        return records


def is_mergeable(module: OutputModule) -> TypeGuard[PoolOutputModule]:
    """Whether files of the module are merged as they are: one event file for each part."""
    return type(module) is PoolOutputModule and module.parameters.maxSize >= NO_LIMIT


def _files(folder: str, label: str) -> list[str]:
    """What a part has written."""
    return [str(path) for path in sorted(Path(folder, label).glob("*.root"))]


def _merge(module: PoolOutputModule, parts: Sequence[str], inputs: Sequence[FileRecord]) -> FileRecord:
    p = module.parameters
    record = merge_event_files(
        parts,
        module.destination,
        format=p.format,
        compression=(p.compressionAlgorithm, p.compressionLevel),
        events_per_cluster=p.eventsPerCluster,
    )
    return attrs.evolve(
        record,
        lfn=p.logicalFileName or module.destination,
        module=module.label,
        module_class=type(module).__name__,
        inputs=tuple(file.pfn for file in inputs),
        more={"Catalog": p.catalog},
    )


def _outputs(process: ProcessDescription) -> list[tuple[str, ModuleDescription]]:
    """The output modules that will write."""
    paths = (*process.trigger_paths, *process.end_paths)
    labels = {entry.label for path in paths for entry in path.entries}
    modules = process.modules.items()
    return [(label, module) for label, module in modules if label in labels and module.kind == OutputModule.base]


def _make_output(description: ModuleDescription, log: MessageLogger) -> OutputModule:
    module = make_plugin(description, log)
    assert isinstance(module, OutputModule)  # make_plugin checks the kind
    return module


def _redirected(description: ModuleDescription, folder: str) -> ModuleDescription:
    """The module with its file in ``folder/label``."""
    given = description.parameters.get("fileName")
    if given is None:
        return description
    changed = Parameter(given.type, given.tracked, f"{folder}/{description.label}/output.root")
    return attrs.evolve(description, parameters={**description.parameters, "fileName": changed})
