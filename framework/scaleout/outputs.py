"""The files that a job in parts writes: where the parts put theirs, and how they are joined."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from ..config.description import ModuleDescription, Parameter, ProcessDescription
from ..engine.construction import make_module, make_service
from ..errors import Configuration, FileWriteError
from ..output_module import OutputModule
from ..plugins.parameters import ParameterSet
from ..plugins.registry import find_plugin, plugin_names
from ..service import Service
from ..services.message_logger import MessageLogger
from ..source import Source

if TYPE_CHECKING:
    from ..io.pool_output_module import PoolOutputModule

TFILE_SERVICE = "TFileService"
_USED_BY_MODULES = {"MessageLogger", "RandomNumberGeneratorService", TFILE_SERVICE}
Merge = Callable[[Sequence[str], str], None]


def make_source(process: ProcessDescription, log: MessageLogger) -> Source:
    """Make the process's source.

    Raises
    ------
    Configuration
        There is none.
    """
    if process.source is None:
        raise Configuration(f"The process {process.name!r} has no source; set process.source = cms.Source(...)")
    source = make_module(process.source, log)
    if not isinstance(source, Source):
        raise Configuration(f"process.source is a {type(source).__name__}, which is no source")
    return source


def redirected_outputs(process: ProcessDescription, folder: str, log: MessageLogger) -> dict[str, OutputModule]:
    """The output modules, each with a file in a folder of its own; `process` still names those of the whole job."""
    return {label: _make_output(_redirected(description, folder), log) for label, description in _outputs(process)}


def redirected_services(process: ProcessDescription, folder: str, log: MessageLogger) -> dict[str, Service]:
    """Services for one part: the file of TFileService is elsewhere, and services that watch a whole job do nothing."""
    services = {name: Service(name, ParameterSet()) for name in watching_services(process)}
    if TFILE_SERVICE in process.services:
        services[TFILE_SERVICE] = make_service(_redirected(process.services[TFILE_SERVICE], folder), log)
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
        An output that can't be joined from parts.
    FileWriteError
        A folder is missing.
    """

    def __init__(self, process: ProcessDescription, log: MessageLogger) -> None:
        self._files: dict[str, tuple[str, Merge]] = {}
        for label, description in _outputs(process):
            module = _make_output(description, log)
            self._files[label] = (module.destination, _merge_of(module))
        if TFILE_SERVICE in process.services:
            name = make_service(process.services[TFILE_SERVICE], log).fileName  # type: ignore[attr-defined]
            self._files[TFILE_SERVICE] = (os.path.abspath(name), _add_histograms)
        for path, _ in self._files.values():
            if not os.path.isdir(os.path.dirname(path)):
                raise FileWriteError(f"The file {path!r} could not be written: there is no such folder")

    @property
    def folder(self) -> str:
        """Where the first file will be; the working folder if there is none."""
        return next((os.path.dirname(path) for path, _ in self._files.values()), os.getcwd())

    def merge(self, folders: Sequence[str]) -> None:
        """Join what the parts wrote, in the order of their `folders`; each file appears whole or not at all."""
        for label, (destination, merge) in self._files.items():
            merge([str(path) for folder in folders for path in sorted(Path(folder, label).iterdir())], destination)


def _outputs(process: ProcessDescription) -> list[tuple[str, ModuleDescription]]:
    """The output modules that will write."""
    paths = (*process.trigger_paths, *process.end_paths)
    labels = {entry.label for path in paths for entry in path.entries}
    modules = process.modules.items()
    return [(label, module) for label, module in modules if label in labels and module.kind == OutputModule.base]


def _make_output(description: ModuleDescription, log: MessageLogger) -> OutputModule:
    module = make_module(description, log)
    assert isinstance(module, OutputModule)  # make_module checks the kind
    return module


def _redirected(description: ModuleDescription, folder: str) -> ModuleDescription:
    """The module with its file in ``folder/label``."""
    given = description.parameters.get("fileName")
    if given is None:
        return description
    place = Path(folder, description.label)
    place.mkdir()
    changed = Parameter(given.type, given.tracked, str(place / "output.root"))
    return attrs.evolve(description, parameters={**description.parameters, "fileName": changed})


def _merge_of(module: OutputModule) -> Merge:
    """How the files of an output module are joined."""
    from ..io.pool_output_module import PoolOutputModule

    if isinstance(module, PoolOutputModule):
        return partial(_merge_events, module.parameters)
    raise Configuration(
        f"The output of {type(module).__name__} {module.label!r} can't be joined from parts: run without --executor"
    )


def _merge_events(p: PoolOutputModule.Parameters, sources: Sequence[str], destination: str) -> None:
    from ..io.merging import merge_event_files

    merge_event_files(
        sources,
        destination,
        format=p.format,
        compression=(p.compressionAlgorithm, p.compressionLevel),
        events_per_cluster=p.eventsPerCluster,
    )


def _add_histograms(sources: Sequence[str], destination: str) -> None:
    from ..services.histogram_file import add_histogram_files

    add_histogram_files(destination, sources)
