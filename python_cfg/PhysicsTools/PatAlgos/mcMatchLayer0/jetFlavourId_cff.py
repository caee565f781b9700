from PhysicsTools.JetMCAlgos.patJetFlavourAssociation_cfi import patJetFlavourAssociation as _patJetFlavourAssociation
from PhysicsTools.JetMCAlgos.patJetPartons_cfi import patJetPartons

import FWCore.ParameterSet.Config as cms

patJetFlavourAssociation = _patJetFlavourAssociation.clone(jets = "ak4PFJetsPuppi", weights = "puppi")

patJetFlavourIdTask = cms.Task(patJetPartons, patJetFlavourAssociation)
