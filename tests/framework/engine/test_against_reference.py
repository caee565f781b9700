"""The engine against the plain rules of `reference`, on random small jobs."""

from __future__ import annotations

import io

from hypothesis import given, reject, settings
from hypothesis import strategies as st
from random_jobs import RECORDER
from reference import Node, RandomJob, Reference, first_fatal, with_output

from pyrun.framework.config.description import (
    ModuleDescription,
    Parameter,
    PathDescription,
    PathEntry,
    ProcessDescription,
)
from pyrun.framework.engine.job import Job
from pyrun.framework.errors import ScheduleExecutionFailure
from pyrun.framework.services.message_logger import MessageLogger

TYPES = [
    "RandomProducer",
    "RandomFilter",
    "RandomFilter",
    "RandomOneProducer",
    "RandomExternalProducer",
    "RandomPerEventProducer",
]
ACTIONS = ["Rethrow", "TryToContinue", "TryToContinue", "IgnoreCompletely"]


@st.composite
def random_jobs_strategy(draw, failing: bool, continuing: bool = False) -> RandomJob:
    size = draw(st.integers(1, 7))
    paths = []
    types = [draw(st.sampled_from(TYPES)) for _ in range(size)]
    for _ in range(draw(st.integers(1, 3))):
        members = sorted(draw(st.sets(st.integers(0, size - 1), min_size=1)))
        if draw(st.booleans()):
            members = draw(st.permutations(members))
        modes = [draw(st.sampled_from(["", "", "!", "-", "|"])) if types[n] == "RandomFilter"
                 else draw(st.sampled_from(["", "", "", "|"])) for n in members]  # fmt: skip
        paths.append(tuple((f"m{n}", mode) for n, mode in zip(members, modes, strict=True)))
    conditional = tuple(draw(st.frozensets(st.sampled_from([f"m{n}" for n in range(size)]), max_size=2)) for _ in paths)
    nodes = []
    for number in range(size):
        # a path's status can be had by modules that come after all of its modules, those of its tasks too
        statuses = [
            f"p{p}"
            for p, path in enumerate(paths)
            if number > max(int(label[1:]) for label in {*conditional[p], *(label for label, _ in path)})
        ]
        earlier = [f"m{n}" for n in range(number)] + ["early"]
        wants = draw(st.lists(st.sampled_from(earlier + statuses), max_size=2, unique=True))
        needs = draw(st.lists(st.sampled_from(earlier), max_size=1)) if failing else []
        fails_at = draw(st.integers(-5, 45)) if failing else -1
        fails_every = draw(st.sampled_from([0, 0, 0, 2, 5, 9])) if continuing else 0
        nodes.append(Node(number, types[number], tuple(needs), tuple(wants), fails_at, fails_every))
    labels = [node.label for node in nodes]
    on_demand = draw(st.sets(st.sampled_from(labels)))
    policy = tuple((category, draw(st.sampled_from(ACTIONS))) for category in ("LogicError", "ProductNotFound"))
    tolerant = draw(st.frozensets(st.sampled_from([*labels, "out"]), max_size=2)) if continuing else frozenset()
    return RandomJob(
        tuple(nodes),
        tuple(paths),
        frozenset(on_demand),
        draw(st.integers(1, 40)),
        conditional,
        tolerant,
        policy if continuing else (),
    )


def description(job: RandomJob, block_size: int, threads: int, streams: int) -> ProcessDescription:
    modules = {}
    for node in job.nodes:
        parameters = {
            "number": Parameter("int32", True, node.number),
            "needs": Parameter("vstring", True, list(node.needs)),
            "wants": Parameter("vstring", True, list(node.wants)),
            "failsAt": Parameter("int32", True, node.fails_at),
            "failsEvery": Parameter("int32", True, node.fails_every),
        }
        kind = "EDFilter" if node.type == "RandomFilter" else "EDProducer"
        marked = node.label in job.tolerant
        modules[node.label] = ModuleDescription(node.label, kind, node.type, parameters, "", 0, marked)
    for label, kind in (("out", "RecordingOutput"), ("results", "RecordingResults")):
        modules[label] = ModuleDescription(label, "OutputModule", kind, {}, "", 0, label in job.tolerant)
    source = ModuleDescription(
        "source", "Source", "RandomSource", {"events": Parameter("int32", True, job.events)}, "", 0, False
    )
    conditional = job.conditional or (frozenset(),) * len(job.paths)
    paths = [
        path_description(f"p{number}", path, job.on_demand, tasks)
        for number, (path, tasks) in enumerate(zip(job.paths, conditional, strict=True))
    ]
    end = path_description("end", (("out", ""), ("results", "")), frozenset())
    options = {
        "numberOfThreads": threads,
        "numberOfStreams": streams,
        "eventsPerBlock": block_size,
        "wantSummary": True,
        "deleteNonConsumedUnscheduledModules": True,
    }
    for category, action in job.policy:
        options[action] = [*options.get(action, []), category]
    return ProcessDescription("TEST", source, modules, {}, {}, paths, [end], job.on_demand, options, {}, {}, "")


