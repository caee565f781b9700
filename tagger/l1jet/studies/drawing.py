"""The studies' plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..plots import style

if TYPE_CHECKING:
    from .counting import Interval
    from .definitions import Study, Variable
    from .deriving import Point


def contour(study: Study, points: Sequence[Point], chosen: Point, without: Point, path: Path) -> None:
    """Thresholds that keep the target rate, and what the signal's efficiency is there."""
    scanned = next(iter(study.grid))
    groups: dict[tuple[float, ...], list[Point]] = {}
    for point in points:
        groups.setdefault(tuple(point.thresholds[name] for name in list(study.grid)[1:]), []).append(point)
    with style.subplots(rows=2, figsize=(10, 12), sharex=True) as (figure, (upper, lower)):
        for number, (others, group) in enumerate(groups.items()):
            x = [point.thresholds[scanned] for point in group]
            value, low, high = np.array([point.efficiency for point in group]).T
            name = ", ".join(f"{key} > {value:g}" for key, value in zip(list(study.grid)[1:], others, strict=True))
            look = {"color": style.COLORS[number % len(style.COLORS)]}
            upper.plot(x, [point.thresholds[study.cut] for point in group], label=name, **look)
            lower.errorbar(x, value, (value - low, high - value), fmt="o-", markersize=4, **look)
        at = chosen.thresholds
        upper.plot(at[scanned], at[study.cut], "*", color="black", markersize=18, label="chosen")
        lower.axhspan(without.efficiency.low, without.efficiency.high, color="#94a4a2", alpha=0.4, lw=0)
        lower.axhline(without.efficiency.value, color="#717581", ls="--", label=_without(scanned, without))
        upper.set(ylabel=study.labels[study.cut])
        lower.set(xlabel=study.labels[scanned], ylabel="Signal efficiency", ylim=(0, None))
        upper.legend(ncols=2 if len(groups) > 3 else 1, title=f"{study.title}, {study.target / 1e3:g} kHz")
        lower.legend()
        style.label(upper)
        numbers = {"contour": [point.as_dict() for point in points], "without_tagger": without.as_dict()}
        style.save(figure, path, {"study": study.name, "best": chosen.as_dict(), **numbers})


def _without(scanned: str, point: Point) -> str:
    return f"Without tagger: {'$H_T$' if scanned == 'HT' else 'jet $p_T$'} > {point.thresholds['cut']:g} GeV"


def rates(
    study: Study,
    scanned: str,
    values: npt.NDArray[np.float64],
    curves: Mapping[str, npt.NDArray[np.float64]],
    path: Path,
) -> None:
    """Rate against the threshold, with and without the tagger; `curves` have value and ends of the interval in Hz."""
    with style.subplots() as (figure, axes):
        for number, (name, curve) in enumerate(curves.items()):
            color = style.COLORS[(2, 0)[number]]
            axes.plot(values, curve[:, 0] / 1e3, color=color, ls=style.LINES[number], label=name.replace("_", " "))
            axes.fill_between(values, curve[:, 1] / 1e3, curve[:, 2] / 1e3, color=color, alpha=0.25, lw=0)
        axes.axhline(study.target / 1e3, color="#717581", lw=1.5, ls=":")
        axes.text(values[0], study.target / 1e3, f"{study.target / 1e3:g} kHz", fontsize=19, va="bottom")
        shown = np.concatenate([curve[:, 0] for curve in curves.values()])
        axes.set(xlabel=study.labels[scanned], ylabel="Rate (kHz)", yscale="log")
        axes.set_ylim(max(shown[shown > 0].min(initial=1e6) / 2e3, 0.5), 40e3)
        axes.legend(title=study.title)
        style.label(axes)
        points = {name: curve.tolist() for name, curve in curves.items()}
        style.save(figure, path, {"study": study.name, "threshold": values, "rates": points})


def efficiencies(
    study: Study, variable: Variable, region: str, rows: Mapping[str, Sequence[Interval]], path: Path
) -> None:
    """Efficiencies against one variable, with intervals."""
    edges = np.array(variable.edges, dtype=float)
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    with style.subplots() as (figure, axes):
        for number, (name, points) in enumerate(rows.items()):
            value, low, high = np.array(points, dtype=float).T
            look: dict[str, Any] = {"color": style.COLORS[(2, 0, 1, 4)[number % 4]], "fmt": "os^D"[number % 4]}
            axes.errorbar(
                middle, value, (value - low, high - value), half, label=name.replace("_", " "), markersize=8, **look
            )
        axes.set(xlabel=variable.label, ylabel="Efficiency", ylim=(0, 1.35), xlim=(edges[0], edges[-1]))
        where = region.strip("_")
        axes.legend(title=f"{study.signal}, {study.target / 1e3:g} kHz" + (f", {where}" if where else ""))
        style.label(axes)
        style.save(figure, path, {"study": study.name, "edges": variable.edges, "efficiencies": rows})
