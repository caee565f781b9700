"""Rates above thresholds of HT with pile-up of different pools, and whether they agree.

    python benchmarks/l1_rate_stability.py half=qcd_a.root,minbias_a.root twice=qcd_b.root,minbias_b.root

Each argument is a name and the files, of cfg/l1_candidates_cfg.py, of the samples qcd and minbias with that pool. HT is
that of the trigger's seed without tagger: seeded-cone jets above 30 GeV within |eta| < 2.4, corrected. Intervals are of
one standard deviation; the last columns compare each pool with the first, whose events must be others.
"""

from __future__ import annotations

import argparse
import glob
from pathlib import Path

import numpy as np

from pyrun.tagger.l1jet.studies import counting, samples, seeds

THRESHOLDS = (100.0, 150.0, 200.0, 300.0)


def pool(text: str) -> tuple[str, list[samples.Sample]]:
    """A name and the two samples."""
    name, _, files = text.partition("=")
    found = [Path(file) for pattern in files.split(",") for file in sorted(glob.glob(pattern))]
    parts = {process: [file for file in found if file.name.startswith(process)] for process in samples.CROSSINGS}
    if not all(parts.values()):
        raise SystemExit(f"{text}: give a name, =, and files qcd*.root and minbias*.root, with commas between them")
    return name, [samples.read(files, process, "L1TSC4NGJetModel") for process, files in parts.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pools", nargs="+", help="NAME=FILE,FILE,...")
    pools = dict(map(pool, parser.parse_args().pools))
    for name, crossings in pools.items():
        print(f"{name}: " + ", ".join(f"{len(sample)} events {sample.process}" for sample in crossings))
    print(f"\n{'HT above':10s}" + "".join(f"{name:>26s}" for name in pools) + "   ratio to the first, difference")
    for threshold in THRESHOLDS:
        seed = {"conditions": [{"filter": "l1tJetSumsFilter", "src": samples.CONES, "minHT": threshold}]}
        rates = [
            counting.rate([seeds.accepted(seed, one) for one in crossings], crossings) for crossings in pools.values()
        ]
        row = "".join(
            f"{x.value / 1e3:10.1f} -{(x.value - x.low) / 1e3:.1f} +{(x.high - x.value) / 1e3:.1f} kHz" for x in rates
        )
        first = rates[0]
        comparison = ""
        for other in rates[1:]:
            difference = other.value - first.value
            error = np.hypot(*((x.high - x.low) / 2 for x in (first, other)))
            relative = other.value / first.value * np.hypot(*((x.high - x.low) / 2 / x.value for x in (first, other)))
            comparison += f"   {other.value / first.value:.2f} +- {relative:.2f}, {difference / error:+.1f} sigma"
        print(f"{threshold:6.0f} GeV{row}{comparison}")


if __name__ == "__main__":
    main()
