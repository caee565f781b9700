"""What tests of the edm commands share: a file with products of all levels and a history of two processes."""

from __future__ import annotations

import awkward as ak
import numpy as np

from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.event.ids import EventIDs
from pyrun.framework.event.provenance import InputFile, ModuleRecord, ParameterRecord, ProcessRecord
from pyrun.framework.io.event_file import EventFileWriter, FileMetadata

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
