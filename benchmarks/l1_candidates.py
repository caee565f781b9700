"""Multiplicities, jet response and HT rates of files that cfg/l1_candidates_cfg.py has written.

    python benchmarks/l1_candidates.py response hh4b.root
    python benchmarks/l1_candidates.py rates qcd.root minbias.root

Jets are anti-kt jets (R = 0.4) of the candidates, without calibration; HT sums those with pt > 30 GeV and
|eta| < 2.4.
"""

from __future__ import annotations

import awkward as ak
import click
import numpy as np
import uproot

from pyrun.modules.jets.clustering import Momenta, cluster

CROSSINGS = 2760 * 11.246  # kHz
CANDIDATES = "l1tPFCandidates_l1tLayer1_Puppi_L1"


def jets_of(candidates):
    """Jets above 5 GeV, ``var * {pt, eta, phi}``."""
    flat = ak.flatten(candidates)
    momenta = Momenta.from_pt_eta_phi_mass(flat.pt, flat.eta, flat.phi, flat.mass)
    jets = cluster(momenta, ak.to_numpy(ak.num(candidates)), "AntiKt", 0.4, 5.0)
    return ak.unflatten(ak.zip({name: getattr(jets.momenta, name) for name in ("pt", "eta", "phi")}), jets.counts)


@click.group(help=__doc__.splitlines()[0])
def main():
    """One of the commands below."""


@main.command()
@click.argument("file")
def response(file):
    """Candidates per event, and pt of jets over that of generator jets within 0.3."""
    events = uproot.open(file)["Events"].arrays()
    candidates, truth = events[CANDIDATES], events["recoGenJets_ak4GenJets__L1"]
    counts = {"all": candidates.pt > 0, "charged": candidates.charge != 0, "photons": candidates.pdgId == 22}
    for name, chosen in counts.items():
        print(f"{name}: {ak.mean(ak.sum(chosen, axis=1)):.1f} per event")
    print(f"events with 128: {100 * ak.mean(ak.num(candidates) == 128):.0f}%")
    jets, truth = jets_of(candidates), truth[truth.pt > 20.0]
    true, found = ak.unzip(ak.cartesian([truth, jets], nested=True))
    distance = np.hypot(true.eta - found.eta, (true.phi - found.phi + np.pi) % (2 * np.pi) - np.pi)
    nearest = ak.argmin(distance, axis=2, keepdims=True)
    ratio, distance = (ak.firsts(x[nearest], axis=2) for x in (found.pt / true.pt, distance))
    for low_eta, high_eta in ((0.0, 1.5), (1.5, 2.4)):
        for low, high in ((20, 30), (30, 50), (50, 80), (80, 120), (120, 400)):
            in_bin = (truth.pt > low) & (truth.pt < high) & (abs(truth.eta) >= low_eta) & (abs(truth.eta) < high_eta)
            matched = ak.to_numpy(ak.flatten(ak.fill_none(distance[in_bin], 9.0))) < 0.3
            values = ak.to_numpy(ak.flatten(ak.fill_none(ratio[in_bin], 0.0)))[matched]
            below, median, above = np.percentile(values, [16, 50, 84])
            print(
                f"|eta| {low_eta}-{high_eta} pt {low}-{high} GeV: {len(values)} jets, "
                f"found {100 * matched.mean():.0f}%, response {median:.2f}, width {(above - below) / 2 / median:.2f}"
            )


@main.command()
@click.argument("files", nargs=-1, required=True)
def rates(files):
    """Rate above thresholds of HT, summed over samples that stand for different crossings."""
    thresholds = np.array([50, 75, 100, 150, 200, 300, 400])
    rate, variance = np.zeros(len(thresholds)), np.zeros(len(thresholds))
    for file in files:
        events = uproot.open(file)["Events"].arrays()
        weight = ak.to_numpy(events["double_bunchCrossingWeight__L1"])
        jets = jets_of(events[CANDIDATES])
        ht = ak.to_numpy(ak.sum(jets.pt[(jets.pt > 30.0) & (abs(jets.eta) < 2.4)], axis=1))
        passed = (ht[:, None] > thresholds) * weight[:, None]
        rate += passed.sum(axis=0) / len(ht)
        variance += (passed**2).sum(axis=0) / len(ht) ** 2
    for threshold, one, error in zip(thresholds, CROSSINGS * rate, CROSSINGS * np.sqrt(variance), strict=True):
        print(f"HT > {threshold} GeV: {one:.1f} +- {error:.1f} kHz")


if __name__ == "__main__":
    main()
