import FWCore.ParameterSet.Config as cms
from Configuration.ProcessModifiers.particleTransformerAK4SonicTriton_cff import particleTransformerAK4SonicTriton
from RecoBTag.FeatureTools.pfParticleTransformerAK4TagInfos_cfi import pfParticleTransformerAK4TagInfos
from RecoBTag.ONNXRuntime.particleTransformerAK4SonicJetTagsProducer_cfi import (
    particleTransformerAK4SonicJetTagsProducer as _particleTransformerAK4SonicJetTagsProducer,
)
from RecoBTag.ONNXRuntime.pfParticleTransformerAK4JetTags_cfi import pfParticleTransformerAK4JetTags

# the same scores, with the network on a server
_sonicJetTags = _particleTransformerAK4SonicJetTagsProducer.clone(
    src = pfParticleTransformerAK4JetTags.src,
    flav_names = pfParticleTransformerAK4JetTags.flav_names,
    Client = dict(
        mode = "Async",
        timeout = 300,
        modelName = "particletransformer_AK4",
        modelConfigPath = "models/particletransformer_AK4/config.pbtxt",
    ),
)
particleTransformerAK4SonicTriton.toReplaceWith(pfParticleTransformerAK4JetTags, _sonicJetTags)

pfParticleTransformerAK4Task = cms.Task(pfParticleTransformerAK4TagInfos, pfParticleTransformerAK4JetTags)

# one discriminator per class of the network's softmax
_pfParticleTransformerAK4JetTagsProbs = [
    "pfParticleTransformerAK4JetTags:" + flavour for flavour in pfParticleTransformerAK4JetTags.flav_names
]
_pfParticleTransformerAK4JetTagsAll = _pfParticleTransformerAK4JetTagsProbs
