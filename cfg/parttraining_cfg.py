"""AOD to what tagger/particletransformer is trained on: features and true flavour of each jet.

    pyrun cfg/parttraining_cfg.py inputFiles=aod.root outputFile=train.root
"""

import FWCore.ParameterSet.Config as cms
from FWCore.ParameterSet.VarParsing import VarParsing

options = VarParsing("analysis")
options.setDefault("outputFile", "parttraining.root")
options.parseArguments()

process = cms.Process("TRAIN")
process.load("Configuration.StandardSequences.PAT_cff")
process.load("RecoBTag.FeatureTools.pfParticleTransformerAK4TagInfos_cfi")

process.maxEvents.input = options.maxEvents
process.MessageLogger.cerr.FwkReport.reportEvery = 1000

process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring(options.inputFiles))

process.output = cms.OutputModule("PoolOutputModule",
    fileName = cms.untracked.string(options.outputFile.replace(f"_numEvent{options.maxEvents}", "")),
    outputCommands = cms.untracked.vstring(
        "drop *",
        "keep *_pfParticleTransformerAK4TagInfos_*_*",
        "keep *_patJetFlavourAssociation_*_*",
        "keep *_ak4PFJetsPuppi_*_*",
        "keep *_ak4GenJets_*_*",
    ),
)

process.task = cms.Task(process.makePatJetsTask, process.pfParticleTransformerAK4TagInfos)
process.output_step = cms.EndPath(process.output, process.task)
