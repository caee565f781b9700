"""plot-part-ak4: scores of ParticleTransformerAK4 for jets of each true flavour, from a MiniAOD file to one figure."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pyrun.framework.errors import CMSException, ProductNotFound

from .features import CLASSES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

JETS = "slimmedJets"
TAGGER = "pfParticleTransformerAK4JetTags"
MEANING = {
    "probb": "b (no lepton)",
    "probbb": "bb",
    "problepb": "b with lepton",
    "probc": "c",
    "probuds": "uds",
    "probg": "g",
}
EDGES = np.linspace(0.0, 1.0, 26)

Jets = dict[str, npt.NDArray]


def main(argv: list[str] | None = None) -> None:
    """Entry point of the command; exits with 1 if the file can't be plotted."""
    parser = argparse.ArgumentParser(prog="plot-part-ak4", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=Path("miniaod.root"), help="default: %(default)s")
    parser.add_argument("-o", "--output", type=Path, default=Path("ParTAK4.png"), help="default: %(default)s")
    arguments = parser.parse_args(argv)
    try:
        jets = read_jets(arguments.file)
    except CMSException as error:
        sys.exit(f"plot-part-ak4: {error.message}")
    draw(jets, arguments.output)
    counts = ", ".join(f"{mine.sum()} {name}" for name, mine in flavours(jets).items())
    print(f"{arguments.output}: {counts} jets")


def read_jets(path: Path) -> Jets:
    """Scores and true flavours of all jets that have scores, as flat arrays by name.

    Raises
    ------
    FileOpenError
        There is no such file, or it is no event file.
    ProductNotFound
        It has no ``slimmedJets``, or its jets no scores or flavours.
    """
    import awkward as ak

    from pyrun.framework.io.event_file import EventFileReader

    with EventFileReader(path) as file:
        branches = [branch for branch in file.branches if branch.label == JETS]
        if not branches:
            labels = ", ".join(sorted({branch.label for branch in file.branches})) or "nothing"
            raise ProductNotFound(
                f"{path} has no {JETS}, but {labels}: give the output of cfg/miniaod_cfg.py"
            )
        jets = ak.flatten(file.read(branches[-1], 0, file.num_entries)[0])
    wanted = {name: f"{TAGGER}_{name}" for name in CLASSES}
    wanted |= {name: name for name in ("hadronFlavour", "partonFlavour")}
    missing = [field for field in wanted.values() if field not in jets.fields]
    if missing:
        raise ProductNotFound(
            f"The {JETS} of {path} have no {', '.join(missing)}; they have {', '.join(jets.fields)}. "
            "Run the tagger (applyDeepBtagging) and jet flavour in the job that writes the file"
        )
    columns = {name: ak.to_numpy(jets[field]) for name, field in wanted.items()}
    filled = columns[CLASSES[0]] >= 0
    return {name: column[filled] for name, column in columns.items()}


def flavours(jets: Jets) -> dict[str, npt.NDArray[np.bool_]]:
    """Which jets are of each flavour: by hadron for b and c, by parton for the rest."""
    hadron, parton = jets["hadronFlavour"], np.abs(jets["partonFlavour"])
    light = hadron == 0
    return {
        "b": hadron == 5,
        "c": hadron == 4,
        "uds": light & (parton >= 1) & (parton <= 3),
        "g": light & (parton == 21),
    }


def density(scores: npt.NDArray) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Histogram in `EDGES` with unit area, and its statistical errors."""
    counts = np.histogram(scores, EDGES)[0].astype(float)
    scale = 1.0 / (max(counts.sum(), 1.0) * np.diff(EDGES))
    return counts * scale, np.sqrt(counts) * scale


def draw(jets: Jets, path: Path) -> None:
    """One panel per score, one curve per true flavour."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import mplhep

    with plt.style.context(mplhep.style.CMS):
        figure, panels = plt.subplots(2, 3, figsize=(27, 17))
        for name, axes in zip(CLASSES, panels.flat, strict=True):
            draw_score(axes, name, jets)
        panels[0, 0].set_ylabel("Jets / unit of score, normalised")
        panels[1, 0].set_ylabel("Jets / unit of score, normalised")
        mplhep.cms.text("Simulation", ax=panels[0, 0])
        panels[0, 2].text(
            1.0, 1.01, "AK4 PUPPI jets", ha="right", va="bottom", fontsize=24, transform=panels[0, 2].transAxes
        )
        figure.tight_layout()
        figure.savefig(path, dpi=70)
        plt.close(figure)


def draw_score(axes: Axes, name: str, jets: Jets) -> None:
    """The distributions of one score."""
    import mplhep

    styles = {"b": ("C0", "-"), "c": ("C1", "--"), "uds": ("C2", "-."), "g": ("C3", ":")}
    smallest = 1.0
    for flavour, mine in flavours(jets).items():
        color, line = styles[flavour]
        height, error = density(jets[name][mine])
        label = f"{flavour} ({mine.sum()})"
        mplhep.histplot(height, EDGES, yerr=error, ax=axes, color=color, linestyle=line, linewidth=2.5, label=label)
        smallest = min(smallest, height[height > 0].min(initial=1.0))
    axes.set(yscale="log", xlim=(0, 1), ylim=(0.5 * smallest, 300.0), xlabel=f"{name}: {MEANING[name]}")
    axes.legend(title="True flavour (jets)", ncols=2, loc="upper center", fontsize=22, title_fontsize=22)


if __name__ == "__main__":
    main()
