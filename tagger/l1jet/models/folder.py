"""The folder of a trained model: model.keras, config.yaml, metadata.json and history.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt


@attrs.frozen
class TaggerModel:
    """A trained model.

    Attributes
    ----------
    folder : Path
    keras : keras.Model
        Of inputs (jets, 16, 20) to class scores (jets, 8) and factors of pt (jets, 1).
    metadata : dict
        Inputs, labels, versions, git revision, checksum of the data set, EBOPs.
    """

    folder: Path
    keras: Any
    metadata: dict[str, Any]

    def predict(self, inputs: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Scores (jets, 8) and factors of pt (jets,) for inputs (jets, 16, 20)."""
        raise NotImplementedError


def load(folder: str | Path) -> TaggerModel:
    """The model in a folder that ``pytagger train`` has written.

    Raises
    ------
    ModelError
        There is none, or it is damaged.
    """
    raise NotImplementedError
