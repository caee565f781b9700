"""Which class jets are taken for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..evaluate import Evaluation
from ..toy_jets import CLASSES
from . import style
from .statistics import clopper_pearson


def plot(evaluation: Evaluation, folder: Path) -> None:
    """The matrix of true class against that of the highest score, each row normalised."""
    n = len(CLASSES)
    chosen = evaluation.scores.argmax(axis=1)
    counts = np.bincount(evaluation.label * n + chosen, minlength=n * n).reshape(n, n)
    fraction, low, high = clopper_pearson(counts, counts.sum(axis=1, keepdims=True))
    names = [style.CLASS_NAMES[name] for name in CLASSES]
    with style.subplots(figsize=(12.5, 10)) as (figure, axes):
        shown = axes.imshow(100 * fraction, cmap="Blues", vmin=0, vmax=100)
        for i, j in np.ndindex(n, n):
            color = "white" if fraction[i, j] > 0.55 else "black"
            axes.text(
                j, i, _text(fraction[i, j], low[i, j], high[i, j]), ha="center", va="center", fontsize=15, color=color
            )
        axes.set(xticks=range(n), yticks=range(n), xticklabels=names, yticklabels=names)
        axes.set(xlabel="Class of the highest score", ylabel="True class")
        axes.tick_params(which="both", length=0)
        figure.colorbar(shown, ax=axes, label="Jets of the true class (%)")
        style.label(axes)
        numbers = {"classes": CLASSES, "counts": counts, "fraction": fraction, "low": low, "high": high}
        style.save(figure, folder / "confusion" / "confusion", numbers | {"intervals": "Clopper-Pearson"})


def _text(fraction: float, low: float, high: float) -> str:
    """In percent, with half of the interval."""
    if not np.isfinite(fraction):
        return "no\njets"
    if fraction == 0 or 100 * high < 0.1:
        return f"< {max(100 * high, 0.1):.1f}"
    return f"{100 * fraction:.1f}\n±{50 * (high - low):.1f}"
