"""Copy events from one or more files to another: all of them, or some that are named.

    edmCopyPickMerge inputFiles=a.root,b.root outputFile=merged.root
    edmCopyPickMerge inputFiles=a.root outputFile=picked.root eventsToProcess=1:17,1:1:20-1:1:29 maxSize=100000
"""

import FWCore.ParameterSet.Config as cms
from FWCore.ParameterSet.VarParsing import VarParsing

options = VarParsing("analysis")
options.register(
    "eventsToProcess", "", VarParsing.multiplicity.list, VarParsing.varType.string,
    "events to copy: run:event or run:lumi:event, or ranges of these with a dash; all by default",
)
options.register(
    "maxSize", 0, VarParsing.multiplicity.singleton, VarParsing.varType.int,
    "size of a file in kB after which the next luminosity block goes to a new one",
)
options.parseArguments()

process = cms.Process("PickEvent")

process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring(options.inputFiles))
if options.eventsToProcess:
    process.source.eventsToProcess = cms.untracked.VEventRange(options.eventsToProcess)

process.maxEvents.input = options.maxEvents

process.Out = cms.OutputModule("PoolOutputModule", fileName = cms.untracked.string(options.outputFile))
if options.maxSize:
    process.Out.maxSize = cms.untracked.int32(options.maxSize)

process.end = cms.EndPath(process.Out)
