"""Efficiency and mistag rate against pt and eta, for cuts that give a fixed mistag rate on all jets together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..evaluate import MISTAGS, Evaluation, Floats
from . import style
from .discriminants import B_VS_UDSG, LIGHT, TAU_VS_UDSG, Discriminant
from .response import ETA_EDGES
from .statistics import clopper_pearson, roc

PT_EDGES = np.array([15, 20, 25, 30, 40, 50, 65, 85, 120, 200.0])
SHOWN = (
    B_VS_UDSG,
    Discriminant(("charm",), LIGHT),
    TAU_VS_UDSG,
    Discriminant(("muon",), LIGHT),
    Discriminant(("electron",), LIGHT),
)


def plot(evaluation: Evaluation, folder: Path) -> None:
    """For each of `SHOWN` a figure against pt and one against eta."""
    for d in SHOWN:
        for what, x, edges in (("pt", evaluation.pt, PT_EDGES), ("eta", evaluation.eta, ETA_EDGES)):
            _draw(evaluation, d, what, x, edges, folder / "efficiency" / f"{d.name}_{what}")


def _draw(evaluation: Evaluation, d: Discriminant, what: str, x: Floats, edges: Floats, path: Path) -> None:
    value = d(evaluation.scores)
    signal, background = evaluation.of(d.signal), evaluation.of(d.background)
    numbers: dict[str, Any] = {"edges": edges, "intervals": "Clopper-Pearson", "mistag_rates": {}}
    lowest = 0.5
    with style.subplots(figsize=(14, 9)) as (figure, axes):
        for k, mistag in enumerate(MISTAGS):
            if signal.sum() == 0 or background.sum() * mistag < 1:
                continue
            cut = roc(value[signal], value[background]).cut_at(mistag)
            entry: dict[str, Any] = {"cut": cut}
            for which, jets, filled in (("signal", signal, True), ("background", background, False)):
                entry[which] = found = _binned(x, edges, jets, value >= cut)
                title = f"{d.title.split(' vs ')[not filled]}, cut at {100 * mistag:g}%"
                look = {"color": style.COLORS[(2, 0)[k]], "marker": "os"[k], "fillstyle": "full" if filled else "none"}
                _errorbars(axes, edges, found, title, look)
                drawn = found["efficiency"][(found["total"] > 0) & (found["efficiency"] > 0)]
                lowest = min(lowest, drawn.min(initial=0.5))
            numbers["mistag_rates"][f"{mistag:g}"] = entry
        axes.set(
            yscale="log", ylim=(max(lowest / 3, 1e-4), 1.3), xlim=(edges[0], edges[-1]), ylabel="Selected fraction"
        )
        if what == "pt":
            axes.set(xscale="log", xlabel="Jet $p_T$ (GeV)")
            axes.set_xticks([20, 30, 50, 100, 200], ["20", "30", "50", "100", "200"])
            axes.set_xticks([], minor=True)
        else:
            axes.set_xlabel(r"Jet $\eta$")
        axes.grid(alpha=0.4)
        style.label(axes)
        if numbers["mistag_rates"]:
            axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), title=f"{d.title}", alignment="left")
        else:
            style.nothing(axes, f"Too few jets: {signal.sum()} of signal, {background.sum()} of background")
        style.save(figure, path, numbers)


def _binned(
    x: Floats, edges: Floats, jets: npt.NDArray[np.bool_], passed: npt.NDArray[np.bool_]
) -> dict[str, npt.NDArray[Any]]:
    total, selected = np.histogram(x[jets], edges)[0], np.histogram(x[jets & passed], edges)[0]
    efficiency, low, high = clopper_pearson(selected, total)
    return {"passed": selected, "total": total, "efficiency": efficiency, "low": low, "high": high}


def _errorbars(axes: Any, edges: Floats, found: dict[str, npt.NDArray[Any]], title: str, look: dict[str, Any]) -> None:
    there = found["total"] > 0
    y, low, high = (found[name][there] for name in ("efficiency", "low", "high"))
    center, half = ((edges[1:] + edges[:-1]) / 2)[there], (np.diff(edges) / 2)[there]
    axes.errorbar(center, y, (y - low, high - y), half, linestyle="none", ms=10, label=title, mew=2, **look)
