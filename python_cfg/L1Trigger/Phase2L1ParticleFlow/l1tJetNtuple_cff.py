"""From Puppi candidates and what was generated to the ntuple that the jet tagger is trained with."""

import FWCore.ParameterSet.Config as cms
from L1Trigger.Phase2L1ParticleFlow.l1SeedConePFJetEmulatorProducer_cfi import l1SeedConePFJetEmulatorProducer
from L1Trigger.Phase2L1ParticleFlow.l1tJetNTuplizer_cfi import l1tJetNTuplizer
from L1Trigger.Phase2L1ParticleFlow.l1tJetTruth_cfi import *
from L1Trigger.Phase2L1ParticleFlow.l1tSC4NGJetProducer_cfi import *
from PhysicsTools.JetMCAlgos.patJetFlavourAssociation_cfi import patJetFlavourAssociation
from PhysicsTools.JetMCAlgos.patJetPartons_cfi import *

l1tSC4PFL1PuppiExtendedEmulator = l1SeedConePFJetEmulatorProducer.clone()
l1tSC4NGJetProducer.returnRawPt = True

# generator jets are kept without their constituents, and stand for them
l1tGenJetFlavours = patJetFlavourAssociation.clone(jets = "ak4GenJets", candidates = "ak4GenJets")

outnano = l1tJetNTuplizer.clone()
L1TJetNtupleTask = cms.Task(
    l1tSC4PFL1PuppiExtendedEmulator, l1tSC4NGJetProducer, patJetPartons, l1tGenJetFlavours, l1tJetTruth
)


def writeScores(process, model):
    """Let the ntuple have the scores that a model gives the jets."""
    process.l1tSC4NGJetProducer.l1tSC4NGJetModelPath = model
    process.outnano.jets = "l1tSC4NGJetProducer:l1tSC4NGJets"
    process.outnano.scores = True
    return process
