"""A model's answers for the test jets, and its figures of merit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from .plots.discriminants import TABLE, Discriminant
from .plots.statistics import area, clopper_pearson, roc
from .toy_jets import CLASSES

if TYPE_CHECKING:
    from .data import Dataset
    from .models import TaggerModel

Floats = npt.NDArray[np.float64]

MISTAGS = (0.1, 0.01)


@attrs.frozen
class Evaluation:
    """Jets with their truth and what a model says about them; one entry per jet in each array.

    Attributes
    ----------
    inputs : numpy.ndarray of float32, shape (jets, 16, features)
    label : numpy.ndarray of int
        Index into `CLASSES`.
    scores : numpy.ndarray, shape (jets, 8)
    factor : numpy.ndarray
        The model's correction of pt.
    pt, eta : numpy.ndarray
        Of the jet (GeV).
    gen_pt : numpy.ndarray
        What the corrected pt should be (GeV).
    source : numpy.ndarray of int
        Index into `sources`.
    sources : tuple of str
        The processes.
    features : tuple of str
        Names of the inputs.
    standard_pt : numpy.ndarray, optional
        After the usual correction without a network (GeV).
    toys : bool
        Whether the jets are invented, not simulated.
    """

    inputs: npt.NDArray[np.float32]
    label: npt.NDArray[np.int64]
    scores: Floats
    factor: Floats
    pt: Floats
    eta: Floats
    gen_pt: Floats
    source: npt.NDArray[np.int64]
    sources: tuple[str, ...]
    features: tuple[str, ...]
    standard_pt: Floats | None = None
    toys: bool = False

    def __len__(self) -> int:
        return len(self.label)

    def counts(self) -> dict[str, int]:
        """Jets of each class."""
        return dict(zip(CLASSES, np.bincount(self.label, minlength=len(CLASSES)).tolist(), strict=True))

    def of(self, classes: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Which jets are of these classes."""
        return np.isin(self.label, [CLASSES.index(name) for name in classes])


def evaluate(model: TaggerModel, dataset: Dataset) -> Evaluation:
    """A model's answers for all jets of a part of a data set."""
    label, columns = np.asarray(dataset.label), dataset.columns
    pt = np.asarray(columns["jet_pt_phys"], dtype=np.float64)
    inputs = np.asarray(dataset.inputs)
    scores, factor = model.predict(inputs)
    files, processes = [process_name(x["path"]) for x in dataset.metadata["sources"]], {}
    for name in files:
        processes.setdefault(name, len(processes))
    number = np.array([processes[name] for name in files], dtype=np.int64)
    return Evaluation(
        inputs=inputs,
        label=label,
        scores=np.asarray(scores, dtype=np.float64),
        factor=np.asarray(factor, dtype=np.float64),
        pt=pt,
        eta=np.asarray(columns["jet_eta_phys"], dtype=np.float64),
        gen_pt=_true_pt(dataset, label, pt),
        source=number[np.asarray(columns["source"])],
        sources=tuple(processes),
        features=tuple(dataset.metadata["features"]),
        standard_pt=_standard_pt(columns, pt),
        toys=set(processes) == {"toy"},
    )


def _true_pt(dataset: Dataset, label: npt.NDArray[np.int64], pt: Floats) -> Floats:
    """From the truth itself if the data set has it, else from the target, which is held to a range."""
    from .ntuple import target_pt

    columns = dataset.columns
    if "jet_genmatch_pt" in columns and "jet_genmatch_lep_vis_pt" in columns:
        return target_pt(columns, label)
    return np.asarray(dataset.pt_ratio * pt, dtype=np.float64)


def _standard_pt(columns: Mapping[str, npt.NDArray[Any]], pt: Floats) -> Floats | None:
    """None if the data set has no corrections: then the ntuple repeats pt."""
    if "jet_pt_corr" not in columns or np.array_equal(columns["jet_pt_corr"], pt):
        return None
    return np.asarray(columns["jet_pt_corr"], dtype=np.float64)


