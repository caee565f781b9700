"""The accelerators of NVIDIA, as a configuration names them."""

import FWCore.ParameterSet.Config as cms


class ProcessAcceleratorCUDA(cms.ProcessAccelerator):
    """Knows the label ``gpu-nvidia``, and never enables it: no plugin here runs on a GPU."""

    def labels(self) -> list[str]:
        return ["gpu-nvidia"]


cms.specialImportRegistry.registerSpecialImportForType(
    ProcessAcceleratorCUDA, "from HeterogeneousCore.CUDACore.ProcessAcceleratorCUDA import ProcessAcceleratorCUDA"
)
