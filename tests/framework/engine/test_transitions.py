"""Runs and luminosity blocks that begin and end: in which order modules are told, and what they make then."""

from __future__ import annotations

import numpy as np
import pytest
from engine_jobs import NOTES, empty_source

from pyrun.framework import EDAnalyzer, EDFilter, EDProducer, Source, errors, plugin
from pyrun.framework import parameters as param
from pyrun.framework.event.block import EventBlock
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.event.principal import Principal


def moment(transition):
    """What the notes say of a run or luminosity block: ``2`` or ``2:1``."""
    return f"{transition.run}:{transition.luminosityBlock}" if transition.luminosityBlock else f"{transition.run}"


@plugin
class NotesTransitions(EDAnalyzer):
    """Notes every call of its kind."""

    def beginJob(self):
        NOTES.add(self.label, "beginJob")

    def beginStream(self, stream):
        self.stream = stream
        NOTES.add(self.label, "beginStream")

    def beginRun(self, run, setup):
        NOTES.add(self.label, "beginRun " + moment(run))

    def beginLuminosityBlock(self, lumi, setup):
        NOTES.add(self.label, "beginLumi " + moment(lumi))

    def analyze(self, event, setup):
        NOTES.add(self.label, f"events {event.run[0]}:{event.lumi[0]}")

    def endLuminosityBlock(self, lumi, setup):
        NOTES.add(self.label, "endLumi " + moment(lumi))

    def endRun(self, run, setup):
        NOTES.add(self.label, "endRun " + moment(run))

    def endStream(self):
        NOTES.add(self.label, "endStream")

    def endJob(self):
        NOTES.add(self.label, "endJob")


@plugin
class NotesGlobalTransitions(NotesTransitions):
    """The same, and what is called once for all streams."""

    def globalBeginRun(self, run, setup):
        NOTES.add(self.label, "globalBeginRun " + moment(run))

    def globalEndRun(self, run, setup, summaries):
        NOTES.add(self.label, "globalEndRun " + moment(run))

    def globalBeginLuminosityBlock(self, lumi, setup):
        NOTES.add(self.label, "globalBeginLumi " + moment(lumi))

    def globalEndLuminosityBlock(self, lumi, setup, summaries):
        NOTES.add(self.label, "globalEndLumi " + moment(lumi))


@plugin
class NotesOneTransitions(NotesTransitions):
    """The same, of kind one."""

    kind = "one"


@plugin
class LumisSource(Source):
    """One block for each of `lumis`, given as run, luminosity block, number of events; lumi 0 is a run without any."""

    class Parameters(param.ParameterSet):
        lumis: list = param.vint32(doc="run, luminosity block, events, and so on")

    def blocks(self, max_events, block_size):
        numbers, run, read = self.parameters.lumis, None, 0
        for number, lumi, events in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True):
            if run is None or run.run != number:
                run = Principal.of_run(number)
            ids = EventIDs(np.full(events, number), np.full(events, lumi), np.arange(read, read + events) + 1)
            principal = Principal.of_lumi(run, lumi) if lumi else run
            yield EventBlock.make(ids, first_record=read, luminosity_block=principal)
            read += events


def lumi_source(*lumis: tuple[int, int, int]) -> str:
    numbers = [number for lumi in lumis for number in lumi]
    return f"""
process = cms.Process("TEST")
process.source = cms.Source("LumisSource", lumis = cms.vint32({numbers}))
"""


def module(cls: str, kind: str = "EDAnalyzer") -> str:
    return f"\nprocess.m = cms.{kind}('{cls}')\nprocess.p = cms.Path(process.m)\n"


def test_a_one_module_is_told_of_everything_in_order(jobs):
    jobs.run(empty_source(5, per_lumi=2, per_run=3), module("NotesOneTransitions"), streams=2, threads=2, block=1)
    assert NOTES.of("m") == [
        "beginJob",
        "beginRun 1", "beginLumi 1:1", "events 1:1", "events 1:1", "endLumi 1:1",
        "beginLumi 1:2", "events 1:2", "endLumi 1:2", "endRun 1",
        "beginRun 2", "beginLumi 2:1", "events 2:1", "events 2:1", "endLumi 2:1", "endRun 2",
        "endJob",
    ]  # fmt: skip


