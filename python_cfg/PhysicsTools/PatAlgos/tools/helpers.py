"""Tasks that tools fill while a configuration is built."""

import FWCore.ParameterSet.Config as cms


def getPatAlgosToolsTask(process):
    """The task that holds what the PAT tools add to the process; made on first use."""
    if not hasattr(process, "patAlgosToolsTask"):
        process.patAlgosToolsTask = cms.Task()
    return process.patAlgosToolsTask


def addToProcessAndTask(label, module, process, task):
    """Add `module` to the process as `label`, and to the task."""
    setattr(process, label, module)
    task.add(getattr(process, label))


def associatePatAlgosToolsTask(process):
    """Let every path and end path run on demand what the PAT tools added."""
    task = getPatAlgosToolsTask(process)
    for path in [*process.paths_().values(), *process.endpaths_().values()]:
        path.associate(task)
