"""Cross section of QCD above values of pThat, and mean weight of the biased sample, at 14 TeV.

    python benchmarks/l1_qcd_cross_sections.py --events 200000

Prints the lists that python_cfg/L1Trigger/Phase2L1ParticleFlow/samples_cff.py holds.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "python_cfg"))

from Configuration.Generator.Pythia8_cff import processes, pythia8CommonSettings, pythia8CP5Settings

from pyrun.modules.gen.pythia8_generator_filter import start_pythia

GRID = [15, 17, 20, 25, 30, 40, 50, 60, 80, 100, 130, 170, 220, 300, 400, 500, 700]


@click.command(help=__doc__.splitlines()[0])
@click.option("--events", default=200000, help="hard processes to draw; no showers")
def main(events):
    """Draw hard processes only, which is quick, and add up their weights."""
    cards = [*pythia8CommonSettings, *pythia8CP5Settings, *processes["qcd15to1000flat"], "PartonLevel:all = off"]
    pythia = start_pythia(14000.0, cards, "l1_qcd_cross_sections")
    drawn = []
    while len(drawn) < events:
        if pythia.next():
            info = pythia.infoPython()
            drawn.append((info.pTHat(), info.weight()))
    pt_hat, weight = np.array(drawn).T
    sigma = pythia.infoPython().sigmaGen()
    above = [sigma * weight[pt_hat > p].sum() / weight.sum() for p in GRID]
    error = weight.std() / np.sqrt(events) / weight.mean()
    print(f"pTHat = {GRID}")
    print(f"crossSections = {[float(f'{s:.4g}') for s in above]}  # mb")
    print(f"meanWeight = {weight.mean():.5f}  # +- {100 * error:.2f}%")


if __name__ == "__main__":
    main()
