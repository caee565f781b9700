"""AOD to MiniAOD: PUPPI, jets, their flavour, and the slimmed collections."""

from PhysicsTools.PatAlgos.producersLayer1.jetProducer_cff import *
from PhysicsTools.PatAlgos.slimming.slimming_cff import *

import FWCore.ParameterSet.Config as cms

patTask = cms.Task(makePatJetsTask, slimmingTask)
