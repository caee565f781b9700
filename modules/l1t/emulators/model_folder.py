"""A tagger's model on disk.

A folder with

model.json
    Name, version, quirks, shape of the input, classes, and the network's own input type.
da4ml.json.gz
    The network as da4ml's list of adders and look-up tables.
firmware/
    The sources that hls4ml wrote: all but what is the same for every model and comes with hls4ml.
reference.npz
    Raw inputs of some jets and the raw answers, which every emulator must give when it is loaded.
model.keras
    The network itself, for those who train on.

``pytagger export`` writes it.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from pyrun.framework.errors import FileInPathError, ModelError
from pyrun.framework.resources import file_in_path

from ..ng_inputs import QUIRKS, Floats
from ..words import FixedPoint

DESCRIPTION, NETWORK, FIRMWARE, REFERENCE = "model.json", "da4ml.json.gz", "firmware", "reference.npz"


@attrs.frozen
class ModelFolder:
    """A folder that `find` has found and looked at.

    Attributes
    ----------
    name : str
        Of the firmware's top function; its namespace is ``hls4ml_`` and this.
    quirks : str
        Version of the inputs that it was trained with.
    particles, features : int
        Shape of the input.
    classes : tuple of str
        In the order of the scores.
    input_type : FixedPoint
        What the network turns its inputs into.
    """

    path: Path
    name: str
    quirks: str
    particles: int
    features: int
    classes: tuple[str, ...]
    input_type: FixedPoint

    @property
    def inputs(self) -> int:
        """Numbers per jet."""
        return self.particles * self.features

    @classmethod
    def open(cls, path: Path) -> ModelFolder:
        """The model in a folder.

        Raises
        ------
        ModelError
            Something is missing or doesn't fit together.
        """
        try:
            text = (path / DESCRIPTION).read_text()
            fields = json.loads(text)
            kind = FixedPoint(**fields.pop("input_type"))
            fields = {name: fields[name] for name in ("name", "quirks", "particles", "features", "classes")}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path} is no folder of a tagger's model: {DESCRIPTION}: {error}") from error
        if fields["quirks"] not in QUIRKS:
            raise ModelError(f"{path}: there are no quirks {fields['quirks']!r}, but {', '.join(QUIRKS)}")
        return cls(path=path, input_type=kind, **fields | {"classes": tuple(fields["classes"])})

    def network(self) -> list[Any]:
        """The list that da4ml calls CombLogic, as it saves it."""
        try:
            with gzip.open(self.path / NETWORK, "rt") as file:
                return json.load(file)
        except (OSError, ValueError, EOFError) as error:
            raise ModelError(f"{self.path / NETWORK} can't be read: {error}") from error

    def sources(self) -> list[Path]:
        """The firmware's files."""
        return sorted(x for x in (self.path / FIRMWARE).rglob("*") if x.suffix in (".h", ".cpp"))

    @functools.cached_property
    def reference(self) -> tuple[Floats, Floats]:
        """Inputs (jets, inputs) and what the network answers (jets, classes + 1)."""
        try:
            with np.load(self.path / REFERENCE) as file:
                inputs = file["inputs"].astype(np.float64) * float(file["input_lsb"])
                return inputs, file["answers"].astype(np.float64) * float(file["answer_lsb"])
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{self.path / REFERENCE} can't be read: {error}") from error

    def checksum(self) -> str:
        """Of all files that decide what the model answers."""
        digest = hashlib.sha256()
        for file in [self.path / DESCRIPTION, self.path / NETWORK, *self.sources()]:
            digest.update(f"{file.relative_to(self.path)}\n".encode())
            digest.update(file.read_bytes())
        return digest.hexdigest()


def find(name: str) -> Path:
    """The folder or library of this name: a path, or one in ``models/``; ``.so`` may be left out as in CMSSW.

    Raises
    ------
    ModelError
        There is none.
    """
    tried = []
    for candidate in (name, f"{name}.so", f"models/{name}"):
        try:
            return file_in_path(candidate)
        except FileInPathError:
            tried.append(candidate)
    raise ModelError(
        f"There is no tagger model {name!r}: neither {', '.join(tried[:-1])} nor {tried[-1]}. Give the path of a "
        "model's folder, or of a library made for CMSSW's hls4mlEmulator."
    )
