"""Compare simulated particle-flow candidates with CMS's own: counts, types, eta, errors of impact parameters.

    python benchmarks/compare_pf_with_cms.py pfnano.root

The file is a NanoAOD with particle-flow candidates (branches PFCands_*), such as the test samples of the PFNano
project; none comes with this repository. The script runs the AOD job on QCD events of like hardness and pile-up,
prints the comparison and exits with 1 if the mean number of candidates above 0.5, 1 or 2 GeV is off by more than 20%.
"""

from __future__ import annotations

import argparse
import functools
import operator
import subprocess
import sys
import tempfile
from pathlib import Path

import awkward as ak
import numpy as np
import uproot

TOLERANCE = 0.2
THRESHOLDS = (0.5, 1.0, 2.0)
CHARGED = (11, 13, 211)
TYPES = {"charged": CHARGED, "photons": (22,), "neutral hadrons": (130,), "HF": (1, 2)}
REGIONS = ((0.0, 1.5), (1.5, 2.5), (2.5, 3.0), (3.0, 4.0), (4.0, 5.2))
PT_BINS = ((0.95, 1.5), (1.5, 3.0), (3.0, 10.0), (10.0, 1000.0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cms", type=Path, help="NanoAOD with PFCands")
    parser.add_argument("--events", type=int, default=60, help="events to simulate")
    parser.add_argument("--process", default="qcd1400to1800", help="process to simulate, as in aod_cfg.py")
    arguments = parser.parse_args()
    cms, pileup = read_cms(arguments.cms)
    simulated = read_simulation(arguments.process, arguments.events, pileup)
    print(f"{len(cms)} CMS events with {pileup:.1f} pile-up interactions, {len(simulated)} simulated\n")
    failed = compare_counts(cms, simulated)
    compare_regions(cms, simulated)
    compare_errors(cms, simulated)
    sys.exit(1 if failed else 0)


def read_cms(path: Path) -> tuple[ak.Array, float]:
    """CMS's candidates under the names used here, and the mean number of in-time pile-up interactions."""
    with uproot.open(path) as file:
        events = file["Events"]
        names = ("pt", "eta", "pdgId", "d0Err", "dzErr")
        candidates = ak.zip({name: events[f"PFCands_{name}"].array() for name in names})
        return candidates, float(np.mean(events["Pileup_nPU"].array()))


def read_simulation(process: str, events: int, pileup: float) -> ak.Array:
    """Candidates of a job run for this purpose."""
    configuration = Path(__file__).parents[1] / "cfg" / "aod_cfg.py"
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "aod.root"
        command = [
            str(Path(sys.executable).with_name("pyrun")),
            str(configuration),
            f"process={process}",
            f"maxEvents={events}",
            f"pileup={pileup}",
        ]
        subprocess.run(
            [*command, f"outputFile={output}"], check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        with uproot.open(output) as file:
            return file["Events"]["recoPFCandidates_particleFlow__SIM"].array()


def of_type(candidates: ak.Array, codes: tuple[int, ...]) -> ak.Array:
    """The candidates whose absolute PDG code is one of `codes`."""
    code = abs(candidates.pdgId)
    return candidates[functools.reduce(operator.or_, (code == one for one in codes))]


def per_event(candidates: ak.Array) -> float:
    return float(ak.mean(ak.num(candidates)))


def line(what: str, cms: float, simulated: float) -> None:
    ratio = f"{simulated / cms:6.2f}" if cms else "     -"
    print(f"{what:<36}{cms:>10.4g}{simulated:>12.4g}{ratio:>8}")


def compare_counts(cms: ak.Array, simulated: ak.Array) -> bool:
    """Print counts above each threshold; return whether one is out of tolerance."""
    print(f"{'candidates per event':<36}{'CMS':>10}{'simulated':>12}{'ratio':>8}")
    failed = False
    for threshold in THRESHOLDS:
        counts = [per_event(one[one.pt > threshold]) for one in (cms, simulated)]
        line(f"pt > {threshold} GeV", *counts)
        failed |= abs(counts[1] / counts[0] - 1) > TOLERANCE
        for name, codes in TYPES.items():
            line(f"    {name}", *(per_event(of_type(one[one.pt > threshold], codes)) for one in (cms, simulated)))
    return failed


def compare_regions(cms: ak.Array, simulated: ak.Array) -> None:
    """Print how candidates and their pt are shared among regions in eta."""
    for low, high in REGIONS:
        inside = [one[(abs(one.eta) >= low) & (abs(one.eta) < high)] for one in (cms, simulated)]
        line(f"{low} < |eta| < {high}, candidates", *map(per_event, inside))
        soft = [one[one.pt < 20] for one in inside]
        line("    sum of pt below 20 GeV (GeV)", *(float(ak.mean(ak.sum(one.pt, axis=1))) for one in soft))


def compare_errors(cms: ak.Array, simulated: ak.Array) -> None:
    """Print medians of the errors of charged hadrons' impact parameters in the barrel."""
    for low, high in PT_BINS:
        for name in ("d0Err", "dzErr"):
            medians = []
            for one in (cms, simulated):
                tracks = ak.flatten(of_type(one, (211,)))
                tracks = tracks[(tracks.pt > low) & (tracks.pt < high) & (abs(tracks.eta) < 1.4) & (tracks.d0Err > 0)]
                medians.append(1e4 * float(np.median(tracks[name])))
            line(f"{name} (um), barrel, {low:g} to {high:g} GeV", *medians)


if __name__ == "__main__":
    main()
