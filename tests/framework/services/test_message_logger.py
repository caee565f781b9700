from __future__ import annotations

import io
import re
import threading

import FWCore.ParameterSet.Config as cms
import numpy as np
import pytest

from pyrun.framework.config.description import describe
from pyrun.framework.errors import Configuration, FileWriteError
from pyrun.framework.event.block import EventBlock
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.event.principal import Principal
from pyrun.framework.event.view import EventView
from pyrun.framework.services.message_configuration import read_configuration
from pyrun.framework.services.message_logger import MessageLogger, configured_logger, describe_context, ordinal
from pyrun.framework.services.messages import Destination, Limits


@pytest.fixture
def stream():
    return io.StringIO()


STAMP = r"\d\d-\w{3}-\d{4} \d\d:\d\d:\d\d \S+"


def test_a_message_has_the_form_of_cmsrun(stream):
    log = MessageLogger(stream=stream)
    with log.within("HTProducer:ht", "Run: 1 Event: 5"):
        log.warning("Weights", "a weight is negative")
    pattern = rf"%MSG-w Weights:  HTProducer:ht {STAMP} Run: 1 Event: 5\na weight is negative\n%MSG\n"
    assert re.fullmatch(pattern, stream.getvalue())


def test_a_header_longer_than_a_line_has_a_space_where_cmsrun_puts_one(stream):
    log = MessageLogger(stream=stream)
    with log.within("OscarProducer:g4SimHits", "Run: 1 Event: 1"):
        log.error("TrackerSimInfoNumbering", "text")
    assert re.match(
        rf"%MSG-e TrackerSimInfoNumbering:  OscarProducer:g4SimHits  {STAMP} Run: 1 Event: 1\n", stream.getvalue()
    )


def test_outside_modules_and_events_a_message_says_so(stream):
    MessageLogger(stream=stream).warning("Setup", "text")
    assert re.match(rf"%MSG-w Setup:  \(NoModuleName\) {STAMP} pre-events\n", stream.getvalue())


def test_a_message_belongs_to_each_of_its_categories(stream):
    MessageLogger(stream=stream).error("One|Two", "text")
    assert re.findall(r"%MSG-e (\w+):", stream.getvalue()) == ["One", "Two"]


def view(*events):
    ids = EventIDs(np.full(10, 7), np.full(10, 2), np.arange(10))
    return EventView(EventBlock.make(ids), np.array(events, dtype=int), {}, {})


def test_the_moment_is_told_as_exactly_as_it_is_known():
    assert describe_context(view(5)) == "Run: 7 Event: 5"
    assert describe_context(view(1, 3, 8)) == "Run: 7 Lumi: 2 Events: 1-8"
    assert describe_context(view(1, 3, 8), entry=1) == "Run: 7 Event: 3"
    run = Principal.of_run(7)
    assert describe_context(run) == "Run: 7" and describe_context(Principal.of_lumi(run, 2)) == "Run: 7 Lumi: 2"


def test_records_are_counted_in_words_as_people_do():
    words = [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)]
    assert words == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"]


