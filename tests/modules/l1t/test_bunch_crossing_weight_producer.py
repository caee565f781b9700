from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from pyrun.framework.errors import Configuration
from pyrun.framework.testing import TestProcessor

TABLE = {"pTHat": [15.0, 30.0, 60.0, 120.0], "crossSections": [1.6, 0.2, 0.025, 0.003125]}  # falls as pThat^-3
MEAN = 200.0 / 80.0 * 1.6  # hard interactions in a crossing


def weights(pt_hat, generator=None, **parameters):
    columns = {"weight": np.ones(len(pt_hat)) if generator is None else generator, "scalePDF": np.float32(pt_hat)}
    info = ak.zip(columns | {"processId": np.full(len(pt_hat), 111)})
    test = TestProcessor("BunchCrossingWeightProducer", inelasticCrossSection=80.0, **parameters)
    return np.asarray(test.run({"generator": info})[""])


def biased(n, power=2.0):
    """pThat of a sample generated with weights (15 / pThat)^power, and those weights."""
    rng = np.random.default_rng(1)
    exponent = 3.0 - power
    pt_hat = 15.0 * (1.0 - rng.random(n)) ** (-1.0 / exponent)
    return pt_hat, (15.0 / pt_hat) ** power


def test_weights_add_up_to_all_crossings():
    pt_hat, generator = biased(200000)
    hard = weights(pt_hat, generator, mode="hardest", meanWeight=generator.mean(), **TABLE).mean()
    soft = weights(np.array([5.0]), mode="soft", **TABLE)[0]
    assert soft == pytest.approx(np.exp(-MEAN)) and hard + soft == pytest.approx(1.0, abs=0.01)


def test_weights_give_the_spectrum_of_the_hardest_interaction():
    rng = np.random.default_rng(2)
    numbers = rng.poisson(MEAN, 100000)
    hardest = np.array([15.0 * (1.0 - rng.random(n)).min(initial=2.0) ** (-1 / 3) for n in numbers])
    pt_hat, generator = biased(200000)
    weight = weights(pt_hat, generator, mode="hardest", meanWeight=generator.mean(), **TABLE)
    for above in (20.0, 40.0, 80.0):
        assert weight[pt_hat > above].sum() / len(pt_hat) == pytest.approx(np.mean(hardest > above), rel=0.03)


def test_soft_crossings_have_no_hard_interaction():
    assert weights(np.array([20.0, 5.0]), mode="soft", **TABLE)[0] == 0.0


def test_other_samples_keep_the_generators_weights():
    assert weights(np.array([20.0, 5.0]), np.array([2.0, 4.0]), meanWeight=2.0).tolist() == [1.0, 2.0]


def test_bad_tables_and_modes_are_errors():
    for parameters, message in (
        ({"mode": "some"}, "hardest"),
        ({"mode": "soft"}, "two at least"),
        ({"mode": "soft", "pTHat": [15.0, 30.0], "crossSections": [1.0]}, "2 and 1"),
        ({"mode": "soft", "pTHat": [15.0, 30.0], "crossSections": [1.0, 2.0]}, "fall"),
    ):
        with pytest.raises(Configuration, match=message):
            TestProcessor("BunchCrossingWeightProducer", **parameters)
