"""The taggers of MiniAOD, run on jets that are otherwise finished."""

from PhysicsTools.PatAlgos.tools.helpers import addToProcessAndTask, getPatAlgosToolsTask
from PhysicsTools.PatAlgos.tools.jetTools import updateJetCollection
from RecoBTag.ONNXRuntime.pfParticleTransformerAK4_cff import _pfParticleTransformerAK4JetTagsAll


def applyDeepBtagging(process, postfix="SlimmedPuppiWithDeepTags"):
    """Replace slimmedJets by the same jets with the taggers' scores; the old ones stay as slimmedJetsNoDeepFlavour."""
    task = getPatAlgosToolsTask(process)
    addToProcessAndTask("slimmedJetsNoDeepFlavour", process.slimmedJets.clone(), process, task)
    updateJetCollection(
        process,
        jetSource="slimmedJetsNoDeepFlavour",
        labelName=postfix,
        btagDiscriminators=_pfParticleTransformerAK4JetTagsAll,
    )
    process.slimmedJets = process.slimmedJets.clone(src="updatedPatJets" + postfix)