def test_what_is_global_comes_first_when_something_begins_and_last_when_it_ends(jobs):
    jobs.run(empty_source(1), module("NotesGlobalTransitions"), streams=2)
    assert NOTES.of("m") == [
        "beginJob", "beginJob", "beginStream", "beginStream",
        "globalBeginRun 1", "beginRun 1", "beginRun 1",
        "globalBeginLumi 1:1", "beginLumi 1:1", "beginLumi 1:1",
        "events 1:1",
        "endLumi 1:1", "endLumi 1:1", "globalEndLumi 1:1",
        "endRun 1", "endRun 1", "globalEndRun 1",
        "endStream", "endStream", "endJob", "endJob",
    ]  # fmt: skip


@pytest.mark.parametrize("streams", [1, 3])
def test_all_events_of_a_luminosity_block_lie_between_its_beginning_and_its_end(jobs, streams):
    jobs.run(empty_source(60, per_lumi=6, per_run=30), module("NotesTransitions"), streams=streams, threads=2, block=1)
    open_lumi = None
    for (note,) in (note[1:] for note in NOTES.all if " " in note[1] and "Run" not in note[1]):
        what, lumi = note.split()
        if what == "beginLumi":
            open_lumi = lumi
        assert lumi == open_lumi, note
    assert sum(note[1].startswith("events") for note in NOTES.all) == 60


def test_luminosity_blocks_and_runs_without_events_begin_and_end(jobs):
    jobs.run(
        lumi_source((1, 1, 2), (1, 2, 0), (2, 0, 0), (3, 1, 0), (3, 2, 1)),
        module("NotesOneTransitions"),
        streams=2,
        threads=2,
    )
    assert NOTES.of("m")[1:-1] == [
        "beginRun 1", "beginLumi 1:1", "events 1:1", "endLumi 1:1", "beginLumi 1:2", "endLumi 1:2", "endRun 1",
        "beginRun 2", "endRun 2",
        "beginRun 3", "beginLumi 3:1", "endLumi 3:1", "beginLumi 3:2", "events 3:2", "endLumi 3:2", "endRun 3",
    ]  # fmt: skip


def test_a_job_without_any_events_begins_and_ends_nothing_but_itself(jobs):
    jobs.run(empty_source(0), module("NotesOneTransitions"), streams=2)
    assert NOTES.of("m") == ["beginJob", "endJob"]


@pytest.mark.parametrize("streams", [1, 3])
def test_the_most_luminosity_blocks_are_read(jobs, streams):
    source = empty_source(60, per_lumi=6, per_run=12)
    limit = "process.maxLuminosityBlocks = cms.untracked.PSet(input = cms.untracked.int32(3))"
    jobs.run(source, module("NotesOneTransitions") + limit, streams=streams, threads=2, block=4)
    assert [note for note in NOTES.of("m") if "Lumi" in note] == [
        f"{what} {lumi}" for lumi in ("1:1", "1:2", "2:1") for what in ("beginLumi", "endLumi")
    ]
    assert [note for note in NOTES.of("m") if "Run" in note] == ["beginRun 1", "endRun 1", "beginRun 2", "endRun 2"]


@pytest.mark.parametrize("streams", [1, 2])
def test_reading_ends_for_good_at_the_luminosity_block_that_is_one_too_many(jobs, streams):
    limit = "process.maxLuminosityBlocks = cms.untracked.PSet(input = cms.untracked.int32(1))"
    source = lumi_source((1, 1, 2), (1, 2, 2)).replace("LumisSource", "ReturningLumisSource")
    jobs.run(source, module("NotesOneTransitions") + limit, streams=streams, threads=2)
    assert [note for note in NOTES.of("m") if "events" in note] == ["events 1:1"]


