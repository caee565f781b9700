"""da4ml's own interpreter of its list of operations."""

from __future__ import annotations

from pyrun.framework.errors import ModelError

from ..ng_inputs import Floats
from .emulator import Emulator
from .model_folder import ModelFolder


class Da4mlInterpreter(Emulator):
    """Runs the network with ``CombLogic.predict`` of the package da4ml, on one thread."""

    name = "da4ml"

    def __init__(self, folder: ModelFolder) -> None:
        super().__init__(folder.quirks, folder.inputs, len(folder.classes))
        try:
            from da4ml.types import CombLogic
        except ImportError as error:
            raise ModelError(
                f"The backend da4ml needs the package da4ml ({error}): pip install 'pyrun[tagger]', or choose numba."
            ) from error
        self.input_type = folder.input_type
        self.network = CombLogic.deserialize(folder.network())

    def evaluate(self, candidates: Floats, jets: Floats, answer: Floats) -> None:
        # the interpreter takes inputs on the network's grid only: others it would truncate and wrap
        inputs = self.input_type.value(self.input_type.raw(candidates))
        answer[:] = self.network.predict(inputs, n_threads=1)
