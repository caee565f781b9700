from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
import uproot
from particle_gun import as_events, group

from pyrun.framework.errors import Configuration, FileInPathError, FileOpenError
from pyrun.framework.testing import TestProcessor

BRANCH = "SimParticles_stableParticles__SIM"


@pytest.fixture(scope="module")
def pool_file(tmp_path_factory):
    """Three interactions of one, two and three particles, told apart by pt."""
    path = tmp_path_factory.mktemp("pool") / "pool.root"
    pool = as_events([[group(n, float(n), 1.0, 0.5, 211, x=0.1)] for n in (1, 2, 3)])
    with uproot.recreate(path) as file:
        file.mkrntuple("Events", {BRANCH: pool})
    return path


def mix(signal, path, seed=1, ids=None, **parameters):
    return TestProcessor("MixingModule", fileName=path, **parameters).run(
        {"stableParticles": signal}, seed=seed, ids=ids
    )


@pytest.fixture
def signal():
    return as_events([[group(2, 50.0, 0.0, 0.0, 13)]] * 200)


def test_number_of_interactions_is_poisson_about_the_mean(signal, pool_file):
    content = mix(signal, pool_file, averageNumber=30.0)["pileup"]
    counts = content.nPU.to_numpy()
    assert counts.mean() == pytest.approx(30, abs=1.5) and counts.var() == pytest.approx(30, rel=0.4)
    assert ak.num(content.z).to_list() == counts.tolist() and ak.std(content.z) == pytest.approx(3.5, rel=0.05)


def test_a_fixed_number_is_the_same_in_every_event(signal, pool_file):
    assert set(mix(signal, pool_file, averageNumber=5.0, type="fixed")["pileup"].nPU.to_list()) == {5}


def test_signal_comes_first_and_unchanged(signal, pool_file):
    assert mix(signal, pool_file, averageNumber=3.0)[""][:, :2].to_list() == signal.to_list()


def test_interactions_are_whole_turned_mirrored_and_moved(signal, pool_file):
    added = ak.flatten(mix(signal, pool_file, averageNumber=20.0)[""][:, 2:])
    for multiplicity in (1, 2, 3):
        assert ak.sum(added.pt == multiplicity) % multiplicity == 0
    assert ak.mean(added.eta) == pytest.approx(0, abs=0.1) and set(np.round(np.abs(added.eta), 4).tolist()) == {1.0}
    assert min(np.histogram(added.phi, 4, (-np.pi, np.pi))[0]) > 0.2 * len(added)
    assert np.median(np.hypot(added.x, added.y)) == pytest.approx(0.1, abs=0.003)
    turned = np.arctan2(added.y, added.x) - (ak.to_numpy(added.phi) - 0.5)
    assert np.median(np.abs((turned + np.pi) % (2 * np.pi) - np.pi)) < 0.05


def test_without_pileup_the_pool_is_not_read(signal):
    result = mix(signal, "no/such/file.root", averageNumber=0.0)
    assert result[""].to_list() == signal.to_list() and ak.sum(result["pileup"].nPU) == 0


def test_an_event_gets_the_same_pileup_in_any_block(signal, pool_file):
    ids = (np.ones(7), np.ones(7), np.arange(11, 18))
    together = mix(signal[:7], pool_file, averageNumber=10.0, ids=ids)[""]
    for i in range(7):
        assert ak.array_equal(
            mix(signal[:1], pool_file, averageNumber=10.0, ids=([1], [1], [11 + i]))[""][0], together[i]
        )


def test_the_summary_counts_what_was_mixed(signal, pool_file):
    content = mix(signal, pool_file, averageNumber=4.0)["pileup"]
    summary = TestProcessor("PileupInformation").run({"mix:pileup": content})[""]
    assert summary.fields == ["nPU", "trueNumInteractions"] and ak.array_equal(summary.nPU, content.nPU)


def test_a_pool_that_is_not_there_or_not_a_pool_is_an_error(signal, pool_file, tmp_path):
    with pytest.raises(FileInPathError, match="no/such"):
        mix(signal, "no/such/pool.root", averageNumber=1.0)
    other = tmp_path / "other.root"
    other.write_bytes(b"nothing")
    with pytest.raises(FileOpenError, match="minbias_pool_cfg"):
        mix(signal, other, averageNumber=1.0)
    with pytest.raises(FileOpenError, match=BRANCH):
        mix(signal, pool_file, averageNumber=1.0, poolBranch="SimParticles_other__SIM")


def test_an_unknown_way_to_vary_the_number_is_an_error(signal, pool_file):
    with pytest.raises(Configuration, match="poisson"):
        mix(signal, pool_file, type="gaussian")
