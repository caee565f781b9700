"""Measure a model: ``python -m pyrun.tagger.particletransformer.evaluate FILE... --model model.onnx --output FOLDER``.

Runs the ONNX model, as a job would, on the test tenth of the events. Writes ``roc.png``, ``scores.png`` and
``evaluation.json``; with ``--docs``, the table in that page as well.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import NotFound
from pyrun.modules.btag.batching import JetInputs
from pyrun.modules.btag.features import CLASSES
from pyrun.modules.onnx import OnnxModel

from ..page import fill_table
from .prepare import BB, LEPB, UDS, B, C, G, read

Floats = npt.NDArray[np.float64]

FAMILY = {"b": (B, BB, LEPB), "c": (C,), "uds": (UDS,), "g": (G,)}
FAMILY["light"] = FAMILY["uds"] + FAMILY["g"]


class Discrimination(NamedTuple):
    """One kind of jets against another; the scores' ratio is CMSSW's BTagProbabilityToDiscriminator of that name."""

    name: str
    signal: str
    background: str
    numerator: str
    denominator: str


DISCRIMINATIONS = (
    Discrimination("b vs light", "b", "light", "b", "light"),
    Discrimination("b vs uds", "b", "uds", "b", "light"),
    Discrimination("b vs g", "b", "g", "b", "light"),
    Discrimination("b vs c", "b", "c", "b", "c"),
    Discrimination("c vs light", "c", "light", "c", "light"),
    Discrimination("uds vs g", "uds", "g", "uds", "g"),
)


def main() -> None:
    """Entry point of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, help="the files that train.py was given")
    parser.add_argument("--model", default="models/particletransformer_AK4/1/model.onnx", help="the ONNX model")
    parser.add_argument("--output", type=Path, required=True, help="folder for figures and numbers")
    parser.add_argument("--docs", type=Path, help="page whose table to fill")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    sample = read(arguments.files)
    jets = sample.part("test")
    scores = evaluate(arguments.model, sample.inputs, jets)
    label, pt = sample.label[jets], sample.pt[jets]

    numbers = measure(scores, label, pt)
    (arguments.output / "evaluation.json").write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    draw_roc(scores, label, numbers, arguments.output / "roc.png")
    print(table(numbers))
    if arguments.docs:
        try:
            fill_table(arguments.docs, table(numbers))
        except NotFound as error:
            raise SystemExit(str(error)) from error


