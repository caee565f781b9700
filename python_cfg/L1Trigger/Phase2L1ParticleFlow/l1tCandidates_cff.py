"""From simulated particles to the level-1 trigger's Puppi candidates."""

import FWCore.ParameterSet.Config as cms
from L1Trigger.Phase2L1ParticleFlow.bunchCrossingWeight_cfi import *
from L1Trigger.Phase2L1ParticleFlow.l1tLayer1_cfi import *
from L1Trigger.Phase2L1ParticleFlow.l1tLightDetector_cfi import *

L1TLayer1Task = cms.Task(l1tLightDetector, l1tLayer1, bunchCrossingWeight)
