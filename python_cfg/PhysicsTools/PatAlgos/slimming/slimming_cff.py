"""MiniAOD's collections, from those of PAT and AOD."""

import FWCore.ParameterSet.Config as cms
from PhysicsTools.PatAlgos.selectionLayer1.jetSelector_cfi import selectedPatJets, selectedPatJetsForward
from PhysicsTools.PatAlgos.slimming.offlineSlimmedPrimaryVertices_cfi import offlineSlimmedPrimaryVertices
from PhysicsTools.PatAlgos.slimming.packedPFCandidates_cfi import packedPFCandidates
from PhysicsTools.PatAlgos.slimming.prunedGenParticles_cfi import prunedGenParticles
from PhysicsTools.PatAlgos.slimming.slimmedGenJets_cfi import slimmedGenJets
from PhysicsTools.PatAlgos.slimming.slimmedJets_cfi import slimmedJets
from PhysicsTools.PatAlgos.slimming.slimmedSecondaryVertices_cfi import slimmedSecondaryVertices

slimmedJetsForward = slimmedJets.clone(src = "selectedPatJetsForward")

slimmingTask = cms.Task(
    selectedPatJets,
    slimmedJets,
    selectedPatJetsForward,
    slimmedJetsForward,
    packedPFCandidates,
    offlineSlimmedPrimaryVertices,
    slimmedSecondaryVertices,
    prunedGenParticles,
    slimmedGenJets,
)
