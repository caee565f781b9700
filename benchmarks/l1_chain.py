"""Speed of the level-1 chain: from candidates' words by jets and tags to the seeds of the shipped menu.

    python benchmarks/l1_chain.py [--events 1000] [--repeats 5] [--candidates FILE] [--quick]

Candidates are those of a file made by cfg/l1_candidates_cfg.py, or, without one, random ones that look like pile-up
200. Times are CPU times of one thread, medians; every filter of the menu sees all events. How jets and tags compare
with the firmware's types in C++ is measured by l1_seeded_cone.py and l1_tagger.py.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from pyrun.framework.resources import file_in_path
from pyrun.framework.testing import TestProcessor
from pyrun.modules.l1t.words import DXY_SQRT_LSB, ETA_PHI_LSB, PT, PUPPI_WEIGHT, Z0_LSB, unpack_puppi

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "modules" / "l1t" / "reference"))
from seeded_cone_events import events

PRODUCT = "l1tPFCandidates_l1tLayer1_Puppi"
CANDIDATES, JETS, TAGGED = "l1tLayer1:Puppi", "l1tSC4PFL1PuppiExtendedEmulator", "l1tSC4NGJetProducer:l1tSC4NGJets"


def random_candidates(n_events: int) -> ak.Array:
    """Products with random words and what these decode to."""
    words, offsets = events("pileup", n_events)
    fields = unpack_puppi(words)
    columns = {
        "encodedPuppi64": words,
        "pt": PT.value(fields.pt),
        "eta": fields.eta * ETA_PHI_LSB,
        "phi": fields.phi * ETA_PHI_LSB,
        "z0": fields.z0 * Z0_LSB,
        "dxy": (fields.dxy * DXY_SQRT_LSB) ** 2,
        "puppiWeight": PUPPI_WEIGHT.value(fields.weight),
    }
    return ak.unflatten(ak.zip(columns), np.diff(offsets))


def from_file(path: Path, n_events: int) -> ak.Array:
    """The file's products, again and again until there are enough."""
    import uproot

    with uproot.open(path) as file:
        tree = file["Events"]
        name = next(key for key in tree.keys() if key.startswith(PRODUCT))
        found = tree[name].array()
    return found[np.arange(n_events) % len(found)]


def menu() -> list[TestProcessor]:
    """The filters of the shipped working points."""
    seeds = json.loads(file_in_path("data/l1_working_points.json").read_text())["seeds"].values()
    conditions: list[dict[str, Any]] = [one for seed in seeds for one in seed.get("conditions", ())]
    return [TestProcessor(one["filter"].replace("l1t", "L1T", 1), **_without_filter(one)) for one in conditions]


def _without_filter(condition: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in condition.items() if name != "filter"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--candidates", type=Path, help="a file with candidates of pile-up 200")
    parser.add_argument("--quick", action="store_true", help="little work; the figures mean nothing")
    arguments = parser.parse_args()
    number, repeats = (20, 1) if arguments.quick else (arguments.events, arguments.repeats)
    candidates = from_file(arguments.candidates, number) if arguments.candidates else random_candidates(number)
    cone, tagger, filters = (
        TestProcessor("L1SeedConePFJetProducer", HW=True),
        TestProcessor("L1TSC4NGJetProducer"),
        menu(),
    )
    times = []
    for _ in range(repeats + 1):  # the first compiles
        began = time.process_time()
        jets = cone.run({CANDIDATES: candidates})[""]
        clustered = time.process_time()
        tagged = tagger.run({JETS: jets, CANDIDATES: candidates})["l1tSC4NGJets"]
        scored = time.process_time()
        for one in filters:
            one.run({TAGGED: tagged})
        ended = time.process_time()
        times.append((clustered - began, scored - clustered, ended - scored, ended - began))
    steps = ["jets", "tags", f"{len(filters)} filters", "chain"]
    print(f"{number} events in a block, {len(ak.flatten(candidates)) / number:.0f} candidates in each; one thread")
    print(f"{'':14s}{'us/event':>10s}{'events/s':>12s}")
    for step, values in zip(steps, zip(*times[1:], strict=True), strict=True):
        seconds = statistics.median(values) / number
        print(f"{step:14s}{1e6 * seconds:10.1f}{1 / seconds:12.0f}")


if __name__ == "__main__":
    main()
