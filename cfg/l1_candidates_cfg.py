"""The level-1 trigger's Puppi candidates, from generated events with pile-up.

    pyrun cfg/l1_candidates_cfg.py process=hh4b pileup=200 maxEvents=100 outputFile=candidates.root

Trigger rates need the samples minbias and qcd, and a larger pool than the one that is shipped: see docs/l1.md.
"""

import FWCore.ParameterSet.Config as cms
from FWCore.ParameterSet.VarParsing import VarParsing
from L1Trigger.Phase2L1ParticleFlow.samples_cff import generateSample, registerSample

options = VarParsing("analysis")
single, types = VarParsing.multiplicity.singleton, VarParsing.varType
options.setDefault("maxEvents", 100)
options.setDefault("outputFile", "candidates.root")
registerSample(options)
options.register("threads", 1, single, types.int, "number of threads")
options.register("truth", True, single, types.bool, "keep generator particles and jets")
options.parseArguments()

process = cms.Process("L1")
generateSample(process, options)

process.maxEvents.input = options.maxEvents
process.options.numberOfThreads = options.threads
process.options.eventsPerBlock = 100
process.MessageLogger.cerr.FwkReport.reportEvery = 100

truth = ["keep recoGenParticles_*_*_*", "keep recoGenJets_*_*_*"] if options.truth else []
process.output = cms.OutputModule("PoolOutputModule",
    outputCommands = cms.untracked.vstring(
        "drop *",
        "keep l1tPFCandidates_*_*_*",
        "keep L1TVertices_*_*_*",
        "keep GenEventInfoProduct_*_*_*",
        "keep double_bunchCrossingWeight_*_*",
        "keep *_addPileupInfo_*_*",
        *truth,
    ),
    fileName = cms.untracked.string(options.outputFile.replace(f"_numEvent{options.maxEvents}", "")),
    compressionAlgorithm = cms.untracked.string("ZSTD"),
    compressionLevel = cms.untracked.int32(9),
)

process.generation_step = cms.Path(process.generator, process.pgenTask, process.mixTask, process.L1TLayer1Task)
process.output_step = cms.EndPath(process.output)
process.schedule = cms.Schedule(process.generation_step, process.output_step)
