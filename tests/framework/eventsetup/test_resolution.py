"""Who delivers what when several could."""

from __future__ import annotations

import pytest
from conditions import join, provider, starts

from pyrun.framework import config as cms
from pyrun.framework.errors import Configuration, EventSetupConflict, PluginNotFound
from pyrun.framework.eventsetup.tokens import make_token

TEXT = make_token("Text", "Rcd")


def text(**components):
    return provider([TEXT], **components).setup_for(1, 1).getData(TEXT)


def prefer(type_, label="", **records):
    return cms.ESPrefer(type_, label, **{name: cms.vstring(*data) for name, data in records.items()})


@pytest.mark.parametrize("order", [("src", "prod"), ("prod", "src")])
def test_a_producer_is_taken_rather_than_a_source(order):
    components = {"src": starts("Rcd"), "prod": join("Rcd")}
    assert text(**{label: components[label] for label in order}) == "prod()"


@pytest.mark.parametrize(("kind", "make"), [("Sources", starts), ("Producers", join)])
def test_two_of_a_kind_are_refused_with_both_named_and_the_remedy(kind, make):
    with pytest.raises(EventSetupConflict) as caught:
        provider(one=make("Rcd"), two=make("Rcd"))
    assert isinstance(caught.value, Configuration)
    for part in (
        f"two EventSetup {kind}",
        'label="one"',
        'label="two"',
        "from record Rcd",
        "ESPrefer",
        "process.prefer",
    ):
        assert part in caught.value.message


def test_the_intervals_of_two_sources_of_a_record_are_intersected():
    conditions = provider(one=starts("Rcd", "1", "3"), two=starts("Rcd", "1", "2", delivers=False))
    assert len({conditions.setup_for(run, 1).get("Rcd").cacheIdentifier for run in (1, 2, 3, 4)}) == 3


@pytest.mark.parametrize("label", ["one", "two"])
def test_the_preferred_module_is_taken(label):
    sources = {"one": starts("Rcd"), "two": starts("Rcd")}
    assert text(**sources, es_prefer_it=prefer("StartsESSource", label)) == f"{label}@run 1"


def test_a_preferred_source_is_taken_rather_than_a_producer():
    assert text(src=starts("Rcd"), prod=join("Rcd"), es_prefer_it=prefer("StartsESSource", "src")) == "src@run 1"


def test_a_preference_may_name_an_unlabelled_module_by_its_type():
    sources = {"StartsESSource": starts("Rcd"), "two": starts("Rcd")}
    assert text(**sources, es_prefer_it=prefer("StartsESSource")) == "StartsESSource@run 1"


def test_a_preference_may_be_about_some_data_of_a_record():
    loose = make_token("Text", "Rcd", "loose")
    components = {"a": join("Rcd"), "b": join("Rcd"), "c": join("Rcd", label="loose"), "d": join("Rcd", label="loose")}
    setup = provider(
        [TEXT, loose],
        src=starts("Rcd", delivers=False),
        es_prefer_1=prefer("JoinESProducer", "b", Rcd=["Text"]),
        es_prefer_2=prefer("JoinESProducer", "c", Rcd=["Text/loose"]),
        **components,
    ).setup_for(1, 1)
    assert (setup.getData(TEXT), setup.getData(loose)) == ("b()", "c()")


@pytest.mark.parametrize(
    ("category", "parts", "preferences"),
    [
        ("ESPreferNoProvider", ["StartsESSource/'three'", "StartsESSource/'one'"], [("three", {})]),
        ("ESPreferWrongRecord", ["OtherRcd", "it delivers Rcd"], [("one", {"OtherRcd": ["Text"]})]),
        ("ESPreferWrongData", ["Table/''", "Text/''"], [("one", {"Rcd": ["Table"]})]),
        ("ESPreferConflict", ["'one'", "'two'"], [("one", {}), ("two", {"Rcd": ["Text"]})]),
    ],
)
def test_a_preference_that_cannot_be_is_refused(category, parts, preferences):
    prefers = {
        f"es_prefer_{place}": prefer("StartsESSource", label, **records)
        for place, (label, records) in enumerate(preferences)
    }
    with pytest.raises(Configuration) as caught:
        provider(one=starts("Rcd"), two=starts("Rcd"), **prefers)
    assert caught.value.category == category
    assert all(part in caught.value.message for part in parts)


def test_a_preference_for_a_record_must_be_a_list_of_texts():
    with pytest.raises(RuntimeError, match="ESPrefer: Rcd must be a cms.vstring of 'Type/label', not a int32"):
        cms.ESPrefer("StartsESSource", "one", Rcd=cms.int32(3))


def test_data_that_need_themselves_are_refused_with_the_loop():
    with pytest.raises(Configuration, match=r"(?s)loop.*Text/'' of Rcd by JoinESProducer/'a' needs Text/'' of Rcd"):
        provider(src=starts("Rcd", delivers=False), a=join("Rcd", "Rcd"))


def test_records_made_from_each_other_are_refused_with_the_loop():
    with pytest.raises(Configuration, match="(?s)loop") as caught:
        provider(a=join("A", "B"), b=join("B", "C"), c=join("C", "A"))
    for step in ("of A by JoinESProducer/'a' needs Text/'' of B", "of C by JoinESProducer/'c' needs Text/'' of A"):
        assert step in caught.value.message


def test_a_loop_through_a_module_that_is_not_taken_is_none():
    components = {"bad": join("Rcd", "Rcd"), "good": join("Rcd"), "es_prefer_it": prefer("JoinESProducer", "good")}
    assert text(src=starts("Rcd", delivers=False), **components) == "good()"


def test_a_producer_configured_as_source_is_refused():
    with pytest.raises(Configuration, match="JoinESProducer is an ESProducer, but.*'wrong' an ESSource"):
        provider(wrong=cms.ESSource("JoinESProducer", record=cms.string("Rcd")))


def test_an_unknown_parameter_names_the_nearest():
    with pytest.raises(Configuration, match="(?s)named: 'start'.*Did you mean 'starts'"):
        provider(src=cms.ESSource("StartsESSource", record=cms.string("Rcd"), start=cms.vstring("1")))


def test_an_unknown_type_names_the_nearest():
    with pytest.raises(PluginNotFound, match="Did you mean 'StartsESSource'"):
        provider(src=cms.ESSource("StartESSource", record=cms.string("Rcd")))
