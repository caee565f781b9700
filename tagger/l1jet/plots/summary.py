"""All areas under ROC curves at one glance, and how they depend on the jets' pt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..evaluate import Evaluation
from . import style
from .discriminants import TABLE
from .statistics import area

MARKERS = "os^DvP"
COLORS = [style.COLORS[k] for k in (2, 0, 4, 1, 5, 9)]
PT_EDGES = np.array([15, 20, 30, 50, 100, np.inf])


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
            look = {"fmt": MARKERS[k % len(MARKERS)], "ms": 10, "color": COLORS[k % len(COLORS)]}
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


def plot_against_pt(evaluation: Evaluation, folder: Path) -> None:
    """Areas that something is asked of, from the jets of each range of pt alone."""
    shown = [d for d in TABLE if d.required]
    here = np.digitize(evaluation.pt, PT_EDGES) - 1
    numbers: dict[str, Any] = {"edges": PT_EDGES[:-1], "auc_uncertainty": "DeLong", "auc": {}}
    x = np.arange(len(PT_EDGES) - 1)
    with style.subplots(figsize=(13, 9)) as (figure, axes):
        for k, d in enumerate(shown):
            found = [area(*d.split(evaluation.scores[here == n], evaluation.label[here == n])) for n in x]
            entry = {"auc": [a.value for a in found], "uncertainty": [a.uncertainty for a in found]}
            numbers["auc"][d.name] = entry
            shift = 0.06 * (k - (len(shown) - 1) / 2)
            axes.errorbar(
                x + shift, entry["auc"], entry["uncertainty"],
                fmt=MARKERS[k], ms=10, color=COLORS[k], label=d.title,
            )  # fmt: skip
        names = [f"{low:g} to {high:g}" for low, high in zip(PT_EDGES[:-2], PT_EDGES[1:-1], strict=True)]
        axes.set(xticks=x, xticklabels=[*names, f"above {PT_EDGES[-2]:g}"], ylim=(None, 1.005))
        axes.tick_params(axis="x", which="minor", length=0)
        axes.grid(axis="y", alpha=0.4)
        axes.set(xlabel="Jet $p_T$ (GeV)", ylabel="Area under the ROC curve")
        axes.legend(loc="lower right", ncols=2)
        style.label(axes)
        style.save(figure, folder / "summary" / "auc_pt", numbers)


def _text(entry: Mapping[str, Any]) -> str:
    if not np.isfinite(entry["auc"]):
        return "too few jets"
    return f"{entry['auc']:.4f} ± {entry['uncertainty']:.4f}"