def test_messages_of_several_threads_do_not_mix(stream):
    log = MessageLogger(stream=stream)

    def talk(name):
        with log.within(f"Type:{name}", "Run: 1 Event: 1"):
            for _ in range(50):
                log.warning("Many", f"{name} said\nthis")

    threads = [threading.Thread(target=talk, args=(f"stream{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    messages = re.findall(r"%MSG-w Many:  Type:(\w+) [^\n]*\n(\w+) said\nthis\n%MSG\n", stream.getvalue())
    assert len(messages) == 200 and all(sender == text for sender, text in messages)


# ---- limits


@pytest.mark.parametrize(
    ("limits", "shown"),
    [
        (Limits(), range(1, 13)),
        (Limits(limit=0), []),
        (Limits(limit=2), [1, 2, 4, 6, 10]),
        (Limits(reportEvery=5), [1, 6, 11]),
        (Limits(limit=6, reportEvery=3), [1, 4, 12]),
    ],
)
def test_limits_are_those_of_cmssw(stream, limits, shown):
    log = MessageLogger([Destination(stream=stream, categories={"C": limits})])
    for number in range(1, 13):
        log.warning("C", f"number {number}")
    assert [int(n) for n in re.findall(r"number (\d+)", stream.getvalue())] == list(shown)


def test_after_the_timespan_counting_begins_again(stream):
    log = MessageLogger([Destination(stream=stream, categories={"C": Limits(limit=1, timespan=0)})])
    for _ in range(5):
        log.warning("C", "text")
    assert stream.getvalue().count("%MSG-w") == 5


def test_a_limit_holds_for_each_module(stream):
    log = MessageLogger([Destination(stream=stream, categories={"C": Limits(limit=2)})])
    for module in ("A:a", "B:b", "A:a", "A:a"):
        with log.within(module):
            log.warning("C", "text")
    assert re.findall(r"(\w:\w) ", stream.getvalue()) == ["A:a", "B:b", "A:a"]


# ---- configuration


class Configured:
    """Logs as a configuration says; standard error and output are kept as text."""

    def __init__(self, capsys):
        self.capsys = capsys

    def __call__(self, change=lambda logger: None, say=None, service=None):
        process = cms.Process("TEST")
        if service is not None:
            process.MessageLogger = service
        change(process.MessageLogger)
        log = configured_logger(describe(process))
        with log.within("Producer:maker", "Run: 1 Event: 5"):
            (say or everything)(log)
        log.close()
        return self.capsys.readouterr()


def everything(log):
    for severity in ("debug", "info", "warning", "error", "system"):
        getattr(log, severity)("Cat", f"{severity} text")


def letters(text):
    return "".join(re.findall(r"^%MSG-(\w) ", text, re.MULTILINE))


@pytest.fixture
def configured(capsys):
    return Configured(capsys)


def test_a_default_job_shows_warnings_and_errors_on_standard_error(configured):
    written = configured()
    assert letters(written.err) == "wes" and written.out == ""


def test_infos_of_a_category_are_shown_once_it_is_named(configured):
    def change(logger):
        logger.cerr.Cat = dict()

    assert letters(configured(change).err) == "iwes"


def test_all_infos_are_shown_once_their_limit_is_lifted(configured):
    def change(logger):
        logger.cerr.INFO.limit = -1

    assert letters(configured(change).err) == "iwes"


@pytest.mark.parametrize(("threshold", "shown"), [("WARNING", "wes"), ("ERROR", "es"), ("DEBUG", "dwes")])
def test_messages_below_the_threshold_are_not_shown(configured, threshold, shown):
    def change(logger):
        logger.cerr.threshold = threshold

    assert letters(configured(change).err) == shown


def test_debug_messages_come_from_the_modules_that_are_asked_for(configured):
    def change(logger):
        logger.cerr.threshold = "DEBUG"
        logger.debugModules = ["other"]

    assert letters(configured(change).err) == "wes"
    change_more = lambda logger: (change(logger), setattr(logger, "debugModules", ["maker"]))  # noqa: E731
    assert re.search(
        r"%MSG-d Cat:  Producer:maker .* Run: 1 Event: 5 test_message_logger.py:\d+\n", configured(change_more).err
    )


@pytest.mark.parametrize(("name", "shown"), [("suppressWarning", "es"), ("suppressInfo", "wes")])
def test_messages_of_a_module_can_be_suppressed(configured, name, shown):
    def change(logger):
        setattr(logger, name, cms.untracked.vstring("maker"))

    assert letters(configured(change).err) == shown


def test_messages_can_go_to_standard_output_instead(configured):
    def change(logger):
        logger.cerr.enable = False
        logger.cout.enable = True

    written = configured(change)
    assert written.err == "" and letters(written.out) == "iwes"


def test_a_category_set_for_the_logger_holds_for_all_destinations(configured):
    def change(logger):
        logger.Cat = dict(limit=0)
        logger.cout.enable = True

    written = configured(change)
    assert letters(written.err) == letters(written.out) == "s"


def test_a_file_gets_messages_and_the_extension_log(configured, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def change(logger):
        logger.files.warnings = dict(threshold="WARNING", noTimeStamps=True)
        logger.files.other = dict(filename="else", extension="txt")
        logger.files.third = dict(output="third.out")

    configured(change)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["else.txt", "third.out", "warnings.log"]
    assert (tmp_path / "warnings.log").read_text() == "".join(
        f"%MSG-{severity[0]} Cat:  Producer:maker Run: 1 Event: 5\n{severity} text\n%MSG\n"
        for severity in ("warning", "error", "system")
    )


def test_a_file_that_can_not_be_written_is_told(configured):
    def change(logger):
        logger.files.lost = dict(filename="/nowhere/lost.log")

    with pytest.raises(FileWriteError, match="/nowhere/lost.log"):
        configured(change)


def test_two_destinations_may_not_share_a_file(configured, tmp_path):
    def change(logger):
        for name in ("one", "two"):
            setattr(logger.files, name, dict(filename=str(tmp_path / "same.log")))

    with pytest.raises(Configuration, match="same.log"):
        configured(change)


def test_long_headers_stay_as_they_are_without_line_breaks(configured):
    def change(logger):
        logger.cerr.noLineBreaks = cms.untracked.bool(True)

    header = configured(change, lambda log: log.error("C" * 60, "text")).err.splitlines()[0]
    assert re.search(rf"Producer:maker {STAMP} Run: 1", header)


@pytest.mark.parametrize(
    ("service", "hint"),
    [
        (cms.Service("MessageLogger", cerr=cms.untracked.PSet(treshold=cms.untracked.string("INFO"))), "'threshold'"),
        (
            cms.Service("MessageLogger", cerr=cms.untracked.PSet(C=cms.untracked.PSet(limits=cms.untracked.int32(1)))),
            "cerr.C.limits.*'limit'",
        ),
        (cms.Service("MessageLogger", suppresInfo=cms.untracked.vstring()), "'suppressInfo'"),
        (cms.Service("MessageLogger", cerr=cms.untracked.PSet(threshold=cms.untracked.string("WARN"))), "'WARNING'"),
        (cms.Service("MessageLogger", cerr=cms.untracked.PSet(threshold=cms.string("INFO"))), "cms.untracked.string"),
        (cms.Service("MessageLogger", files=cms.untracked.PSet(a=cms.untracked.string("b"))), "files.a"),
    ],
)
def test_a_parameter_that_is_wrong_is_told_with_the_remedy(configured, service, hint):
    with pytest.raises(Configuration, match=hint):
        configured(service=service)


def test_the_older_configuration_with_lists_works(configured, tmp_path):
    service = cms.Service(
        "MessageLogger",
        destinations=cms.untracked.vstring("cout", "errors"),
        categories=cms.untracked.vstring("Cat"),
        statistics=cms.untracked.vstring("stat"),
        cout=cms.untracked.PSet(
            threshold=cms.untracked.string("INFO"), INFO=cms.untracked.PSet(limit=cms.untracked.int32(0))
        ),
        errors=cms.untracked.PSet(
            threshold=cms.untracked.string("ERROR"), filename=cms.untracked.string(str(tmp_path / "errors"))
        ),
        stat=cms.untracked.PSet(output=cms.untracked.string(str(tmp_path / "stat.txt"))),
    )
    written = configured(service=service)
    assert written.err == "" and letters(written.out) == "wes"
    assert letters((tmp_path / "errors.log").read_text()) == "es"
    assert "MessageLogger Summary" in (tmp_path / "stat.txt").read_text()
    assert "%MSG" not in (tmp_path / "stat.txt").read_text()


# ---- announcing events


def announced(change=lambda logger: None, blocks=((0, 10), (10, 5))):
    process = cms.Process("TEST")
    change(process.MessageLogger)
    log = configured_logger(describe(process))
    out = io.StringIO()
    log.destinations[0].stream = out
    for first, number in blocks:
        events = np.arange(first + 1, first + number + 1)
        log.announce(EventIDs(np.ones(number), np.full(number, 3), events), first, 0)
    return out.getvalue()


def test_events_are_announced_as_cmsrun_does():
    lines = announced().splitlines()
    assert len(lines) == 15
    assert re.fullmatch(
        r"Begin processing the 2nd record. Run 1, Event 2, LumiSection 3 on stream 0 at "
        r"\d\d-\w{3}-\d{4} \d\d:\d\d:\d\d\.\d{3} \S+",
        lines[1],
    )


def test_events_are_announced_as_often_as_configured_whatever_the_blocks():
    def change(logger):
        logger.cerr.FwkReport.reportEvery = 4

    for blocks in [((0, 10), (10, 5)), ((10, 5), (0, 10)), tuple((n, 1) for n in range(15))]:
        text = announced(change, blocks)
        assert sorted(map(int, re.findall(r"the (\d+)", text))) == [1, 5, 9, 13]


def test_announcements_have_a_limit():
    def change(logger):
        logger.cerr.FwkReport.limit = 3

    assert re.findall(r"the (\d+)", announced(change)) == ["1", "2", "3", "6", "9", "15"]


@pytest.mark.parametrize(("name", "value"), [("limit", 0), ("threshold", "WARNING")])
def test_announcements_can_be_switched_off(name, value):
    def change(logger):
        setattr(logger.cerr.FwkReport if name == "limit" else logger.cerr, name, value)

    assert announced(change) == ""


# ---- statistics


def test_the_statistics_have_the_form_of_cmsrun(configured):
    def change(logger):
        logger.cerr.enableStatistics = True
        logger.cerr.Cat = dict(limit=2)

    def say(log):
        for _ in range(3):
            log.warning("Cat", "text")
        log.error("Dog", "text")

    assert configured(change, say).err.partition("\n=======")[2] == (
        "======================================\n\n"
        "MessageLogger Summary\n\n"
        " type     category        sev          module                subroutine         count   total\n"
        " ---- -------------------- -- ------------------------- ---------------------   -----   -----\n"
        "    1 Cat                  -w Producer:maker                                       3*       3\n"
        "    2 Dog                  -e Producer:maker                                       1        1\n\n"
        "* Some occurrences of this message were suppressed in all logs, due to limits.\n\n"
        " type    category    Examples: run/evt        run/evt          run/evt\n"
        " ---- -------------------- ---------------- ---------------- ----------------\n"
        "    1 Cat                  1/5              1/5              1/5\n"
        "    2 Dog                  1/5                               \n\n"
        "Severity    # Occurrences   Total Occurrences\n"
        "--------    -------------   -----------------\n"
        "Warning                 3                   3\n"
        "Error                   1                   1\n\n"
        "dropped waiting message count 0\n\n"
    )


def test_statistics_count_what_is_announced(configured):
    def change(logger):
        logger.cerr.enableStatistics = True
        logger.cerr.statisticsThreshold = "INFO"

    ids = EventIDs(np.ones(7), np.ones(7), np.arange(7))
    text = configured(change, lambda log: log.announce(ids, 0, 0)).err
    assert re.search(r"1 FwkReport            -f AfterSource +7        7\n", text)


def test_a_process_without_the_service_has_the_usual_logger(capsys):
    read_configuration(None).warning("Cat", "text")
    assert letters(capsys.readouterr().err) == "w"


@pytest.mark.parametrize("package", ["MessageService", "MessageLogger"])
def test_the_logger_is_loaded_under_both_of_its_names(package):
    process = cms.Process("TEST")
    process.load(f"FWCore.{package}.MessageLogger_cfi")
    assert process.MessageLogger.cerr.enable
