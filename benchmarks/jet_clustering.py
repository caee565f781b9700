"""Speed of the jet clustering, with FastJet as peer.

    python benchmarks/jet_clustering.py [--repeats 5] [--quick]

Both cluster the candidates of the shipped events, all of them or those above a pt, and must find the same number of
jets. To that end candidates are moved by 1e-7: those in calorimeter towers have equal distances, where the jets depend
on which is taken first, and FastJet's own strategies differ.

Times are CPU times of one thread per event, from flat momenta to jets and constituents, medians over the rounds, in
which the two alternate. Needs the extra `test`, for FastJet.
"""

from __future__ import annotations

import argparse
import statistics
import time

import awkward as ak
import fastjet
import numpy as np
import uproot

from pyrun.framework.resources import file_in_path
from pyrun.modules.jets.clustering import Momenta, cluster, masses

FASTJETS = {"AntiKt": "antikt_algorithm", "CambridgeAachen": "cambridge_algorithm", "Kt": "kt_algorithm"}
PT_MIN = 5.0
CANDIDATES = "recoPFCandidates_particleFlow__SIM"


def momenta_of(candidates: ak.Array) -> tuple[Momenta, np.ndarray]:
    """Flat momenta, and how many each event has."""
    flat = ak.flatten(candidates)
    eta, phi = (
        ak.to_numpy(flat[name]) + np.random.default_rng(1).normal(0, 1e-7, len(flat)) for name in ("eta", "phi")
    )
    momenta = Momenta.from_pt_eta_phi_mass(flat.pt, eta, phi, masses(ak.to_numpy(flat.pdgId)))
    return momenta, ak.to_numpy(ak.num(candidates))


def pyruns(momenta: Momenta, counts: np.ndarray, algorithm: str, radius: float) -> int:
    jets = cluster(momenta, counts, algorithm, radius, PT_MIN)
    jets.constituents()
    return jets.counts.sum()


def fastjets(momenta: Momenta, counts: np.ndarray, algorithm: str, radius: float) -> int:
    particles = ak.unflatten(ak.zip(momenta._asdict()), counts)
    definition = fastjet.JetDefinition(getattr(fastjet, FASTJETS[algorithm]), radius)
    sequence = fastjet.ClusterSequence(particles, definition)
    sequence.constituent_index(PT_MIN)
    return ak.count(sequence.inclusive_jets(PT_MIN).E)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="few events, once: to see that it works")
    arguments = parser.parse_args()
    n, repeats = (20, 1) if arguments.quick else (100, arguments.repeats)
    with uproot.open(file_in_path("data/ttbar_pu30_aodsim.root")) as file:
        candidates = file["Events"][CANDIDATES].array(entry_stop=n)
    print(f"{n} events, median of {repeats}, ms per event")
    print(f"{'candidates':>10s}  {'algorithm':18s}{'R':>4s}{'pyrun':>8s}{'FastJet':>9s}{'ratio':>7s}")
    for pt in (2.0, 1.0, 0.5, 0.0):
        momenta, counts = momenta_of(candidates[candidates.pt > pt])
        for algorithm in FASTJETS:
            for radius in (0.4, 0.8):
                ours, theirs = measure(momenta, counts, algorithm, radius, repeats)
                print(
                    f"{counts.mean():10.0f}  {algorithm:18s}{radius:4.1f}{1e3 * ours / n:8.3f}"
                    f"{1e3 * theirs / n:9.3f}{ours / theirs:7.2f}"
                )


def measure(momenta: Momenta, counts: np.ndarray, algorithm: str, radius: float, repeats: int) -> tuple[float, float]:
    """CPU seconds for all events, pyrun's and FastJet's."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats + 1):  # the first one warms up
        found = []
        for way, taken in zip((pyruns, fastjets), times, strict=True):
            began = time.thread_time()
            found.append(way(momenta, counts, algorithm, radius))
            taken.append(time.thread_time() - began)
        if found[0] != found[1]:
            raise SystemExit(f"{algorithm}, R = {radius}: {found[0]} jets, FastJet finds {found[1]}")
    return statistics.median(times[0][1:]), statistics.median(times[1][1:])


if __name__ == "__main__":
    main()
