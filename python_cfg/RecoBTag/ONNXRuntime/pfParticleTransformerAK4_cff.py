import FWCore.ParameterSet.Config as cms
from Configuration.ProcessModifiers.particleTransformerAK4SonicTriton_cff import particleTransformerAK4SonicTriton
from RecoBTag.FeatureTools.pfParticleTransformerAK4TagInfos_cfi import pfParticleTransformerAK4TagInfos
from RecoBTag.ONNXRuntime.particleTransformerAK4SonicJetTagsProducer_cfi import (
    particleTransformerAK4SonicJetTagsProducer as _particleTransformerAK4SonicJetTagsProducer,
)
from RecoBTag.ONNXRuntime.pfParticleTransformerAK4JetTags_cfi import pfParticleTransformerAK4JetTags

# the same scores, with the network on a server
particleTransformerAK4SonicTriton.toReplaceWith(pfParticleTransformerAK4JetTags, _particleTransformerAK4SonicJetTagsProducer.clone(
    Client = cms.PSet(
        timeout = cms.untracked.uint32(300),
        mode = cms.string("Async"),
        modelName = cms.string("particletransformer_AK4"),
        modelConfigPath = cms.FileInPath("models/particletransformer_AK4/config.pbtxt"),
        modelVersion = cms.string(""),
        verbose = cms.untracked.bool(False),
        allowedTries = cms.untracked.uint32(0),
        useSharedMemory = cms.untracked.bool(True),
        compression = cms.untracked.string(""),
    ),
    src = pfParticleTransformerAK4JetTags.src,
    flav_names = pfParticleTransformerAK4JetTags.flav_names,
))

pfParticleTransformerAK4Task = cms.Task(pfParticleTransformerAK4TagInfos, pfParticleTransformerAK4JetTags)

# one discriminator per class of the network's softmax
_pfParticleTransformerAK4JetTagsProbs = [
    "pfParticleTransformerAK4JetTags:" + flavour for flavour in pfParticleTransformerAK4JetTags.flav_names
]
_pfParticleTransformerAK4JetTagsAll = _pfParticleTransformerAK4JetTagsProbs
