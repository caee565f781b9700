"""edmDumpEventContent and edmFileUtil: what they print of pyrun's files and of CMS's, and how they fail."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

import numpy as np
import pytest
import uproot
from edm_files import ALL, GEN, JETS, RUN, TAGS, write

from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.io.event_file import EventFileReader, EventFileWriter, FileMetadata

# ---- edmDumpEventContent


def test_the_products_of_events(here, run):
    code, text, _ = run("edm_dump_event_content", "pat.root")
    assert code == 0
    assert text.splitlines() == [
        "Type                 Module              Label      Process",
        "-----------------------------------------------------------",
        'patJets              "slimmedJets"       ""         "PAT"',
        'floats               "btag"              "score"    "PAT"',
        'edmTriggerResults    "TriggerResults"    ""         "PAT"',
        'recoGenParticles     "genParticles"      ""         "SIM"',
    ]


@pytest.mark.parametrize("level", [[], ["--lumi"], ["--run"]])
def test_trees_have_the_same_content(here, run, level):
    before = run("edm_dump_event_content", "--all", *level, "pat.root")[1]
    write("pat.root", format="TTree")
    assert sorted(run("edm_dump_event_content", "--all", *level, "pat.root")[1].splitlines()) == sorted(
        before.splitlines()
    )


def test_names_levels_and_regular_expressions(here, run):
    def lines(*options: str) -> list[str]:
        return run("edm_dump_event_content", *options, "pat.root")[1].splitlines()

    assert lines("--name") == [branch.name for branch in ALL[:4]]
    assert lines("--name", "--run") == [RUN.name]
    assert lines("--lumi")[2:] == ['double    "lumiInfo"    ""       "SIM"']
    assert lines("--name", "--regex", "slimmed|score") == [JETS.name, TAGS.name]
    assert lines("--name", "--regex", "^PATJETS", "--regex", "SIM.$") == [JETS.name, GEN.name]
    assert lines("--all")[2].split()[-1] == JETS.name
    assert run("edm_dump_event_content", "--skipping", "pat.root")[2].splitlines() == [
        "Skipping: EventAuxiliary",
        "Skipping: EventProductPresence",
    ]


def test_wide_tables_are_aligned_on_request(here, run):
    long = BranchDescription("type" * 20, "label" * 10, "", "SIM")
    EventFileWriter("wide.root", [long, GEN], FileMetadata()).close()
    write_one = EventFileWriter("wide.root", [long, GEN], FileMetadata())
    write_one.write(EventIDs([1], [1], [1]), {long: (np.ones(1), None), GEN: (np.ones(1), None)})
    write_one.close()
    loose = run("edm_dump_event_content", "wide.root")[1].splitlines()
    assert loose[3] == 'recoGenParticles    "genParticles"    ""    "SIM"'
    aligned = run("edm_dump_event_content", "--forceColumns", "wide.root")[1].splitlines()
    assert aligned[2].index('"SIM"') == aligned[3].index('"SIM"')


def test_a_flat_file_is_told_apart_and_its_branches_listed(nano, run):
    code, text, error = run("edm_dump_event_content", nano)
    assert code == 0
    assert "holds no products but plain branches, as NanoAOD does" in error
    assert [line.split()[1] for line in text.splitlines()[2:]] == [
        "run",
        "luminosityBlock",
        "event",
        "nJet_pt",
        "Jet_pt",
    ]


@pytest.mark.parametrize(
    "name, what",
    [
        ("none.root", "does not exist"),
        (".", "is a folder"),
        ("text.root", "is not a ROOT file"),
        ("cut.root", "that can't be read"),
        ("other.root", "has no Events, but histogram (TH1D)"),
    ],
)
@pytest.mark.parametrize("command", ["edm_dump_event_content", "edm_file_util"])
def test_what_is_no_event_file_is_told(here, run, command, name, what):
    Path("text.root").write_text("not a file of ROOT")
    Path("cut.root").write_bytes(Path("pat.root").read_bytes()[:300])
    with uproot.recreate("other.root") as file:
        file["histogram"] = np.histogram([1.0, 2.0])
    code, _, error = run(command, name)
    assert code == 1
    assert what in error and "Traceback" not in error


def test_a_malformed_regular_expression(here, run):
    code, _, error = run("edm_dump_event_content", "--regex", "(", "pat.root")
    assert code == 1 and "no regular expression" in error


# ---- edmFileUtil


def test_how_much_is_in_a_file(here, run):
    size = os.path.getsize("pat.root")
    code, text, _ = run("edm_file_util", "-u", "file:pat.root")
    with EventFileReader("pat.root") as file:
        guid = file.guid
    path = here / "pat.root"
    assert code == 0
    assert text.splitlines() == [
        "file:pat.root",
        f"pat.root ( 1 runs, 2 lumis, 7 events, {size} bytes )",
        f"UUID: {guid}",
    ]
    assert run("edm_file_util", "-d", "file:pat.root")[1] == f"{path}\n"
    assert f", {zlib.adler32(path.read_bytes()):x} adler32sum )" in run("edm_file_util", "-a", "pat.root")[1]


def table(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()[2:] if line]


def test_which_events_are_in_a_file(here, run):
    rows = table(run("edm_file_util", "-e", "pat.root")[1])
    assert rows[0] == ["Run", "Lumi", "Event", "TTree", "Entry"]
    assert rows[1:] == [
        ["5", lumi, event, str(entry)]
        for entry, (lumi, event) in enumerate(zip("1112222", "11 12 13 21 22 23 24".split(), strict=True))
    ]
    assert [row[2] for row in table(run("edm_file_util", "-e", "1-2,6,99", "pat.root")[1])[1:]] == ["12", "13", "24"]
    assert table(run("edm_file_util", "--eventsInLumis", "pat.root")[1])[1:] == [["5", "1", "3"], ["5", "2", "4"]]


def test_files_as_json(nano, run):
    code, text, _ = run("edm_file_util", "--json", "-e", "0", "--eventsInLumis", "pat.root", nano)
    assert code == 0
    pat, flat = json.loads(text)
    assert (pat["runs"], pat["lumis"], pat["events"], pat["bytes"]) == (1, 2, 7, os.path.getsize("pat.root"))
    assert pat["eventList"] == [[5, 1, 11]]
    assert pat["eventsInLumis"] == [[5, 1, 3], [5, 2, 4]]
    assert (flat["runs"], flat["lumis"], flat["events"]) == (1, 2, 4)
    assert flat["eventsInLumis"] == [[1, 8, 2], [1, 9, 2]]


@pytest.mark.parametrize("format", ["RNTuple", "TTree"])
def test_branches_and_clusters_with_their_sizes(here, run, format):
    write("pat.root", format=format)
    lines = run("edm_file_util", "-P", "-l", "pat.root")[1].splitlines()
    assert any(
        line.split()[1:3] == [f"ROOT::{format}" if format == "RNTuple" else format, "Events;1"] for line in lines
    )
    branches = [line for line in lines if line.startswith("Branch")]
    jets = next(line for line in branches if "patJets_slimmedJets__PAT" in line)
    size, compressed = int(jets.split()[-5]), int(jets.split()[-1])
    assert len(branches) == 6  # the products, the numbers and the presence
    assert size >= 5 * 8 + 7 * 4 and compressed > 0
    detail = run("edm_file_util", "-b", "-t", "Runs", "pat.root")[1]
    assert "of Runs tree: GenRunInfoProduct_generator__SIM" in detail and "type: GenRunInfoProduct" in detail
    clusters = table(run("edm_file_util", "--printClusters", "pat.root")[1])
    assert [row[:3] for row in clusters[-3:]] == [["0", "3", "3"], ["3", "6", "3"], ["6", "7", "1"]]
    assert all(int(row[4]) > 0 for row in clusters[-3:])


def test_one_bad_file_does_not_hide_the_others(here, run):
    code, text, error = run("edm_file_util", "none.root", "pat.root")
    assert code == 1
    assert "7 events" in text and "none.root" in error


def test_a_name_with_a_colon(here, run):
    write("a:b.root")
    assert run("edm_file_util", "a:b.root")[0] == 0
    assert run("edm_dump_event_content", "--name", "a:b.root")[1].splitlines()[0] == JETS.name


@pytest.mark.skipif("PYRUN_CMS_DATA" not in os.environ, reason="needs CMS's files, in the folder PYRUN_CMS_DATA")
def test_real_nanoaod(run):
    path = os.path.join(os.environ["PYRUN_CMS_DATA"], "pfnano.root")
    with uproot.open(path) as file:
        branches = file["Events"].keys()
        events = file["Events"]["event"].array(library="np")
    assert run("edm_dump_event_content", "--name", path)[1].split() == branches
    assert f"( 1 runs, 1 lumis, {len(events)} events, " in run("edm_file_util", path)[1]
    listed = table(run("edm_file_util", "-e", path)[1])
    assert [int(row[2]) for row in listed[1:]] == events.tolist()
    assert len(run("edm_event_size", path)[1].splitlines()) == len(branches)


# ---- edmEventSize


@pytest.mark.parametrize("format", ["RNTuple", "TTree"])
def test_bytes_per_event(here, run, format):
    write("pat.root", format=format)
    code, text, _ = run("edm_event_size", "-v", "pat.root")
    first, second, *rows = text.splitlines()
    assert code == 0
    assert first == "File pat.root Events 7"
    assert second.startswith("Branch Name | Average Uncompressed Size (Bytes/Event) | Average Compressed Size")
    sizes = {name: (float(size), float(compressed)) for name, size, compressed in map(str.split, rows)}
    assert {branch.name for branch in ALL if branch.level == "Event"} < set(sizes)
    assert [size for _, size in sizes.values()] == sorted((size for _, size in sizes.values()), reverse=True)
    if format == "RNTuple":
        assert sizes[TAGS.name][0] == 8.0  # one double, without the headers of baskets
    with_json = json.loads(run("edm_event_size", "-j", "-F", "-a", "pat.root")[1])["modules"]
    assert "btag:score (floats)" in [entry["name"] for entry in with_json]
    run("edm_event_size", "-o", "sizes.txt", "pat.root")
    assert Path("sizes.txt").read_text().splitlines() == rows


def test_a_file_without_events_has_no_size_per_event(here, run):
    EventFileWriter("empty.root", [GEN], FileMetadata()).close()
    code, _, error = run("edm_event_size", "empty.root")
    assert code == 1 and "no events" in error
