"""What `pytagger firmware` reads and writes.

A model's folder gets a subfolder ``firmware`` with

metadata.json
    Part, clock, latency, initiation interval, da4ml's estimates, versions: of ``convert``, as are the folders
emulator/
    the model as L1TSC4NGJetProducer loads it (`pyrun.modules.l1t.emulators.model_folder`),
hls4ml/
    hls4ml's project for Vitis,
verilog/
    da4ml's project, and
NAME.so
    the library with CMSSW's ``create_model`` and ``destroy_model``.
emulation.json, emulation.npz, verilator/
    Of ``emulate``: how many bits differ; all answers, one array (jets, classes + 1) for each emulator, the scores and
    then the factor of pt; the compiled simulation.
synthesis.json, yosys.log
    Of ``synth``.
profile.json
    Of ``profile``.

Plots go to ``plots/firmware`` of the model's folder.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import attrs

from pyrun.framework.errors import Configuration, FileReadError, FileWriteError, ModelError
from pyrun.modules.l1t.emulators.model_folder import DESCRIPTION, ModelFolder

# before anything imports keras: tensorflow's remarks on the machine are not for who makes firmware
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

KERAS, METADATA = "model.keras", "metadata.json"
EMULATION, ANSWERS, SYNTHESIS, LOG, PROFILE = (
    "emulation.json",
    "emulation.npz",
    "synthesis.json",
    "yosys.log",
    "profile.json",
)


@attrs.frozen
class Model:
    """A trained model: the folder of ``pytagger train``, or one that has been exported for the trigger.

    Attributes
    ----------
    folder : Path
    quirks : str
        Version of CMSSW's inputs that it was trained with.
    exported : bool
    """

    folder: Path
    quirks: str
    exported: bool

    @classmethod
    def open(cls, folder: Path) -> Model:
        """The model in a folder.

        Raises
        ------
        ModelError
            There is none.
        """
        if not (folder / KERAS).is_file():
            raise ModelError(f"{folder} holds no trained model ({KERAS}): make one with pytagger train.")
        if (folder / DESCRIPTION).is_file():
            return cls(folder, ModelFolder.open(folder).quirks, exported=True)
        metadata = read_json(folder / METADATA) if (folder / METADATA).is_file() else {}
        return cls(folder, metadata.get("quirks", "exact"), exported=False)

    def wanted(self) -> Any:
        """What its configuration says of the firmware: part, clock and name; a `models.config.Firmware`."""
        from ..models.config import Firmware, read
        from ..models.folder import CONFIG

        return read(self.folder / CONFIG).firmware_config if (self.folder / CONFIG).is_file() else Firmware()

    def keras(self) -> Any:
        """The network itself.

        Raises
        ------
        ModelError
            It can't be loaded, or is not quantised: then it can't be firmware.
        """
        return load_keras(self.folder / KERAS)

    def output(self, chosen: Path | None) -> Path:
        """The firmware's folder: the chosen one, or the model's.

        Raises
        ------
        Configuration
            None is chosen, and the model's folder has no room: for the trigger, ``firmware`` is part of the model.
        """
        if chosen is None and self.exported:
            raise Configuration(
                f"{self.folder} is a model for the trigger, not to be written to: choose with -o where."
            )
        return chosen or self.folder / "firmware"

    def plots(self, chosen: Path | None) -> Path:
        """Where its plots go."""
        return (chosen or self.folder) / "plots" / "firmware"


def load_keras(file: Path) -> Any:
    """A quantised network.

    Raises
    ------
    ModelError
        It can't be loaded, or is not quantised.
    """
    from ..models.folder import load_network

    model = load_network(file)
    from hgq.layers.core.base import QLayerBase

    if not any(isinstance(layer, QLayerBase) for layer in model.layers):
        raise ModelError(f"{file} has no quantised layer: only a quantised model can become firmware. Train one.")
    return model


def converted(folder: Path) -> tuple[dict[str, Any], ModelFolder]:
    """What ``convert`` has written: its metadata, and the model of the emulators.

    Raises
    ------
    ModelError
        There is nothing.
    """
    if not (folder / METADATA).is_file():
        raise ModelError(f"{folder} holds no firmware: make it with pytagger firmware convert.")
    return read_json(folder / METADATA), ModelFolder.open(folder / "emulator")


def read_json(path: Path) -> dict[str, Any]:
    """Raises FileReadError if it is damaged."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise FileReadError(f"{path} can't be read: {error}") from error


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all. Raises FileWriteError."""
    made = path.with_name(f".{path.name}.partial")
    try:
        made.write_text(json.dumps(content, indent=1) + "\n")
        made.replace(path)
    except OSError as error:
        made.unlink(missing_ok=True)
        raise FileWriteError(f"{path} can't be written: {error.strerror or error}") from error


def checksum(*files: Path) -> str:
    """Of files' names and contents."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