@plugin
class ReturningLumisSource(LumisSource):
    """Comes back to the first luminosity block at the end, as files may that are not sorted."""

    def blocks(self, max_events, block_size):
        blocks = list(super().blocks(max_events, block_size))
        yield from blocks
        ids = EventIDs(blocks[0].ids.run, blocks[0].ids.lumi, blocks[0].ids.event + 100)
        yield EventBlock.make(ids, first_record=100, luminosity_block=blocks[0].luminosity_block)


# ---- products


@plugin
class LumiNumbers(EDProducer):
    """Counts, of kind stream: events by summaries, and puts products at every moment."""

    def declare(self, p):
        self.tokens = {
            moment: self.produces("int", moment, moment)
            for moment in ("BeginRun", "EndRun", "BeginLuminosityBlock", "EndLuminosityBlock")
        }
        self.in_lumi = self.in_run = 0

    def produce(self, event, setup):
        self.in_lumi += len(event)
        self.in_run += len(event)

    def globalBeginRun(self, run, setup):
        run.put(self.tokens["BeginRun"], 1000 * run.run)

    def globalBeginLuminosityBlock(self, lumi, setup):
        lumi.put(self.tokens["BeginLuminosityBlock"], 1000 * lumi.run + lumi.luminosityBlock)

    def endLuminosityBlockSummary(self):
        counted, self.in_lumi = self.in_lumi, 0
        return counted

    def globalEndLuminosityBlock(self, lumi, setup, summaries):
        NOTES.add("summaries", len(summaries))
        lumi.put(self.tokens["EndLuminosityBlock"], sum(summaries))

    def endRunSummary(self):
        counted, self.in_run = self.in_run, 0
        return counted

    def globalEndRun(self, run, setup, summaries):
        run.put(self.tokens["EndRun"], sum(summaries))


@plugin
class ReadsLumiNumbers(EDAnalyzer):
    """Reads the products of `numbers`, in events and at the ends."""

    kind = "one"

    def declare(self, p):
        self.begin_run = self.consumes("numbers:BeginRun", level="Run")
        self.end_run = self.consumes("numbers:EndRun", level="Run")
        self.begin_lumi = self.consumes("numbers:BeginLuminosityBlock", level="LuminosityBlock")
        self.end_lumi = self.consumes("numbers:EndLuminosityBlock", level="LuminosityBlock")

    def beginLuminosityBlock(self, lumi, setup):
        NOTES.add("beginLumi", lumi.get(self.begin_run), lumi.get(self.begin_lumi), lumi.exists(self.end_lumi))

    def analyze(self, event, setup):
        lumi = event.getLuminosityBlock()
        NOTES.add("event", event.getRun().get(self.begin_run), lumi.get(self.begin_lumi), lumi.get(self.begin_run))
        assert not lumi.exists(self.end_lumi)

    def endLuminosityBlock(self, lumi, setup):
        NOTES.add("endLumi", lumi.get(self.end_lumi))

    def endRun(self, run, setup):
        NOTES.add("endRun", run.get(self.end_run), run.get(self.begin_run))


PRODUCE_AND_READ = """
process.read = cms.EDAnalyzer("ReadsLumiNumbers")
process.numbers = cms.EDProducer("LumiNumbers")
process.p = cms.Path(process.read)
process.q = cms.Path(process.numbers)
"""


@pytest.mark.parametrize("how", [{}, {"streams": 3, "threads": 2, "block": 2}, {"block": 1}])
def test_products_of_runs_and_lumis_are_made_before_they_are_read(jobs, how):
    jobs.run(empty_source(25, per_lumi=5, per_run=15), PRODUCE_AND_READ, **how)
    assert NOTES.of("beginLumi") == [
        (1000 * run, 1000 * run + lumi, False) for run, lumi in [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]
    ]
    assert set(NOTES.of("event")) == {(run, lumi, run) for run, lumi, _ in NOTES.of("beginLumi")}
    assert NOTES.of("endLumi") == [5] * 5
    assert NOTES.of("endRun") == [(15, 1000), (10, 2000)]
    assert set(NOTES.of("summaries")) == {how.get("streams", 1)}


