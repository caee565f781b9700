"""Who makes what for whom: resolving tags to branches, and an order in which every module can run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

import attrs

from ..config.description import PathDescription
from ..errors import Configuration, ScheduleExecutionFailure
from ..event.branch import CURRENT_PROCESS, SKIP_CURRENT_PROCESS, BranchDescription, InputTag
from ..event.trigger_results import END_PATH_STATUS, PATH_STATUS, TRIGGER_RESULTS
from ..module import ConsumesToken, Module, ProducesToken


@attrs.define
class Wiring:
    """The static part of a job's schedule.

    Attributes
    ----------
    process : str
        The process name.
    modules : dict
        One instance of every module that the job may run, by label.
    trigger_paths, end_paths : sequence of PathDescription
        What is scheduled.
    branches : list of BranchDescription
        Every product of the job that can be written: this process's, then the input's, newest process first.
    aliases : dict
        For each EDAlias its entries, by label of the module whose products get the name.
    statuses : dict
        The branch of each path's status, by the path's name; these are never written.
    """

    process: str
    modules: dict[str, Module]
    trigger_paths: Sequence[PathDescription]
    end_paths: Sequence[PathDescription]
    input_branches: Sequence[BranchDescription] = ()
    aliases: Mapping[str, Mapping[str, Sequence[Mapping[str, str]]]] = attrs.Factory(dict)
    branches: list[BranchDescription] = attrs.field(init=False)
    statuses: dict[str, BranchDescription] = attrs.field(init=False)
    _by_label: dict[str, list[BranchDescription]] = attrs.field(init=False)
    _same: dict[BranchDescription, BranchDescription] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        kinds = ((PATH_STATUS, self.trigger_paths), (END_PATH_STATUS, self.end_paths))
        self.statuses = {
            path.name: BranchDescription(kind, path.name, "", self.process) for kind, paths in kinds for path in paths
        }
        own = [branch for module in self.modules.values() for branch in self.outputs(module).values()]
        if self.trigger_paths:
            own.append(BranchDescription("edmTriggerResults", TRIGGER_RESULTS, "", self.process))
        self.branches = own + list(self.input_branches)
        self._by_label = {}
        for branch in (*self.branches, *self.statuses.values()):
            self._by_label.setdefault(branch.label, []).append(branch)

    @property
    def scheduled(self) -> set[str]:
        """Labels of the modules that stand on a path or end path."""
        return {entry.label for path in (*self.trigger_paths, *self.end_paths) for entry in path.entries}

    def outputs(self, module: Module) -> dict[ProducesToken, BranchDescription]:
        """The branch of each product that `module` declares: one object for all streams, which dicts find sooner."""
        branches = {
            token: BranchDescription(token.type, module.label, token.instance, self.process, token.level)
            for token in module.produced
        }
        return {token: self._same.setdefault(branch, branch) for token, branch in branches.items()}

    def answers(self, token: ConsumesToken) -> list[BranchDescription]:
        """The branches that answer `token`, best first: the newest process wins."""
        tag = token.tag
        if tag.process == CURRENT_PROCESS:
            tag = attrs.evolve(tag, process=self.process)
        skip_current = tag.process == SKIP_CURRENT_PROCESS
        if skip_current:
            tag = attrs.evolve(tag, process="")
        candidates = [branch for branch in self._by_label.get(tag.label, ()) if branch.matches(tag)]
        found = [
            branch
            for branch in [*self._aliased(tag), *candidates]
            if branch.level == token.level
            and (token.type is None or branch.type == token.type)
            and not (skip_current and branch.process == self.process)
        ]
        types = {branch.type for branch in found}
        if len(types) > 1:
            raise Configuration(
                f"The module {token.consumer!r} consumes {str(token.tag)!r}, which names products of several types: "
                f"{', '.join(sorted(types))}; it must say which, consumes(tag, type=...)"
            )
        return found

    def _aliased(self, tag: InputTag) -> list[BranchDescription]:
        """This process's products that an EDAlias lets `tag` name."""
        if tag.process not in ("", self.process):
            return []
        return [
            branch
            for label, entries in self.aliases.get(tag.label, {}).items()
            for branch in self._by_label.get(label, ())
            if branch.process == self.process
            and any(_alias_instance(entry, branch) == tag.instance for entry in entries)
        ]

    def producers(self, module: Module, *, of_events: bool = True) -> list[str]:
        """Labels of this process's modules whose products `module` consumes, in the order of its consumes calls.

        With `of_events` False, those whose run and luminosity block products it consumes.
        """
        return [label for label in self._sources(module, of_events) if label in self.modules]

    def paths_consumed(self, module: Module) -> list[str]:
        """Names of the paths whose status `module` consumes."""
        return [label for label in self._sources(module, True) if label in self.statuses]

    def _sources(self, module: Module, of_events: bool) -> list[str]:
        labels = (
            branch.label
            for token in module.consumed
            if (token.level == "Event") == of_events
            for branch in self.answers(token)
            if branch.process == self.process
        )
        return list(dict.fromkeys(labels))

    def parents(self) -> dict[BranchDescription, tuple[BranchDescription, ...]]:
        """For each product of this process, the products its module may have read."""
        return {
            branch: tuple(dict.fromkeys(parent for token in module.consumed for parent in self.answers(token)))
            for module in self.modules.values()
            for branch in self.outputs(module).values()
        }

    def needed(self, wanted: Iterable[str]) -> set[str]:
        """Labels of the modules that must exist: the scheduled ones, `wanted`, and what any of them may ask for."""
        reached: set[str] = set()
        waiting = [*self.scheduled, *wanted]
        while waiting:
            label = waiting.pop()
            if label not in reached and label in self.modules:
                reached.add(label)
                waiting.extend(self.producers(self.modules[label]))
                waiting.extend(self.producers(self.modules[label], of_events=False))
        return reached

    def drop(self, labels: Iterable[str]) -> None:
        """Forget modules, and their products."""
        for label in labels:
            del self.modules[label]
        self.__attrs_post_init__()

    def transition_order(self) -> list[str]:
        """All labels, those whose run and luminosity block products others consume before these.

        Raises
        ------
        ScheduleExecutionFailure
            Modules consume each other's.
        """
        graph = {label: self.producers(module, of_events=False) for label, module in self.modules.items()}
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            loop = " needs ".join(map(repr, reversed(error.args[1])))
            raise ScheduleExecutionFailure(
                f"Unrunnable schedule: modules wait for each other's run or luminosity block products: {loop}"
            ) from None

    def check_order(self) -> None:
        """Refuse a schedule in which a module waits for itself.

        Raises
        ------
        ScheduleExecutionFailure
            Names the modules and paths of the loop.
        """
        try:
            TopologicalSorter(self._graph()).prepare()
        except CycleError as error:
            loop = [str(node) for node in reversed(error.args[1])]
            steps = "\n".join(f"  {first} needs {second}" for first, second in zip(loop, loop[1:], strict=False))
            raise ScheduleExecutionFailure(
                f"Unrunnable schedule: the following modules wait for each other in a loop.\n{steps}\n"
                "Change their order on the path, or what one of them consumes."
            ) from None

    def _graph(self) -> Mapping[str, list[str]]:
        """For each place on a path and each module on demand, what must be done before it."""
        places: dict[str, list[str]] = {}
        for path in (*self.trigger_paths, *self.end_paths):
            for position, entry in enumerate(path.entries):
                places.setdefault(entry.label, []).append(_place(path, position))
        graph: dict[str, list[str]] = {}

        def before(label: str, ahead: Collection[str] = ()) -> list[str]:
            # what stands ahead on the same path has run on every event that comes here
            module = self.modules[label]
            statuses = [_end(name) for name in self.paths_consumed(module)]
            elsewhere = [needed for needed in self.producers(module) if needed not in ahead]
            return statuses + [place for needed in elsewhere for place in places.get(needed, [f"{needed!r}"])]

        last_of_paths = [_place(path, len(path.entries) - 1) for path in self.trigger_paths if path.entries]
        starts: list[tuple[PathDescription, list[str]]] = [(path, []) for path in self.trigger_paths]
        starts += [(path, last_of_paths) for path in self.end_paths]
        for path, previous in starts:
            for position, entry in enumerate(path.entries):
                place = _place(path, position)
                ahead = {other.label for other in path.entries[:position]}
                graph[place] = [*previous, *before(entry.label, ahead)]
                previous = [place]
            graph[_end(path.name)] = previous
        for label in self.modules.keys() - places.keys():
            graph[f"{label!r}"] = before(label)
        return graph


def _end(name: str) -> str:
    return f"the status of path {name!r}"


def _place(path: PathDescription, position: int) -> str:
    return f"{path.entries[position].label!r} (module {position + 1} of path {path.name!r})"


def _alias_instance(entry: Mapping[str, str], branch: BranchDescription) -> str | None:
    """The instance under which an entry of an EDAlias shows `branch`; None if it doesn't."""
    wanted = entry.get("fromProductInstance", "*")
    if entry["type"] not in ("*", branch.type) or wanted not in ("*", branch.instance):
        return None
    shown = entry.get("toProductInstance", "*")
    return branch.instance if shown == "*" else shown
