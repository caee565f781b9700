"""How the training went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import style

PANELS = (
    ("jet_id_output_loss", "Loss of the classes"),
    ("pT_output_loss", "Loss of the $p_T$ factor"),
    ("jet_id_output_accuracy", "Accuracy"),
)


def plot(history: Mapping[str, Sequence[float]], best: int, folder: Path) -> None:
    """Losses and accuracy on training and validation jets; the network's size, or else the learning rate.

    Parameters
    ----------
    history : mapping of str to list of float
        One value an epoch.
    best : int
        The epoch, from 1, whose weights are kept.
    """
    with style.subplots(2, 2, figsize=(18, 13), sharex=True) as (figure, panels):
        epochs = np.arange(1, 1 + max((len(x) for x in history.values()), default=0))
        for axes, (name, title) in zip(panels.flat, PANELS, strict=False):
            for key, label, line, color in ((name, "Training", "-", 0), (f"val_{name}", "Validation", "--", 2)):
                if key in history:
                    axes.plot(epochs, history[key], line, color=style.COLORS[color], label=label, marker="o", ms=5)
            axes.set_ylabel(title)
        _size(panels[1, 1], epochs, history)
        for axes in panels.flat:
            if len(epochs):
                axes.axvline(best, color="black", linewidth=1, linestyle=":", label=f"Best epoch ({best})")
                axes.set_xlim(0.5, len(epochs) + 0.5)
            else:
                style.nothing(axes, "There is no epoch")
        for axes in panels[1]:
            axes.set_xlabel("Epoch")
        if len(epochs):
            panels[0, 0].legend(loc="best")
        style.label(panels[0, 0])
        style.save(figure, folder / "training" / "losses", {"best_epoch": best, "history": history})


def _size(axes: Any, epochs: Any, history: Mapping[str, Sequence[float]]) -> None:
    if "ebops" in history:
        axes.plot(epochs, history["ebops"], color=style.COLORS[4], marker="o", ms=5)
        axes.set(ylabel="Effective bit operations", yscale="log")
    elif "learning_rate" in history:
        axes.plot(epochs, history["learning_rate"], color=style.COLORS[4], marker="o", ms=5)
        axes.set(ylabel="Learning rate", yscale="log")
