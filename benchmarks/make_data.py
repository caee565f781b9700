"""Making a data set of ntuples: pytagger make-data and a plain script, each in a process of its own, in one run.

    python benchmarks/make_data.py

The plain script does what CMS's training project describes, with the usual libraries: reads all with uproot into
awkward arrays, selects, pads each of the inputs, stacks them, makes one-hot labels, and writes ROOT files for training
and testing. Both get the same ntuple, of toy jets. Times are of CPU, after the imports.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jets", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="few jets, once: to see that it runs")
    parser.add_argument("--one", nargs=3, metavar=("WHICH", "NTUPLE", "OUTPUT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        measure_one(*arguments.one)
        return
    if arguments.quick:
        arguments.jets, arguments.repeats = 5_000, 1
    with tempfile.TemporaryDirectory() as scratch:
        ntuple = Path(scratch) / "jets.root"
        write_ntuple(ntuple, arguments.jets)
        results: dict[str, list[dict[str, float]]] = {"plain": [], "pytagger": []}
        for repeat in range(arguments.repeats):
            for which, found in results.items():
                words = [sys.executable, __file__, "--one", which, str(ntuple), f"{scratch}/{which}{repeat}"]
                run = subprocess.run(words, capture_output=True, text=True, check=True)
                found.append(json.loads(run.stdout.splitlines()[-1]))
        report(results, arguments.jets)


def report(results: dict[str, list[dict[str, float]]], jets: int) -> None:
    print(f"{'':<10} {'jets/s':>9} {'CPU s':>7} {'wall s':>7} {'peak MB':>8}   (medians of {len(results['plain'])})")
    median = {
        which: {key: statistics.median(run[key] for run in runs) for key in runs[0]} for which, runs in results.items()
    }
    for which, values in median.items():
        print(
            f"{which:<10} {jets / values['cpu']:9.0f} {values['cpu']:7.2f} {values['wall']:7.2f} {values['peak']:8.0f}"
        )
    plain, ours = median["plain"], median["pytagger"]
    ratios = sorted(a["cpu"] / b["cpu"] for a, b in zip(results["plain"], results["pytagger"], strict=True))
    print(
        f"pytagger is {plain['cpu'] / ours['cpu']:.1f} times as fast ({ratios[0]:.1f} to {ratios[-1]:.1f}), with "
        f"{ours['peak'] / plain['peak']:.2f} of the peak memory"
    )
    print(f"Jets of the data sets: {plain['jets']:.0f} and {ours['jets']:.0f}")


def measure_one(which: str, ntuple: str, output: str) -> None:
    """Run one of the two here, after its imports, and print what it took."""
    import awkward  # noqa: F401
    import uproot  # noqa: F401

    from pyrun.tagger.l1jet.data import making  # noqa: F401

    cpu, wall = time.process_time(), time.perf_counter()
    jets = (plain if which == "plain" else pytagger)(ntuple, Path(output))
    times = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**times, "peak": peak, "jets": jets}))


def pytagger(ntuple: str, output: Path) -> int:
    from pyrun.tagger.l1jet.data import making

    output.mkdir()
    options = making.Options(validation=0.0, testing=0.1)
    metadata = making.make(making.sources([ntuple], options), output, options, lambda *_: None)
    return sum(part["jets"] for part in metadata["parts"].values())


def plain(ntuple: str, output: Path) -> int:
    """A script as one writes it, after the description of CMS's training project."""
    import awkward as ak
    import numpy as np
    import uproot

    from pyrun.modules.l1t.ng_inputs import FEATURES

    jets = uproot.open(ntuple)["outnano/jets"].arrays()
    jets = jets[(jets.jet_pt_phys > 15) & (abs(jets.jet_eta_phys) < 2.4) & (jets.jet_reject == 0)]
    lepton = (jets.jet_tauflav != 0) | (jets.jet_muflav != 0) | (jets.jet_elflav != 0)
    hadron = (jets.jet_genmatch_pt > 0) & ~lepton
    heavy, parton = jets.jet_genmatch_hflav, abs(jets.jet_genmatch_pflav)
    tau = (jets.jet_tauflav == 1) & (jets.jet_muflav == 0) & (jets.jet_elflav == 0)
    conditions = [
        hadron & (heavy == 5),
        hadron & (heavy == 4),
        hadron & (heavy == 0) & (parton <= 3),
        hadron & (heavy == 0) & (parton == 21),
        tau & (jets.jet_taucharge > 0),
        tau & (jets.jet_taucharge < 0),
        (jets.jet_muflav == 1) & (jets.jet_tauflav == 0) & (jets.jet_elflav == 0),
        (jets.jet_elflav == 1) & (jets.jet_tauflav == 0) & (jets.jet_muflav == 0),
    ]
    label = ak.full_like(jets.jet_pt_phys, -1)
    for number, condition in enumerate(conditions):
        label = ak.where(condition, number, label)
    target = ak.where(label >= 4, jets.jet_genmatch_lep_vis_pt, jets.jet_genmatch_pt)
    chosen = (label >= 0) & (target > 5)
    jets, label, target = jets[chosen], label[chosen], target[chosen]
    padded = [
        ak.fill_none(ak.pad_none(jets[f"jet_puppicand_{name}"], 16, axis=1, clip=True), 0)[:, :, np.newaxis]
        for name in FEATURES
    ]
    inputs = ak.concatenate(padded, axis=2)
    one_hot = np.eye(8, dtype=np.float32)[ak.to_numpy(label).astype(int)]
    ratio = np.clip(ak.to_numpy(target / jets.jet_pt_phys), 0.3, 2)
    order = np.random.default_rng(1).permutation(len(label))
    cut = round(0.9 * len(order))
    output.mkdir()
    for name, rows in (("training", order[:cut]), ("testing", order[cut:])):
        with uproot.recreate(output / f"{name}.root") as file:
            columns = {x: jets[x][rows] for x in jets.fields if jets[x].ndim == 1 and x.startswith("jet_")}
            file["data"] = {"nn_inputs": inputs[rows], "label": one_hot[rows], "target_pt": ratio[rows], **columns}
    return len(order)


