"""What turns a PAT process into MiniAOD."""

from PhysicsTools.PatAlgos.slimming.applyDeepBtagging_cff import applyDeepBtagging
from PhysicsTools.PatAlgos.tools.helpers import associatePatAlgosToolsTask


def miniAOD_customizeAllMC(process):
    """Add the taggers, and let all paths run what the tools added."""
    applyDeepBtagging(process)
    associatePatAlgosToolsTask(process)
    return process
