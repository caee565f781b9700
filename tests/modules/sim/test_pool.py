"""A pool whose hard interactions are drawn from weighted events."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
import uproot
from particle_gun import as_events, group

from pyrun.framework.errors import Configuration, FileOpenError
from pyrun.framework.testing import TestProcessor
from pyrun.modules.sim.pool import read_pool

BRANCH, INFO = "SimParticles_stableParticles__SIM", "GenEventInfoProduct_generator__SIM"
PT_HAT = [3.0, 50.0, 8.0, 40.0, 16.0, 80.0]  # three of minimum bias, of them one hard; three of QCD
CODES = [101, 101, 104, 111, 113, 115]
WEIGHTS = [1.0, 1.0, 1.0, 2.0, 6.0, 1.0]


@pytest.fixture(scope="module")
def pool_file(tmp_path_factory):
    """One particle per interaction, with 1, 2, ... GeV in the file's order."""
    path = tmp_path_factory.mktemp("pool") / "pool.root"
    info = ak.zip({"weight": WEIGHTS, "scalePDF": np.float32(PT_HAT), "processId": np.int32(CODES)})
    with uproot.recreate(path) as file:
        particles = as_events([[group(1, k + 1.0, 1.0, 0.5, 211)] for k in range(6)])
        file.mkrntuple("Events", {BRANCH: particles, INFO: info})
    return path


@pytest.fixture
def pool(pool_file):
    return read_pool(pool_file, BRANCH, INFO).with_hard_tail(15.0, 0.3)


def frequencies(pool, bound=np.inf, n=200000):
    drawn = pool.draw(np.random.default_rng(1), n, bound)
    return np.bincount(drawn, minlength=6) / n


def test_hard_interactions_are_drawn_by_weight_and_those_of_minimum_bias_are_not(pool):
    assert frequencies(pool) == pytest.approx([0.35, 0.0, 0.35, 0.3 * 2 / 9, 0.3 * 6 / 9, 0.3 / 9], abs=0.005)


def test_a_bound_leaves_what_is_softer(pool):
    assert pool.fraction_below(np.inf) == 1.0 and pool.fraction_below(1.0) == 0.0
    assert pool.fraction_below(45.0) == pytest.approx(0.7 + 0.3 * 8 / 9)
    assert frequencies(pool, 45.0)[[1, 5]].tolist() == [0.0, 0.0]
    assert frequencies(pool, 10.0) == pytest.approx([0.5, 0, 0.5, 0, 0, 0], abs=0.005)
    assert len(pool.draw(np.random.default_rng(1), 5, 1.0)) == 0


def test_a_pool_without_one_of_the_parts_is_an_error(pool_file):
    with pytest.raises(Configuration, match="3 soft and 0 hard"):
        read_pool(pool_file, BRANCH, INFO).with_hard_tail(100.0, 0.3)
    with pytest.raises(FileOpenError, match="Other"):
        read_pool(pool_file, BRANCH, "Other")


def mix(pool_file, signal_pt_hat=None, **parameters):
    signal = as_events([[group(1, 50.0, 0.0, 0.0, 13)]] * 300)
    products = {"stableParticles": signal}
    if signal_pt_hat is not None:
        parameters["signal"] = "generator"
        products["generator"] = ak.zip({"scalePDF": np.full(300, signal_pt_hat, dtype="f4")})
    test = TestProcessor("MixingModule", fileName=pool_file, hardFraction=0.3, **parameters)
    result = test.run(products, seed=1)
    return result["pileup"].nPU.to_numpy(), set(ak.flatten(result[""].pt[:, 1:]).to_list())


def test_pileup_is_softer_than_the_signal(pool_file):
    number, pts = mix(pool_file, signal_pt_hat=45.0, averageNumber=30.0)
    assert pts == {1.0, 3.0, 4.0, 5.0}
    assert number.mean() == pytest.approx(30.0 * (0.7 + 0.3 * 8 / 9), abs=1.0)


def test_pileup_stays_below_a_given_pthat(pool_file):
    number, pts = mix(pool_file, averageNumber=30.0, maxPtHat=15.0)
    assert pts == {1.0, 3.0} and number.mean() == pytest.approx(21.0, abs=1.0)


def test_bounds_need_a_pool_with_pthat(pool_file):
    for parameters, message in (
        ({"maxPtHat": 15.0}, "hardFraction"),
        ({"hardFraction": 1.0}, r"\[0, 1\)"),
        ({"signal": "generator"}, "hardFraction"),
    ):
        with pytest.raises(Configuration, match=message):
            TestProcessor("MixingModule", fileName=pool_file, averageNumber=1.0, **parameters)
