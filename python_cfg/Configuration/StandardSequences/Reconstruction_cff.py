"""The light detector: tracks, vertices and particle flow from simulated particles."""

import FWCore.ParameterSet.Config as cms
from RecoJets.JetProducers.fixedGridRhoFastjetAll_cfi import *
from RecoParticleFlow.LightSimulation.particleFlow_cfi import *
from RecoTracker.LightSimulation.generalTracks_cfi import *
from RecoVertex.AdaptiveVertexFinder.inclusiveCandidateSecondaryVertices_cfi import *
from RecoVertex.PrimaryVertexProducer.offlinePrimaryVertices_cfi import *

reconstructionTask = cms.Task(
    generalTracks, offlinePrimaryVertices, particleFlow, inclusiveCandidateSecondaryVertices, fixedGridRhoFastjetAll
)
