"""From Puppi candidates to tagged seeded-cone jets."""

import FWCore.ParameterSet.Config as cms
from L1Trigger.Phase2L1ParticleFlow.l1SeedConePFJetEmulatorProducer_cfi import l1SeedConePFJetEmulatorProducer
from L1Trigger.Phase2L1ParticleFlow.l1tSC4NGJetProducer_cfi import *

l1tSC4PFL1PuppiExtendedEmulator = l1SeedConePFJetEmulatorProducer.clone()
L1TJetTagsTask = cms.Task(l1tSC4PFL1PuppiExtendedEmulator, l1tSC4NGJetProducer)
