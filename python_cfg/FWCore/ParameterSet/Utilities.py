"""Helpers that rearrange a process, under the name that CMSSW gives their module."""

from pyrun.framework.config.utilities import (  # noqa: F401
    cleanUnscheduled,
    convertToSingleModuleEndPaths,
    convertToUnscheduled,
    createTaskWithAllProducersAndFilters,
    ignoreAllFiltersOnPath,
    moduleLabelsInSequences,
    modulesInSequences,
)
