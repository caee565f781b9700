"""AOD to MiniAOD: PUPPI, jets, their flavour, and the slimmed collections."""

import FWCore.ParameterSet.Config as cms
from PhysicsTools.PatAlgos.producersLayer1.jetProducer_cff import *
from PhysicsTools.PatAlgos.slimming.slimming_cff import *

patTask = cms.Task(makePatJetsTask, slimmingTask)
