"""Response and resolution of the jets' pt, before and after the model's correction."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..evaluate import Evaluation, Floats
from . import style
from .discriminants import HADRONS, TAUS
from .statistics import Spread, spread

PT_EDGES = np.array([15, 20, 25, 30, 40, 50, 65, 85, 120, 200.0])
ETA_EDGES = np.linspace(-2.4, 2.4, 13)
GROUPS = {
    "hadrons": (HADRONS, "b, c, uds, g"),
    "b": (("b",), "b"),
    "taus": (TAUS, r"$\tau$ (visible $p_T$)"),
    "leptons": (("muon", "electron"), r"$\mu$, e"),
}


class Kind(NamedTuple):
    """One version of pt, and how it is drawn."""

    name: str
    title: str
    ratio: Floats
    color: str
    marker: str


def kinds(evaluation: Evaluation) -> list[Kind]:
    """Reconstructed over true pt: as it is, with the usual correction if the data set has it, with the model's."""
    found = [Kind("uncorrected", "Uncorrected", evaluation.pt / evaluation.gen_pt, style.COLORS[8], "s")]
    if evaluation.standard_pt is not None:
        ratio = evaluation.standard_pt / evaluation.gen_pt
        found.append(Kind("standard", "Standard correction", ratio, style.COLORS[1], "^"))
    ratio = evaluation.pt * evaluation.factor / evaluation.gen_pt
    return [*found, Kind("regression", "Regression", ratio, style.COLORS[2], "o")]


def plot(evaluation: Evaluation, folder: Path) -> None:
    """For each group of classes: the distribution, and median and width against true pt and against eta."""
    for name, (classes, title) in GROUPS.items():
        mine = evaluation.of(classes)
        _distribution(evaluation, mine, title, folder / "response" / f"{name}_distribution")
        _against(evaluation, mine, title, folder / "response" / f"{name}_pt", "pt")
        _against(evaluation, mine, title, folder / "response" / f"{name}_eta", "eta")


def _distribution(evaluation: Evaluation, mine: npt.NDArray[np.bool_], title: str, path: Path) -> None:
    import hist
    import mplhep

    numbers: dict[str, Any] = {}
    with style.subplots() as (figure, axes):
        highest = 0.0
        for kind in kinds(evaluation):
            ratio = kind.ratio[mine]
            if not len(ratio):
                continue
            filled = hist.Hist(hist.axis.Regular(50, 0, 2.5)).fill(ratio)
            counts, edges = filled.values(), filled.axes[0].edges
            found = spread(ratio)
            text = f"{kind.title}\n{_median(found)}"
            scale = 1 / (len(ratio) * np.diff(edges))
            mplhep.histplot(
                counts * scale, edges, yerr=np.sqrt(counts) * scale, ax=axes, color=kind.color, label=text, linewidth=2
            )
            highest = max(highest, (counts * scale).max())
            numbers[kind.name] = {"edges": edges, "counts": counts} | found._asdict()
        axes.axvline(1, color="black", linewidth=1, linestyle=":")
        axes.set(xlim=(0, 2.5), ylim=(0, 1.5 * (highest or 1)))
        axes.set(xlabel="Reconstructed / true $p_T$", ylabel="Jets, normalised / unit")
        style.label(axes)
        style.note(axes, f"{title}\n{mine.sum()} jets\n$p_T$ > 15 GeV, $|\\eta|$ < 2.4", (0.04, 0.96))
        if numbers:
            axes.legend(loc="upper right", fontsize=17)
        else:
            style.nothing(axes, "There are no such jets")
        style.save(figure, path, {"kinds": numbers, "uncertainties": "bootstrap"})


def _median(x: Spread) -> str:
    if not np.isfinite(x.median):
        return "too few jets"
    return f"median {x.median:.3f} ± {x.median_uncertainty:.3f}\nwidth {x.width:.3f} ± {x.width_uncertainty:.3f}"


def _against(evaluation: Evaluation, mine: npt.NDArray[np.bool_], title: str, path: Path, what: str) -> None:
    """Median above, half of the central 68% over the median below."""
    x, edges = (evaluation.gen_pt, PT_EDGES) if what == "pt" else (evaluation.eta, ETA_EDGES)
    center, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    bin_of = np.where(mine, np.searchsorted(edges, x, side="right") - 1, -1)
    numbers: dict[str, Any] = {"edges": edges, "kinds": {}, "uncertainties": "bootstrap"}
    with style.subplots(2, 1, figsize=(11, 12), sharex=True) as (figure, (above, below)):
        shown = 0
        for kind in kinds(evaluation):
            found = [spread(kind.ratio[bin_of == b]) for b in range(len(center))]
            columns = {name: np.array([getattr(s, name) for s in found]) for name in Spread._fields}
            numbers["kinds"][kind.name] = columns
            there = np.isfinite(columns["median"])
            shown += there.sum()
            look = {"fmt": kind.marker, "ms": 9, "color": kind.color, "label": kind.title}
            look |= {"mew": 2, "fillstyle": "full" if kind.name == "regression" else "none"}
            for axes, name in ((above, "median"), (below, "width")):
                errors = {"yerr": columns[f"{name}_uncertainty"][there], "xerr": half[there]}
                axes.errorbar(center[there], columns[name][there], **errors, **look)
        above.axhline(1, color="black", linewidth=1, linestyle=":")
        _finish(above, below, title, what)
        _scale(above, below, numbers["kinds"])
        if not shown:
            style.nothing(above, "There are too few such jets")
        style.save(figure, path, numbers)


def _finish(above: Any, below: Any, title: str, what: str) -> None:
    above.set_ylabel("Median response")
    below.set_ylabel("Resolution")
    if what == "pt":
        below.set(xscale="log", xlabel="True $p_T$ (GeV)", xlim=(PT_EDGES[0], PT_EDGES[-1]))
        below.set_xticks([20, 30, 50, 100, 200], ["20", "30", "50", "100", "200"])
        below.set_xticks([], minor=True)
    else:
        below.set(xlabel=r"Jet $\eta$", xlim=(ETA_EDGES[0], ETA_EDGES[-1]))
    style.label(above)
    style.note(above, f"{title}\nreconstructed $p_T$ > 15 GeV", (0.04, 0.95))
    above.legend(loc="upper right")
    style.note(below, "half of the central 68%,\nover the median", (0.96, 0.95), ha="right")


def _scale(above: Any, below: Any, found: dict[str, Any]) -> None:
    """All points inside, with space for the legend on top."""
    medians = np.concatenate([[0.85, 1.1], *(columns["median"] for columns in found.values())])
    low, high = np.nanmin(medians) - 0.05, np.nanmax(medians) + 0.05
    above.set_ylim(low, high + 0.35 * (high - low))
    widths = np.concatenate([[0.2], *(columns["width"] for columns in found.values())])
    below.set_ylim(0, 1.35 * np.nanmax(widths))
