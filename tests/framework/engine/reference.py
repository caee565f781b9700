"""cmsRun's rules for one event, with neither blocks nor an order of execution.

A scheduled module runs if some path leads to it, any other if something that runs consumes its product.
"""

from __future__ import annotations

from functools import cache, partial

import attrs
from random_jobs import MISSING, fails, has_early, mix


@attrs.frozen
class Node:
    """One module of a random job."""

    number: int
    type: str
    needs: tuple[str, ...]
    wants: tuple[str, ...]
    fails_at: int
    fails_every: int = 0

    @property
    def label(self) -> str:
        return f"m{self.number}"


@attrs.frozen
class RandomJob:
    """A schedule.

    Attributes
    ----------
    paths
        Entries (label, mode); the mode is "" or one or two of "!", "-" and "|", as in the text of a path.
    conditional
        By path: the labels in its ConditionalTasks.
    tolerant
        The modules that run where their inputs failed; "out" is the output module.
    policy
        What is done about an exception, by category; Rethrow if nothing is said.
    """

    nodes: tuple[Node, ...]
    paths: tuple[tuple[tuple[str, str], ...], ...]
    on_demand: frozenset[str]
    events: int
    conditional: tuple[frozenset[str], ...] = ()
    tolerant: frozenset[str] = frozenset()
    policy: tuple[tuple[str, str], ...] = ()

    @property
    def unscheduled(self) -> frozenset[str]:
        """What may run on demand, unless a path claims it."""
        return self.on_demand.union(*self.conditional)


class Circular(Exception):
    """The answer to a question is being asked for to answer it."""


class Fatal(Exception):
    """The event ends the job."""


RUN, FAILED, IGNORED = "run", "failed", "ignored"


class Reference:
    """What happens to one event."""

    def __init__(self, job: RandomJob, event: int) -> None:
        self.nodes = {node.label: node for node in job.nodes}
        self.job = job
        self.event = event
        self.asked: set[str] = set()
        self.paths = [self.expanded(number) for number in range(len(job.paths))]
        for name in ("attempted", "result", "reached", "value", "made", "ending"):
            setattr(self, name, cache(getattr(self, name)))

    def expanded(self, number: int):
        """The path with the conditional modules that something on it consumes in front of their first consumer."""
        path, conditional = self.job.paths[number], self.job.conditional[number : number + 1]
        result, there = [], {label for label, _ in path}

        def add_before(label: str) -> None:
            for name in self.inputs(label):
                if conditional and name in conditional[0] and name not in there:
                    there.add(name)
                    add_before(name)
                    result.append((name, "-"))

        for label, mode in path:
            add_before(label)
            result.append((label, mode))
        return result

    def inputs(self, label: str) -> tuple[str, ...]:
        return self.nodes[label].needs + self.nodes[label].wants

    def attempted(self, label: str) -> bool:
        """Whether the module's turn comes: a path leads to it, or something whose turn comes consumes its product."""
        if label in self.asked:
            raise Circular
        self.asked.add(label)
        circular = False
        try:
            for leads in self.ways_to(label):
                try:
                    if leads():
                        return True
                except Circular:  # this way leads here only if another does
                    circular = True
        finally:
            self.asked.discard(label)
        if circular and self.asked:
            raise Circular
        return False

    def ways_to(self, label: str):
        """Functions that tell whether the module's turn comes in one way or another."""
        places = [(p, i) for p, path in enumerate(self.paths) for i, entry in enumerate(path) if entry[0] == label]
        if places:
            return [partial(self.reached, path, position) for path, position in places]
        if label not in self.job.unscheduled:
            return []
        return [partial(self.attempted, name) for name in self.nodes if label in self.inputs(name)]

    def state(self, label: str) -> str | None:
        """What came of the module; None if its turn did not come."""
        return self.result(label) if self.attempted(label) else None

    def result(self, label: str) -> str:
        """What comes of the module when its turn comes."""
        tolerant = label in self.job.tolerant
        if not tolerant and any(self.state(name) == FAILED for name in self.inputs(label) if name in self.nodes):
            return FAILED
        node = self.nodes[label]
        category = None
        if any(self.value(name) == MISSING for name in node.needs):
            category = "ProductNotFound"
        elif fails(node.number, node.fails_at, node.fails_every, self.event):
            category = "LogicError"
        if category is None:
            return RUN
        action = dict(self.job.policy).get(category, "Rethrow")
        if action == "Rethrow":
            raise Fatal
        return IGNORED if tolerant or action == "IgnoreCompletely" else FAILED

    def value(self, name: str) -> int:
        """A product as a number."""
        if name == "early":
            return mix(7, self.event) if has_early(self.event) else MISSING
        if name.startswith("p"):
            state, index = self.ending(int(name[1:]))
            return 100 * state + index
        return self.made(name) if name in self.nodes and self.attempted(name) else MISSING

    def made(self, name: str) -> int:
        """The product of a module whose turn comes."""
        if self.result(name) != RUN:
            return MISSING
        node = self.nodes[name]
        return mix(node.number, self.event, *map(self.value, node.needs), *map(self.value, node.wants))

    def decides(self, label: str, mode: str) -> bool:
        return self.nodes[label].type == "RandomFilter" and "-" not in mode

    def passes(self, label: str, mode: str) -> bool:
        """Whether a path that has come to a module that did not fail goes on behind it."""
        if not self.decides(label, mode):
            return True
        verdict = self.result(label) == IGNORED or self.made(label) < 600
        return verdict != ("!" in mode)

    def reached(self, number: int, position: int) -> bool:
        """Whether the path comes to a position: everything up to the last filter or wait before it went well."""
        path = self.paths[number]
        ends = [i for i in range(position) if self.decides(*path[i]) or "|" in path[i][1]]
        return all(
            self.result(path[i][0]) != FAILED and self.passes(*path[i]) for i in range(ends[-1] + 1 if ends else 0)
        )

    def ending(self, number: int) -> tuple[int, int]:
        """State and deciding module of a path."""
        for position, (label, mode) in enumerate(self.paths[number]):
            if self.result(label) == FAILED:
                return 3, position
            if not self.passes(label, mode):
                return 2, position
        return 1, max(len(self.paths[number]) - 1, 0)

    def trigger(self) -> list[tuple[int, int]]:
        return [self.ending(number) for number in range(len(self.paths))]

    def outcome(self) -> dict[str, int]:
        """The products of the event."""
        return {label: self.value(label) for label in self.nodes if self.state(label) == RUN}

    def is_written(self) -> bool:
        """Whether the output module, which consumes everything, runs."""
        return "out" in self.job.tolerant or all(self.state(label) != FAILED for label in self.nodes)


def with_output(job: RandomJob) -> RandomJob:
    """The job as it is once an output module consumes all that can be made on demand."""
    on_path = {label for number in range(len(job.paths)) for label, _ in Reference(job, 1).paths[number]}
    on_demand = job.unscheduled - on_path
    return attrs.evolve(job, paths=(*job.paths, tuple((label, "-") for label in sorted(on_demand))))


def first_fatal(job: RandomJob) -> int | None:
    """The first event that ends the job."""
    for event in range(1, job.events + 1):
        reference = Reference(with_output(job), event)
        try:
            reference.outcome()
            reference.trigger()
        except Fatal:
            return event
    return None
