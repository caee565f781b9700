from __future__ import annotations

import pytest

import pyrun.framework.config as cms


@pytest.fixture
def process():
    process = cms.Process("T")
    for label in ("used", "onTask", "unused", "onlyInUnusedTask"):
        setattr(process, label, cms.EDProducer("P"))
    process.t, process.lost = cms.Task(process.onTask), cms.Task(process.onlyInUnusedTask)
    process.s, process.unusedSequence = cms.Sequence(process.used), cms.Sequence(process.unused)
    process.p, process.q = cms.Path(process.s, process.t), cms.Path(process.unused)
    return process


def test_without_a_schedule_everything_on_a_path_stays(process):
    process.prune()
    assert set(process.producers_()) == {"used", "onTask", "unused"}
    assert set(process.tasks_()) == {"t"}
    assert set(process.sequences_()) == {"s"}


def test_with_a_schedule_other_paths_and_what_only_they_use_go(process):
    process.schedule = cms.Schedule(process.p)
    process.prune()
    assert set(process.paths_()) == {"p"}
    assert set(process.producers_()) == {"used", "onTask"}


def test_tasks_of_the_schedule_stay(process):
    process.schedule = cms.Schedule(process.p, tasks=process.lost)
    process.prune()
    assert "onlyInUnusedTask" in process.producers_()


def test_psets_stay_and_vpsets_go(process):
    process.deep = cms.PSet()
    process.common = cms.PSet(inner=cms.VPSet(cms.PSet(refToPSet_=cms.string("deep"))))
    process.loose, process.list = cms.PSet(), cms.VPSet()
    process.used.config = cms.PSet(refToPSet_=cms.string("common"))
    process.prune()
    assert set(process.psets_()) == {"options", "maxEvents", "maxLuminosityBlocks", "common", "deep", "loose"}
    assert not process.vpsets_()


def test_es_modules_stay_unless_only_unreached_tasks_hold_them(process):
    process.free, process.tied = cms.ESProducer("E"), cms.ESProducer("E2")
    process.lost.add(process.tied)
    process.prune()
    assert set(process.es_producers_()) == {"free"}


def test_an_alias_goes_with_all_its_modules(process):
    process.schedule = cms.Schedule(process.p)
    process.gone = cms.EDAlias(unused=cms.EDAlias.allProducts())
    process.kept = cms.EDAlias(unused=cms.EDAlias.allProducts(), used=cms.EDAlias.allProducts())
    process.prune()
    assert set(process.aliases_()) == {"kept"}


def test_verbose_says_what_is_dropped(process, capsys):
    process.schedule = cms.Schedule(process.p)
    process.prune(verbose=True)
    assert capsys.readouterr().out == (
        "prune removed the following:\n  modules:onlyInUnusedTask,unused\n  tasks:lost\n"
        "  sequences:unusedSequence\n  paths/endpaths/finalpaths:q\n"
    )
