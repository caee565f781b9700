"""The engine against the plain rules, on random small jobs.

`Reference` states cmsRun's rules for one event, with neither blocks nor an order of execution: a scheduled module
runs if some path leads to it, any other if something that runs consumes its product.
"""

from __future__ import annotations

import io
from functools import cache

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from random_jobs import MISSING, RECORDER, has_early, mix

from pyrun.framework.config.description import (
    ModuleDescription,
    Parameter,
    PathDescription,
    PathEntry,
    ProcessDescription,
)
from pyrun.framework.engine.job import Job
from pyrun.framework.services.message_logger import MessageLogger


@attrs.frozen
class Node:
    """One module of a random job."""

    number: int
    type: str
    needs: tuple[str, ...]
    wants: tuple[str, ...]
    fails_at: int

    @property
    def label(self) -> str:
        return f"m{self.number}"


@attrs.frozen
class RandomJob:
    nodes: tuple[Node, ...]
    paths: tuple[tuple[tuple[str, str], ...], ...]  # (label, mode), mode one of "", "!", "-"
    on_demand: frozenset[str]
    events: int


class ProductMissing(Exception):
    pass


class Reference:
    """What happens to one event."""

    def __init__(self, job: RandomJob, event: int) -> None:
        self.nodes = {node.label: node for node in job.nodes}
        self.job = job
        self.event = event
        self.runs = cache(self.runs)
        self.value = cache(self.value)

    def runs(self, label: str) -> bool:
        places = [
            (path, position) for path in self.job.paths for position, (name, _) in enumerate(path) if name == label
        ]
        if places:
            return any(self.reached(path, position) for path, position in places)
        consumers = (node for node in self.job.nodes if label in node.needs + node.wants)
        return label in self.job.on_demand and any(self.runs(consumer.label) for consumer in consumers)

    def reached(self, path, position: int) -> bool:
        return all(self.passes(*entry) for entry in path[:position])

    def passes(self, label: str, mode: str) -> bool:
        if self.nodes[label].type != "RandomFilter" or mode == "-":
            return True
        return (self.value(label) < 600) != (mode == "!")

    def value(self, label: str) -> int:
        if label == "early":
            return mix(7, self.event) if has_early(self.event) else MISSING
        if label not in self.nodes or not self.runs(label):
            return MISSING
        node = self.nodes[label]
        needed = [self.value(name) for name in node.needs]
        if MISSING in needed or node.fails_at == self.event:
            raise ProductMissing
        return mix(node.number, self.event, *needed, *(self.value(name) for name in node.wants))

    def outcome(self) -> dict[str, int]:
        """The products of the event."""
        return {label: self.value(label) for label in self.nodes if self.runs(label)}

    def trigger(self) -> list[tuple[int, int]]:
        """State and deciding module of each path."""
        states = []
        for path in self.job.paths:
            verdicts = [self.passes(*entry) for entry in path]
            states.append((1, len(path) - 1) if all(verdicts) else (2, verdicts.index(False)))
        return states


TYPES = ["RandomProducer", "RandomFilter", "RandomFilter", "RandomOneProducer", "RandomExternalProducer"]


@st.composite
def random_jobs_strategy(draw, failing: bool) -> RandomJob:
    size = draw(st.integers(1, 7))
    nodes = []
    for number in range(size):
        earlier = [f"m{n}" for n in range(number)] + ["early"]
        wants = draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True))
        needs = draw(st.lists(st.sampled_from(earlier), max_size=1)) if failing else []
        fails_at = draw(st.integers(-5, 45)) if failing else -1
        nodes.append(Node(number, draw(st.sampled_from(TYPES)), tuple(needs), tuple(wants), fails_at))
    paths = []
    for _ in range(draw(st.integers(1, 3))):
        members = sorted(draw(st.sets(st.integers(0, size - 1), min_size=1)))
        modes = [draw(st.sampled_from(["", "!", "-"])) if nodes[n].type == "RandomFilter" else "" for n in members]
        paths.append(tuple((f"m{n}", mode) for n, mode in zip(members, modes, strict=True)))
    on_demand = draw(st.sets(st.sampled_from([node.label for node in nodes])))
    return RandomJob(tuple(nodes), tuple(paths), frozenset(on_demand), draw(st.integers(1, 40)))


