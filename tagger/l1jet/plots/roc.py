"""ROC curves: mistag rate against efficiency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..evaluate import Evaluation, Floats
from ..toy_jets import CLASSES
from . import style
from .discriminants import MAIN, ONE_VS_REST, TAU_CHARGE, TAU_VS_UDSG, TAUS, Discriminant
from .statistics import area, clopper_pearson, roc

LOWEST = 1e-4
FEWEST = 10  # jets of a kind without which there is no curve


class Curve(NamedTuple):
    """One curve: the discriminant of signal and of background jets, and how it is called and drawn."""

    name: str
    title: str
    signal: Floats
    background: Floats
    color: str
    line: Any
    width: float = 2.5
    band: bool = True


def draw(path: Path, curves: Sequence[Curve], heading: str = "", note: str = "") -> None:
    """A figure of curves, with bands of one standard deviation of both rates.

    Parameters
    ----------
    path : Path
        Without a suffix.
    heading : str
        Of the legend.
    """
    numbers: dict[str, Any] = {}
    with style.subplots(figsize=(14, 9)) as (figure, axes):
        absent = []
        for curve in curves:
            if min(len(curve.signal), len(curve.background)) < FEWEST:
                absent.append(curve.title)
                numbers[curve.name] = {"signal_jets": len(curve.signal), "background_jets": len(curve.background)}
            else:
                numbers[curve.name] = _draw_curve(axes, curve)
        axes.set(yscale="log", xlim=(0, 1), ylim=(LOWEST, 1), xlabel="Signal efficiency", ylabel="Mistag rate")
        axes.grid(alpha=0.4)
        style.label(axes)
        if len(absent) == len(curves):
            style.nothing(axes, "There are no jets to compare")
        else:
            axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), title=heading, alignment="left")
        below = [note] * bool(note) + ["Too few jets: " + ", ".join(absent)] * bool(absent)
        if below:
            axes.text(1.03, 0.0, "\n".join(below), transform=axes.transAxes, va="bottom", fontsize=16, wrap=True)
        style.save(figure, path, {"curves": numbers, "bands": "Clopper-Pearson", "auc_uncertainty": "DeLong"})


def _draw_curve(axes: Any, curve: Curve) -> dict[str, Any]:
    value = area(curve.signal, curve.background)
    points = roc(curve.signal, curve.background).thinned()
    passed = np.rint(points.background * points.backgrounds)
    _, low, high = clopper_pearson(passed, points.backgrounds)
    _, least, most = clopper_pearson(np.rint(points.signal * points.signals), points.signals)
    drawn = passed > 0
    title = f"{curve.title}\nAUC {value.value:.4f} ± {value.uncertainty:.4f}"
    x, y = points.signal[drawn], points.background[drawn]
    axes.plot(x, y, color=curve.color, linestyle=curve.line, linewidth=curve.width, label=title)
    if curve.band:
        outline = [least[drawn], most[drawn][::-1]], [high[drawn], np.maximum(low[drawn], LOWEST / 10)[::-1]]
        axes.fill(*(np.concatenate(part) for part in outline), color=curve.color, alpha=0.2, linewidth=0)
    return {
        "auc": value.value,
        "auc_uncertainty": value.uncertainty,
        "signal_jets": points.signals,
        "background_jets": points.backgrounds,
        "signal_efficiency": points.signal,
        "mistag_rate": points.background,
        "signal_low": least,
        "signal_high": most,
        "mistag_low": low,
        "mistag_high": high,
    }


def curve(d: Discriminant, evaluation: Evaluation, number: int) -> Curve:
    """Of a discriminant, in one of the look's colours."""
    return Curve(
        d.name, d.title, *d.split(evaluation.scores, evaluation.label), style.COLORS[number], style.LINES[number]
    )


