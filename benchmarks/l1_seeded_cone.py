"""Speed of the seeded-cone jets, with the algorithm in the firmware's types (ap_types, compiled by g++) as peer.

    python benchmarks/l1_seeded_cone.py [--events 2000] [--repeats 5] [--candidates FILE] [--quick]

Both get the same words and must give the same integers. The peer is tests/modules/l1t/reference/seeded_cone.cpp: the
loops of the algorithm with every number in its ap_fixed or ap_int type, at -O3; it needs g++, and hls4ml for the
headers. Candidates are those of a file made by cfg/l1_candidates_cfg.py, or, without one, random ones that look like
pile-up 200: 60 to 128 per event, the hardest first. The second table gives pyrun's cost for more and more candidates
per event.

Times are CPU times of one thread, medians over the rounds, in which the two alternate.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import numpy as np

from pyrun.modules.l1t.seeded_cone import SeededCone
from pyrun.modules.l1t.words import PuppiFields, pack_puppi

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "modules" / "l1t" / "reference"))

import seeded_cone_reference as reference
from seeded_cone_events import events

PRODUCT = "l1tPFCandidates_l1tLayer1_Puppi"
SETTINGS = {
    "cone 0.4": {"cone_size": 0.4, "with_mass": False},
    "cone 0.4, mass": {"cone_size": 0.4, "with_mass": True},
    "cone 0.8, mass": {"cone_size": 0.8, "with_mass": True},
}
SIZES = (16, 32, 64, 128, 256, 512, 1024)


def from_file(path: Path, n_events: int) -> tuple[np.ndarray, np.ndarray]:
    """Words and offsets of a file's events, again and again until there are enough."""
    import uproot

    with uproot.open(path) as file:
        tree = file["Events"]
        name = next(key for key in tree.keys() if key.startswith(PRODUCT))
        words = tree[name].array()["encodedPuppi64"]
    words = words[np.arange(n_events) % len(words)]
    return ak.to_numpy(ak.flatten(words)), np.concatenate([[0], np.cumsum(ak.to_numpy(ak.num(words)))])


def shuffled(words: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """The same events, their candidates in no order."""
    event = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return words[np.lexsort((np.random.default_rng(1).random(len(words)), event))]


def compare(name: str, words: np.ndarray, offsets: np.ndarray, settings: dict, repeats: int) -> None:
    """Time both in turn, and print a line."""
    algorithm = SeededCone(**settings)
    times: dict[str, list[float]] = {"pyrun": [], "ap_types": []}
    for _ in range(repeats + 1):
        began = time.process_time()
        jets = algorithm.jets(words, offsets)
        between = time.process_time()
        expected, counts, members = reference.seeded_cone(words, offsets, **settings)
        times["pyrun"].append(between - began)
        times["ap_types"].append(time.process_time() - between)
    ours = np.stack([jets.pt, jets.eta, jets.phi, jets.mass2, jets.sizes], axis=1)
    if not (np.array_equal(ours, expected) and np.array_equal(jets.constituents, members)):
        raise SystemExit(f"The jets differ ({name})")
    n_events = len(counts)
    pyrun, peer = (1e6 * statistics.median(values[1:]) / n_events for values in times.values())
    ratios = [b / a for a, b in zip(times["pyrun"][1:], times["ap_types"][1:], strict=True)]
    spread = f"{min(ratios):.0f} to {max(ratios):.0f}"
    print(f"{name:28s}{pyrun:10.2f}{peer:12.1f}{statistics.median(ratios):10.0f}{spread:>14s}{len(ours):10d}")


def median_time(work: Callable[[], object], repeats: int) -> float:
    """CPU seconds, median of some calls after a first one."""
    times = []
    for _ in range(repeats + 1):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times[1:])


def scaling(n_events: int, repeats: int) -> None:
    """Print what an event costs for more and more candidates."""
    print(f"\n{'candidates per event':28s}{'us/event':>10s}{'ns/candidate':>14s}")
    rng = np.random.default_rng(2)
    for size in SIZES:
        n = n_events * size
        pt = -np.sort(-(4 + rng.exponential(12, (n_events, size))).astype(int), axis=1)
        fields = PuppiFields.of(pt=pt.ravel(), eta=rng.integers(-550, 551, n), phi=rng.integers(-720, 721, n))
        words, offsets = pack_puppi(fields), np.arange(n_events + 1) * size
        seconds = median_time(lambda w=words, o=offsets: SeededCone().jets(w, o), repeats)
        print(f"{size:<28d}{1e6 * seconds / n_events:10.2f}{1e9 * seconds / n:14.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--candidates", type=Path, help="a file with candidates of pile-up 200")
    parser.add_argument("--quick", action="store_true", help="little work; the figures mean nothing")
    arguments = parser.parse_args()
    if (missing := reference.missing()) is not None:
        raise SystemExit(f"There is {missing}: the peer can't be compiled")
    n_events, repeats = (20, 1) if arguments.quick else (arguments.events, arguments.repeats)
    if arguments.candidates is None:
        words, offsets = events("pileup", n_events)
    else:
        words, offsets = from_file(arguments.candidates, n_events)
    print(f"{n_events} events, {len(words) / n_events:.0f} candidates in each, up to 16 jets; one thread")
    print(f"{'':28s}{'pyrun us':>10s}{'ap_types us':>12s}{'ratio':>10s}{'of rounds':>14s}{'jets':>10s}")
    for name, settings in SETTINGS.items():
        compare(name, words, offsets, settings, repeats)
    compare("cone 0.4, in no order", shuffled(words, offsets), offsets, SETTINGS["cone 0.4"], repeats)
    scaling(max(n_events // 4, 5), repeats)


if __name__ == "__main__":
    main()
