"""What modules get of the event setup, and what they are told when they can't have it."""

from __future__ import annotations

import gc
import threading
import time

import pytest
from conditions import NOTES, join, made, provider, starts

from pyrun.framework import ESProducer, ESWatcher, EventSetup, IntervalOfValidity, IOVSyncValue, plugin
from pyrun.framework import config as cms
from pyrun.framework.errors import CMSException, LogicError, NoProductResolverException, NoRecord
from pyrun.framework.eventsetup.iov import MAX_EVENT
from pyrun.framework.eventsetup.tokens import make_token


def text_of(record, **how):
    return make_token("Text", record, **how)


@plugin
class SlowESProducer(ESProducer):
    """Takes long, so that several threads ask meanwhile."""

    def declare(self, p):
        self.setWhatProduced(self.make, "Text", "Rcd")

    def make(self, record):
        time.sleep(0.05)
        return made(f"slow@{record.validityInterval.first}")


@plugin
class ChainESProducer(ESProducer):
    """Two products of one record, the second made from the first."""

    def declare(self, p):
        self.setWhatProduced(lambda record: 20, "Number", "Rcd", "half")
        whole = self.setWhatProduced(self.whole, "Number", "Rcd", "whole")
        self.half = whole.consumes("Number", label="half")
        self.stranger = make_token("Number", "Rcd", "half")
        self.setWhatProduced(lambda record: record.get(self.stranger), "Number", "Rcd", "undeclared")

    def whole(self, record):
        return 2 * record.get(self.half)


def test_data_are_those_of_the_interval_that_holds_the_luminosity_block():
    token = text_of("Rcd")
    conditions = provider([token], src=starts("Rcd", "1", "2:5"))
    values = [conditions.setup_for(run, lumi).getData(token) for run, lumi in [(1, 1), (2, 4), (2, 5), (9, 1)]]
    assert values == ["src@run 1", "src@run 1", "src@run 2 lumi 5", "src@run 2 lumi 5"]
    assert NOTES.made == ["src@run 1", "src@run 2 lumi 5"]


def test_the_end_of_a_run_has_the_conditions_of_its_end():
    token = text_of("Rcd", moment="EndRun")
    conditions = provider([token], src=starts("Rcd", "1", "2:5"))
    assert conditions.setup_for(2, moment="EndRun").getData(token) == "src@run 2 lumi 5"


def test_an_interval_that_begins_between_events_counts_from_the_next_luminosity_block():
    token = text_of("Rcd")
    conditions = provider([token], src=starts("Rcd", "1", "1:2:50"))
    assert [conditions.setup_for(1, lumi).getData(token) for lumi in (2, 3)] == [
        "src@run 1",
        "src@run 1 lumi 2 event 50",
    ]


def test_a_dependent_record_changes_when_any_of_its_records_does():
    conditions = provider(a=starts("A", "1", "3"), b=starts("B", "1", "2:4"), c=join("C", "A", "B"))
    intervals = [conditions.setup_for(run, lumi).get("C").validityInterval for run, lumi in [(1, 1), (2, 4), (3, 1)]]
    assert intervals == [
        IntervalOfValidity(IOVSyncValue(1), IOVSyncValue(2, 3, MAX_EVENT)),
        IntervalOfValidity(IOVSyncValue(2, 4), IOVSyncValue.endOfRun(2)),
        IntervalOfValidity.of_runs(3),
    ]


def test_a_dependent_record_may_have_intervals_of_its_own_as_well():
    token = text_of("C")
    conditions = provider([token], a=starts("A"), own=starts("C", "1", "2", delivers=False), c=join("C", "A"))
    first, second = (conditions.setup_for(run, 1) for run in (1, 2))
    assert first.get("C").cacheIdentifier != second.get("C").cacheIdentifier
    assert first.getData(token) == second.getData(token) == "c(a@run 1)"


def test_a_dependent_record_is_valid_where_any_of_its_records_is():
    token = text_of("C")
    conditions = provider([token], a=starts("A"), b=starts("B", "2:3"), c=join("C", "A", "B"))
    values = [conditions.setup_for(2, lumi).getData(token) for lumi in (1, 2, 3)]
    assert values == ["c(a@run 1, -)"] * 2 + ["c(a@run 1, b@run 2 lumi 3)"]
    assert NOTES.made.count("c(a@run 1, -)") == 1


def test_the_end_is_unknown_while_a_record_lacks_a_part():
    conditions = provider(a=starts("A"), b=starts("B", "2:3"), c=join("C", "A", "B"))
    intervals = [conditions.setup_for(2, lumi).get("C").validityInterval for lumi in (1, 3)]
    assert intervals == [IntervalOfValidity(IOVSyncValue(1), None), IntervalOfValidity(IOVSyncValue(2, 3))]