@plugin
class DeclaresAtEndRun(EDProducer):
    """Declares a product for the end of the run and does not put it."""

    def declare(self, p):
        self.produces("int", "sum", "EndRun")


@plugin
class PutsFromAStream(EDProducer):
    """Puts a luminosity block product where it may not."""

    def declare(self, p):
        self.token = self.produces("int", "", "BeginLuminosityBlock")

    def beginLuminosityBlock(self, lumi, setup):
        lumi.put(self.token, 1)

    def globalBeginLuminosityBlock(self, lumi, setup):
        lumi.put(self.token, 1)


@plugin
class PutsTwice(EDProducer):
    """Puts a run product twice."""

    kind = "global"

    def declare(self, p):
        self.token = self.produces("int", "", "BeginRun")

    def beginRun(self, run, setup):
        run.put(self.token, 1)
        run.put(self.token, 2)


@plugin
class PutsAtTheWrongMoment(EDProducer):
    """Puts at the end what it declares for the beginning."""

    kind = "global"

    def declare(self, p):
        self.token = self.produces("int", "", "BeginLuminosityBlock")

    def beginLuminosityBlock(self, lumi, setup):
        lumi.put(self.token, 1)

    def endLuminosityBlock(self, lumi, setup):
        lumi.put(self.token, 2)


@pytest.mark.parametrize(
    "cls, where, what",
    [
        ("DeclaresAtEndRun", "Processing global end Run run: 1", "declared for EndRun but was not put"),
        ("PutsFromAStream", "Processing stream begin LuminosityBlock run: 1 lumi: 1 stream: 0", "streams put none"),
        ("PutsTwice", "Processing global begin Run run: 1", "put twice"),
        ("PutsAtTheWrongMoment", "Processing global end LuminosityBlock run: 1 lumi: 1", "for this moment"),
    ],
)
def test_products_of_transitions_that_are_not_put_as_declared(jobs, cls, where, what):
    result = jobs(empty_source(3), module(cls, "EDProducer"))
    assert result.exit_code == errors.InsertFailure.exit_code
    assert result.failure.context == (where, f"Calling method for module {cls}/'m'")
    assert what in result.failure.message


def test_modules_that_wait_for_each_others_run_products_are_refused(jobs):
    loop = """
    process.a = cms.EDProducer("ChainedAtRun", of = cms.InputTag("b"))
    process.b = cms.EDProducer("ChainedAtRun", of = cms.InputTag("a"))
    process.p = cms.Path(process.a + process.b)
    """
    with pytest.raises(errors.ScheduleExecutionFailure, match="run or luminosity block products: .*'a' needs"):
        jobs(empty_source(1), loop)


@plugin
class ChainedAtRun(EDProducer):
    """One more than another's run product."""

    kind = "one"

    class Parameters(param.ParameterSet):
        of: param.InputTag = param.inputTag("", doc="whose")

    def declare(self, p):
        self.other = self.consumes(p.of, level="Run") if p.of.label else None
        self.token = self.produces("int", "", "BeginRun")

    def beginRun(self, run, setup):
        value = run.get(self.other) + 1 if self.other else 0
        NOTES.add(self.label, value)
        run.put(self.token, value)


def test_run_products_are_made_in_the_order_of_their_dependence_not_of_labels_or_paths(jobs):
    chain = """
    process.a = cms.EDProducer("ChainedAtRun", of = cms.InputTag("c"))
    process.b = cms.EDProducer("ChainedAtRun")
    process.c = cms.EDProducer("ChainedAtRun", of = cms.InputTag("b"))
    process.p = cms.Path(process.a + process.c, cms.Task(process.b))
    """
    jobs.run(empty_source(1), chain)
    assert (NOTES.of("a"), NOTES.of("b"), NOTES.of("c")) == ([2], [0], [1])


# ---- exceptions


