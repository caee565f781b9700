import FWCore.ParameterSet.Config as cms
from PhysicsTools.JetMCAlgos.patJetFlavourAssociation_cfi import patJetFlavourAssociation as _patJetFlavourAssociation
from PhysicsTools.JetMCAlgos.patJetPartons_cfi import patJetPartons

patJetFlavourAssociation = _patJetFlavourAssociation.clone(jets = "ak4PFJetsPuppi", weights = "puppi")

patJetFlavourIdTask = cms.Task(patJetPartons, patJetFlavourAssociation)
