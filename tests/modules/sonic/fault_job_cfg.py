"""A job that asks a model for twice some numbers of each event; its options are in a JSON file.

    pyrun fault_job_cfg.py job.json

Each event has `rows` rows of 4 numbers that follow from its number. How many events are done is in the file
"progress".
"""

import json
import sys
from pathlib import Path

import FWCore.ParameterSet.Config as cms
import numpy as np

from pyrun.framework import EDAnalyzer, plugin
from pyrun.framework import parameters as param
from pyrun.modules.sonic.client import client
from pyrun.modules.sonic.sonic_ed_producer import SonicEDProducer

options = json.loads(Path(sys.argv[-1]).read_text())


@plugin
class Doubling(SonicEDProducer):
    class Parameters(SonicEDProducer.Parameters):
        rows: int = param.uint32(doc="rows per event")
        Client: param.ParameterSet = client()

    def declare(self, p):
        self.y = self.produces("floats")

    def acquire(self, event, setup, inputs):
        first = event.id.astype(np.int64)[:, None] * 4 * self.parameters.rows
        numbers = (first + np.arange(4 * self.parameters.rows)) % 2**20
        inputs["x"].toServer(numbers.reshape(-1, 4).astype(np.float32))

    def produce(self, event, setup, outputs):
        event.put(self.y, outputs["y"].fromServer().reshape(len(event), -1))


@plugin
class Progress(EDAnalyzer):
    kind = "one"

    class Parameters(param.ParameterSet):
        src: param.InputTag = param.inputTag("doubling", doc="what must be there")

    def declare(self, p):
        self.y, self.done = self.consumes(p.src), 0

    def analyze(self, event, setup):
        event.get(self.y)
        self.done += len(event)
        Path("progress").write_text(str(self.done))


process = cms.Process("TEST")
process.source = cms.Source("EmptySource")
process.maxEvents.input = options["events"]
process.options.eventsPerBlock = cms.untracked.uint32(options["block"])
process.options.numberOfThreads = options["threads"]
process.options.numberOfStreams = options["streams"]
process.options.wantSummary = True
process.MessageLogger.cerr.FwkReport.reportEvery = 10**9

process.load("HeterogeneousCore.SonicTriton.TritonService_cff")
process.TritonService.verbose = True
process.MessageLogger.cerr.TritonService = cms.untracked.PSet(limit = cms.untracked.int32(10**7))
process.TritonService.fallback.enable = options["fallback"]
process.TritonService.fallback.tempDir = options["tempDir"]
for name, port in options["servers"].items():
    process.TritonService.servers.append(
        cms.PSet(
            name = cms.untracked.string(name),
            address = cms.untracked.string("127.0.0.1"),
            port = cms.untracked.uint32(port),
            useSsl = cms.untracked.bool(bool(options["rootCertificates"])),
            rootCertificates = cms.untracked.string(options["rootCertificates"]),
        )
    )

process.doubling = cms.EDProducer("Doubling",
    rows = cms.uint32(options["rows"]),
    Client = cms.PSet(
        modelName = cms.string(options["model"]),
        modelVersion = cms.string(options["version"]),
        modelConfigPath = cms.FileInPath(options["config"]),
        timeout = cms.untracked.uint32(options["timeout"]),
        timeoutUnit = cms.untracked.string("milliseconds"),
        mode = cms.string(options["mode"]),
        allowedTries = cms.untracked.uint32(options["tries"]),
        useSharedMemory = cms.untracked.bool(options["sharedMemory"]),
    ),
)
process.progress = cms.EDAnalyzer("Progress")
process.p = cms.Path(process.doubling + process.progress)
process.out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string("out.root"))
process.end = cms.EndPath(process.out)