def test_a_source_that_does_not_know_the_end_is_asked_for_each_luminosity_block(monkeypatch):
    conditions = provider(src=starts("Rcd"))
    answers = {1: 1, 2: 1, 3: 3}  # luminosity block: where its interval begins
    monkeypatch.setattr(
        conditions.modules[0],
        "setIntervalFor",
        lambda _, sync: IntervalOfValidity(IOVSyncValue(1, answers[sync.lumi]), None),
    )
    first, same, other = (conditions.setup_for(1, lumi).get("Rcd") for lumi in (1, 2, 3))
    assert first is same and first is not other


def test_a_record_is_the_same_object_throughout_its_interval():
    conditions = provider(src=starts("Rcd", "1", "2"))
    first, same, other = (conditions.setup_for(run, lumi).get("Rcd") for run, lumi in [(1, 1), (1, 9), (2, 1)])
    assert first is same and first is not other
    assert 0 not in (first.cacheIdentifier, other.cacheIdentifier)


def test_a_source_is_asked_again_only_when_its_interval_is_over():
    conditions = provider(src=starts("Rcd", "1", "2"))
    for run, lumi in [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]:
        conditions.setup_for(run, lumi)
    assert NOTES.asked == [("Rcd", IOVSyncValue(1, 1)), ("Rcd", IOVSyncValue(2, 1))]


def test_what_no_stream_uses_any_more_leaves_memory():
    conditions = provider(src=starts("Rcd", *(str(run) for run in range(1, 101))))
    for run in range(1, 101):
        conditions.setup_for(run, 1)
    gc.collect()
    assert len(conditions._providers["Rcd"]._alive) == 4


