"""The dimuon spectrum: NanoAOD to histograms, and to a NanoAOD of the events with a Z candidate.

    pyrun cfg/dimuon_cfg.py inputFiles=nano.root outputFile=z.root
"""

import FWCore.ParameterSet.Config as cms
from FWCore.ParameterSet.VarParsing import VarParsing

options = VarParsing("analysis")
single, types = VarParsing.multiplicity.singleton, VarParsing.varType
options.setDefault("outputFile", "z.root")
options.register("histograms", "dimuon.root", single, types.string, "file for the histograms")
options.register("threads", 1, single, types.int, "number of threads")
options.register("eventsPerBlock", 0, single, types.int, "0: chosen by pyrun")
options.parseArguments()

process = cms.Process("DIMUON")
process.maxEvents.input = options.maxEvents
process.options.wantSummary = True
process.options.numberOfThreads = options.threads
process.options.eventsPerBlock = options.eventsPerBlock
process.MessageLogger.cerr.FwkReport.reportEvery = 100000

process.source = cms.Source("NanoAODSource", fileNames = cms.untracked.vstring(options.inputFiles))
process.TFileService = cms.Service("TFileService", fileName = cms.string(options.histograms))

process.goodMuons = cms.EDProducer("CandViewSelector",
    src = cms.InputTag("Muon"),
    cut = cms.string("pt > 3 && abs(eta) < 2.4 && mediumId"),
)
process.dimuons = cms.EDProducer("CandViewShallowCloneCombiner",
    decay = cms.string("goodMuons@+ goodMuons@-"),
)
process.dimuonPlots = cms.EDAnalyzer("CandViewHistoAnalyzer",
    src = cms.InputTag("dimuons"),
    histograms = cms.VPSet(
        cms.PSet(
            name = cms.untracked.string("mass"),
            description = cms.untracked.string("dimuon mass [GeV]"),
            plotquantity = cms.untracked.string("mass"),
            nbins = cms.untracked.int32(300),
            min = cms.untracked.double(0.25),
            max = cms.untracked.double(300),
            logBins = cms.untracked.bool(True),
        ),
        cms.PSet(
            name = cms.untracked.string("ptOfZ"),
            description = cms.untracked.string("pt of Z candidates [GeV]"),
            plotquantity = cms.untracked.string("pt"),
            cut = cms.untracked.string("76 < mass && mass < 106"),
            nbins = cms.untracked.int32(60),
            min = cms.untracked.double(0),
            max = cms.untracked.double(120),
        ),
    ),
)
process.zCandidates = process.dimuons.clone(cut = cms.string("76 < mass && mass < 106"))
process.hasZ = cms.EDFilter("CandViewCountFilter", src = cms.InputTag("zCandidates"), minNumber = cms.uint32(1))

process.NANOAODoutput = cms.OutputModule("NanoAODOutputModule",
    fileName = cms.untracked.string(options.outputFile.replace(f"_numEvent{options.maxEvents}", "")),
    outputCommands = cms.untracked.vstring(
        "drop *", "keep *_Muon_*_*", "keep *_PV_*_*", "keep *_zCandidates_*_*",
    ),
    SelectEvents = cms.untracked.PSet(SelectEvents = cms.vstring("z")),
)

process.plots = cms.Path(process.goodMuons + process.dimuons + process.dimuonPlots)
process.z = cms.Path(process.goodMuons + process.zCandidates + process.hasZ)
process.skim = cms.EndPath(process.NANOAODoutput)