def evaluate(model: str, inputs: JetInputs, jets: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Scores of these jets, [jets, classes]."""
    network = OnnxModel(model, [f"input_{i}" for i in range(1, 7)], ["softmax"])
    scores = np.zeros((len(inputs), len(CLASSES)), dtype=np.float32)
    for chosen, batch in inputs.batches(jets, 128):
        scores[chosen] = network(batch)[0]
    return scores[jets]


def discriminator(scores: npt.NDArray[np.float32], numerator: str, denominator: str) -> Floats:
    """Sum of the numerator's scores over that of both."""
    up, down = (scores[:, FAMILY[name]].sum(axis=1, dtype=np.float64) for name in (numerator, denominator))
    return up / np.maximum(up + down, 1e-12)


def area(signal: Floats, background: Floats) -> tuple[float, float]:
    """Area under the ROC curve and its standard deviation.

    DeLong, DeLong, Clarke-Pearson, Biometrics 44 (1988) 837, by ranks as in Sun, Xu, IEEE Signal Processing Letters
    21 (2014) 1389.
    """
    m, n = len(signal), len(background)
    both = midranks(np.concatenate([signal, background]))
    over_background = (both[:m] - midranks(signal)) / n
    under_signal = 1.0 - (both[m:] - midranks(background)) / m
    variance = over_background.var(ddof=1) / m + under_signal.var(ddof=1) / n
    return float(over_background.mean()), float(np.sqrt(variance))


def midranks(x: Floats) -> Floats:
    """Ranks from 1, ties sharing the mean of theirs."""
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def roc(signal: Floats, background: Floats) -> tuple[Floats, Floats]:
    """Efficiency for background and for signal, falling cut."""
    cuts = np.concatenate([signal, background])
    order = np.argsort(-cuts, kind="stable")
    is_signal = (np.arange(len(cuts)) < len(signal))[order]
    last = np.append(np.diff(cuts[order]) != 0, True)  # of several jets with one score
    return np.cumsum(~is_signal)[last] / len(background), np.cumsum(is_signal)[last] / len(signal)


def working_points(signal: Floats, background: Floats) -> dict[str, float]:
    """Signal efficiency where the background's is 10 %, 1 % and 0.1 % (CMS: loose, medium, tight)."""
    mistag, efficiency = roc(signal, background)
    return {f"{rate:g}": float(np.interp(rate, mistag, efficiency)) for rate in (0.1, 0.01, 0.001)}


def measure(scores: npt.NDArray[np.float32], label: npt.NDArray[np.int64], pt: Floats) -> dict[str, Any]:
    """Everything that ``evaluation.json`` holds."""
    counts = np.bincount(label, minlength=len(CLASSES)).tolist()
    numbers: dict[str, Any] = {"jets": dict(zip(CLASSES, counts, strict=True)), "discriminations": {}}
    for d in DISCRIMINATIONS:
        x = discriminator(scores, d.numerator, d.denominator)
        signal, background = (np.isin(label, FAMILY[name]) for name in (d.signal, d.background))
        auc, sigma = area(x[signal], x[background])
        entry: dict[str, Any] = {"auc": auc, "uncertainty": sigma}
        entry["efficiency_at_mistag"] = working_points(x[signal], x[background])
        entry["by_pt"] = {}
        for low, high in ((15, 30), (30, 50), (50, 100), (100, 1000)):
            here = (pt >= low) & (pt < high)
            if min((signal & here).sum(), (background & here).sum()) >= 20:
                entry["by_pt"][f"{low}-{high}"] = area(x[signal & here], x[background & here])
        numbers["discriminations"][d.name] = entry
    return numbers


def table(numbers: Mapping[str, Any]) -> str:
    """The numbers as a table in Markdown."""
    lines = [
        "| | AUC | efficiency at 10 % mistag | 1 % | 0.1 % | AUC, pt 15-30 GeV | 30-50 | 50-100 | > 100 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, entry in numbers["discriminations"].items():
        cells = [f"{entry['auc']:.4f} ± {entry['uncertainty']:.4f}"]
        cells += [f"{100 * x:.1f} %" for x in entry["efficiency_at_mistag"].values()]
        for window in ("15-30", "30-50", "50-100", "100-1000"):
            cells.append("{:.3f} ± {:.3f}".format(*entry["by_pt"][window]) if window in entry["by_pt"] else "")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    jets = ", ".join(f"{n} {name.removeprefix('prob')}" for name, n in numbers["jets"].items())
    return "\n".join([*lines, "", f"Test jets: {jets}."])


def draw_roc(
    scores: npt.NDArray[np.float32], label: npt.NDArray[np.int64], numbers: Mapping[str, Any], path: Path
) -> None:
    """Mistag rate against efficiency, one curve per discrimination."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import mplhep

    with plt.style.context(mplhep.style.CMS):
        figure, axes = plt.subplots(figsize=(10, 10))
        for d, style in zip(DISCRIMINATIONS, ("-", ":", ":", "--", "-.", (0, (5, 1, 1, 1, 1, 1))), strict=True):
            x = discriminator(scores, d.numerator, d.denominator)
            signal, background = (x[np.isin(label, FAMILY[name])] for name in (d.signal, d.background))
            mistag, efficiency = roc(signal, background)
            entry = numbers["discriminations"][d.name]
            text = f"{d.name}\nAUC {entry['auc']:.4f} $\\pm$ {entry['uncertainty']:.4f}"
            enough = mistag >= 5 / len(background)  # fewer jets than that are no measurement
            axes.plot(efficiency[enough], mistag[enough], linestyle=style, linewidth=2.5, label=text)
        axes.set(yscale="log", xlim=(0, 1), ylim=(3e-4, 1), xlabel="Efficiency", ylabel="Misidentification rate")
        axes.grid(alpha=0.4)
        title = "AK4 PUPPI jets\n$p_T$ > 15 GeV, $|\\eta|$ < 2.5"
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), title=title)
        mplhep.cms.text("Simulation", ax=axes)
        axes.text(1.0, 1.005, "ParticleTransformerAK4", ha="right", va="bottom", fontsize=22, transform=axes.transAxes)
        figure.savefig(path, dpi=90, bbox_inches="tight")
        plt.close(figure)


if __name__ == "__main__":
    main()
