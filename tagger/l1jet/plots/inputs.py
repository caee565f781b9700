"""What the model is given: distributions of the inputs for each class."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from pyrun.modules.l1t.words import DXY_SQRT_LSB, ETA_PHI_LSB, Z0_LSB

from ..evaluate import Evaluation, Floats
from ..toy_jets import CLASSES
from . import style

CHARGED = ("isElectronPlus", "isElectronMinus", "isMuonPlus", "isMuonMinus", "isChargedHadronPlus")
CHARGED += ("isChargedHadronMinus",)
NEUTRAL = ("isPhoton", "isNeutralHadron")
TYPES = (*NEUTRAL, *CHARGED)
TYPE_NAMES = (r"$\gamma$", r"$h^{0}$", r"$e^{+}$", r"$e^{-}$", r"$\mu^{+}$", r"$\mu^{-}$", r"$h^{+}$", r"$h^{-}$")


@attrs.frozen
class Axis:
    """How an input is shown.

    Attributes
    ----------
    title : str
        With its unit.
    low, high : float
        Values beyond are counted in the outermost bins.
    scale : float
        From the input's step to the unit.
    of : {"all", "charged", "neutral"}
        Which constituents have this input.
    log : bool
        Whether the vertical axis is logarithmic.
    bins : int
    """

    title: str
    low: float
    high: float
    scale: float = 1.0
    of: str = "all"
    log: bool = True
    bins: int = 40


AXES = {
    "pt": Axis("Constituent $p_T$ (GeV)", 0, 100, bins=25),
    "pt_rel": Axis("Constituent $p_T$ / jet $p_T$", 0, 1, bins=25),
    "pt_log": Axis("log(constituent $p_T$ / GeV)", -1.5, 5.5, log=False),
    "deta": Axis(r"$\Delta\eta$(jet, constituent)", -0.4, 0.4, ETA_PHI_LSB),
    "dphi": Axis(r"$\Delta\phi$(constituent, jet)", -0.4, 0.4, ETA_PHI_LSB),
    "mass": Axis("Constituent mass (GeV)", 0, 0.55, bins=22),
    "z0": Axis("Track $z_0$ (cm)", -15, 15, Z0_LSB, of="charged", log=False),
    "dxy": Axis(r"$|d_{xy}|^{1/2}$ of the track (cm$^{1/2}$)", 0, 1, DXY_SQRT_LSB, of="charged", bins=32),
    "puppiweight": Axis("PUPPI weight", 0, 1, of="neutral", bins=32),
    "emid": Axis("Electromagnetic id (bits)", -0.5, 7.5, of="neutral", bins=8),
    "quality": Axis("Track quality (bits)", -0.5, 7.5, of="charged", bins=8),
}

Select = Callable[[npt.NDArray[np.bool_]], Floats]


def plot(evaluation: Evaluation, folder: Path) -> None:
    """Each input of the constituents, how many there are of each type, pt and eta of the jets, and the scores."""
    column = {name: k for k, name in enumerate(evaluation.features)}
    if {"isfilled", *TYPES} <= set(column):
        filled = evaluation.inputs[:, :, column["isfilled"]] > 0
        _plot_types(evaluation, filled, folder / "inputs" / "types")
    else:
        filled = evaluation.inputs.any(axis=-1)
    for name in evaluation.features:
        axis = AXES.get(name)
        if axis is None:
            continue  # flags are in the plot of the types
        if name == "emid" and evaluation.inputs[:, :, column[name]].max(initial=0) > axis.high:
            axis = attrs.evolve(axis, high=63.5, bins=64)  # all of its bits are in use
        which = _constituents(evaluation, column, filled, axis)
        values = evaluation.inputs[:, :, column[name]] * axis.scale
        distributions = [values[mine][which[mine]] for mine in _classes(evaluation)]
        _draw(folder / "inputs" / name, axis, distributions, _unit(axis))
    number = filled.sum(axis=1)
    slots = evaluation.inputs.shape[1]
    _draw(
        folder / "inputs" / "constituents",
        Axis(f"Constituents (of at most {slots})", -0.5, slots + 0.5, bins=slots + 1, log=False),
        [number[mine] for mine in _classes(evaluation)],
        "jets",
    )
    for name, values, axis in (
        ("jet_pt", evaluation.pt, Axis("Jet $p_T$ (GeV)", 0, 250, bins=25)),
        ("jet_eta", evaluation.eta, Axis(r"Jet $\eta$", -2.5, 2.5, log=False, bins=25)),
    ):
        _draw(folder / "inputs" / name, axis, [values[mine] for mine in _classes(evaluation)], "jets")
    for k, name in enumerate(CLASSES):
        axis = Axis(f"Score of {style.CLASS_NAMES[name]}", 0, 1, bins=25)
        _draw(folder / "scores" / name, axis, [evaluation.scores[mine, k] for mine in _classes(evaluation)], "jets")


def _classes(evaluation: Evaluation) -> list[npt.NDArray[np.bool_]]:
    return [evaluation.label == k for k in range(len(CLASSES))]


def _unit(axis: Axis) -> str:
    return {"all": "constituents", "charged": "charged constituents", "neutral": "neutral constituents"}[axis.of]


def _constituents(
    evaluation: Evaluation, column: dict[str, int], filled: npt.NDArray[np.bool_], axis: Axis
) -> npt.NDArray[np.bool_]:
    """Slots that are shown: those filled with a constituent that has this input."""
    kinds = {"charged": CHARGED, "neutral": NEUTRAL}.get(axis.of, ())
    if not kinds or not set(kinds) <= set(column):
        return filled
    flags: npt.NDArray[np.bool_] = (evaluation.inputs[:, :, [column[name] for name in kinds]] > 0).any(axis=-1)
    return filled & flags


def _draw(path: Path, axis: Axis, distributions: list[Floats], unit: str) -> None:
    """One histogram for each class, normalised, with statistical errors."""
    import hist
    import mplhep

    numbers: dict[str, Any] = {}
    with style.subplots(figsize=(13, 9)) as (figure, axes):
        absent, lowest, highest = [], 1.0, 0.0
        for name, values in zip(CLASSES, distributions, strict=True):
            filled = hist.Hist(hist.axis.Regular(axis.bins, axis.low, axis.high))
            inside = np.nextafter(axis.low, axis.high), np.nextafter(axis.high, axis.low)
            filled.fill(np.clip(values, *inside))
            counts, edges = filled.values(), filled.axes[0].edges
            numbers[name] = {"entries": len(values), "counts": counts}
            if not len(values):
                absent.append(style.CLASS_NAMES[name])
                continue
            height, error = counts / len(values), np.sqrt(counts) / len(values)
            look = {"color": style.CLASS_COLORS[name], "linestyle": style.CLASS_LINES[name], "linewidth": 2.2}
            look["label"] = f"{style.CLASS_NAMES[name]} ({len(values)})"
            shown = np.where(height > 0, height, np.nan)  # no lines down to the bottom for empty bins
            mplhep.histplot(shown, edges, yerr=error, ax=axes, **look)
            lowest, highest = min(lowest, height[height > 0].min()), max(highest, height.max())
        axes.set(xlabel=axis.title, ylabel=f"Fraction of {unit} / bin", xlim=(axis.low, axis.high))
        if axis.log:
            axes.set(yscale="log", ylim=(max(lowest / 2, 1e-6), 2 * max(highest, 1e-6)))
        else:
            axes.set_ylim(0, 1.1 * (highest or 1))
        style.label(axes)
        if len(absent) < len(CLASSES):
            title = f"Class ({unit.split()[-1]})"
            axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), title=title, alignment="left")
        else:
            style.nothing(axes, "There are no jets")
        numbers = {"edges": edges, "classes": numbers, "errors": "square roots of the counts"}
        style.save(figure, path, numbers | {"overflow": "in the outermost bins"})


def _plot_types(evaluation: Evaluation, filled: npt.NDArray[np.bool_], path: Path) -> None:
    """Mean number of constituents of each type."""
    flags = evaluation.inputs[:, :, [evaluation.features.index(name) for name in TYPES]] > 0
    number = (flags & filled[:, :, None]).sum(axis=1)
    numbers: dict[str, Any] = {}
    with style.subplots(figsize=(13, 9)) as (figure, axes):
        lowest = 1.0
        for k, name in enumerate(CLASSES):
            mine = number[evaluation.label == k]
            if len(mine) < 2:
                continue
            mean, error = mine.mean(axis=0), mine.std(axis=0, ddof=1) / np.sqrt(len(mine))
            numbers[name] = {"jets": len(mine), "mean": mean, "error": error}
            shown = mean > 0
            x = np.arange(len(TYPES)) + (k - 3.5) / 11
            axes.errorbar(
                x[shown], mean[shown], error[shown], fmt="o", ms=8, color=style.CLASS_COLORS[name],
                label=style.CLASS_NAMES[name],
            )  # fmt: skip
            lowest = min(lowest, mean[shown].min(initial=1.0))
        axes.set(xticks=range(len(TYPES)), xticklabels=TYPE_NAMES, xlim=(-0.5, len(TYPES) - 0.5), yscale="log")
        axes.set(xlabel="Type of constituent", ylabel="Mean number per jet", ylim=(max(lowest / 2, 1e-4), 20))
        axes.tick_params(axis="x", which="minor", length=0)
        style.label(axes)
        if numbers:
            axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), title="Class", alignment="left")
        else:
            style.nothing(axes, "There are too few jets")
        style.save(figure, path, {"types": TYPES, "classes": numbers, "errors": "of the mean"})
