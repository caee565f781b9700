"""The event setup in whole jobs."""

from __future__ import annotations

import io
import threading

import numpy as np
import pytest
from conditions import NOTES, es_process, join, reader, run, starts

from pyrun.framework import EDFilter, EDProducer, plugin
from pyrun.framework import config as cms
from pyrun.framework.config.description import describe
from pyrun.framework.engine.activity import ActivityRegistry
from pyrun.framework.engine.construction import construct
from pyrun.framework.plugins.cfi import fragments
from pyrun.framework.plugins.registry import find_plugin
from pyrun.framework.services.message_logger import MessageLogger
from pyrun.framework.testing import TestProcessor


@plugin
class ConditionsFilter(EDFilter):
    """Passes events from the luminosity block on that the record's text names."""

    def declare(self, p):
        self.token = self.esConsumes("Text", "Rcd")

    def filter(self, event, setup):
        first = setup.get("Rcd").validityInterval.first
        assert setup.getData(self.token).endswith(str(first))
        return np.full(len(event), first.run > 1)


@plugin
class ConditionsExternal(EDProducer):
    """Reads conditions before and after its external work."""

    def declare(self, p):
        self.token = self.esConsumes("Text", "Rcd", tag=":")
        self.text = self.produces("string")

    async def acquire(self, event, setup):
        return setup.getData(self.token)

    def produce(self, event, setup, text):
        assert text == setup.getData(self.token)
        event.put(self.text, np.array([text] * len(event)))


@plugin
class MeetingPoint(EDProducer):
    """Waits until modules of two luminosity blocks are here with their conditions at once."""

    kind = "stream"
    barrier = threading.Barrier(2, timeout=20)

    def declare(self, p):
        self.token = self.esConsumes("Text", "Rcd")
        self.value = self.produces("int")

    def produce(self, event, setup):
        before = setup.getData(self.token)
        MeetingPoint.barrier.wait()
        assert setup.getData(self.token) is before
        NOTES.seen[int(event.lumi[0])] = before
        event.put(self.value, np.zeros(len(event), int))


def with_path(process, *labels):
    process.p = cms.Path(sum((getattr(process, label) for label in labels[1:]), getattr(process, labels[0])))
    return process


def test_each_event_sees_the_conditions_of_its_luminosity_block():
    process = es_process("1:1:3", "1:2:3", "2:1:3", src=starts("Rcd", "1", "1:2"), read=reader("Rcd"))
    assert run(with_path(process, "read"), block_size=2).failure is None
    expected = {(1, 1): "src@run 1", (1, 2): "src@run 1 lumi 2", (2, 1): "src@run 1 lumi 2"}
    assert NOTES.seen == {(*lumi, event): {"Rcd": text} for lumi, text in expected.items() for event in (1, 2, 3)}
    assert NOTES.made == ["src@run 1", "src@run 1 lumi 2"]


def test_filters_read_conditions():
    process = es_process("1:1:3", "2:1:4", src=starts("Rcd", "1", "2"), select=cms.EDFilter("ConditionsFilter"))
    assert run(with_path(process, "select")).report.paths["p"].events_passed == 4


def test_external_work_reads_conditions():
    process = es_process("1:1:3", "2:1:4", src=starts("Rcd", "1", "2"), ext=cms.EDProducer("ConditionsExternal"))
    assert run(with_path(process, "ext"), block_size=2, streams=3).failure is None
    assert sorted(NOTES.made) == ["src@run 1", "src@run 2"]


def test_streams_in_different_luminosity_blocks_have_different_conditions_at_once():
    process = es_process("1:1:1", "1:2:1", src=starts("Rcd", "1:1", "1:2"), meet=cms.EDProducer("MeetingPoint"))
    assert run(with_path(process, "meet"), streams=2, threads=2).failure is None
    assert NOTES.seen == {1: "src@run 1 lumi 1", 2: "src@run 1 lumi 2"}


def test_data_that_nobody_asks_for_are_not_made():
    process = es_process("1:1:1", a=starts("A"), b=starts("B"), c=join("C", "A"), read=reader("B"))
    assert run(with_path(process, "read")).failure is None
    assert NOTES.made == ["b@run 1"]


def test_missing_conditions_end_the_job_as_in_cmsrun():
    process = es_process("1:1:3", "2:1:3", src=starts("Rcd", "2"), read=reader("Rcd", must=True))
    failure = run(with_path(process, "read"), block_size=2).failure
    assert (failure.category, failure.exit_code) == ("NoRecord", 8001)
    assert failure.context == (
        "Processing  Event run: 1 lumi: 1 event: 1 stream: 0",
        "Running path 'p'",
        "Calling method for module TextReader/'read'",
    )


def test_a_job_without_es_modules_is_told_what_it_lacks():
    failure = run(with_path(es_process("1:1:3", read=reader("Rcd", must=True)), "read")).failure
    assert failure.category == "NoRecord" and "add an ESSource or ESProducer" in failure.message


def test_a_failing_es_producer_is_named_in_the_fatal_print():
    fails = cms.ESProducer("FailingESProducer", record=cms.string("Rcd"))
    process = es_process("1:1:9", src=starts("Rcd", delivers=False), fails=fails, read=reader("Rcd"))
    failure = run(with_path(process, "read")).failure
    assert failure.exit_code == 8002
    assert "no such calibration" in failure.message and "FailingESProducer/'fails'" in failure.message
    assert NOTES.made == ["failure"], "the search for the failing event does not make the data again"


def test_es_modules_of_a_task_exist_only_if_it_is_scheduled():
    def job(scheduled):
        process = es_process("1:1:1", src=starts("Rcd"), prod=join("Rcd"), read=reader("Rcd"))
        process.conditions = cms.Task(process.prod)
        process.p = cms.Path(process.read, process.conditions) if scheduled else cms.Path(process.read)
        assert run(process).failure is None
        return NOTES.seen[1, 1, 1]["Rcd"]

    assert (job(scheduled=True), job(scheduled=False)) == ("prod()", "src@run 1")


def test_process_prefer_chooses():
    process = es_process("1:1:1", one=starts("Rcd"), two=starts("Rcd"), read=reader("Rcd", module="two"))
    process.prefer("two")
    assert run(with_path(process, "read")).failure is None
    assert NOTES.seen[1, 1, 1]["Rcd"] == "two@run 1"


def test_the_generated_fragment_of_an_es_tag_is_one_that_can_be_read():
    text = next(fragments(type("Fragment", (find_plugin("TextReader"),), {"cfi": "A/B/fragment"})))[1]
    assert 'tag = cms.ESInputTag(":"),' in text


@pytest.mark.parametrize("conditions", [True, False])
def test_a_job_without_conditions_has_no_event_setup_to_look_up(conditions):
    components = {"src": starts("Rcd")} if conditions else {}
    process = with_path(es_process("1:1:1", read=reader(), **components), "read")
    log = MessageLogger(stream=io.StringIO())
    assert (construct(describe(process), log, 1, {}, ActivityRegistry()).conditions is not None) == conditions


def test_a_module_is_tested_with_given_conditions():
    result = TestProcessor("ConditionsExternal").run({}, setup={("Text", "Rcd"): "given"})
    assert list(result[""]) == ["given"]
