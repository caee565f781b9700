"""The ntuple of labelled level-1 jets that the jet tagger is trained with: tree outnano/jets, one entry per jet.

    pyrun cfg/l1ntuple_cfg.py inputFiles=ttbar.root,hh4b.root outputFile=jets.root     # of l1_candidates_cfg.py
    pyrun cfg/l1ntuple_cfg.py process=ttbar pileup=200 maxEvents=500 outputFile=jets.root

The first reads candidates with their truth, the second generates events; see docs/l1-ntuple.md.
"""

import FWCore.ParameterSet.Config as cms
from FWCore.ParameterSet.VarParsing import VarParsing
from L1Trigger.Phase2L1ParticleFlow.l1tJetNtuple_cff import writeScores
from L1Trigger.Phase2L1ParticleFlow.samples_cff import generateSample, registerSample

options = VarParsing("analysis")
single, types = VarParsing.multiplicity.singleton, VarParsing.varType
options.setDefault("maxEvents", -1)
options.setDefault("outputFile", "jets.root")
registerSample(options)
options.register("threads", 1, single, types.int, "number of threads")
options.register("model", "", single, types.string, "folder or library of a jet tagger, for its scores; none if empty")
options.parseArguments()

process = cms.Process("NTUPLE")
process.load("FWCore.MessageService.MessageLogger_cfi")
process.load("L1Trigger.Phase2L1ParticleFlow.l1tJetNtuple_cff")
if options.model:
    writeScores(process, options.model)

process.maxEvents.input = options.maxEvents if options.inputFiles or options.maxEvents >= 0 else 100
process.options.numberOfThreads = options.threads
process.options.eventsPerBlock = 1000 if options.inputFiles else 100
process.MessageLogger.cerr.FwkReport.reportEvery = 1000 if options.inputFiles else 100

process.TFileService = cms.Service("TFileService",
    fileName = cms.string(options.outputFile.replace(f"_numEvent{options.maxEvents}", ""))
)
process.ntuple_step = cms.EndPath(process.outnano, process.L1TJetNtupleTask)
process.schedule = cms.Schedule(process.ntuple_step)

if options.inputFiles:
    process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring(options.inputFiles))
else:
    generateSample(process, options)
    process.generation_step = cms.Path(process.generator, process.pgenTask, process.mixTask, process.L1TLayer1Task)
    process.schedule.insert(0, process.generation_step)
