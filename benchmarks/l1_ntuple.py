"""What is in ntuples of cfg/l1ntuple_cfg.py: classes of jets, response, and how well single numbers tell them apart.

    python benchmarks/l1_ntuple.py ntuples/*.root

A sanity check of labels, not of a tagger: muons must have muons, taus few and collimated particles, b jets displaced
tracks, and the sign of a tau is that of its particles.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import uproot

from pyrun.modules.l1t.ng_inputs import FEATURES
from pyrun.tagger.l1jet.ntuple import Ntuple
from pyrun.tagger.l1jet.toy_jets import CLASSES

POSITIVE = ("isChargedHadronPlus", "isElectronPlus", "isMuonPlus")
NEGATIVE = ("isChargedHadronMinus", "isElectronMinus", "isMuonMinus")

# what tells the first classes from the second ones, larger for the first
COMPARISONS = [
    ("charge", ("taup",), ("taum",)),
    ("-width", ("taup", "taum"), ("light", "gluon")),
    ("-multiplicity", ("taup", "taum"), ("light", "gluon")),
    ("displacement", ("b",), ("light",)),
    ("displacement", ("b",), ("charm",)),
    ("-width", ("light",), ("gluon",)),
    ("muons", ("muon",), tuple(name for name in CLASSES if name != "muon")),
    ("electrons", ("electron",), tuple(name for name in CLASSES if name != "electron")),
]


def discriminators(inputs):
    """Single numbers of jets, from inputs of shape (jets, particles, features)."""
    of = {name: inputs[:, :, i].astype(np.float64) for i, name in enumerate(FEATURES)}
    sign = sum(of[name] for name in POSITIVE) - sum(of[name] for name in NEGATIVE)
    total = np.maximum(of["pt"].sum(axis=1), 1e-9)

    def mean(values):
        return (of["pt"] * values).sum(axis=1) / total

    return {
        "charge": mean(sign),
        "-width": -np.sqrt(mean(of["deta"] ** 2 + of["dphi"] ** 2)),
        "-multiplicity": -of["isfilled"].sum(axis=1),
        "displacement": np.sort(np.where(sign != 0, of["dxy"], 0), axis=1)[:, -2],  # of the second track
        "muons": mean(of["isMuonPlus"] + of["isMuonMinus"]),
        "electrons": mean(of["isElectronPlus"] + of["isElectronMinus"]),
    }


def auc(signal, background):
    """Probability that a signal jet has the larger number, and its uncertainty (Hanley and McNeil 1982)."""
    both = np.sort(background)
    below, equal = np.searchsorted(both, signal, "left"), np.searchsorted(both, signal, "right")
    area = (below + equal).mean() / 2 / len(background)
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (len(signal) - 1) * (q1 - area**2) + (len(background) - 1) * (q2 - area**2)
    return area, np.sqrt(variance / len(signal) / len(background))


def process_of(path):
    """ttbar for ttbar_3.root."""
    return path.stem.rpartition("_")[0] or path.stem


@click.command(help=__doc__.splitlines()[0])
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def main(files):
    events, counts, labels, inputs, ratios = {}, {}, [], [], []
    for path in files:
        name = process_of(path)
        with uproot.open(path) as file:
            numbers = np.unique(file["outnano/jets"]["event"].array(library="np"))
        events[name] = events.get(name, 0) + len(numbers)
        for block in Ntuple(path, FEATURES).blocks([], "50 MB"):
            counts[name] = counts.get(name, 0) + np.bincount(block.label, minlength=len(CLASSES))
            labels.append(block.label)
            inputs.append(block.inputs)
            ratios.append(block.pt_ratio)
    label, ratio = np.concatenate(labels), np.concatenate(ratios)

    click.echo("jets by process: events with jets, jets, jets per event, " + ", ".join(CLASSES))
    for name, number in counts.items():
        classes = " ".join(f"{n:7d}" for n in number)
        click.echo(f"{name:12s} {events[name]:7d} {number.sum():7d} {number.sum() / events[name]:5.2f} {classes}")
    click.echo(f"{'all':12s} {sum(events.values()):7d} {len(label):7d}")

    click.echo("true pt over pt: median, 10% and 90%")
    for i, name in enumerate(CLASSES):
        low, median, high = np.quantile(ratio[label == i], (0.1, 0.5, 0.9))
        click.echo(f"{name:12s} {np.mean(label == i):6.1%} {median:6.3f} {low:6.3f} {high:6.3f}")

    click.echo("area under the ROC curve of one number")
    parts = [discriminators(part) for part in inputs]
    for name, signal, background in COMPARISONS:
        values = np.concatenate([part[name] for part in parts])
        masks = (np.isin(label, [CLASSES.index(one) for one in classes]) for classes in (signal, background))
        area, error = auc(*(values[mask] for mask in masks))
        against = "rest" if len(background) > 2 else "+".join(background)
        click.echo(f"{name:14s} {'+'.join(signal):10s} against {against:12s} {area:.3f} +- {error:.3f}")


if __name__ == "__main__":
    main()