def path_description(name, entries, on_demand, conditional=frozenset()) -> PathDescription:
    places = tuple(PathEntry(label, "!" in mode, "-" in mode, "|" in mode) for label, mode in entries)
    return PathDescription(name, places, on_demand, conditional)


def run(job: RandomJob, block_size: int, threads: int, streams: int):
    RECORDER.__init__()
    return Job(description(job, block_size, threads, streams), MessageLogger(stream=io.StringIO())).run()


def run_if_legal(job: RandomJob, *how: int):
    """Run a job whose paths may be in an order that can't be."""
    try:
        return run(job, *how)
    except ScheduleExecutionFailure:
        assert not in_order(job)
        reject()


def in_order(job: RandomJob) -> bool:
    """Whether on every path everything comes after what it consumes."""
    return all(list(path) == sorted(path, key=lambda entry: int(entry[0][1:])) for path in job.paths)


def settings_of_run():
    return st.tuples(st.sampled_from([1, 3, 7, 100]), st.integers(1, 2), st.integers(1, 3))


def check_event(job: RandomJob, event: int, reference: Reference) -> None:
    """Compare what was recorded of an event with the rules."""
    assert RECORDER.results[event] == reference.trigger()
    reference = Reference(with_output(job), event)
    assert (event in RECORDER.written) == reference.is_written()
    products = reference.outcome()
    if event in RECORDER.written:
        written = {label: value for label, value in RECORDER.written[event].items() if label != "TriggerResults"}
        assert written == products
    assert {label for label, called in RECORDER.calls if called == event} == set(products)


@settings(deadline=None, max_examples=80)
@given(job=random_jobs_strategy(failing=False), how=settings_of_run())
def test_products_trigger_results_and_calls_are_those_of_the_plain_rules(job, how):
    result = run_if_legal(job, *how)
    assert result.failure is None, result.failure
    assert list(RECORDER.written) == list(range(1, job.events + 1)), "every event is written once, in order"
    assert RECORDER.outcome == "closed"
    for event in range(1, job.events + 1):
        check_event(job, event, Reference(job, event))
    assert len(RECORDER.calls) == len(set(RECORDER.calls)), "no module runs twice for an event"


@settings(deadline=None, max_examples=80)
@given(job=random_jobs_strategy(failing=True), how=settings_of_run())
def test_the_first_event_that_fails_ends_the_job_and_no_output_is_left(job, how):
    result = run_if_legal(job, *how)
    first = first_fatal(job)
    if first is None:
        assert result.failure is None and RECORDER.outcome == "closed"
        return
    assert result.failure is not None
    assert f"event: {first} " in result.failure.context[0] + " "
    assert RECORDER.outcome == "aborted"


@settings(deadline=None, max_examples=150)
@given(job=random_jobs_strategy(failing=True, continuing=True), how=settings_of_run())
def test_policies_cost_what_the_plain_rules_say_and_no_more(job, how):
    result = run_if_legal(job, *how)
    first = first_fatal(job)
    if first is not None:
        assert result.failure is not None
        assert f"event: {first} " in result.failure.context[0] + " "
        return
    assert result.failure is None, result.failure
    assert list(RECORDER.results) == list(range(1, job.events + 1))
    for event in range(1, job.events + 1):
        check_event(job, event, Reference(job, event))
    assert len(RECORDER.calls) == len(set(RECORDER.calls)), "no module succeeds twice for an event"
    check_report(job, result.report)


def check_report(job: RandomJob, report) -> None:
    """Compare the counts of paths with the rules."""
    references = [Reference(job, event) for event in range(1, job.events + 1)]
    for number in range(len(job.paths)):
        counts = report.paths[f"p{number}"]
        endings = [reference.ending(number) for reference in references]
        assert counts.events == job.events
        assert counts.events_passed == sum(state == 1 for state, _ in endings)
        assert counts.events_failed == sum(state == 2 for state, _ in endings)
        for position in range(len(counts.labels)):
            here = [state for state, index in endings if index == position]
            assert counts.error[position] == here.count(3)
            came = sum(reference.reached(number, position) for reference in references)
            assert counts.visited[position] == came
            assert counts.passed[position] + counts.failed[position] + counts.error[position] == came


@settings(deadline=None, max_examples=30)
@given(job=random_jobs_strategy(failing=False), how=settings_of_run())
def test_modules_of_kind_one_see_blocks_in_order(job, how):
    run_if_legal(job, *how)
    for node in job.nodes:
        if node.type == "RandomOneProducer":
            blocks = [RECORDER.block_of[event] for event in RECORDER.in_order.get(node.label, [])]
            assert blocks == sorted(blocks)
