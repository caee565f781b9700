"""A job in parts on real worker processes gives what the same job gives here."""

from __future__ import annotations

import os
from pathlib import Path

import awkward as ak
import nano_files
import pytest
import uproot
from parts_jobs import compare, content, reading, simulation

from pyrun.framework import cms, run
from pyrun.framework.io.event_file import EventFileReader


def test_generated_events_are_those_of_the_local_job(client):
    compare(simulation(), client, "sim.root", events_per_task=35)


@pytest.mark.parametrize(
    "parameters, limit",
    [
        ({}, None),
        ({"skipEvents": cms.untracked.uint32(33)}, 222),
        ({"lumisToProcess": cms.untracked.VLuminosityBlockRange("1:2-1:3", "2:1-2:1")}, None),
        ({"duplicateCheckMode": cms.untracked.string("noDuplicateCheck")}, 390),
    ],
)
def test_files_are_read_as_by_the_local_job(client, parameters, limit):
    """The second file repeats events of the first, and goes on where the first ends."""
    run(simulation(events=200, output="a.root"))
    run(simulation(events=250, output="b.root"))
    process = reading(["a.root", "file:b.root"], **parameters)
    if limit:
        process.maxEvents.input = limit
    here, _ = compare(process, client, "read.root", events_per_task=41)
    assert here.trig_report.events > 50


def test_products_come_back_in_memory(client):
    process = simulation(output="")
    process.q += process.hits
    del process.p
    here = run(process, products=["hits"])
    there = run(process, products=["hits"], client=client, events_per_task=60)
    assert there.events.event.tolist() == here.events.event.tolist()
    assert there["hits"].energy.tolist() == here["hits"].energy.tolist()
    assert ak.all(there.trigger_results["SIM"].q == here.trigger_results["SIM"].q)


def test_a_job_without_input_events(client):
    run(simulation(events=10, output="a.root"))
    compare(reading(["a.root"], skipEvents=cms.untracked.uint32(100)), client, "read.root")


def test_messages_come_in_the_order_of_the_input(client, capsys):
    process = simulation(events=450)
    process.source.numberEventsInRun = 0
    run(process, client=client, events_per_task=50)
    text = capsys.readouterr().err
    assert [line for line in text.splitlines() if line.startswith("event ")] == [f"event {n}00" for n in (1, 2, 3, 4)]


def test_large_outputs_are_divided_as_by_the_local_job(client):
    process = simulation()
    process.out.maxSize = cms.untracked.int32(1)
    here = run(process)
    expected = {name: content(name) for name in sorted(os.listdir())}
    assert len(expected) > 2
    for name in expected:
        os.unlink(name)
    there = run(process, client=client, events_per_task=35)
    assert {name: content(name) for name in sorted(os.listdir())} == expected
    assert [record.events for record in there.job.outputs] == [record.events for record in here.job.outputs]


def test_output_modules_of_other_kinds_see_what_they_see_in_the_local_job(client):
    process = simulation(output="")
    process.p.insert(0, process.third)
    process.out = cms.OutputModule(
        "PartsTextOutput", fileName=cms.untracked.string("hits.txt"), path=cms.untracked.int32(1)
    )
    process.e = cms.EndPath(process.out)
    run(process)
    expected = Path("hits.txt").read_text()
    os.unlink("hits.txt")
    run(process, client=client, events_per_task=35)
    assert Path("hits.txt").read_text() == expected
    assert expected.count("event") == 83 and expected.endswith("closed, 2 branches\n")


def test_nanoaod_is_that_of_the_local_job(client):
    def skim():
        with uproot.open("skim.root") as file:
            trees = {
                name: {branch.name: (branch.title, branch.array()) for branch in file[name].branches}
                for name in ("Events", "LuminosityBlocks", "Runs")
            }
            return trees, str(file["MetaData"])

    process = cms.Process("SKIM")
    columns = nano_files.columns(first_event=5)
    files = [nano_files.write("a.root"), nano_files.write("b.root", **columns)]
    process.source = cms.Source("NanoAODSource", fileNames=cms.untracked.vstring(files))
    process.third = cms.EDFilter("PartsFilter")
    process.p = cms.Path(process.third)
    process.out = cms.OutputModule(
        "NanoAODOutputModule",
        fileName=cms.untracked.string("skim.root"),
        outputCommands=cms.untracked.vstring("keep *", "drop *_LHEPdfSumw_*_*"),
        SelectEvents=cms.untracked.PSet(SelectEvents=cms.vstring("p")),
    )
    process.e = cms.EndPath(process.out)
    here = run(process)
    expected, text = skim()
    os.unlink("skim.root")
    there = run(process, client=client, events_per_task=3)
    found, other_text = skim()
    assert other_text == text and there.job.outputs[0].events == here.job.outputs[0].events > 1
    for name, branches in expected.items():
        assert found[name].keys() == branches.keys()
        for branch, (title, array) in branches.items():
            assert found[name][branch][0] == title
            assert ak.array_equal(found[name][branch][1], array, equal_nan=True), branch


def test_records_of_files_are_those_of_the_local_job(client):
    run(simulation(events=200, output="a.root"))
    other_run = simulation(events=90, output="b.root")
    other_run.source.firstRun = cms.untracked.uint32(7)
    run(other_run)
    here, there = compare(reading(["a.root", "b.root"]), client, "read.root", events_per_task=41)
    assert there.job.inputs == here.job.inputs
    (one,), (other,) = here.job.outputs, there.job.outputs
    assert (one.lfn, one.pfn, one.module, one.module_class) == (other.lfn, other.pfn, other.module, other.module_class)
    assert (one.events, one.lumis, one.checksum, one.inputs) == (
        other.events,
        other.lumis,
        other.checksum,
        other.inputs,
    )


@pytest.mark.parametrize("type_", ["int", "edmMergeableCounter"])
def test_products_of_runs_and_luminosity_blocks_and_histograms(client, type_):
    """Plain numbers are made in one part each; those of the other type are added."""

    def made():
        with EventFileReader("sim.root") as file, uproot.open("histograms.root") as histograms:
            counts = {branch.level: branch for branch in file.branches if branch.label == "counter"}
            lumis = {key: file.read_summary(counts["LuminosityBlock"], *key).tolist() for key in file.lumis}
            runs = {run: file.read_summary(counts["Run"], run).tolist() for run in file.runs}
            return lumis, runs, histograms["counter/events"].values(flow=True).tolist()

    process = simulation()
    process.TFileService = cms.Service("TFileService", fileName=cms.string("histograms.root"))
    process.counter = cms.EDProducer("PartsCounter", type=cms.string(type_))
    process.r = cms.Path(process.counter)
    run(process)
    expected = made()
    assert expected[1] == {1: [150], 2: [100]} and sum(expected[2]) == 250
    for name in os.listdir():
        os.unlink(name)
    run(process, client=client, events_per_task=35)
    assert made() == expected
    assert sorted(os.listdir()) == ["histograms.root", "sim.root"]


@pytest.mark.parametrize("lumis", [0, 3])
def test_only_the_first_luminosity_blocks_are_processed(client, lumis):
    process = simulation()
    process.maxLuminosityBlocks.input = lumis
    here, _ = compare(process, client, "sim.root", events_per_task=35)
    assert here.trig_report.events == 40 * lumis
