"""AOD to MiniAOD of 2023, ten events, with everything fixed as cmsDriver.py fixes it.

    pyrun cfg/miniaod_2023_cfg.py
    pyrun cfg/run.py config=miniaod_2023_cfg.py maxEvents=10 address=HOST

The same job with options is miniaod_cfg.py.
"""

import FWCore.ParameterSet.Config as cms
from PhysicsTools.PatAlgos.slimming.miniAOD_tools import miniAOD_customizeAllMC

process = cms.Process("PAT")

process.load("Configuration.StandardSequences.Services_cff")
process.load("Configuration.EventContent.EventContent_cff")
process.load("Configuration.StandardSequences.PAT_cff")

process.maxEvents = cms.untracked.PSet(input = cms.untracked.int32(10))
process.options.wantSummary = True

process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring("file:data/ttbar_pu30_aodsim.root"))

process.MINIAODSIMoutput = cms.OutputModule("PoolOutputModule",
    process.MINIAODSIMEventContent,
    fileName = cms.untracked.string("file:miniaod_2023.root"),
)

process.MINIAODSIMoutput_step = cms.EndPath(process.MINIAODSIMoutput, process.patTask)

process = miniAOD_customizeAllMC(process)
