"""How much the model needs each input: what is lost when its values are exchanged between jets.

Permutation importance: L. Breiman, Machine Learning 45 (2001) 5. The constituents of one rank exchange their values,
so that empty slots stay empty. Inputs that tell the same (pt, its logarithm, its share) stand in for each other, so
groups of such inputs are exchanged together as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from ..evaluate import Evaluation
from . import style
from .discriminants import B_VS_UDSG, LIGHT, LIGHT_VS_GLUON, TAU_VS_UDSG, Discriminant
from .inputs import TYPES
from .statistics import Area, area

Predict = Callable[[npt.NDArray[np.float32]], tuple[npt.NDArray[Any], npt.NDArray[Any]]]

GROUPS = {
    "all of pt": ("pt", "pt_rel", "pt_log"),
    "direction": ("deta", "dphi"),
    "particle type": (*TYPES, "mass"),
    "track": ("z0", "dxy", "quality"),
    "calorimeter": ("puppiweight", "emid"),
}
MEASURED = (B_VS_UDSG, LIGHT_VS_GLUON, TAU_VS_UDSG, Discriminant(("electron",), LIGHT))


def plot(evaluation: Evaluation, predict: Predict, folder: Path, jets: int = 4000, seed: int = 1) -> None:
    """Loss of area under ROC curves for each input and for groups of them, on at most so many jets."""
    sample = _some(evaluation, jets, seed)
    sets = [(name, (name,)) for name in evaluation.features if name != "isfilled"]
    sets += [(name, x) for name, x in GROUPS.items() if set(x) <= set(evaluation.features)]
    before = [area(*d.split(sample.scores, sample.label)) for d in MEASURED]
    losses = {name: _loss(sample, predict, columns, before, seed) for name, columns in sets}
    _draw(losses, len(sample), folder / "importance" / "permutation")


def _some(evaluation: Evaluation, jets: int, seed: int) -> Evaluation:
    """As many jets of each class as possible."""
    rng, n = np.random.default_rng(seed), max(1, jets // 8)
    by_class = [rng.permutation(np.flatnonzero(evaluation.label == k))[:n] for k in range(8)]
    chosen = np.sort(np.concatenate(by_class))
    arrays = ("inputs", "label", "scores", "factor", "pt", "eta", "gen_pt", "source")
    fields = {name: getattr(evaluation, name)[chosen] for name in arrays}
    return attrs.evolve(evaluation, **fields, standard_pt=None)


def _loss(
    sample: Evaluation, predict: Predict, columns: Sequence[str], before: Sequence[Area], seed: int
) -> list[tuple[float, float]]:
    """What each area loses, with DeLong's uncertainty of the difference on the same jets."""
    scores, _ = predict(exchanged(sample.inputs, [sample.features.index(name) for name in columns], seed))
    after = [area(*d.split(np.asarray(scores, dtype=np.float64), sample.label)) for d in MEASURED]
    return [a.minus(b) for a, b in zip(before, after, strict=True)]


def exchanged(inputs: npt.NDArray[np.float32], columns: Sequence[int], seed: int) -> npt.NDArray[np.float32]:
    """Inputs in which jets have exchanged some features of the constituents of each rank; empty slots stay empty."""
    rng = np.random.default_rng(seed)
    changed, filled = inputs.copy(), inputs.any(axis=-1)
    for rank in range(inputs.shape[1]):
        rows = np.flatnonzero(filled[:, rank])
        changed[rows[:, None], rank, columns] = inputs[rng.permutation(rows)[:, None], rank, columns]
    return changed


def _draw(losses: dict[str, list[tuple[float, float]]], jets: int, path: Path) -> None:
    singles = [name for name in losses if name not in GROUPS]
    order = sorted(singles, key=lambda name: np.nanmax([0.0, *(x for x, _ in losses[name])]))
    order = [*(name for name in losses if name in GROUPS), *order]
    y = np.arange(len(order))
    with style.subplots(figsize=(14, 13)) as (figure, axes):
        for k, d in enumerate(MEASURED):
            value, error = (np.array([losses[name][k][part] for name in order]) for part in (0, 1))
            if not np.isfinite(value).any():
                continue
            place = y + (k - 1.5) / 6
            look = {"fmt": "os^D"[k], "ms": 8, "color": style.COLORS[(2, 0, 4, 1)[k]], "label": d.title}
            axes.errorbar(value, place, xerr=error, **look)
        groups = len(order) - len(singles)
        if groups:
            axes.axhline(groups - 0.5, color="black", linewidth=1)
        axes.axvline(0, color="black", linewidth=1, linestyle=":")
        axes.set(yticks=y, yticklabels=order, ylim=(-0.5, len(order) - 0.5), xlabel="Loss of area under the ROC curve")
        axes.tick_params(axis="y", which="minor", length=0)
        axes.grid(axis="x", alpha=0.4)
        style.label(axes)
        title = f"Values exchanged\nbetween {jets} jets"
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), title=title, alignment="left")
        else:
            style.nothing(axes, "There are too few jets")
        numbers = {name: {d.name: losses[name][k] for k, d in enumerate(MEASURED)} for name in order}
        style.save(figure, path, {"loss_of_auc_and_uncertainty": numbers, "jets": jets, "uncertainty": "DeLong"})
