"""Making the modules of a job from its description."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from ..config.description import ProcessDescription
from ..errors import Configuration
from ..event.branch import BranchDescription, InputTag
from ..eventsetup.provider import EventSetupProvider
from ..module import ConsumesToken, Module
from ..output_module import OutputModule
from ..plugins.factory import constructing, make_plugin
from ..plugins.registry import plugin_names
from ..service import Service
from ..services.message_logger import MessageLogger
from ..services.random_numbers import RandomNumbers, configured_seeds
from ..source import Source
from .activity import ActivityRegistry
from .conditional import with_conditional_modules
from .guards import guards_of
from .policy import ExceptionPolicy
from .report import StreamReport
from .wiring import Wiring
from .worker import Worker

_BUILT_IN_SERVICES = ("MessageLogger", "RandomNumberGeneratorService")


@attrs.define(eq=False)
class JobModules:
    """Everything that runs in a job.

    Attributes
    ----------
    source : Source
        Opened.
    wiring : Wiring
        Who makes what for whom.
    streams : list of dict
        The workers of each stream by label; those of ``one`` modules stand in all of them.
    kept : dict
        The branches each output module writes, by its label.
    services : dict
        The services by type, in the order of the configuration.
    conditions : EventSetupProvider or None
        Gives each luminosity block its event setup; None if the job has no conditions and asks for none.
    policy : ExceptionPolicy
        What exceptions do.
    activity : ActivityRegistry
        Tells the services.
    """

    source: Source
    wiring: Wiring
    streams: list[dict[str, Worker]]
    kept: dict[str, list[BranchDescription]]
    services: dict[str, Service]
    conditions: EventSetupProvider | None
    policy: ExceptionPolicy
    activity: ActivityRegistry

    @property
    def outputs(self) -> list[OutputModule]:
        """The output modules."""
        return [module for module in self.wiring.modules.values() if isinstance(module, OutputModule)]

    def all_workers(self) -> Iterator[Worker]:
        """Every worker once, stream by stream."""
        seen: set[int] = set()
        for workers in self.streams:
            for worker in workers.values():
                if id(worker) not in seen:
                    seen.add(id(worker))
                    yield worker

    def instances(self) -> Iterator[tuple[int, Worker]]:
        """A worker of every module instance, with its stream; -1 for those that streams share."""
        for stream, workers in enumerate(self.streams):
            for worker in workers.values():
                if worker.module.kind == "stream":
                    yield stream, worker
                elif stream == 0:
                    yield -1, worker

    def empty_report(self) -> StreamReport:
        """A report with a row for each module and path."""
        return StreamReport.empty(self.wiring.modules, self.wiring.trigger_paths, self.wiring.end_paths)


def construct(
    process: ProcessDescription,
    log: MessageLogger,
    streams: int,
    services: dict[str, Service],
    activity: ActivityRegistry,
    given: Mapping[str, Any] | None = None,
) -> JobModules:
    """Make source, modules and their wiring, and check that they fit together.

    `services` are those of `make_services`, which modules may ask for; `activity` tells them what happens. `given` are
    modules of kind ``one`` that exist already, by label, to be used in place of new ones; the source's label is
    ``source``.

    Raises
    ------
    Configuration
        Unknown or ill-typed parameters, no source, a path that names an unknown module.
    ScheduleExecutionFailure
        Modules that wait for each other.
    """
    if process.source is None:
        raise Configuration(f"The process {process.name!r} has no source; set process.source = cms.Source(...)")
    policy = ExceptionPolicy(process.options, {label for label, m in process.modules.items() if m.try_to_continue})
    reachable, given = _reachable(process), given or {}
    modules = {
        label: given.get(label) or make_plugin(description, log)
        for label, description in process.modules.items()
        if label in reachable
    }
    source = given.get("source") or make_plugin(process.source, log)
    if not isinstance(source, Source):
        raise Configuration(f"process.source is a {type(source).__name__}, which is no source")
    try:
        source.open()
        return _put_together(process, log, streams, modules, source, policy, services, activity)
    except BaseException:
        source.close()
        raise


def _put_together(
    process: ProcessDescription,
    log: MessageLogger,
    streams: int,
    modules: dict[str, Module],
    source: Source,
    policy: ExceptionPolicy,
    services: dict[str, Service],
    activity: ActivityRegistry,
) -> JobModules:
    """Connect the modules with each other and with the source, which is open."""
    if any(record.name == process.name for record in source.history):
        raise Configuration(
            f"The input has been made by a process {process.name!r} already: call this one otherwise, "
            "cms.Process('...'), or the products of the two can't be told apart"
        )
    wiring = _wire(process, modules, source)
    _check_destinations(wiring)
    kept = _choose_kept(wiring)
    if process.options["deleteNonConsumedUnscheduledModules"]:
        wiring.drop(set(modules) - wiring.needed(()))
    wiring.check_order()
    for module in (source, *wiring.modules.values()):
        module.services = services
    workers = _workers(process, wiring, log, streams, services, activity)
    conditions = _conditions(process, log, workers)
    return JobModules(source, wiring, workers, kept, services, conditions, policy, activity)


def _wire(process: ProcessDescription, modules: dict[str, Module], source: Source) -> Wiring:
    """Connect the modules, those of ConditionalTasks at their places."""
    branches = _newest_first(source)
    wiring = Wiring(process.name, modules, process.trigger_paths, process.end_paths, branches, process.aliases)
    paths = [[with_conditional_modules(path, wiring) for path in some] for some in (wiring.trigger_paths,
                                                                                   wiring.end_paths)]  # fmt: skip
    return Wiring(process.name, modules, paths[0], paths[1], branches, process.aliases)


def _conditions(
    process: ProcessDescription, log: MessageLogger, streams: Sequence[Mapping[str, Worker]]
) -> EventSetupProvider | None:
    """What gives each luminosity block its conditions; None if the job has and asks for none."""
    modules = [worker.module for workers in streams for worker in workers.values()]
    tokens = {token for module in modules for token in module.esConsumed}
    if not process.es_modules and not tokens:
        return None
    return EventSetupProvider(process, log, tokens, len(streams))


def make_services(
    process: ProcessDescription, log: MessageLogger, given: Mapping[str, Any] | None = None
) -> Iterator[tuple[str, Service]]:
    """Make the services of the process that are installed, one after the other; warn of those that are not.

    `given` are those that exist already, by type, to be used in place of new ones.

    Raises
    ------
    Configuration
        Unknown or ill-typed parameters, or a name that looks like a misspelt one.
    """
    names = plugin_names()
    unknown = []
    for name, description in process.services.items():
        if name in names:
            yield name, (given or {}).get(name) or make_plugin(description, log)
        elif name not in _BUILT_IN_SERVICES:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.8)
            if near:
                raise Configuration(f"There is no service {name!r}. Did you mean {near[0]!r}?")
            unknown.append(name)
    if unknown:
        log.warning("Configuration", f"Without effect here: the service {', '.join(unknown)}, which is not installed")


def _reachable(process: ProcessDescription) -> set[str]:
    """Labels on paths and in tasks; a module in neither does not exist for the job."""
    paths = (*process.trigger_paths, *process.end_paths)
    labels = set(process.scheduled_tasks)
    for path in paths:
        labels |= {entry.label for entry in path.entries} | path.on_demand | path.conditional
        for entry in path.entries:
            if entry.label not in process.modules:
                raise Configuration(
                    f"The path {path.name!r} names the module {entry.label!r}, which the process hasn't"
                )
    return labels


def _newest_first(source: Source) -> list[BranchDescription]:
    age = {record.name: place for place, record in enumerate(reversed(source.history))}
    return sorted(source.branches, key=lambda branch: age.get(branch.process, len(age)))


def _check_destinations(wiring: Wiring) -> None:
    """Refuse two output modules that write the same file."""
    writers: dict[str, str] = {}
    for label, module in wiring.modules.items():
        if isinstance(module, OutputModule) and module.destination:
            other = writers.setdefault(module.destination, label)
            if other != label:
                raise Configuration(f"The output modules {other!r} and {label!r} both write {module.destination!r}")


def _choose_kept(wiring: Wiring) -> dict[str, list[BranchDescription]]:
    """Let each output module choose, and make it consume its choice."""
    kept: dict[str, list[BranchDescription]] = {}
    for label, module in wiring.modules.items():
        if isinstance(module, OutputModule):
            kept[label] = module.keep(wiring.branches)
            module.consumed = [
                ConsumesToken(InputTag(branch.label, branch.instance, branch.process), branch.type, level=branch.level)
                for branch in kept[label]
            ]
    return kept


def _workers(
    process: ProcessDescription,
    wiring: Wiring,
    log: MessageLogger,
    streams: int,
    services: dict[str, Service],
    activity: ActivityRegistry,
) -> list[dict[str, Worker]]:
    seeded = configured_seeds(process.services.get("RandomNumberGeneratorService"), log)
    caches: dict[str, Any] = {}
    for label, module in wiring.modules.items():
        with constructing(process.modules[label]):
            caches[label] = module.initializeGlobalCache(module.parameters)
    guards = guards_of(wiring.modules)
    all_streams: list[dict[str, Worker]] = []
    for stream in range(streams):
        workers: dict[str, Worker] = {}
        for label, first in wiring.modules.items():
            shared = stream == 0 or first.kind != "stream"
            module = first if shared else make_plugin(process.modules[label], log)
            module.services = services
            module.globalCache = caches[label]
            inputs = {token: wiring.answers(token) for token in module.consumed}
            random = RandomNumbers(seeded[label], label) if label in seeded else None
            workers[label] = Worker(module, inputs, wiring.outputs(module), random, guards.get(label), activity, stream)
        all_streams.append(workers)
    return all_streams