def description(job: RandomJob, block_size: int, threads: int, streams: int) -> ProcessDescription:
    modules = {}
    for node in job.nodes:
        parameters = {
            "number": Parameter("int32", True, node.number),
            "needs": Parameter("vstring", True, list(node.needs)),
            "wants": Parameter("vstring", True, list(node.wants)),
            "failsAt": Parameter("int32", True, node.fails_at),
        }
        kind = "EDFilter" if node.type == "RandomFilter" else "EDProducer"
        modules[node.label] = ModuleDescription(node.label, kind, node.type, parameters, "", 0, False)
    modules["out"] = ModuleDescription("out", "OutputModule", "RecordingOutput", {}, "", 0, False)
    source = ModuleDescription(
        "source", "Source", "RandomSource", {"events": Parameter("int32", True, job.events)}, "", 0, False
    )
    paths = [path_description(f"p{number}", path, job.on_demand) for number, path in enumerate(job.paths)]
    end = path_description("end", (("out", ""),), frozenset())
    options = {
        "numberOfThreads": threads,
        "numberOfStreams": streams,
        "eventsPerBlock": block_size,
        "wantSummary": True,
        "deleteNonConsumedUnscheduledModules": True,
    }
    return ProcessDescription("TEST", source, modules, {}, {}, paths, [end], job.on_demand, options, {}, {}, "")


def path_description(name, entries, on_demand) -> PathDescription:
    places = tuple(PathEntry(label, mode == "!", mode == "-", False) for label, mode in entries)
    return PathDescription(name, places, on_demand, frozenset())


def run(job: RandomJob, block_size: int, threads: int, streams: int):
    RECORDER.__init__()
    return Job(description(job, block_size, threads, streams), MessageLogger(stream=io.StringIO())).run()


def settings_of_run():
    return st.tuples(st.sampled_from([1, 3, 7, 100]), st.integers(1, 2), st.integers(1, 3))


@settings(deadline=None, max_examples=150)
@given(job=random_jobs_strategy(failing=False), how=settings_of_run())
def test_products_trigger_results_and_calls_are_those_of_the_plain_rules(job, how):
    result = run(job, *how)
    assert result.failure is None, result.failure
    expected = {event: Reference(job, event) for event in range(1, job.events + 1)}
    assert list(RECORDER.written) == list(expected), "every event is written once, in order"
    assert RECORDER.outcome == "closed"
    for event, reference in expected.items():
        written = dict(RECORDER.written[event])
        states = [(entry["state"], entry["index"]) for entry in written.pop("TriggerResults")]
        assert states == reference.trigger()
        assert written == Reference(with_output(job), event).outcome()
    assert len(RECORDER.calls) == len(set(RECORDER.calls)), "no module runs twice for an event"
    assert set(RECORDER.calls) == {
        (label, event) for event in expected for label in RECORDER.written[event] if label != "TriggerResults"
    }


@settings(deadline=None, max_examples=150)
@given(job=random_jobs_strategy(failing=True), how=settings_of_run())
def test_the_first_event_that_fails_ends_the_job_and_no_output_is_left(job, how):
    first = next((event for event in range(1, job.events + 1) if fails(with_output(job), event)), None)
    result = run(job, *how)
    if first is None:
        assert result.failure is None and RECORDER.outcome == "closed"
        return
    assert result.failure is not None
    assert f"event: {first} " in result.failure.context[0] + " "
    assert RECORDER.outcome == "aborted"


def with_output(job: RandomJob) -> RandomJob:
    """The job as it is once an output module consumes all that can be made on demand."""
    on_demand = job.on_demand - {label for path in job.paths for label, _ in path}
    return attrs.evolve(job, paths=(*job.paths, tuple((label, "-") for label in sorted(on_demand))))


def fails(job: RandomJob, event: int) -> bool:
    reference = Reference(job, event)
    try:
        reference.outcome()
        reference.trigger()
    except ProductMissing:
        return True
    return False


@settings(deadline=None, max_examples=50)
@given(job=random_jobs_strategy(failing=False), how=settings_of_run())
def test_modules_of_kind_one_see_blocks_in_order(job, how):
    run(job, *how)
    for node in job.nodes:
        if node.type == "RandomOneProducer":
            blocks = [RECORDER.block_of[event] for event in RECORDER.in_order.get(node.label, [])]
            assert blocks == sorted(blocks)
