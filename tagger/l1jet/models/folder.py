"""The folder of a trained model: model.keras, config.yaml, metadata.json and history.json."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import ModelError

from ..data import Dataset
from .config import Config, read

NETWORK, CONFIG, METADATA, HISTORY = "model.keras", "config.yaml", "metadata.json", "history.json"
BATCH = 8192


def load_network(file: Path) -> Any:
    """A network as a keras.Model.

    Raises
    ------
    ModelError
        The file is missing or damaged, or a package is not installed.
    """
    try:
        from . import layers  # noqa: F401  registers its layers with keras

        import keras  # isort: skip  after the choice of its backend
    except ImportError as error:
        raise ModelError(f'A trained model needs tensorflow and HGQ2 ({error}): pip install "pyrun[tagger]"') from error
    try:
        return keras.models.load_model(file, compile=False)
    except Exception as error:  # keras lets through what zip, h5py and layers raise
        raise ModelError(f"{file} can't be loaded: {error}") from error


@attrs.frozen(slots=False)
class TaggerModel:
    """A trained model.

    Attributes
    ----------
    folder : Path
    keras : keras.Model
        Of inputs (jets, 16, 20) to class scores (jets, 8) and factors of pt (jets, 1).
    config : Config
    metadata : dict
        Inputs, labels, versions, git revision, checksum of the data set, EBOPs.
    history : dict of str to list of float
        Losses and more, one value an epoch.
    """

    folder: Path
    config: Config
    metadata: dict[str, Any]
    history: dict[str, list[float]]

    @functools.cached_property
    def keras(self) -> Any:
        """Loaded when it is asked for: metadata need no tensorflow.

        Raises
        ------
        ModelError
            The file is missing or damaged.
        """
        return load_network(self.folder / NETWORK)

    def predict(self, inputs: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Scores (jets, 8) and factors of pt (jets,) for inputs (jets, 16, 20).

        Raises
        ------
        ModelError
            The inputs are of another shape.
        """
        wanted = tuple(self.keras.input_shape[1:])
        if inputs.shape[1:] != wanted:
            raise ModelError(f"{self.folder} takes inputs of shape {wanted}, not {inputs.shape[1:]}.")
        scores, factor = self.keras.predict(inputs, batch_size=BATCH, verbose=0)
        return scores, factor[:, 0]


def require_data_set_for(model: TaggerModel, dataset: Dataset) -> None:
    """Check that the data set has what the model was trained with.

    Raises
    ------
    ModelError
        It has other inputs or classes.
    """
    for what, its, there in (("inputs", "inputs", "features"), ("classes", "labels", "classes")):
        mine, theirs = model.metadata[its], dataset.metadata[there]
        if list(mine) != list(theirs):
            raise ModelError(
                f"{model.folder} has {what} {', '.join(mine)}; {dataset.folder} has {', '.join(theirs)}."
                " Take a data set like the one that it was trained with, or another model."
            )


def load(folder: str | Path) -> TaggerModel:
    """The model in a folder that ``pytagger train`` has written.

    Raises
    ------
    ModelError
        There is none, or it is damaged.
    """
    folder = Path(folder)
    if not (folder / NETWORK).exists() or not (folder / CONFIG).exists():
        raise ModelError(f"{folder} holds no trained model ({NETWORK}, {CONFIG}): make one by `pytagger train`.")
    try:
        metadata, history = (json.loads((folder / name).read_text()) for name in (METADATA, HISTORY))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} is damaged: {error}") from error
    return TaggerModel(folder, read(folder / CONFIG), metadata, history)
