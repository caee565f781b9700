"""All areas under ROC curves at one glance."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from . import style
from .discriminants import TABLE

MARKERS = "os^DvP"


def plot(models: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
    """Areas with uncertainties, beside what is asked for.

    Parameters
    ----------
    models : mapping of str to dict
        By name what `evaluate.figures` gives; the first one is the model itself, others are compared with it.
    """
    y = np.arange(len(TABLE))[::-1]
    entries = {name: [numbers["auc"][d.name] for d in TABLE] for name, numbers in models.items()}
    first, lowest = next(iter(entries.values())), 0.7
    with style.subplots(figsize=(13, 9)) as (figure, axes):
        asked = [(entry["required"], place) for place, entry in zip(y, first, strict=True) if entry["required"]]
        axes.plot(*zip(*asked, strict=True), "|", color="black", ms=30, mew=2.5, label="Asked for")
        for k, (name, mine) in enumerate(entries.items()):
            value, error = (np.array([entry[part] for entry in mine], dtype=float) for part in ("auc", "uncertainty"))
            look = {"fmt": MARKERS[k % len(MARKERS)], "ms": 10, "color": style.COLORS[(2, 0, 4, 1, 5, 9)[k % 6]]}
            shift = 0.18 * (k - (len(entries) - 1) / 2)
            axes.errorbar(value, y - shift, xerr=error, fillstyle="none" if k else "full", label=name, **look)
            lowest = np.nanmin([lowest, *(value - error)])
        for place, entry in zip(y, first, strict=True):
            axes.text(1.02, place, _text(entry), transform=axes.get_yaxis_transform(), va="center", fontsize=18)
        axes.set(yticks=y, yticklabels=[d.title for d in TABLE], ylim=(-0.7, len(TABLE) + 0.8), xlim=(lowest - 0.03, 1))
        axes.tick_params(axis="y", which="minor", length=0)
        axes.grid(axis="x", alpha=0.4)
        axes.set_xlabel("Area under the ROC curve")
        axes.legend(loc="upper left", ncols=3)
        style.label(axes)
        style.save(figure, folder / "summary" / "auc", {"models": models, "auc_uncertainty": "DeLong"})


def _text(entry: Mapping[str, Any]) -> str:
    if not np.isfinite(entry["auc"]):
        return "too few jets"
    return f"{entry['auc']:.4f} ± {entry['uncertainty']:.4f}"
