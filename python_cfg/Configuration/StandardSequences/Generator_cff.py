"""What follows the generator: the place of the interaction, generator particles and jets."""

import FWCore.ParameterSet.Config as cms
from IOMC.EventVertexGenerators.VtxSmeared_cfi import *
from PhysicsTools.HepMCCandAlgos.genParticles_cfi import *
from RecoJets.Configuration.ak4GenJets_cfi import *
from SimGeneral.StableParticles.stableParticles_cfi import *

pgenTask = cms.Task(VtxSmeared, stableParticles, genParticles, ak4GenJets)
