from __future__ import annotations

import pytest

import pyrun.framework.config as cms


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("a",), 'cms.InputTag("a")'),
        (("a", "b"), 'cms.InputTag("a","b")'),
        (("a", "", "P"), 'cms.InputTag("a","","P")'),
        (("a:b:c",), 'cms.InputTag("a","b","c")'),
        (("a::c",), 'cms.InputTag("a","","c")'),
        (("",), 'cms.InputTag("")'),
    ],
)
def test_an_input_tag_dumps_what_is_set(args, text):
    tag = cms.InputTag(*args)
    assert tag.dumpPython() == text
    assert eval(text, {"cms": cms}) == tag


def test_an_input_tag_has_at_most_three_parts():
    with pytest.raises(RuntimeError, match="'a:b:c:d' is not a valid InputTag: it has 4 parts"):
        cms.InputTag("a:b:c:d")


def test_an_input_tag_refuses_what_is_not_text():
    with pytest.raises(ValueError, match="is not a valid InputTag"):
        cms.InputTag(3)


@pytest.mark.parametrize(
    ("new", "value"), [("x:y", "x:y"), (("x", "y", "z"), "x:y:z"), (cms.InputTag("q", "", "P"), "q::P")]
)
def test_an_input_tag_is_assigned_from_text_tuple_or_tag(new, value):
    module = cms.EDProducer("P", src=cms.untracked.InputTag("a"))
    module.src = new
    assert module.src.value() == value


def test_assigning_text_to_an_input_tag_keeps_it_untracked():
    module = cms.EDProducer("P", src=cms.untracked.InputTag("a"))
    module.src = "b"
    assert not module.src.isTracked()


def test_parts_of_an_input_tag_can_be_read_and_set():
    tag = cms.InputTag("a", "b", "c")
    assert (tag.getModuleLabel(), tag.getProductInstanceLabel(), tag.getProcessName()) == ("a", "b", "c")
    tag.setModuleLabel("x")
    tag.productInstanceLabel = "y"
    tag.setProcessName(cms.InputTag.skipCurrentProcess())
    assert tag.value() == "x:y:@skipCurrentProcess"
    assert tag.isModified()


def test_input_tags_compare_by_their_parts_and_with_text():
    assert cms.InputTag("a", "b") == cms.InputTag("a:b")
    assert cms.InputTag("a", "b") == "a:b"
    assert cms.InputTag("a") != "a:b:c:d"
    assert cms.InputTag("a") < cms.InputTag("b")


def test_a_list_of_input_tags_keeps_text_as_it_was_given():
    tags = cms.VInputTag("a:b", cms.InputTag("c"))
    assert tags[0] == "a:b"
    assert isinstance(tags[0], str)
    assert tags.dumpPython() == 'cms.VInputTag("a:b", cms.InputTag("c"))'


def test_a_list_of_input_tags_refuses_text_that_is_no_tag():
    with pytest.raises(RuntimeError, match="it has 4 parts"):
        cms.VInputTag("a:b:c:d", "e")
    with pytest.raises(TypeError, match="wrong type"):
        cms.VInputTag(cms.string("a"))


def test_an_es_input_tag_needs_the_colon_or_both_arguments():
    assert cms.ESInputTag("mod:data") == cms.ESInputTag("mod", "data")
    assert cms.ESInputTag(":data").getDataLabel() == "data"
    with pytest.raises(RuntimeError, match="exactly one colon"):
        cms.ESInputTag("mod")
    with pytest.raises(RuntimeError, match="exactly one colon"):
        cms.ESInputTag("a:b:c")


def test_an_event_id_without_luminosity_block_has_zero():
    assert cms.EventID(1, 5).dumpPython() == "cms.EventID(1, 0, 5)"
    assert cms.EventID("1:2:3") == cms.EventID(1, 2, 3)


@pytest.mark.parametrize("bad", [("1",), ("a:b",), (1, 2, 3, 4), (-1, 2)])
def test_a_malformed_event_id_is_refused(bad):
    with pytest.raises(RuntimeError, match="is not a valid EventID"):
        cms.EventID(*bad)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1:2-3:4", (1, 2, 3, 4)),
        ("1:2", (1, 2, 1, 2)),
        ("1:MIN-1:MAX", (1, 1, 1, 0)),
        ("1:5-1:max", (1, 5, 1, 0)),
        ("1:0-2:3", (1, 1, 2, 3)),
    ],
)
def test_a_luminosity_block_range_is_read_from_text(text, numbers):
    parsed = cms.LuminosityBlockRange(text)
    assert (parsed.start(), parsed.startSub(), parsed.end(), parsed.endSub()) == numbers


@pytest.mark.parametrize("text", ["1:2:3-1:2:9", "1:3-1:9", "1:2:MIN-1:2:MAX"])
def test_an_event_range_survives_dump_and_execution(text):
    parsed = cms.EventRange(text)
    assert eval(parsed.dumpPython(), {"cms": cms}) == parsed


@pytest.mark.parametrize("text", ["2:1-1:9", "1:9-1:2", "1:1:9-1:1:2"])
def test_a_reversed_range_is_refused(text):
    with pytest.raises(RuntimeError, match="the end is before the start"):
        cms.EventRange(text)


def test_a_range_up_to_the_last_luminosity_block_is_not_reversed():
    assert cms.LuminosityBlockRange("1:100-1:MAX").endSub() == 0


@pytest.mark.parametrize("bad", ["1", "1:2-3", "1:2-3:4-5:6", "1:x-2:3"])
def test_a_malformed_range_is_refused(bad):
    with pytest.raises(RuntimeError, match="is not a valid LuminosityBlockRange"):
        cms.LuminosityBlockRange(bad)


def test_lists_of_ranges_accept_text_and_check_it():
    ranges = cms.untracked.VEventRange("1:1-1:5", cms.EventRange("2:1-2:MAX"))
    assert ranges[0] == "1:1-1:5"
    with pytest.raises(RuntimeError, match="the end is before the start"):
        ranges.append("5:1-1:1")
    with pytest.raises(TypeError, match="wrong type"):
        ranges.append(5)
