"""Figures of merit and their uncertainties."""

from __future__ import annotations

import numpy as np
import pytest

from pyrun.tagger.l1jet.plots.statistics import area, clopper_pearson, roc, spread


@pytest.fixture
def scores():
    """Signal and background in few steps, so that many are equal."""
    rng = np.random.default_rng(3)
    return np.round(rng.normal(0.6, 0.2, 150), 1), np.round(rng.normal(0.4, 0.2, 230), 1)


def test_the_area_is_the_part_of_pairs_in_the_right_order(scores):
    signal, background = scores
    pairs = (signal[:, None] > background).mean() + 0.5 * (signal[:, None] == background).mean()
    assert area(signal, background).value == pytest.approx(pairs, abs=1e-12)


def test_delongs_uncertainty_is_that_of_a_bootstrap(scores):
    rng, (signal, background) = np.random.default_rng(1), scores
    again = [area(rng.choice(signal, len(signal)), rng.choice(background, len(background))).value for _ in range(800)]
    assert area(signal, background).uncertainty == pytest.approx(np.std(again), rel=0.12)


def test_a_model_is_no_better_than_itself_with_certainty(scores):
    mine = area(*scores)
    assert mine.minus(area(*scores)) == (0.0, 0.0)


def test_a_difference_on_the_same_jets_is_known_better_than_either_area(scores):
    rng, (signal, background) = np.random.default_rng(2), scores
    mine, other = area(signal, background), area(*(x + rng.normal(0, 0.01, len(x)) for x in scores))
    _, error = mine.minus(other)
    assert 0 < error < 0.5 * mine.uncertainty


def test_one_jet_of_a_kind_gives_no_area():
    assert np.isnan(area(np.array([0.5]), np.array([0.1, 0.2]))[:2]).all()


def test_a_roc_curve_counts_jets_at_or_above_each_cut(scores):
    signal, background = scores
    curve = roc(signal, background)
    for cut, mistag, efficiency in zip(curve.cut, curve.background, curve.signal, strict=True):
        assert mistag == pytest.approx((background >= cut).mean()) and efficiency == pytest.approx(
            (signal >= cut).mean()
        )
    assert curve.background[-1] == curve.signal[-1] == 1


def test_the_cut_of_a_mistag_rate_is_the_loosest_one(scores):
    signal, background = scores
    curve = roc(signal, background)
    cut = curve.cut_at(0.1)
    looser = curve.cut[curve.cut < cut].max()
    assert (background >= cut).mean() <= 0.1 < (background >= looser).mean()


def test_if_all_background_has_the_highest_score_no_jet_passes_a_cut():
    signal, background = np.ones(20), np.ones(20)
    assert not (signal >= roc(signal, background).cut_at(0.1)).any()


def test_a_thinned_curve_stays_on_the_curve():
    rng = np.random.default_rng(1)
    curve = roc(rng.normal(1, 1, 20_000), rng.normal(0, 1, 20_000))
    few = curve.thinned(100)
    assert 50 < len(few.cut) <= 102
    assert np.isin(few.cut, curve.cut).all() and few.cut[0] == curve.cut[0] and few.cut[-1] == curve.cut[-1]


@pytest.mark.parametrize(
    ("passed", "total", "low", "high"), [(5, 10, 0.305, 0.695), (0, 10, 0.0, 0.168), (4, 4, 0.631, 1)]
)
def test_clopper_pearson_intervals(passed, total, low, high):
    efficiency, *interval = clopper_pearson(passed, total)
    assert efficiency == passed / total and interval == pytest.approx([low, high], abs=6e-4)


def test_no_jets_have_no_efficiency():
    assert np.isnan(clopper_pearson([0], [0])).all()


def test_the_spread_of_a_gaussian_is_its_width_within_uncertainties():
    found = spread(np.random.default_rng(5).normal(1.1, 0.22, 4000))
    assert found.median == pytest.approx(1.1, abs=3 * found.median_uncertainty)
    assert found.width == pytest.approx(0.2, abs=3 * found.width_uncertainty)
    assert found.median_uncertainty == pytest.approx(1.25 * 0.22 / 4000**0.5, rel=0.3)
    assert found.width_uncertainty == pytest.approx(0.2 * 0.0137 * 0.9, rel=0.4)


def test_few_values_have_no_spread():
    found = spread(np.ones(9))
    assert np.isnan(found.median) and found.entries == 9