def process_name(path: str) -> str:
    """Of an ntuple: its name without folder, suffix and number, "ttbar" for "ntuples/ttbar_2.root"."""
    stem = Path(path).stem
    return re.sub(r"[_.:-]*\d+$", "", stem) or stem


def figures(evaluation: Evaluation, discriminants: Iterable[Discriminant] = TABLE) -> dict[str, Any]:
    """Areas under ROC curves with DeLong's uncertainties, and efficiencies with Clopper-Pearson's.

    Returns
    -------
    dict
        "jets" by class, and "auc" by name of the discriminant: ``auc``, ``uncertainty``, ``signal_jets``,
        ``background_jets``, ``required`` (or None), and ``efficiency_at_mistag``: for each mistag rate the signal's
        efficiency and the ends of its interval, at the cut that this sample's background gives. Figures that need
        more jets than there are, are NaN.
    """
    entries: dict[str, Any] = {}
    for d in discriminants:
        signal, background = d.split(evaluation.scores, evaluation.label)
        value = area(signal, background)
        entries[d.name] = {
            "auc": value.value,
            "uncertainty": value.uncertainty,
            "signal_jets": len(signal),
            "background_jets": len(background),
            "required": d.required,
            "efficiency_at_mistag": {f"{rate:g}": _working_point(signal, background, rate) for rate in MISTAGS},
        }
    return {"jets": evaluation.counts(), "auc": entries}


def _working_point(signal: Floats, background: Floats, mistag: float) -> list[float]:
    if len(signal) == 0 or len(background) * mistag < 1:
        return [np.nan] * 3
    cut = roc(signal, background).cut_at(mistag)
    return [float(x) for x in clopper_pearson((signal >= cut).sum(), len(signal))]


def differences(
    evaluation: Evaluation, other: Evaluation, discriminants: Iterable[Discriminant] = TABLE
) -> dict[str, tuple[float, float]]:
    """Areas minus those of another model on the same jets, with uncertainties that know of the correlation."""
    if not np.array_equal(evaluation.label, other.label):
        raise ValueError("Two models can only be compared on the same jets")
    found = {}
    for d in discriminants:
        mine, its = (area(*d.split(x.scores, x.label)) for x in (evaluation, other))
        found[d.name] = mine.minus(its)
    return found


def table(numbers: Mapping[str, Any], comparison: Mapping[str, tuple[float, float]] | None = None) -> str:
    """What `figures` gives, and `differences` if wanted, as a table in Markdown."""
    title = "| | AUC | asked for | " + " | ".join(f"efficiency at {100 * x:g}% mistags" for x in MISTAGS) + " |"
    lines = [title + (" difference |" if comparison else ""), "|---" * (4 + len(MISTAGS) - 1 + bool(comparison)) + "|"]
    for name, entry in numbers["auc"].items():
        cells = [name.replace("_", " "), _with_error(entry["auc"], entry["uncertainty"])]
        cells.append("" if entry["required"] is None else f"{entry['required']:.2f}")
        for efficiency, low, high in entry["efficiency_at_mistag"].values():
            cells.append(_percent(efficiency, low, high))
        if comparison:
            cells.append(_with_error(*comparison[name], sign="+"))
        lines.append("| " + " | ".join(cells) + " |")
    jets = ", ".join(f"{n} {name}" for name, n in numbers["jets"].items())
    return "\n".join([*lines, "", f"Test jets: {jets}. Uncertainties: DeLong (AUC), Clopper-Pearson (efficiency)."])


def _with_error(value: float, error: float, sign: str = "") -> str:
    return f"{value:{sign}.4f} ± {error:.4f}" if np.isfinite(value) else "too few jets"


def _percent(efficiency: float, low: float, high: float) -> str:
    if not np.isfinite(efficiency):
        return "too few jets"
    return f"{100 * efficiency:.1f} ± {50 * (high - low):.1f}%"
