"""AOD to MiniAOD with ParticleTransformer b tagging.

    pyrun cfg/miniaod_cfg.py maxEvents=100 inputFiles=aod.root outputFile=miniaod.root
"""

import FWCore.ParameterSet.Config as cms
from FWCore.ParameterSet.VarParsing import VarParsing
from PhysicsTools.PatAlgos.slimming.miniAOD_tools import miniAOD_customizeAllMC

options = VarParsing("analysis")
single, types = VarParsing.multiplicity.singleton, VarParsing.varType
options.setDefault("inputFiles", "data/ttbar_pu30_aodsim.root")
options.setDefault("outputFile", "miniaod.root")
options.register("threads", 1, single, types.int, "number of threads")
options.register("eventsPerBlock", 0, single, types.int, "0: chosen by pyrun")
options.parseArguments()

process = cms.Process("PAT")
process.load("Configuration.StandardSequences.PAT_cff")
process.load("Configuration.EventContent.EventContent_cff")

process.maxEvents.input = options.maxEvents
process.options.wantSummary = True
process.options.numberOfThreads = options.threads
process.options.eventsPerBlock = options.eventsPerBlock

process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring(options.inputFiles))

process.MINIAODSIMoutput = cms.OutputModule("PoolOutputModule",
    process.MINIAODSIMEventContent,
    # VarParsing appends the number of events to the name; leave it out
    fileName = cms.untracked.string(options.outputFile.replace(f"_numEvent{options.maxEvents}", "")),
)

process.MINIAODSIMoutput_step = cms.EndPath(process.MINIAODSIMoutput, process.patTask)

process = miniAOD_customizeAllMC(process)
