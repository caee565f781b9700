"""The level-1 trigger: candidates, jets, their tags, seeds. The TrigReport has the counts, the L1RateReport rates.

    pyrun cfg/l1_cfg.py process=hh4b pileup=200 maxEvents=500
    pyrun cfg/l1_cfg.py process=qcd inputFiles=qcd.root ratesFile=qcd.json      # of l1_candidates_cfg.py

Rates are those of the samples qcd and minbias together: python -m pyrun.modules.l1t.rates qcd.json minbias.json
"""

import FWCore.ParameterSet.Config as cms
from FWCore.ParameterSet.VarParsing import VarParsing
from L1Trigger.Phase2L1GT.l1tGTMenu_cff import addL1Menu
from L1Trigger.Phase2L1ParticleFlow.samples_cff import generateSample, registerSample

options = VarParsing("analysis")
single, types = VarParsing.multiplicity.singleton, VarParsing.varType
options.setDefault("maxEvents", 500)
options.setDefault("outputFile", "")
registerSample(options)
options.register("threads", 1, single, types.int, "number of threads")
options.register("workingPoints", "data/l1_working_points.json", single, types.string, "the menu's thresholds")
options.register("model", "L1TSC4NGJetModel", single, types.string, "folder or library of the jet tagger")
options.register("ratesFile", "", single, types.string, "JSON file for the rates; none if empty")
options.parseArguments()

process = cms.Process("L1T")
process.load("FWCore.MessageService.MessageLogger_cfi")
process.load("L1Trigger.Phase2L1ParticleFlow.l1tJetTags_cff")
process.l1tSC4NGJetProducer.l1tSC4NGJetModelPath = options.model

process.maxEvents.input = options.maxEvents
process.options.numberOfThreads = options.threads
process.options.eventsPerBlock = 1000 if options.inputFiles else 100
process.options.wantSummary = True
process.MessageLogger.cerr.FwkReport.reportEvery = 100

seeds = addL1Menu(process, options.workingPoints)
for seed in seeds:
    seed.associate(process.L1TJetTagsTask)
process.schedule = cms.Schedule(*seeds)

if options.inputFiles:  # candidates made before
    process.source = cms.Source("PoolSource", fileNames = cms.untracked.vstring(options.inputFiles))
else:
    generateSample(process, options)
    process.candidates_step = cms.Path(
        process.generator + process.bunchCrossingWeight, process.pgenTask, process.mixTask, process.L1TLayer1Task
    )
    process.schedule.insert(0, process.candidates_step)

# only these samples stand for bunch crossings; the seeds' efficiencies are of interest for the others
crossings = options.process in ("minbias", "qcd")
process.L1TRateService = cms.Service("L1TRateService",
    sample = cms.untracked.string(options.process),
    weights = cms.untracked.InputTag("bunchCrossingWeight"),
    bunchCrossingRate = cms.untracked.double(2760 * 11246.0 if crossings else 0.0),
    fileName = cms.untracked.string(options.ratesFile),
)

if options.outputFile:
    process.output = cms.OutputModule("PoolOutputModule",
        outputCommands = cms.untracked.vstring(
            "drop *",
            "keep l1tPFJets_l1tSC4NGJetProducer_*_*",
            "keep double_bunchCrossingWeight_*_*",
            "keep edmTriggerResults_*_*_*",
        ),
        fileName = cms.untracked.string(options.outputFile.replace(f"_numEvent{options.maxEvents}", "")),
    )
    process.output_step = cms.EndPath(process.output)
    process.schedule.append(process.output_step)
