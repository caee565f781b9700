"""Adding taggers to jets."""

import difflib

from PhysicsTools.PatAlgos.tools.helpers import addToProcessAndTask, getPatAlgosToolsTask
from PhysicsTools.PatAlgos.updatedPatJets_cfi import updatedPatJets
from RecoBTag.ONNXRuntime.pfParticleTransformerAK4_cff import (
    pfParticleTransformerAK4JetTags,
    pfParticleTransformerAK4TagInfos,
)

# for each tagger: the producers of its tag infos and of its scores
supportedBtagDiscr = {
    "pfParticleTransformerAK4JetTags": (pfParticleTransformerAK4TagInfos, pfParticleTransformerAK4JetTags),
}


def updateJetCollection(process, jetSource="slimmedJets", labelName="", postfix="", btagDiscriminators=()):
    """Run taggers on jets that exist already; the result is ``updatedPatJets<labelName><postfix>``.

    Parameters
    ----------
    jetSource : InputTag or str
        PAT jets that still know their constituents.
    btagDiscriminators : list of str
        ``"label:instance"`` of the scores wanted; the jets get a field ``label_instance`` for each.
    """
    suffix = labelName + postfix
    task = getPatAlgosToolsTask(process)
    for tagger in dict.fromkeys(name.split(":")[0] for name in btagDiscriminators):
        tagInfos, jetTags = _supported(tagger)
        infoLabel = tagger.replace("JetTags", "TagInfos") + suffix
        addToProcessAndTask(infoLabel, tagInfos.clone(jets=jetSource), process, task)
        addToProcessAndTask(tagger + suffix, jetTags.clone(src=infoLabel), process, task)
    sources = [name.replace(":", suffix + ":", 1) for name in btagDiscriminators]
    updated = updatedPatJets.clone(jetSource=jetSource, discriminatorSources=sources, labelPostfix=suffix)
    addToProcessAndTask("updatedPatJets" + suffix, updated, process, task)


def _supported(tagger):
    if tagger not in supportedBtagDiscr:
        nearest = difflib.get_close_matches(tagger, supportedBtagDiscr, n=1)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else f"; there are {sorted(supportedBtagDiscr)}"
        raise ValueError(f"updateJetCollection: no tagger {tagger!r} is known{hint}")
    return supportedBtagDiscr[tagger]
