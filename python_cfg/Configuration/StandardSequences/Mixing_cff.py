"""Pile-up: none until process.mix.averageNumber is set."""

import FWCore.ParameterSet.Config as cms
from SimGeneral.MixingModule.mix_cfi import *
from SimGeneral.PileupInformation.addPileupInfo_cfi import *

mixTask = cms.Task(mix, addPileupInfo)
