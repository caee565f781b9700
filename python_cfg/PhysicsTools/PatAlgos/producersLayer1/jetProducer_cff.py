import FWCore.ParameterSet.Config as cms
from CommonTools.PileupAlgos.Puppi_cff import puppi
from PhysicsTools.PatAlgos.mcMatchLayer0.jetFlavourId_cff import patJetFlavourAssociation, patJetPartons
from PhysicsTools.PatAlgos.patJets_cfi import patJets
from RecoJets.JetProducers.ak4PFJetsPuppi_cfi import ak4PFJetsPuppi

makePatJetsTask = cms.Task(puppi, ak4PFJetsPuppi, patJetPartons, patJetFlavourAssociation, patJets)
