"""ROC curves of the tagger as the trigger has it: the emulated scores of test jets.

    python -m pyrun.tagger.l1jet.studies.roc training_data --model L1TSC4NGJetModel --output docs/l1-studies

The data set is one of `pytagger make-data`. Areas have DeLong's uncertainties.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pyrun.modules.l1t.emulators import load_emulator

from ..data import Dataset
from ..ntuple import CLASSES
from ..plots import style
from ..plots.statistics import area, roc

#: Signal and background by name: classes on either side.
PAIRS = {
    "b and light": (("b",), ("light",)),
    "b and charm": (("b",), ("charm",)),
    r"$\tau$ and light, gluon": (("taup", "taum"), ("light", "gluon")),
    r"$\tau^{+}$ and $\tau^{-}$": (("taup",), ("taum",)),
    "light and gluon": (("light",), ("gluon",)),
}


def curves(scores: Any, labels: Any) -> dict[str, tuple[Any, Any]]:
    """For each of `PAIRS` that has jets the curve and the area, of the signal's part of the scores of both."""
    found = {}
    for name, sides in PAIRS.items():
        signal, background = (scores[:, [CLASSES.index(one) for one in side]].sum(axis=1) for side in sides)
        part = signal / np.maximum(signal + background, 1e-9)
        is_signal, is_background = (np.isin(labels, [CLASSES.index(one) for one in side]) for side in sides)
        if is_signal.sum() > 1 and is_background.sum() > 1:
            found[name] = (roc(part[is_signal], part[is_background]), area(part[is_signal], part[is_background]))
    return found


def draw(found: dict[str, tuple[Any, Any]], path: Path) -> None:
    """Background against signal efficiency."""
    with style.subplots() as (figure, axes):
        numbers = {}
        for k, (name, (curve, one)) in enumerate(found.items()):
            points = curve.thinned()
            text = f"{name}: {one.value:.3f} $\\pm$ {one.uncertainty:.3f}"
            axes.plot(points.signal, points.background, color=style.COLORS[k], ls=style.LINES[k], label=text)
            numbers[name] = {
                "area": one.value,
                "uncertainty": one.uncertainty,
                "jets": [curve.signals, curve.backgrounds],
            }
        axes.set(xlabel="Signal efficiency", ylabel="Background efficiency", yscale="log", xlim=(0, 1), ylim=(1e-3, 1))
        axes.legend(title="Area under the curve", loc="upper left")
        style.label(axes)
        style.save(figure, path, numbers)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of pytagger make-data")
    parser.add_argument("--model", default="L1TSC4NGJetModel", help="folder or library of the tagger")
    parser.add_argument("--output", type=Path, default=Path("plots"), help="folder for the plot")
    options = parser.parse_args(arguments)
    data = Dataset(options.data, "testing")
    found = curves(load_emulator(options.model)(data.inputs).scores, np.asarray(data.label))
    draw(found, options.output / "l1_roc")
    for name, (curve, one) in found.items():
        print(f"{name:28s}{one.value:.3f} +- {one.uncertainty:.3f}   ({curve.signals} and {curve.backgrounds} jets)")


if __name__ == "__main__":
    main()
