"""A light job for the benchmark memory.py: makes or copies numbers, filters events, writes them."""

import FWCore.ParameterSet.Config as cms
from FWCore.ParameterSet.VarParsing import VarParsing

options = VarParsing()
single, several, types = VarParsing.multiplicity.singleton, VarParsing.multiplicity.list, VarParsing.varType
options.register("input", "", several, types.string, "files to read; none for new events")
options.register("output", "", single, types.string, "file to write; none if empty")
options.register("events", -1, single, types.int, "number of events")
options.register("threads", 1, single, types.int, "number of threads")
options.parseArguments()

process = cms.Process("COPY" if options.input else "MAKE")
if options.input:
    process.source = cms.Source("PoolSource",
        fileNames = cms.untracked.vstring(options.input),
        duplicateCheckMode = cms.untracked.string("noDuplicateCheck"),
    )
else:
    process.source = cms.Source("EmptySource",
        numberEventsInLuminosityBlock = cms.untracked.uint32(10000),
    )
process.maxEvents.input = options.events
process.options.eventsPerBlock = 1000
process.options.numberOfThreads = options.threads
process.MessageLogger.cerr.FwkReport.limit = 0

process.numbers = cms.EDProducer("MemoryProducer",
    src = cms.InputTag("numbers", "", "MAKE") if options.input else cms.InputTag(""),
)
process.large = cms.EDFilter("MemoryFilter", src = cms.InputTag("numbers", "", "@currentProcess"))
process.path = cms.Path(process.numbers + process.large)

if options.output:
    process.output = cms.OutputModule("PoolOutputModule",
        fileName = cms.untracked.string(options.output),
        SelectEvents = cms.untracked.PSet(SelectEvents = cms.vstring("path")),
        outputCommands = cms.untracked.vstring("drop *", f"keep *_numbers_*_{process.name_()}"),
    )
    process.end = cms.EndPath(process.output)
