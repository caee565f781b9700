"""Events for the tests of jets: made up, and some of CMS's own where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import awkward as ak
import numpy as np
import pytest


def make_candidates(rng: np.random.Generator, sizes: list[int]) -> ak.Array:
    """Particle-flow candidates of a primary vertex, 20 pileup vertices and neutrals, one event per entry of `sizes`."""
    n = sum(sizes)
    pdg_id = rng.choice([211, -211, 211, 130, 22, 22, 11, -13, 1, 2], size=n).astype(np.int32)
    charged = np.isin(abs(pdg_id), (211, 11, 13))
    eta = np.where(charged, rng.uniform(-2.5, 2.5, n), rng.uniform(-5, 5, n))
    vertex = np.where(charged, rng.choice([-1, 0, 0, 0, 1, 5, 9, 20], size=n), -1)
    quality = np.where(charged & (vertex >= 0), rng.choice([1, 5, 6, 7, 7, 7], size=n), 0)
    flat = {
        "pt": 0.3 + rng.exponential(2.0, n).astype(np.float32) ** 1.5,
        "eta": eta.astype(np.float32),
        "phi": rng.uniform(-np.pi, np.pi, n).astype(np.float32),
        "pdgId": pdg_id,
        "d0": rng.normal(0, 0.01, n).astype(np.float32),
        "dz": np.where(vertex == 0, rng.normal(0, 0.02, n), rng.normal(0, 4, n)).astype(np.float32) * charged,
        "vertex": vertex.astype(np.int16),
        "pvAssociation": quality.astype(np.uint8),
    }
    candidates = ak.unflatten(ak.zip(flat), sizes)
    return candidates[ak.argsort(candidates.pt, ascending=False)]


@pytest.fixture
def candidates() -> ak.Array:
    """Seven events, one of them empty."""
    return make_candidates(np.random.default_rng(7), [400, 150, 0, 300, 5, 1, 250])


@pytest.fixture(scope="session")
def cms_events() -> ak.Array:
    """Ten QCD events of CMS's public test samples with its own candidates, weights and jets."""
    folder = os.environ.get("PYRUN_CMS_DATA") or Path(__file__).parents[4] / "shared" / "data"
    path = Path(folder) / "pfnano.root"
    if not path.is_file():
        pytest.skip("needs pfnano.root of CMS's test samples in the folder that PYRUN_CMS_DATA names")
    uproot = pytest.importorskip("uproot")
    with uproot.open(path) as file:
        tree = file["Events"]
        collections = {}
        for name in ("PFCands", "FatJet", "Jet", "GenPart"):
            columns = tree.arrays(filter_name=f"{name}_*")
            fields = {field.removeprefix(f"{name}_"): columns[field] for field in columns.fields}
            collections[name] = ak.zip(fields)
        collections["n_vertices"] = tree["PV_npvsGood"].array()
    return ak.zip(collections, depth_limit=1)
