"""The state of a training on disk, after each epoch, so that it can go on where it was interrupted."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import attrs
import numpy as np

FILE = "checkpoint.npz"


@attrs.define
class State:
    """What is known after an epoch, besides the network's and the optimiser's variables.

    Attributes
    ----------
    epoch : int
        How many are done.
    best : float
        Smallest loss on the validation jets; `best_epoch` counts from 1.
    since_best, since_drop : int
        Epochs since then, and since the learning rate changed or the loss was best.
    history : dict of str to list of float
    best_weights : list of array
        Of the best epoch.
    """

    epoch: int = 0
    best: float = float("inf")
    best_epoch: int = 0
    since_best: int = 0
    since_drop: int = 0
    history: dict[str, list[float]] = attrs.field(factory=dict)
    best_weights: list[Any] = attrs.field(factory=list)


def variables(model: Any) -> list[Any]:
    """All of the network and its optimiser, in a fixed order."""
    return [*model.variables, *model.optimizer.variables]


def write(folder: Path, model: Any, state: State, identity: str) -> None:
    """Replace the checkpoint; `identity` is what the training depends on."""
    plain = attrs.asdict(state)
    best = plain.pop("best_weights")
    arrays = {f"now_{k}": np.asarray(x) for k, x in enumerate(variables(model))}
    arrays |= {f"best_{k}": np.asarray(x) for k, x in enumerate(best)}
    partial = folder / f"partial.{FILE}"
    np.savez(partial, state=json.dumps(plain), identity=identity, **arrays)
    os.replace(partial, folder / FILE)


def read(folder: Path, model: Any, identity: str) -> State | None:
    """Set the variables to those of a checkpoint; None if there is none of the same training."""
    try:
        with np.load(folder / FILE) as arrays:
            if str(arrays["identity"]) != identity:
                return None
            now = [arrays[f"now_{k}"] for k in range(len(variables(model)))]
            best = [arrays[f"best_{k}"] for k in range(len(model.variables)) if f"best_{k}" in arrays]
            state = State(**json.loads(str(arrays["state"])), best_weights=best)
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None  # none, or written by another version: start anew
    for variable, value in zip(variables(model), now, strict=True):
        variable.assign(value)
    return state


def remove(folder: Path) -> None:
    """Delete the checkpoint."""
    (folder / FILE).unlink(missing_ok=True)
