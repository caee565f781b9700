"""The edm commands: what they print of pyrun's files and of CMS's, and how they fail."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import zlib
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.event.provenance import InputFile, ModuleRecord, ParameterRecord, ProcessRecord
from pyrun.framework.io.event_file import EventFileReader, EventFileWriter, FileMetadata

GEN = BranchDescription("recoGenParticles", "genParticles", "", "SIM")
JETS = BranchDescription("patJets", "slimmedJets", "", "PAT")
TAGS = BranchDescription("floats", "btag", "score", "PAT")
RESULTS = BranchDescription("edmTriggerResults", "TriggerResults", "", "PAT")
LUMI = BranchDescription("double", "lumiInfo", "", "SIM", "LuminosityBlock")
RUN = BranchDescription("GenRunInfoProduct", "generator", "", "SIM", "Run")
ALL = [JETS, TAGS, RESULTS, GEN, LUMI, RUN]

CONDITIONS = {"file": ParameterRecord("FileInPath", True, "jec.json")}
JET_PARAMETERS = {
    "debug": ParameterRecord("bool", False, False),
    "ptMin": ParameterRecord("double", True, 15.0),
    "sources": ParameterRecord("VInputTag", True, ["genParticles", "a:b"]),
    "tagger": ParameterRecord("PSet", True, {"name": ParameterRecord("string", True, "ParT")}),
    "cuts": ParameterRecord("VPSet", True, [{"eta": ParameterRecord("double", True, 2.5)}]),
}
SIM = ProcessRecord(
    "SIM",
    "0.1.0",
    "process = ...",
    (),
    tuple(ModuleRecord(label, "EDProducer", "GenProducer") for label in ("genParticles", "generator", "lumiInfo")),
)
PAT = ProcessRecord(
    "PAT",
    "0.2.0",
    "process = ...",
    ("p", "q"),
    (
        ModuleRecord("source", "Source", "PoolSource"),
        ModuleRecord("slimmedJets", "EDProducer", "JetProducer", JET_PARAMETERS),
        ModuleRecord("btag", "EDProducer", "Tagger"),
        ModuleRecord("out", "OutputModule", "PoolOutputModule"),
        ModuleRecord("zjec", "ESSource", "JSONConditions", CONDITIONS),
        ModuleRecord("ajec", "ESProducer", "Corrector"),
    ),
    {"options": {"wantSummary": ParameterRecord("bool", False, True)}},
    {"python": "3.11.7", "awkward": "2.6"},
    (InputFile("file:sim.root", "11-22", "abcd"),),
    ("p", "q&noexception"),
)
PARENTS = {JETS.name: (GEN.name,), TAGS.name: (JETS.name,), RESULTS.name: ()}


def write(path: str, *, format: str = "RNTuple", processes: tuple[ProcessRecord, ...] = (SIM, PAT)) -> None:
    """Seven events of two luminosity blocks of run 5, with products of all levels."""
    metadata = FileMetadata(processes, parentage=PARENTS)
    ids = EventIDs([5] * 7, [1, 1, 1, 2, 2, 2, 2], [11, 12, 13, 21, 22, 23, 24])
    jets = ak.zip({"pt": ak.Array([[30.0], [], [50.0, 20.0], [], [], [40.0], [1.0]])})
    with EventFileWriter(path, ALL, metadata, format=format, events_per_cluster=3) as writer:
        numbers = np.arange(7.0)
        writer.write(ids, {JETS: (jets, None), TAGS: (numbers, None), RESULTS: (numbers, None), GEN: (numbers, None)})
        for lumi in (1, 2):
            writer.write_lumi(5, lumi, {LUMI: (np.array([0.1]), None)})
        writer.write_run(5, {RUN: (np.array([831.8]), None)})


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("pat.root")
    return tmp_path


@pytest.fixture
def nano(here) -> str:
    """A flat file in the layout of NanoAOD."""
    with uproot.recreate("nano.root") as file:
        events = {
            "run": np.ones(4, np.uint32),
            "luminosityBlock": np.array([8, 8, 9, 9], np.uint32),
            "event": np.arange(4, dtype=np.uint64),
            "Jet_pt": ak.Array([[1.0], [], [2.0, 3.0], [4.0]]),
        }
        types = {name: array.type if name == "Jet_pt" else array.dtype for name, array in events.items()}
        file.mktree("Events", types).extend(events)
        file.mktree("Runs", {"run": np.uint32}).extend({"run": np.ones(1, np.uint32)})
    return "nano.root"


@pytest.fixture
def run(capfd):
    """Run a command in this interpreter; returns its exit code and what it printed."""

    def run(command: str, *arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            importlib.import_module(f"pyrun.framework.cli.{command}").main(list(arguments))
        return (end.value.code or 0, *capfd.readouterr())

    return run


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


def test_trees_have_the_same_content(here, run):
    before = run("edm_dump_event_content", "--all", "pat.root")
    write("pat.root", format="TTree")
    assert sorted(run("edm_dump_event_content", "--all", "pat.root")[1].splitlines()) == sorted(before[1].splitlines())


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
        ("cut.root", "could not be opened"),
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
        f"{path} ( 1 runs, 2 lumis, 7 events, {size} bytes )",
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


# ---- edmProvDump


def test_history_parameters_software_and_inputs(here, run):
    code, text, _ = run("edm_prov_dump", "pat.root")
    assert code == 0
    assert (
        f"Processing History:\n  SIM '' 'pyrun_0.1.0' [1]  ({SIM.id})\n    PAT '' 'pyrun_0.2.0' [1]  ({PAT.id})\n"
        in text
    )
    assert "Software of PAT: awkward 2.6, python 3.11.7\n" in text
    assert "Input file of PAT: file:sim.root GUID 11-22 checksum abcd\n" in text
    assert "PAT: SelectEvents: vstring tracked  = {'p','q&noexception'}\n" in text
    assert (
        f"""Module: slimmedJets PAT
 PSet id:{PAT.modules[1].id}
 products: {{
  patJets_slimmedJets__PAT.
 }}
 parameters: {{
  @module_edm_type: string tracked  = 'EDProducer'
  @module_label: string tracked  = 'slimmedJets'
  @module_type: string tracked  = 'JetProducer'
  cuts: VPSet tracked = ({{
   {{
    eta: double tracked  = 2.5
   }},
  }})
  debug: bool untracked  = false
  ptMin: double tracked  = 15.0
  sources: VInputTag tracked  = {{'genParticles','a:b'}}
  tagger: PSet tracked = ({{
   name: string tracked  = 'ParT'
  }})
 }}
