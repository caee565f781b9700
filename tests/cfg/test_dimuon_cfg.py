"""The dimuon job on CMS's own events."""

from __future__ import annotations

import os
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from pyrun.framework import load, run


@pytest.fixture
def nano():
    folder = os.environ.get("PYRUN_CMS_DATA") or Path(__file__).parents[3] / "shared" / "data"
    path = Path(folder) / "nano_dimuon.root"
    if not path.is_file():
        pytest.skip("needs nano_dimuon.root of CMS's test samples in the folder that PYRUN_CMS_DATA names")
    return path


def expected_masses(path: Path) -> ak.Array:
    """The masses of the pairs, by the textbook's formula."""
    with uproot.open(path) as file:
        muons = file["Events"].arrays(filter_name="Muon_*")
        muons = ak.zip({name.removeprefix("Muon_"): ak.values_astype(muons[name], "f8") for name in muons.fields})
    muons = muons[(muons.pt > 3) & (abs(muons.eta) < 2.4) & (muons.mediumId == 1)]
    one, two = ak.unzip(ak.combinations(muons, 2))
    opposite = one.charge != two.charge
    one, two = one[opposite], two[opposite]
    energies = [np.sqrt((muon.pt * np.cosh(muon.eta)) ** 2 + muon.mass**2) for muon in (one, two)]
    transverse = one.pt**2 + two.pt**2 + 2 * one.pt * two.pt * np.cos(one.phi - two.phi)
    longitudinal = one.pt * np.sinh(one.eta) + two.pt * np.sinh(two.eta)
    return np.sqrt((energies[0] + energies[1]) ** 2 - transverse - longitudinal**2)


@pytest.mark.parametrize("block", [7, 100000])
def test_histograms_and_skim(nano, tmp_path, block):
    plots, skim = tmp_path / "dimuon.root", tmp_path / "z.root"
    run(
        load(
            "cfg/dimuon_cfg.py",
            inputFiles=f"file:{nano}",
            outputFile=str(skim),
            histograms=str(plots),
            eventsPerBlock=block,
        )
    )
    masses = expected_masses(nano)
    with uproot.open(plots) as file:
        values, edges = file["dimuonPlots/mass"].to_numpy()
        in_peak = file["dimuonPlots/ptOfZ"].values().sum()
    assert values.tolist() == np.histogram(ak.flatten(masses), edges)[0].tolist()
    is_z = (masses > 76) & (masses < 106)
    assert in_peak == ak.sum(is_z) > 0
    with uproot.open(skim) as file, uproot.open(nano) as original:
        events = file["Events"].arrays()
        passed = ak.any(is_z, axis=1)
        assert events["event"].tolist() == original["Events"]["event"].array()[passed].tolist()
        np.testing.assert_allclose(ak.flatten(events["zCandidates_mass"]), ak.flatten(masses[is_z]), rtol=1e-5)
        assert ak.array_equal(events["Muon_pt"], original["Events"]["Muon_pt"].array()[passed])
        assert not [name for name in events.fields if name.startswith("Jet_")]