@plugin
class FailsAt(EDFilter):
    """Fails in the method called `method`."""

    class Parameters(param.ParameterSet):
        method: str = param.string(doc="which")
        python: bool = param.bool(False, doc="raise one of Python's own exceptions")

    def _fail_in(self, name):
        if self.parameters.method == name:
            raise (ValueError if self.parameters.python else errors.NotFound)("it is broken")

    def filter(self, event, setup):
        return np.ones(len(event), bool)

    def beginRun(self, run, setup):
        self._fail_in("beginRun")

    def globalBeginLuminosityBlock(self, lumi, setup):
        self._fail_in("globalBeginLuminosityBlock")

    def endLuminosityBlock(self, lumi, setup):
        self._fail_in("endLuminosityBlock")

    def endLuminosityBlockSummary(self):
        self._fail_in("endLuminosityBlockSummary")

    def globalEndRun(self, run, setup, summaries):
        self._fail_in("globalEndRun")


FAILURES = {
    "beginRun": "Processing stream begin Run run: 1 stream: 0",
    "globalBeginLuminosityBlock": "Processing global begin LuminosityBlock run: 1 lumi: 1",
    "endLuminosityBlock": "Processing stream end LuminosityBlock run: 1 lumi: 1 stream: 0",
    "endLuminosityBlockSummary": "Processing stream end LuminosityBlock run: 1 lumi: 1 stream: 0",
    "globalEndRun": "Processing global end Run run: 1",
}


@pytest.mark.parametrize("python", [False, True])
@pytest.mark.parametrize("method", FAILURES)
@pytest.mark.parametrize("policy", ["Rethrow", "TryToContinue", "IgnoreCompletely"])
def test_an_exception_in_a_transition_ends_the_job_whatever_the_policy(jobs, method, python, policy):
    text = f"""
    process.m = cms.EDFilter("FailsAt", method = cms.string("{method}"), python = cms.bool({python}))
    process.p = cms.Path(process.m)
    process.options.{policy} = cms.untracked.vstring("NotFound", "StdException")
    """
    result = jobs(empty_source(20, per_lumi=10, per_run=20), text, streams=2)
    assert result.exit_code == (8002 if python else errors.NotFound.exit_code)
    assert result.failure.context == (FAILURES[method], "Calling method for module FailsAt/'m'")
    assert "it is broken" in result.failure.message


def test_what_summaries_hold_does_not_come_from_the_luminosity_block_before(jobs):
    jobs.run(lumi_source((1, 1, 3), (1, 2, 0), (1, 3, 4)), PRODUCE_AND_READ, streams=2, threads=2)
    assert NOTES.of("endLumi") == [3, 0, 4]
    assert NOTES.of("endRun") == [(7, 1000)]


def test_events_can_not_read_what_is_made_when_their_run_ends(jobs):
    @plugin
    class ReadsTooEarly(EDAnalyzer):
        def declare(self, p):
            self.sum = self.consumes("numbers:EndRun", level="Run")

        def analyze(self, event, setup):
            event.getRun().get(self.sum)

    text = PRODUCE_AND_READ.replace("ReadsLumiNumbers", "ReadsTooEarly")
    result = jobs(empty_source(3), text)
    assert result.exit_code == errors.ProductNotFound.exit_code
    assert "In the Run run: 1: no module has put it so far" in result.failure.message
    assert result.failure.context[0].startswith("Processing  Event run: 1 lumi: 1 event: 1")


def test_a_token_of_one_level_does_not_read_another(jobs):
    @plugin
    class WrongLevel(EDAnalyzer):
        def declare(self, p):
            self.sum = self.consumes("numbers:BeginLuminosityBlock", level="LuminosityBlock")

        def analyze(self, event, setup):
            event.getRun().get(self.sum)

    result = jobs(empty_source(3), PRODUCE_AND_READ.replace("ReadsLumiNumbers", "WrongLevel"))
    assert result.exit_code == errors.LogicError.exit_code
    assert "belongs to the LuminosityBlock; it can't be read from the Run" in result.failure.message