"""
        in text
    )
    assert " parameters: {\n  @trigger_paths: vstring tracked  = {'p','q'}\n }\n" in text


def modules(text: str) -> list[str]:
    return [line.split()[1] for line in text.splitlines() if line.startswith(("Module:", "ESSource:", "ESProducer:"))]


def test_what_is_listed(here, run):
    def listed(*options: str) -> list[str]:
        return modules(run("edm_prov_dump", *options, "pat.root")[1])

    without = ["genParticles", "generator", "lumiInfo", "TriggerResults", "btag", "slimmedJets"]
    assert listed("-e") == without
    assert listed() == [*without, "zjec", "ajec"]
    assert listed("-s") == [*without, "ajec", "zjec"]
    assert listed("-a", "-e") == [*without, "out", "source"]
    assert listed("-f", "ptMin") == ["slimmedJets"]
    assert listed("-f", "floats", "-f", "Tagger") == ["btag"]
    text = run("edm_prov_dump", "-t", "-p", "pat.root")[1]
    assert "PSet: options PAT\n parameters: {\n  wantSummary: bool untracked  = true\n }\n" in text
    assert "products" not in text


def test_parents_and_children(here, run):
    def block(option: str, title: str, label: str) -> list[str]:
        text = run("edm_prov_dump", option, "-f", f"Module: {label} ", "pat.root")[1]
        return text.split(f" {title}: {{\n")[1].split(" }")[0].split()

    assert block("-d", "dependencies", "btag") == [JETS.name]
    assert block("-x", "extendedAncestors", "btag") == sorted([GEN.name, JETS.name])
    assert block("-c", "extendedDescendants", "genParticles") == sorted([TAGS.name, JETS.name])
    assert "no dependencies recorded" in run("edm_prov_dump", "-d", "pat.root")[1]


def test_one_parameter_set(here, run):
    code, text, _ = run("edm_prov_dump", "-i", PAT.modules[1].id, "pat.root")
    assert code == 0
    assert text.startswith(f"ParameterSetID: {PAT.modules[1].id}\n parameters: {{\n")
    code, _, error = run("edm_prov_dump", "-i", "0" * 32, "pat.root")
    assert code == 2 and "No module" in error


def test_parameters_that_are_missing_are_told(here, run):
    write("old.root", processes=(ProcessRecord("SIM", "0.1.0", "..."), PAT))
    code, text, error = run("edm_prov_dump", "old.root")
    assert code == 1
    assert "does not tell the parameters of genParticles in process SIM" in error
    assert "Module: genParticles SIM\n products: {" in text


def test_a_file_without_provenance(nano, run):
    code, _, error = run("edm_prov_dump", nano)
    assert code == 2 and "NanoAOD" in error


# ---- edmPluginHelp, edmConfigDump, edmCopyPickMerge, and all of them


def test_the_parameters_of_a_plugin(run):
    code, text, _ = run("edm_plugin_help", "-p", "PoolOutputModule")
    assert code == 0
    assert text.startswith("1  PoolOutputModule  (OutputModule)  pyrun ")
    assert (
        "    maxSize\n"
        "                        type: untracked int32\n"
        "                        default: 2130706432\n" in text
    )
    assert "see Section 1.1.1\n" in text and "  Section 1.1.1 SelectEvents: PSet description\n" in text
    brief = run("edm_plugin_help", "-b", "-p", "PoolOutputModule")[1]
    assert any(line.split() == ["fileName", "untracked", "string", "required"] for line in brief.splitlines())
    names = run("edm_plugin_help", "-a", "-q")[1].splitlines()
    assert len(names) > 20 and any(line.split()[1] == "PoolSource" for line in names)


def test_a_plugin_that_does_not_exist(run):
    code, _, error = run("edm_plugin_help", "-p", "PoolOutputModul")
    assert code == 1 and "Did you mean PoolOutputModule" in error


CONFIGURATION = """
import sys
import FWCore.ParameterSet.Config as cms
process = cms.Process("DUMP")
process.source = cms.Source("EmptySource", firstRun = cms.untracked.uint32(int(sys.argv[1])))
process.used, process.unused = cms.EDProducer("A"), cms.EDProducer("B")
process.p = cms.Path(process.used)
"""


def test_a_configuration_written_out(here, run):
    Path("job_cfg.py").write_text(CONFIGURATION)
    code, text, _ = run("edm_config_dump", "job_cfg.py", "42")
    assert code == 0 and "cms.untracked.uint32(42)" in text and "process.unused = " in text
    code, text, _ = run("edm_config_dump", "--prune", "-o", "out.py", "job_cfg.py", "7")
    assert (code, text) == (0, "")
    assert "process.used = " in Path("out.py").read_text() and "unused" not in Path("out.py").read_text()
    code, _, error = run("edm_config_dump", "none_cfg.py")
    assert code == 7001 % 256 and "none_cfg.py" in error
    code, _, error = run("edm_config_dump", "-o", "no/folder.py", "job_cfg.py", "7")
    assert code == 8033 % 256 and "No such file" in error


def shell(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = Path(sys.executable).with_name(command)
    return subprocess.run([path, *arguments], capture_output=True, text=True, timeout=120)


def test_events_are_picked_and_files_merged(here):
    result = shell("edmCopyPickMerge", "inputFiles=pat.root", "eventsToProcess=5:12,5:2:21-5:2:22", "outputFile=p.root")
    assert result.returncode == 0, result.stderr
    with EventFileReader("p.root") as file:
        assert file.ids.event.tolist() == [12, 21, 22]
        assert file.read(JETS, 0, 3)[0].pt.tolist() == [[], [], []]
        assert [process.name for process in file.metadata.processes] == ["SIM", "PAT", "PickEvent"]
    result = shell("edmCopyPickMerge", "inputFiles=pat.root,p.root", "outputFile=m.root")
    assert result.returncode == 8009 % 256
    assert "comes from the processes" in result.stderr and not Path("m.root").exists()
    with EventFileWriter("next.root", [GEN], FileMetadata((SIM, PAT))) as writer:
        writer.write(EventIDs([6], [1], [1]), {GEN: (np.array([7.0]), None)})
    result = shell("edmCopyPickMerge", "inputFiles=pat.root,next.root", "outputFile=m.root", "maxSize=1")
    assert result.returncode == 0, result.stderr
    names = ["m.root", "m001.root", "m002.root"]
    assert sorted(path.name for path in here.glob("m*.root")) == names
    numbers: list[int] = []
    for name in names:
        with EventFileReader(name) as file:
            assert len(set(zip(file.ids.run.tolist(), file.ids.lumi.tolist(), strict=True))) == 1
            numbers += file.ids.event.tolist()
    assert numbers == [11, 12, 13, 21, 22, 23, 24, 1]


def test_without_arguments_there_is_help(here):
    assert shell("edmCopyPickMerge").returncode == 1
    assert "eventsToProcess=RANGE" in shell("edmCopyPickMerge", "--help").stdout


COMMANDS = ["edmConfigDump", "edmCopyPickMerge", "edmDumpEventContent", "edmFileUtil", "edmPluginHelp", "edmProvDump"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_needs_no_heavy_import(command):
    module = "".join("_" + letter.lower() if letter.isupper() else letter for letter in command)
    code = (
        f"import sys, pyrun.framework.cli.{module} as command\n"
        "try: command.main(['--help'])\nexcept SystemExit as end: print(end.code or 0, *sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    exit_code, *loaded = result.stdout.splitlines()[-1].split()
    assert exit_code == "0" and command in result.stdout
    assert not {"numpy", "awkward", "uproot", "numba", "onnxruntime", "matplotlib", "rich"} & set(loaded)


def test_a_reader_that_goes_away_is_no_error(here):
    path = Path(sys.executable).with_name("edmProvDump")
    command = f"for i in 1 2; do '{path}' -a -t pat.root; done | head -1; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0 and "Traceback" not in result.stderr and "Error" not in result.stderr
