from __future__ import annotations

import math

import numpy as np
import pytest

from pyrun.modules.jets import puppi_kernels as kernels


@pytest.mark.parametrize("cone", [0.4, 1.0, 2.5])
def test_alpha_equals_the_sum_over_all_pairs(cone):
    rng = np.random.default_rng(1)
    sizes = [60, 0, 90]
    n = sum(sizes)
    eta, phi, pt = rng.uniform(-3, 3, n), rng.uniform(-np.pi, np.pi, n), rng.exponential(2, n)
    source, target = rng.random(n) < 0.5, rng.random(n) < 0.7
    offsets = np.cumsum([0, *sizes])
    found = kernels.alpha(eta, phi, pt, offsets, source, target, cone)

    event = np.repeat(np.arange(3), sizes)
    dphi = np.abs(phi[:, None] - phi)
    dr2 = (eta[:, None] - eta) ** 2 + np.minimum(dphi, 2 * np.pi - dphi) ** 2
    near = (dr2 >= 1e-4) & (dr2 < cone**2) & (event[:, None] == event) & source
    sums = np.sum(np.where(near, pt**2 / np.maximum(dr2, 1e-9), 0), axis=1)
    expected = np.where(target & (sums > 0), np.log(np.where(sums > 0, sums, 1)), 0)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_alpha_finds_neighbours_across_the_seam_in_phi():
    phi = np.array([np.pi - 0.1, -np.pi + 0.1])
    both = np.ones(2, dtype=bool)
    found = kernels.alpha(np.zeros(2), phi, np.array([3.0, 5.0]), np.array([0, 2]), both, both, 0.4)
    np.testing.assert_allclose(found, [math.log(25 / 0.04), math.log(9 / 0.04)])


def reference(values, event, pileup, primary, **options):
    return kernels.pileup_reference(
        np.array(values, dtype=float),
        np.array(event),
        3,
        pileup=np.array(pileup, dtype=bool),
        primary=np.array(primary, dtype=bool),
        **{"rms_scale": 1.0, "correct_low_pileup": False, **options},
    )


def test_reference_is_median_and_rms_of_each_events_pileup():
    found = reference([4, 1, 2, 9, 7], [0, 0, 0, 0, 2], [1, 1, 1, 0, 1], [0, 0, 0, 1, 0])
    np.testing.assert_array_equal(found.count, [3, 0, 1])
    np.testing.assert_array_equal(found.median, [2, 0, 7])
    np.testing.assert_allclose(found.rms, [math.sqrt(5 / 3), 0, math.sqrt(1e-5)])


def test_candidates_without_neighbours_do_not_pull_the_median_down():
    found = reference([0, 0, 0, 5, 6, 7], [0] * 6, [1] * 6, [0] * 6)
    assert found.median[0] == 6


def test_low_pileup_correction_moves_the_median_down_by_the_primary_candidates_below_it():
    found = reference([1, 2, 3, 1.5, 9], [0] * 5, [1, 1, 1, 0, 0], [0, 0, 0, 1, 1], correct_low_pileup=True)
    # below the median 2 lies one candidate of the primary vertex: 1 / (1 + 3/2) = 0.4 of a chi2 lies below 0.2750
    rms = math.sqrt((1 + 0) / 2)
    shift = math.sqrt(0.27500 * rms)
    np.testing.assert_allclose([found.median[0], found.rms[0]], [2 - shift, rms - shift], rtol=1e-4)


def test_probability_is_one_sided_and_zero_without_neighbours():
    found = kernels.probability(np.array([3.0, 1.0, 0.0, 2.0]), np.array([2.0, 2.0, -1.0, 2.0]), np.full(4, 1.0))
    np.testing.assert_allclose(found, [0.682689, 0, 0, 0], rtol=1e-5)
