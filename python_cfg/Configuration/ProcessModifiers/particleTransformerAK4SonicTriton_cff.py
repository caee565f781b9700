import FWCore.ParameterSet.Config as cms

particleTransformerAK4SonicTriton = cms.Modifier()
