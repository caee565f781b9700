import FWCore.ParameterSet.Config as cms

_generator = [
    "keep GenEventInfoProduct_generator_*_*",
    "keep PileupSummaryInfos_addPileupInfo_*_*",
]

AODSIMEventContent = cms.PSet(
    outputCommands = cms.untracked.vstring(
        "drop *",
        *_generator,
        "keep recoGenParticles_genParticles_*_*",
        "keep recoGenJets_ak4GenJets_*_*",
        "keep recoPFCandidates_particleFlow_*_*",
        "keep recoVertexs_offlinePrimaryVertices_*_*",
        "keep recoVertexCompositePtrCandidates_inclusiveCandidateSecondaryVertices_*_*",
        "keep double_fixedGridRhoFastjetAll_*_*",
        "keep edmTriggerResults_TriggerResults_*_*",
    )
)

MINIAODSIMEventContent = cms.PSet(
    outputCommands = cms.untracked.vstring(
        "drop *",
        *_generator,
        "keep *_slimmed*_*_*",
        "drop *_slimmedJetsNoDeepFlavour_*_*",
        "keep *_packedPFCandidates_*_*",
        "keep *_offlineSlimmedPrimaryVertices_*_*",
        "keep *_prunedGenParticles_*_*",
        "keep double_fixedGridRhoFastjetAll_*_*",
        "keep edmTriggerResults_TriggerResults_*_*",
    )
)
