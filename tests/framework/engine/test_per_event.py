"""Modules that see one event at a time, against the same written with arrays."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from engine_jobs import NOTES, empty_source
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrun.framework import EDProducer, errors, per_event, plugin
from pyrun.framework import parameters as param
from pyrun.framework.testing import TestProcessor

HOWS = [{}, {"block": 1}, {"block": 7}, {"streams": 3, "threads": 2, "block": 4}]
KINDS = ("number", "half", "even", "text", "list", "records", "nothing", "record")


def ids(events: int):
    """Run, luminosity block and numbers of so many events."""
    return np.ones(events), np.ones(events), np.arange(events) + 1


def value_of(event: int, kind: str):
    """What event number `event` has of each kind of product."""
    records = [{"pt": 1.5 * event, "id": n} for n in range(event % 3)]
    return {
        "number": event,
        "half": event / 2,
        "even": event % 2 == 0,
        "text": "x" * (event % 4) + "ä",
        "list": list(range(event % 3)),
        "records": records,
        "nothing": None if event % 3 == 0 else event,
        "record": {"pt": 0.5 * event, "hits": list(range(event % 2))},
    }[kind]


@plugin
class OneByOne(per_event.EDProducer):
    """Puts a value of every kind."""

    def declare(self, p):
        self.tokens = {kind: self.produces(kind, kind) for kind in KINDS}

    def produceEvent(self, event, setup):
        for kind, token in self.tokens.items():
            event.put(token, value_of(event.id, kind))


@plugin
class AllAtOnce(EDProducer):
    """The same with arrays."""

    def declare(self, p):
        self.tokens = {kind: self.produces(kind, kind) for kind in KINDS}

    def produce(self, event, setup):
        for kind, token in self.tokens.items():
            event.put(token, ak.Array([value_of(number, kind) for number in event.id.tolist()]))


@plugin
class Copies(per_event.EDProducer):
    """Reads a product of each kind and puts what it reads."""

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag(doc="the producer")

    def declare(self, p):
        self.read = {kind: self.consumes(f"{p.src.label}:{kind}") for kind in KINDS}
        self.tokens = {kind: self.produces(kind, kind) for kind in KINDS}

    def produceEvent(self, event, setup):
        for kind, token in self.tokens.items():
            event.put(token, event.get(self.read[kind]))


@plugin
class Compares(per_event.EDAnalyzer):
    """Notes events for which producers disagree."""

    class Parameters(param.ParameterSet):
        srcs: list = param.vstring(doc="labels")

    def declare(self, p):
        self.read = [[self.consumes(f"{label}:{kind}") for label in p.srcs] for kind in KINDS]

    def analyzeEvent(self, event, setup):
        for tokens in self.read:
            values = [event.get(token) for token in tokens]
            plain = [value.to_list() if hasattr(value, "to_list") else value for value in values]
            if any(value != plain[0] for value in plain):
                NOTES.add("different", event.id, plain)
        NOTES.add("compared", event.id)


@pytest.mark.parametrize("how", HOWS)
def test_products_of_all_kinds_are_those_of_the_array_form(jobs, how):
    text = """
    process.one = cms.EDProducer("OneByOne")
    process.all = cms.EDProducer("AllAtOnce")
    process.copy = cms.EDProducer("Copies", src = cms.InputTag("all"))
    process.copy2 = cms.EDProducer("Copies", src = cms.InputTag("copy"))
    process.compare = cms.EDAnalyzer("Compares", srcs = cms.vstring("one", "all", "copy", "copy2"))
    process.p = cms.Path(process.one + process.all + process.copy + process.copy2 + process.compare)
    """
    jobs.run(empty_source(20), text, **how)
    assert NOTES.of("different") == []
    assert sorted(NOTES.of("compared")) == list(range(1, 21))


@plugin
class PutsGiven(per_event.EDProducer):
    """Puts what is given for each event."""

    values: list = []

    def declare(self, p):
        self.token = self.produces("values")

    def produceEvent(self, event, setup):
        event.put(self.token, self.values[event.id - 1])


SCALARS = st.one_of(
    st.lists(st.integers(-(2**31), 2**31), min_size=1, max_size=8),
    st.lists(st.floats(allow_nan=False), min_size=1, max_size=8),
    st.lists(st.text(max_size=3), min_size=1, max_size=8),
    st.lists(st.booleans(), min_size=1, max_size=8),
)
JAGGED = st.one_of(
    st.lists(st.lists(st.integers(-9, 9), max_size=3), min_size=1, max_size=8),
    st.lists(st.lists(st.fixed_dictionaries({"pt": st.floats(0, 9), "id": st.integers(0, 9)}), max_size=3), min_size=1,
             max_size=8),
    st.lists(st.lists(st.lists(st.integers(0, 9), max_size=2), max_size=2), min_size=1, max_size=8),
)  # fmt: skip
OPTIONAL = st.lists(st.none() | st.integers(0, 9), min_size=1, max_size=8)


@settings(deadline=None, max_examples=100)
@given(values=SCALARS | JAGGED | OPTIONAL)
def test_what_is_put_for_each_event_is_what_is_read(values):
    PutsGiven.values = values
    assert ak.to_list(TestProcessor(PutsGiven).run({}, ids=ids(len(values)))[""]) == values


def test_a_record_of_the_input_keeps_its_types():
    @plugin
    class Leading(per_event.EDProducer):
        def declare(self, p):
            self.jets, self.token = self.consumes("jets"), self.produces("jet")

        def produceEvent(self, event, setup):
            event.put(self.token, event.get(self.jets)[0])

    jets = ak.Array([[{"pt": 3.0}], [{"pt": 2.0}, {"pt": 1.0}]])
    jets["pt"] = ak.values_astype(jets.pt, "float32")
    made = TestProcessor(Leading).run({"jets": jets})[""]
    assert made.to_list() == [{"pt": 3.0}, {"pt": 2.0}]
    assert str(made.type.content.content("pt")) == "float32"


@plugin
class OddOnes(per_event.EDFilter):
    """Passes events whose number is odd, and puts it."""

    def declare(self, p):
        self.token = self.produces("number")

    def filterEvent(self, event, setup):
        event.put(self.token, event.id)
        return event.id % 2 == 1


@plugin
class NotesEvents(per_event.EDAnalyzer):
    """Notes the events it sees."""

    def analyzeEvent(self, event, setup):
        NOTES.add(self.label, event.run, event.lumi, event.id)


@pytest.mark.parametrize("how", HOWS)
def test_a_filter_decides_event_by_event_and_puts_products_for_those_it_rejects(jobs, how):
    text = """
    process.odd = cms.EDFilter("OddOnes")
    process.seen = cms.EDAnalyzer("NotesEvents")
    process.p = cms.Path(process.odd + process.seen)
    process.out = cms.OutputModule("NotingOutput")
    process.e = cms.EndPath(process.out)
    """
    jobs.run(empty_source(20, per_lumi=10), text, **how)
    assert sorted(NOTES.of("seen")) == [(1, 1 + (n > 10), n) for n in range(1, 21, 2)]
    assert {event: products["odd"] for event, products in NOTES.written.items()} == {n: n for n in range(1, 21)}


# ---- events that fail


@plugin
class FailsForSome(per_event.EDProducer):
    """Fails for some events; notes each event it is called for."""

    class Parameters(param.ParameterSet):
        events: list = param.vint32(doc="which")

    def declare(self, p):
        self.token = self.produces("number")

    def produceEvent(self, event, setup):
        NOTES.add("called", event.id)
        if event.id in self.parameters.events:
            raise errors.NotFound(f"event {event.id}")
        event.put(self.token, event.id)


def failing(events: list[int], policy: str = "Rethrow") -> str:
    return f"""
    process.m = cms.EDProducer("FailsForSome", events = cms.vint32({events}))
    process.p = cms.Path(process.m)
    process.out = cms.OutputModule("NotingOutput")
    process.out.shouldTryToContinue()  # it writes also events without some of their products
    process.e = cms.EndPath(process.out)
    process.options.{policy} = cms.untracked.vstring("NotFound")
    """


@pytest.mark.parametrize("how", HOWS)
def test_the_first_event_that_fails_is_named_and_none_is_done_twice(jobs, how):
    result = jobs(empty_source(20), failing([14, 9, 16]), **how)
    assert result.failure.message == "event 9"
    assert "run: 1 lumi: 1 event: 9 stream: " in result.failure.context[0]
    assert result.failure.context[1:] == ("Running path 'p'", "Calling method for module FailsForSome/'m'")
    called = NOTES.of("called")
    assert len(called) == len(set(called)) and set(called) >= set(range(1, 10))


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("policy", ["TryToContinue", "IgnoreCompletely"])
def test_an_event_that_fails_costs_only_itself_and_none_is_done_twice(jobs, how, policy):
    result = jobs.run(empty_source(20), failing([3, 4, 11, 20], policy), **how)
    assert sorted(NOTES.of("called")) == list(range(1, 21))
    made = {event: products["m"] for event, products in NOTES.written.items() if "m" in products}
    assert made == {n: n for n in range(1, 21) if n not in (3, 4, 11, 20)}
    states = [products["TriggerResults"][0]["state"] for products in NOTES.written.values()]
    failed = 3 if policy == "TryToContinue" else 1
    assert states == [failed if n in (3, 4, 11, 20) else 1 for n in range(1, 21)]
    assert result.report.modules["m"].error == (4 if policy == "TryToContinue" else 0)


def test_a_thousand_events_that_fail_in_one_block_are_a_thousand_failures(jobs):
    result = jobs.run(empty_source(1000), failing(list(range(1, 1001)), "TryToContinue"), block=1000)
    assert NOTES.of("called") == list(range(1, 1001))
    assert result.report.modules["m"].error == 1000


@plugin
class ForgetsToPut(per_event.EDProducer):
    """Puts its product for the first two events only, or twice."""

    class Parameters(param.ParameterSet):
        times: int = param.int32(0, doc="how often for the third event")

    def declare(self, p):
        self.token = self.produces("number")

    def produceEvent(self, event, setup):
        for _ in range(1 if event.id < 3 else self.parameters.times):
            event.put(self.token, event.id)


@pytest.mark.parametrize("times, what", [(0, "did not put its product number"), (2, "was put twice")])
def test_a_product_not_put_once_is_an_error_of_that_event(jobs, times, what):
    text = f"""
    process.m = cms.EDProducer("ForgetsToPut", times = cms.int32({times}))
    process.p = cms.Path(process.m)
    """
    result = jobs(empty_source(5), text)
    assert result.exit_code == errors.InsertFailure.exit_code
    assert "event: 3 " in result.failure.context[0] and what in result.failure.message


def test_a_filter_must_return_a_bool(jobs):
    @plugin
    class ReturnsNothing(per_event.EDFilter):
        def filterEvent(self, event, setup):
            return None if event.id == 2 else True

    result = jobs(empty_source(5), 'process.m = cms.EDFilter("ReturnsNothing")\nprocess.p = cms.Path(process.m)')
    assert result.exit_code == errors.LogicError.exit_code
    assert "event: 2 " in result.failure.context[0] and "True or False, not None" in result.failure.message


def test_a_missing_product_is_told_as_of_the_event(jobs):
    text = """
    process.odd = cms.EDFilter("OddOnes")
    process.one = cms.EDProducer("OneByOne")
    process.copy = cms.EDProducer("Copies", src = cms.InputTag("one"))
    process.p = cms.Path(process.odd + process.one)
    process.q = cms.Path(process.copy)
    """
    result = jobs(empty_source(5), text)
    assert result.exit_code == errors.ProductNotFound.exit_code
    assert "event: 2 " in result.failure.context[0]
    assert "First event without it: run 1 lumi 1 event 2" in result.failure.message


# ---- random numbers


@plugin
class RandomOneByOne(per_event.EDProducer):
    """Three random numbers per event, in two goes."""

    def declare(self, p):
        self.token = self.produces("vdouble")

    def produceEvent(self, event, setup):
        event.put(self.token, [*event.generator().random(2).tolist(), event.generator().random()])


@plugin
class RandomAllAtOnce(EDProducer):
    """The same with arrays."""

    def declare(self, p):
        self.token = self.produces("vdouble")

    def produce(self, event, setup):
        event.put(self.token, ak.Array([generator.random(3).tolist() for generator in event.generators()]))


def test_random_numbers_are_those_of_the_array_form_however_often_the_generator_is_asked_for():
    one = TestProcessor(RandomOneByOne).run({}, ids=ids(5), seed=7)[""]
    both = TestProcessor(RandomAllAtOnce).run({}, ids=ids(5), seed=7)[""]
    assert one.to_list() == both.to_list()
    assert len(np.unique(ak.flatten(one))) == 15


@pytest.mark.parametrize("how", HOWS[1:])
def test_random_numbers_do_not_depend_on_blocks_and_streams(jobs, how):
    text = """
    process.m = cms.EDProducer("RandomOneByOne")
    process.RandomNumberGeneratorService = cms.Service("RandomNumberGeneratorService",
        m = cms.PSet(initialSeed = cms.untracked.uint32(3)))
    process.p = cms.Path(process.m)
    process.out = cms.OutputModule("NotingOutput")
    process.e = cms.EndPath(process.out)
    """
    jobs.run(empty_source(20), text)
    once = dict(NOTES.written)
    jobs.run(empty_source(20), text, **how)
    assert NOTES.written == once
