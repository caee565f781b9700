"""The servers of SONIC; with enableSonicTriton, a fallback server starts for models that no server has."""

from Configuration.ProcessModifiers.enableSonicTriton_cff import enableSonicTriton
from HeterogeneousCore.SonicTriton.TritonService_cfi import TritonService

enableSonicTriton.toModify(TritonService, fallback = dict(enable = True))