def plot(evaluation: Evaluation, folder: Path) -> None:
    """One class against all others, and against each other one; what triggers ask; taus; the areas as a matrix."""
    rest = [
        Curve(d.name, d.title, *d.split(evaluation.scores, evaluation.label), *_class_look(d.signal[0]))
        for d in ONE_VS_REST
    ]
    draw(folder / "roc" / "one_vs_rest", rest, "One class against the rest")
    draw(folder / "roc" / "main", [curve(d, evaluation, k) for k, d in enumerate(MAIN)])
    taus = [TAU_VS_UDSG, *(Discriminant((tau,), ("light", "gluon")) for tau in TAUS), TAU_CHARGE]
    taus += [Discriminant(TAUS, ("b",), alias=("tau", "b")), Discriminant(TAUS, ("electron",), alias=("tau", "e"))]
    draw(folder / "taus" / "taus", [curve(d, evaluation, k) for k, d in enumerate(taus)], "Hadronic taus")
    for name in CLASSES:
        others = [Discriminant((name,), (other,)) for other in CLASSES if other != name]
        curves = [
            Curve(d.name, d.title, *d.split(evaluation.scores, evaluation.label), *_class_look(d.background[0]))
            for d in others
        ]
        draw(folder / "roc" / f"pairwise_{name}", curves, f"{style.CLASS_NAMES[name]} against each other class")
    _matrix(evaluation, folder / "roc" / "pairwise")


def _class_look(name: str) -> tuple[str, Any]:
    return style.CLASS_COLORS[name], style.CLASS_LINES[name]


def _matrix(evaluation: Evaluation, path: Path) -> None:
    """Areas of all pairs: the same for either direction, so only one half is filled."""
    n = len(CLASSES)
    value, error = np.full((n, n), np.nan), np.full((n, n), np.nan)
    for i in range(n):
        for j in range(i):
            d = Discriminant((CLASSES[i],), (CLASSES[j],))
            value[i, j], error[i, j] = area(*d.split(evaluation.scores, evaluation.label))[:2]
    names = [style.CLASS_NAMES[name] for name in CLASSES]
    with style.subplots(figsize=(12, 10)) as (figure, axes):
        shown = axes.imshow(value, cmap="viridis", vmin=0.5, vmax=1)
        for i in range(n):
            for j in range(i):
                text = f"{value[i, j]:.3f}\n±{error[i, j]:.3f}" if np.isfinite(value[i, j]) else "few\njets"
                color = "black" if not value[i, j] < 0.85 else "white"
                axes.text(j, i, text, ha="center", va="center", fontsize=15, color=color)
        axes.set(xticks=range(n), yticks=range(n), xticklabels=names, yticklabels=names, xlim=(-0.5, n - 1.5))
        axes.set(ylim=(n - 0.5, 0.5), xlabel="Class", ylabel="Against class")
        axes.tick_params(which="both", length=0)
        figure.colorbar(shown, ax=axes, label="Area under the ROC curve")
        style.label(axes)
        numbers = {"classes": CLASSES, "auc": value, "uncertainty": error, "method": "DeLong"}
        style.save(figure, path, numbers)


def plot_comparison(models: Mapping[str, Evaluation], folder: Path) -> None:
    """For each discriminant a curve for each model, on the same jets."""
    for d in MAIN:
        curves = [
            Curve(name, name, *d.split(x.scores, x.label), style.COLORS[(2, 0, 4, 1)[k % 4]], style.LINES[k % 4])
            for k, (name, x) in enumerate(models.items())
        ]
        draw(folder / "comparison" / d.name, curves, d.title)


def plot_signals(evaluation: Evaluation, folder: Path, signals: Sequence[str]) -> None:
    """For each discriminant a curve for each process: its signal jets against the background jets of all processes."""
    for d in MAIN:
        x = d(evaluation.scores)
        background = x[evaluation.of(d.background)]
        curves = []
        for k, name in enumerate(signals):
            mine = evaluation.of(d.signal) & (evaluation.source == evaluation.sources.index(name))
            color, line = style.COLORS[k % len(style.COLORS)], style.LINES[k % len(style.LINES)]
            curves.append(Curve(name, name, x[mine], background, color, line))
        draw(folder / "signals" / d.name, curves, d.title, "Signal jets of each process,\nbackground jets of all")
