"""Services that the standard workflows need."""

from Configuration.ProcessModifiers.enableSonicTriton_cff import enableSonicTriton


def _addTritonService(process):
    process.load("HeterogeneousCore.SonicTriton.TritonService_cff")


modifyConfigurationStandardSequencesServicesAddTritonService_ = enableSonicTriton.makeProcessModifier(_addTritonService)
