import FWCore.ParameterSet.Config as cms

# within the tracker's reach, neutrals are judged by charged neighbours from the primary vertex
puppiCentral = cms.VPSet(
    cms.PSet(
        algoId = cms.int32(5),
        useCharged = cms.bool(True),
        applyLowPUCorr = cms.bool(True),
        combOpt = cms.int32(0),
        cone = cms.double(0.4),
        rmsPtMin = cms.double(0.1),
        rmsScaleFactor = cms.double(1.0),
    )
)

# beyond, by all neighbours
puppiForward = cms.VPSet(puppiCentral[0].clone(useCharged = False, rmsPtMin = 0.5))

puppi = cms.EDProducer("PuppiProducer",
    candName = cms.InputTag("particleFlow"),
    vertexName = cms.InputTag("offlinePrimaryVertices"),
    vtxNdofCut = cms.int32(4),
    vtxZCut = cms.double(24.0),
    UseDeltaZCut = cms.bool(True),
    UseDeltaZCutForPileup = cms.bool(True),
    EtaMinUseDeltaZ = cms.double(2.4),
    DeltaZCut = cms.double(0.3),
    UseFromPV2Recovery = cms.bool(True),
    PtMinForFromPV2Recovery = cms.double(4.0),
    NumOfPUVtxsForCharged = cms.uint32(2),
    DeltaZCutForChargedFromPUVtxs = cms.double(0.2),
    PtMaxCharged = cms.double(20.0),
    PtMaxNeutrals = cms.double(200.0),
    PtMaxNeutralsStartSlope = cms.double(20.0),
    MinPuppiWeight = cms.double(0.01),
    algos = cms.VPSet(
        cms.PSet(
            etaMin = cms.vdouble(0.0),
            etaMax = cms.vdouble(2.5),
            ptMin = cms.vdouble(0.0),
            MinNeutralPt = cms.vdouble(0.2),
            MinNeutralPtSlope = cms.vdouble(0.015),
            RMSEtaSF = cms.vdouble(1.0),
            MedEtaSF = cms.vdouble(1.0),
            EtaMaxExtrap = cms.double(2.0),
            puppiAlgos = puppiCentral,
        ),
        cms.PSet(
            etaMin = cms.vdouble(2.5, 3.0),
            etaMax = cms.vdouble(3.0, 10.0),
            ptMin = cms.vdouble(0.0, 0.0),
            MinNeutralPt = cms.vdouble(1.7, 2.0),
            MinNeutralPtSlope = cms.vdouble(0.08, 0.08),
            RMSEtaSF = cms.vdouble(1.20, 0.95),
            MedEtaSF = cms.vdouble(0.90, 0.75),
            EtaMaxExtrap = cms.double(2.0),
            puppiAlgos = puppiForward,
        ),
    ),
)

puppiTask = cms.Task(puppi)