def test_threads_that_ask_at_once_get_one_object_made_once():
    token = text_of("Rcd")
    conditions = provider([token], src=starts("Rcd", "1", "2", delivers=False), slow=cms.ESProducer("SlowESProducer"))
    got = []

    def ask(run):
        got.append(conditions.setup_for(run, 1).getData(token))

    threads = [threading.Thread(target=ask, args=(run,)) for run in (1, 2) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(NOTES.made) == ["slow@run 1", "slow@run 2"]
    assert len({id(value) for value in got}) == 2


def test_one_product_of_a_module_may_be_made_from_another():
    token = make_token("Number", "Rcd", "whole")
    conditions = provider([token], src=starts("Rcd"), chain=cms.ESProducer("ChainESProducer"))
    assert conditions.setup_for(1, 1).getData(token) == 40


def test_an_es_producer_must_declare_what_it_reads():
    token = make_token("Number", "Rcd", "undeclared")
    conditions = provider([token], src=starts("Rcd"), chain=cms.ESProducer("ChainESProducer"))
    with pytest.raises(LogicError, match=r"did not get from esConsumes") as caught:
        conditions.setup_for(1, 1).getData(token)
    assert caught.value.context == [
        "Using EventSetup component ChainESProducer/'chain' to make data Number/'undeclared' in record Rcd"
    ]


# ---- what is missing


def test_a_record_that_the_job_has_not_is_named_with_the_nearest():
    token = text_of("CalibrationRecord")
    conditions = provider([token], src=starts("CalibrationRcd"))
    with pytest.raises(NoRecord, match=r'(?s)No "CalibrationRecord" record found.*Did you mean \'CalibrationRcd\''):
        conditions.setup_for(1, 1).getData(token)


def test_a_record_without_interval_names_the_moment():
    token = text_of("Rcd")
    with pytest.raises(NoRecord, match=r"(?s)no interval of validity at run 1 lumi 7.*EmptyESSource"):
        provider([token], src=starts("Rcd", "2")).setup_for(1, 7).getData(token)


def test_a_producer_alone_makes_no_record_valid():
    token = text_of("Rcd")
    with pytest.raises(NoRecord, match=r"(?s)no interval of validity"):
        provider([token], p=join("Rcd")).setup_for(1, 1).getData(token)


def test_data_that_nobody_delivers_are_named_with_what_there_is():
    token = make_token("Table", "Rcd", "loose")
    conditions = provider([token], src=starts("Rcd"))
    with pytest.raises(NoProductResolverException, match=r"(?s)\"Table\" in\nrecord \"Rcd\".*\"loose\".*Text/''"):
        conditions.setup_for(1, 1).getData(token)


def test_data_from_another_module_than_the_tag_requires_are_refused():
    good, bad = text_of("Rcd", tag="src:"), text_of("Rcd", tag="other:")
    setup = provider([good, bad], src=starts("Rcd")).setup_for(1, 1)
    assert setup.getData(good) == "src@run 1"
    with pytest.raises(NoProductResolverException, match=r"(?s)StartsESSource/'src'.*requires the module 'other'"):
        setup.getData(bad)


def test_an_unlabelled_module_is_required_by_its_type():
    conditions = provider([token := text_of("Rcd", tag="StartsESSource:")], StartsESSource=starts("Rcd"))
    assert conditions.setup_for(1, 1).getData(token) == "StartsESSource@run 1"


def test_a_handle_tells_whether_there_are_data():
    tokens = there, nowhere, unmade = text_of("Rcd"), text_of("OtherRcd"), make_token("Table", "Rcd")
    setup = provider(tokens, src=starts("Rcd")).setup_for(1, 1)
    assert [setup.getHandle(token).isValid() for token in tokens] == [True, False, False]
    assert setup.getHandle(there).product() == "src@run 1"
    with pytest.raises(NoRecord):
        setup.getHandle(nowhere).product()
    assert setup.getHandle(unmade).failure.category == "NoProductResolverException"
    assert setup.tryToGet("Rcd") is setup.get("Rcd") and setup.tryToGet("OtherRcd") is None


def test_a_token_that_no_module_declared_is_refused():
    setup = provider([text_of("Rcd")], src=starts("Rcd")).setup_for(1, 1)
    for token in (text_of("Rcd"), "Rcd", None):
        with pytest.raises(LogicError, match="esConsumes"):
            setup.getData(token)


def test_a_token_serves_at_its_own_moment_only():
    token = text_of("Rcd", moment="BeginRun")
    conditions = provider([token], src=starts("Rcd"))
    assert conditions.setup_for(1, moment="BeginRun").getData(token) == "src@run 1"
    with pytest.raises(CMSException, match="moment='Event'") as caught:
        conditions.setup_for(1, 1).getData(token)
    assert caught.value.category == "ESGetTokenWrongTransition"


@pytest.mark.parametrize(
    ("returns_none", "error", "text"), [(False, ValueError, "no such"), (True, LogicError, "None")]
)
def test_a_failure_happens_once_and_names_the_es_module(returns_none, error, text):
    token = text_of("Rcd")
    fails = cms.ESProducer("FailingESProducer", record=cms.string("Rcd"), returnsNone=cms.bool(returns_none))
    setup = provider([token], src=starts("Rcd", delivers=False), fails=fails).setup_for(1, 1)
    for _ in range(2):
        with pytest.raises(error, match=text) as caught:
            setup.getData(token)
    assert NOTES.made == ["failure"]
    told = getattr(caught.value, "context", None) or caught.value.__notes__
    assert told == ["Using EventSetup component FailingESProducer/'fails' to make data Text/'' in record Rcd"]


def test_a_failure_of_what_is_behind_a_handle_is_not_taken_for_missing_data():
    token = text_of("Rcd")
    fails = cms.ESProducer("FailingESProducer", record=cms.string("Rcd"))
    setup = provider([token], src=starts("Rcd", delivers=False), fails=fails).setup_for(1, 1)
    with pytest.raises(ValueError, match="no such calibration"):
        setup.getHandle(token)


def test_an_interval_that_does_not_hold_the_moment_is_refused(monkeypatch):
    conditions = provider(src=starts("Rcd"))
    monkeypatch.setattr(conditions.modules[0], "setIntervalFor", lambda *_: IntervalOfValidity.of_runs(5, 6))
    with pytest.raises(LogicError, match="run 5 to end of run 6, which does not hold run 2 lumi 1") as caught:
        conditions.setup_for(2, 1)
    assert "StartsESSource/'src'" in caught.value.context[0]


# ---- helpers


def test_a_watcher_tells_when_a_record_changes():
    conditions, watcher = provider(src=starts("Rcd", "1", "2")), ESWatcher("Rcd")
    assert [watcher.check(conditions.setup_for(run, 1)) for run in (1, 1, 2, 2)] == [True, False, True, False]


def test_a_setup_may_be_made_of_objects():
    setup = EventSetup.of({("Text", "Rcd"): "plain", ("Text", "Rcd", "loose"): "labelled"})
    assert setup.getData(text_of("Rcd")) == "plain"
    assert setup.getData(text_of("Rcd", tag="any:loose")) == "labelled"
    with pytest.raises(NoRecord, match="OtherRcd"):
        setup.get("OtherRcd")
