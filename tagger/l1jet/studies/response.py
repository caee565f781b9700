"""Response and resolution of level-1 jets: raw, with the usual correction, and with the tagger's.

    python -m pyrun.tagger.l1jet.studies.response hh4b_*.root ttbar_*.root --output docs/plots

Jets are compared with the generator jets next to them; files are those of cfg/l1_candidates_cfg.py. The width is half
of the central 68% of pt over generated pt, divided by the median; uncertainties are from a bootstrap.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..plots import style
from ..plots.statistics import Spread, spread
from .corrections import Matched, matched
from .samples import CANDIDATES, CONES, CORRECTIONS, blocks

PT_EDGES = np.array([20, 25, 30, 40, 50, 65, 85, 110, 150, 250], dtype=float)
REGIONS = {"barrel": (0.0, 1.5), "endcap": (1.5, 2.4)}
KINDS = ("raw", "corrected", "tagger")


def jets(paths: Sequence[Path], model: str) -> dict[str, Matched]:
    """For each of `KINDS` the jets that match."""
    from pyrun.framework.testing import TestProcessor

    cone = TestProcessor("L1SeedConePFJetProducer", HW=True)
    corrected = TestProcessor("L1SeedConePFJetProducer", HW=True, doCorrections=True, correctorFile=CORRECTIONS)
    tagger = TestProcessor("L1TSC4NGJetProducer", l1tSC4NGJetModelPath=model)
    found: dict[str, list[Matched]] = {kind: [] for kind in KINDS}
    for block in blocks(paths, -1, ["candidates", "jets"]):
        candidates, generated = block["candidates"], block["jets"]
        generated = generated[(generated.pt > PT_EDGES[0]) & (abs(generated.eta) < 2.4)]
        raw = cone.run({CANDIDATES: candidates})[""]
        of_kind = {
            "raw": raw,
            "corrected": corrected.run({CANDIDATES: candidates})[""],
            "tagger": tagger.run({CONES: raw, CANDIDATES: candidates})["l1tSC4NGJets"],
        }
        for kind, product in of_kind.items():
            found[kind].append(matched(product, generated))
    return {kind: Matched(*map(np.concatenate, zip(*parts, strict=True))) for kind, parts in found.items()}


def spreads(found: Matched, region: tuple[float, float]) -> list[Spread]:
    """Of pt over generated pt, in bins of the latter."""
    inside = (np.abs(found.gen_eta) >= region[0]) & (np.abs(found.gen_eta) < region[1])
    bins = np.where(inside, np.digitize(found.gen_pt, PT_EDGES), 0)
    return [spread(found.pt[bins == k] / found.gen_pt[bins == k]) for k in range(1, len(PT_EDGES))]


def draw(figures: dict[str, dict[str, list[Spread]]], path: Path) -> None:
    """Response above, resolution below; a column for each region."""
    middle, half = (PT_EDGES[1:] + PT_EDGES[:-1]) / 2, np.diff(PT_EDGES) / 2
    names = {"raw": "Raw", "corrected": "Corrected", "tagger": "Corrected by the tagger"}
    with style.subplots(2, 2, figsize=(17, 13), sharex=True, sharey="row") as (figure, axes):
        for column, (region, kinds) in enumerate(figures.items()):
            for number, (kind, points) in enumerate(kinds.items()):
                look: dict[str, Any] = {"color": style.COLORS[(3, 0, 2)[number]], "fmt": "os^"[number], "markersize": 8}
                median, its_error, width, error = np.array(points, dtype=float)[:, :4].T
                axes[0, column].errorbar(middle, median, its_error, half, label=names[kind], **look)
                axes[1, column].errorbar(middle, width, error, half, label=names[kind], **look)
            low, high = REGIONS[region]
            axes[0, column].axhline(1.0, color="#717581", lw=1, ls=":")
            axes[0, column].legend(title=rf"${low:g} \leq |\eta| < {high:g}$")
            axes[1, column].set(xlabel="Generated jet $p_T$ (GeV)", xscale="log", xlim=(PT_EDGES[0], PT_EDGES[-1]))
            style.label(axes[0, column])
        ticks = [20, 30, 50, 100, 200]
        axes[1, 0].set_xticks(ticks, [str(tick) for tick in ticks])
        axes[1, 0].set_xticks([], minor=True)
        axes[0, 0].set(ylabel="Median of $p_T$ / generated $p_T$", ylim=(0.5, 1.5))
        axes[1, 0].set(ylabel="Relative width", ylim=(0.0, 0.55))
        rows = {
            region: {kind: [point._asdict() for point in points] for kind, points in kinds.items()}
            for region, kinds in figures.items()
        }
        style.save(figure, path, {"pt_edges": PT_EDGES, **rows})


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, help="of cfg/l1_candidates_cfg.py, with truth")
    parser.add_argument("--model", default="L1TSC4NGJetModel", help="folder or library of the tagger")
    parser.add_argument("--output", type=Path, default=Path("plots"), help="folder for the plot")
    options = parser.parse_args(arguments)
    found = jets(options.files, options.model)
    figures = {
        region: {kind: spreads(one, limits) for kind, one in found.items()} for region, limits in REGIONS.items()
    }
    draw(figures, options.output / "l1_jet_response")
    print(f"{'region':8s}{'pt (GeV)':>12s}" + "".join(f"{kind + ': response, width':>30s}" for kind in KINDS))
    for region, kinds in figures.items():
        for k in range(len(PT_EDGES) - 1):
            values = "".join(f"{kinds[kind][k].median:18.2f}, {kinds[kind][k].width:10.2f}" for kind in KINDS)
            print(f"{region:8s}{PT_EDGES[k]:5.0f} to {PT_EDGES[k + 1]:3.0f}{values}")


if __name__ == "__main__":
    main()
