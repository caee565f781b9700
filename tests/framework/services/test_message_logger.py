from __future__ import annotations

import io
import re

import pytest

from pyrun.framework.config.description import ModuleDescription, Parameter, ProcessDescription
from pyrun.framework.services.message_logger import MessageLogger, configured_logger, ordinal


@pytest.fixture
def stream():
    return io.StringIO()


def test_a_message_has_the_form_of_cmsrun(stream):
    log = MessageLogger(stream=stream)
    with log.within("HTProducer:ht"):
        log.warning("Weights", "a weight is negative")
    pattern = r"%MSG-w Weights:  HTProducer:ht  \d\d-\w{3}-\d{4} \d\d:\d\d:\d\d \S+\na weight is negative\n%MSG\n"
    assert re.fullmatch(pattern, stream.getvalue())


@pytest.mark.parametrize(("threshold", "letters"), [("INFO", "iwe"), ("WARNING", "we"), ("ERROR", "e")])
def test_messages_below_the_threshold_are_not_shown(stream, threshold, letters):
    log = MessageLogger(threshold, stream=stream)
    for say in (log.info, log.warning, log.error):
        say("Category", "text")
    assert "".join(re.findall(r"%MSG-(\w) ", stream.getvalue())) == letters


def test_a_category_is_shown_up_to_its_limit(stream):
    log = MessageLogger(limits={"Often": 2}, stream=stream)
    for _ in range(5):
        log.warning("Often", "again")
        log.warning("Other", "once more")
    assert stream.getvalue().count("Often") == 2
    assert stream.getvalue().count("Other") == 5


def test_records_are_counted_in_words_as_people_do():
    words = [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)]
    assert words == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"]


def process(**cerr):
    logger = ModuleDescription(
        "MessageLogger", "Service", "MessageLogger", {"cerr": Parameter("PSet", False, cerr)}, "", 0
    )
    return ProcessDescription("P", None, {}, {"MessageLogger": logger}, {}, [], [], frozenset(), {}, {}, {}, "")


def pset(**values):
    return Parameter("PSet", False, {name: Parameter("int32", False, value) for name, value in values.items()})


def test_the_configuration_says_how_often_events_are_announced():
    assert configured_logger(process(FwkReport=pset(reportEvery=50))).report_every == 50
    assert configured_logger(process(FwkReport=pset(reportEvery=50, limit=0))).report_every == 0
    assert configured_logger(process()).report_every == 1


def test_the_configuration_sets_limits_and_the_threshold():
    log = configured_logger(process(Noise=pset(limit=3), threshold=Parameter("string", False, "ERROR")))
    assert log.limits == {"Noise": 3} and log.threshold == 2