def write_ntuple(path: Path, jets: int) -> None:
    """An ntuple of toy jets, as cfg/l1ntuple_cfg.py writes it."""
    import awkward as ak
    import numpy as np
    import uproot

    from pyrun.modules.l1t.ng_inputs import FEATURES, tagger_inputs
    from pyrun.tagger.l1jet.toy_jets import CLASSES, toy_jets

    step = 20_000
    with uproot.recreate(path, compression=uproot.ZSTD(5)) as file:
        for start in range(0, jets, step):
            toys = toy_jets(min(step, jets - start), seed=start + 1)
            x = tagger_inputs(toys.words, np.arange(len(toys.words)), toys.offsets, toys.jet_words).candidates
            filled = x[:, :, FEATURES.index("isfilled")] > 0
            lists = {
                f"jet_puppicand_{name}": ak.unflatten(x[:, :, k][filled].astype(np.float32), filled.sum(axis=1))
                for k, name in enumerate(FEATURES)
            }
            columns = toy_columns(toys, start, CLASSES)
            if not start:
                kinds = {k: v.dtype for k, v in columns.items()} | dict.fromkeys(lists, "var * float32")
                tree = file.mktree("outnano/jets", kinds)
            tree.extend(columns | lists)


def toy_columns(toys: object, start: int, classes: tuple[str, ...]) -> dict[str, object]:
    """What the ntuple has of each jet, from which its label follows."""
    import numpy as np

    from pyrun.modules.l1t import words as w

    label = np.array(classes)[toys.label]
    fields = w.unpack_ct_jet(toys.jet_words)
    pt = (fields.pt * w.PT.lsb).astype(np.float32)
    gen = (pt * toys.pt_ratio).astype(np.float32)
    plain = {
        "jet_pt_phys": pt,
        "jet_eta_phys": (fields.eta * w.ETA_PHI_LSB).astype(np.float32),
        "jet_genmatch_pt": gen,
        "jet_genmatch_lep_vis_pt": gen,
    }
    whole = {
        "event": start + np.arange(len(label)),
        "jet_reject": np.zeros(len(label)),
        "jet_genmatch_hflav": np.select([label == "b", label == "charm"], [5, 4], 0),
        "jet_genmatch_pflav": np.select([label == "b", label == "charm", label == "gluon"], [5, 4, 21], 1),
        "jet_tauflav": np.isin(label, ["taup", "taum"]),
        "jet_muflav": label == "muon",
        "jet_elflav": label == "electron",
        "jet_taucharge": np.select([label == "taup", label == "taum"], [1, -1], 0),
    }
    return plain | {name: values.astype(np.int32) for name, values in whole.items()}


if __name__ == "__main__":
    main()
