"""A producer with a case for the CPU and one for NVIDIA's GPUs."""

from typing import Any

import FWCore.ParameterSet.Config as cms


def _switch_cuda(accelerators: list[str]) -> tuple[bool, int]:
    return "gpu-nvidia" in accelerators, 2


class SwitchProducerCUDA(cms.SwitchProducer):
    """Runs ``cuda`` where the job has a GPU of NVIDIA, otherwise ``cpu``."""

    def __init__(self, **cases: Any) -> None:
        super().__init__({"cpu": cms.SwitchProducer.getCpu(), "cuda": _switch_cuda}, **cases)


cms.specialImportRegistry.registerSpecialImportForType(
    SwitchProducerCUDA, "from HeterogeneousCore.CUDACore.SwitchProducerCUDA import SwitchProducerCUDA"
)
