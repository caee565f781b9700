import FWCore.ParameterSet.Config as cms
from RecoBTag.FeatureTools.pfParticleTransformerAK4TagInfos_cfi import pfParticleTransformerAK4TagInfos
from RecoBTag.ONNXRuntime.pfParticleTransformerAK4JetTags_cfi import pfParticleTransformerAK4JetTags

pfParticleTransformerAK4Task = cms.Task(pfParticleTransformerAK4TagInfos, pfParticleTransformerAK4JetTags)

# one discriminator per class of the network's softmax
_pfParticleTransformerAK4JetTagsProbs = [
    "pfParticleTransformerAK4JetTags:" + flavour for flavour in pfParticleTransformerAK4JetTags.flav_names
]
_pfParticleTransformerAK4JetTagsAll = _pfParticleTransformerAK4JetTagsProbs
