"""Corrections of the pt of seeded-cone jets, from simulated events: the file that `Corrector` reads.

    python -m pyrun.tagger.l1jet.studies.corrections hh4b_*.root ttbar_*.root --output data/l1_jet_corrections.root

In bins of pt and |eta| of generator jets, the median of the raw pt of the jets that match them is what the generator
jets' median pt is the correction of; between the bins it is interpolated. Files are those of cfg/l1_candidates_cfg.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

ETA_EDGES = (0.0, 0.8, 1.4, 1.7, 2.1, 2.4, 3.0, 5.2)
PT_EDGES = (15, 20, 26, 35, 48, 68, 100, 150, 250, 500)
LOOK_UP = np.concatenate([np.arange(0, 512, 0.25), np.arange(512, 4097)])  # where the table's entries begin (GeV)
MAX_DR = 0.2
MIN_JETS = 50  # of a bin that is used

Floats = npt.NDArray[np.float64]


class Matched(NamedTuple):
    """Jets and the generator jets next to them, one by one.

    Attributes
    ----------
    pt : numpy.ndarray
        Of the jets (GeV).
    gen_pt, gen_eta : numpy.ndarray
    row : numpy.ndarray of int
        Which of all jets it is.
    """

    pt: Floats
    gen_pt: Floats
    gen_eta: Floats
    row: npt.NDArray[np.int64]


def matched(jets: Any, gen_jets: Any, pt: str = "pt", max_dr: float = MAX_DR) -> Matched:
    """For each generator jet the nearest jet, if it is nearer than `max_dr` and no other generator jet is near.

    Parameters
    ----------
    jets, gen_jets : awkward.Array
        ``events * var * {pt, eta, phi}``.
    pt : str
        The jets' field to take.
    """
    import awkward as ak

    first = np.cumsum(ak.to_numpy(ak.num(jets))) - ak.to_numpy(ak.num(jets))
    place = ak.local_index(jets.pt) + first
    alone = _distance(gen_jets, gen_jets)
    gen_jets = gen_jets[ak.sum(alone < 2 * 0.4, axis=2) == 1]  # itself only
    distance = _distance(gen_jets, jets)
    nearest = ak.argmin(distance, axis=2, keepdims=True)
    near = ak.fill_none(ak.firsts(distance[nearest], axis=2), np.inf) < max_dr

    def chosen(values: Any) -> Any:
        return ak.to_numpy(
            ak.flatten(ak.firsts(ak.broadcast_arrays(values[:, None], distance)[0][nearest], axis=2)[near])
        )

    gen = [ak.to_numpy(ak.flatten(gen_jets[name][near])).astype(np.float64) for name in ("pt", "eta")]
    return Matched(chosen(jets[pt]).astype(np.float64), *gen, chosen(place).astype(np.int64))


def _distance(one: Any, other: Any) -> Any:
    import awkward as ak

    eta, other_eta = ak.unzip(ak.cartesian([one.eta, other.eta], nested=True))
    phi, other_phi = ak.unzip(ak.cartesian([one.phi, other.phi], nested=True))
    return np.hypot(eta - other_eta, (phi - other_phi + np.pi) % (2 * np.pi) - np.pi)


def curve(pt: Floats, gen_pt: Floats) -> tuple[Floats, Floats]:
    """Raw and right pt (GeV), both rising, of the jets of one bin in |eta|; nothing is changed if there are too few."""
    points = [(0.0, 0.0)]
    for low, high in zip(PT_EDGES[:-1], PT_EDGES[1:], strict=True):
        inside = (gen_pt >= low) & (gen_pt < high)
        if inside.sum() >= MIN_JETS:
            raw, right = float(np.median(pt[inside])), float(np.median(gen_pt[inside]))
            if raw > points[-1][0]:
                points.append((raw, right))
    if len(points) == 1:
        return np.array([0.0, 2 * LOOK_UP[-1]]), np.array([0.0, 2 * LOOK_UP[-1]])
    raw, right = np.array(points[1:]).T
    # below the first point its factor, above the last one that of the last
    return np.concatenate([[0.0], raw, [2 * LOOK_UP[-1]]]), np.concatenate(
        [[0.0], right, [2 * LOOK_UP[-1] * right[-1] / raw[-1]]]
    )


def write(path: Path, curves: Sequence[tuple[Floats, Floats]]) -> None:
    """The file: for each bin of |eta| a graph, and a table of what begins at `LOOK_UP`."""
    import uproot

    with uproot.recreate(path, compression=uproot.LZMA(9)) as file:
        file["INDEX"] = np.ones(len(curves), dtype=np.float32), np.array(ETA_EDGES)
        file["EMUL_INDEX"] = np.ones(len(curves), dtype=np.float32), np.array(ETA_EDGES)
        for number, (raw, right) in enumerate(curves, start=1):
            file[f"eta_bin{number}"] = uproot.as_TGraph({"x": raw, "y": right})
            begin, end = LOOK_UP[:-1], LOOK_UP[1:]
            width = np.minimum(end - begin, 0.25)  # raw pt has steps of 1/4 GeV
            entries = np.interp((begin + end - width) / 2, raw, right)
            file[f"emul_eta_bin{number}"] = (np.round(entries * 16) / 16).astype(np.float32), LOOK_UP


def derive(paths: Sequence[Path]) -> list[tuple[Floats, Floats]]:
    """A `curve` for each bin of |eta|."""
    pt, gen_pt, gen_eta, _ = (np.concatenate(column) for column in zip(*_matches(paths), strict=True))
    where = np.digitize(np.abs(gen_eta), ETA_EDGES) - 1
    return [curve(pt[where == k], gen_pt[where == k]) for k in range(len(ETA_EDGES) - 1)]


def _matches(paths: Sequence[Path]) -> Iterator[Matched]:
    from pyrun.framework.testing import TestProcessor

    from .samples import CANDIDATES, blocks

    cone = TestProcessor("L1SeedConePFJetProducer", HW=True)
    for block in blocks(paths, -1, ["candidates", "jets"]):
        gen_jets = block["jets"]
        yield matched(cone.run({CANDIDATES: block["candidates"]})[""], gen_jets[gen_jets.pt > PT_EDGES[0]])


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, help="of cfg/l1_candidates_cfg.py, with truth")
    parser.add_argument("--output", type=Path, default=Path("l1_jet_corrections.root"))
    options = parser.parse_args(arguments)
    curves = derive(options.files)
    write(options.output, curves)
    for low, high, (raw, right) in zip(ETA_EDGES[:-1], ETA_EDGES[1:], curves, strict=True):
        factors = ", ".join(f"{b / a:.2f} at {b:.0f}" for a, b in zip(raw[1:-1], right[1:-1], strict=True))
        print(f"|eta| {low:.1f} to {high:.1f}: {factors or 'none'} GeV")


if __name__ == "__main__":
    main()
