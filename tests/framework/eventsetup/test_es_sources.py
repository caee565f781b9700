"""The sources of conditions that come with the framework."""

from __future__ import annotations

import json

import pytest
from conditions import join, provider

from pyrun.framework import config as cms
from pyrun.framework.errors import Configuration, FileInPathError, NoRecord
from pyrun.framework.eventsetup.tokens import make_token

TEXT = make_token("Text", "Rcd")
TAG = {"record": "Rcd", "type": "Text", "iovs": [{"since": "1", "payload": "one"}, {"since": "3:5", "payload": "two"}]}


def empty(*runs, is_run=True):
    return cms.ESSource("EmptyESSource", recordName=cms.string("Rcd"), iovIsRunNotTime=cms.bool(is_run),
                        firstValid=cms.vuint32(*runs))  # fmt: skip


@pytest.fixture
def conditions(tmp_path):
    """Makes the event setup of a JSON file with the given content."""

    def make(content, tokens=(TEXT,)):
        path = tmp_path / "conditions.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return provider(tokens, src=cms.ESSource("JSONConditionsESSource", fileName=cms.FileInPath(str(path))))

    return make


# ---- EmptyESSource


def test_the_empty_source_makes_a_record_valid():
    assert provider([TEXT], src=empty(1), prod=join("Rcd")).setup_for(1, 1).getData(TEXT) == "prod()"


def test_each_first_valid_run_begins_an_interval_in_any_order():
    setups = [provider(src=empty(5, 2)).setup_for(run, 1).tryToGet("Rcd") for run in (1, 2, 4, 5)]
    assert [record and str(record.validityInterval) for record in setups] == [
        None, "run 2 to end of run 4", "run 2 to end of run 4", "run 5 to end of time"
    ]  # fmt: skip


def test_without_first_valid_runs_the_record_is_never_valid():
    with pytest.raises(NoRecord):
        provider(src=empty()).setup_for(1, 1).get("Rcd")


def test_a_single_time_is_the_beginning_of_time():
    record = provider(src=empty(7, is_run=False)).setup_for(1, 1).get("Rcd")
    assert str(record.validityInterval) == "run 1 to end of time"


def test_several_times_are_refused():
    with pytest.raises(Configuration, match="have no time"):
        provider(src=empty(1, 2, is_run=False))


# ---- JSONConditionsESSource


def test_payloads_are_valid_until_the_next_begins(conditions):
    setups = conditions({"tags": [TAG]})
    values = [setups.setup_for(run, lumi).getData(TEXT) for run, lumi in [(1, 1), (3, 4), (3, 5), (9, 1)]]
    assert values == ["one", "one", "two", "two"]


def test_a_payload_is_what_json_says_it_is(conditions):
    payload = {"bins": [0, 1.5, None], "name": "é", "on": False}
    tag = {**TAG, "iovs": [{"since": "1", "payload": payload}]}
    assert conditions({"tags": [tag]}).setup_for(1, 1).getData(TEXT) == payload


def test_a_payload_null_is_a_gap(conditions):
    tag = {**TAG, "iovs": [{"since": "1", "payload": 0}, {"since": "2", "payload": None}, {"since": "3", "payload": 3}]}
    setups = conditions({"tags": [tag]})
    assert [setups.setup_for(run, 1).getHandle(TEXT).isValid() for run in (1, 2, 3)] == [True, False, True]


def test_tags_of_a_record_with_different_intervals_go_together(conditions):
    loose = make_token("Text", "Rcd", "loose")
    other = {**TAG, "label": "loose", "iovs": [{"since": "2", "payload": "a"}, {"since": "4", "payload": "b"}]}
    setups = conditions({"tags": [TAG, other]}, [TEXT, loose])
    assert setups.setup_for(1, 1).tryToGet("Rcd") is None
    found = [(setups.setup_for(run, 6).getData(TEXT), setups.setup_for(run, 6).getData(loose)) for run in (2, 3, 4)]
    assert found == [("one", "a"), ("two", "a"), ("two", "b")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "can't be read"),
        ("[]", 'must hold {"tags"'),
        ({"tags": [{**TAG, "iov": []}]}, r"tags\[0\] of .*conditions.json must have"),
        ({"tags": [{**TAG, "iovs": {}}]}, r"'iovs' \(a list\)"),
        ({"tags": [{**TAG, "record": ""}]}, "must have 'record', a text"),
        ({"tags": [{**TAG, "iovs": [{"since": "1"}]}]}, r"iovs\[0\] of tags\[0\].*'since' and 'payload'"),
        ({"tags": [{**TAG, "iovs": [{"since": "1:2:3x", "payload": 1}]}]}, '"run" or "run:lumi"'),
        ({"tags": [{**TAG, "iovs": [{"since": "1:2:3", "payload": 1}]}]}, '"run" or "run:lumi"'),
        (
            {"tags": [{**TAG, "iovs": [{"since": s, "payload": 1} for s in ("2", "1")]}]},
            "ascending order: run 2, run 1",
        ),
        ({"tags": [TAG, TAG]}, "Text/'' of record Rcd again"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(conditions, content, message):
    with pytest.raises(Configuration, match=message):
        conditions(content)


def test_a_missing_file_is_named():
    with pytest.raises(FileInPathError, match="nowhere.json"):
        provider(src=cms.ESSource("JSONConditionsESSource", fileName=cms.FileInPath("nowhere.json")))
