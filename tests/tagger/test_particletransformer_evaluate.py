from __future__ import annotations

import json

import numpy as np
import pytest

from pyrun.modules.btag.features import CLASSES
from pyrun.tagger.particletransformer.evaluate import (
    area,
    discriminator,
    draw_roc,
    measure,
    midranks,
    roc,
    working_points,
)


@pytest.fixture(scope="module")
def scored() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores that lean to the right class, labels and pt of 6,000 jets."""
    rng = np.random.default_rng(7)
    label = rng.integers(0, len(CLASSES), 6000)
    logits = rng.normal(size=(6000, len(CLASSES)))
    logits[np.arange(6000), label] += 2.0
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return scores.astype(np.float32), label, rng.exponential(50, 6000) + 15


def test_the_area_is_the_chance_that_signal_outscores_background():
    rng = np.random.default_rng(1)
    signal, background = rng.integers(0, 12, 40) / 10, rng.integers(0, 10, 70) / 10
    pairs = np.subtract.outer(signal, background)
    assert area(signal, background)[0] == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())


def test_the_uncertainty_is_the_spread_of_repeated_measurements():
    rng = np.random.default_rng(2)
    measured = [area(rng.normal(1.0, 1, 80), rng.normal(0.0, 1, 120)) for _ in range(400)]
    spread = np.std([auc for auc, _ in measured])
    assert np.mean([sigma for _, sigma in measured]) == pytest.approx(spread, rel=0.15)


def test_ties_share_the_mean_of_their_ranks():
    assert midranks(np.array([3.0, 1.0, 3.0, 2.0, 3.0])).tolist() == [4, 1, 4, 2, 4]


def test_the_curve_ends_at_one_and_its_integral_is_the_area():
    rng = np.random.default_rng(4)
    signal, background = rng.normal(1, 1, 300).round(1), rng.normal(0, 1, 400).round(1)
    mistag, efficiency = roc(signal, background)
    assert (mistag[-1], efficiency[-1]) == (1.0, 1.0)
    integral = np.trapezoid(np.append(0, efficiency), np.append(0, mistag))
    assert integral == pytest.approx(area(signal, background)[0])


def test_working_points_of_a_known_spectrum():
    points = working_points(np.linspace(0.5, 1.5, 100001), np.linspace(0, 1, 100001))
    assert points == pytest.approx({"0.1": 0.6, "0.01": 0.51, "0.001": 0.501}, abs=1e-3)


def test_the_b_discriminator_is_that_of_cms():
    scores = np.array([[0.3, 0.1, 0.2, 0.15, 0.05, 0.2]], dtype=np.float32)
    assert discriminator(scores, "b", "light")[0] == pytest.approx(0.6 / 0.85)
    assert discriminator(scores, "b", "c")[0] == pytest.approx(0.6 / 0.75)
    assert discriminator(scores, "uds", "g")[0] == pytest.approx(0.05 / 0.25)


def test_numbers_are_complete_and_survive_json(scored):
    numbers = measure(*scored)
    assert sum(numbers["jets"].values()) == 6000
    assert json.loads(json.dumps(numbers))["discriminations"].keys() == numbers["discriminations"].keys()
    entry = numbers["discriminations"]["b vs light"]
    assert 0.8 < entry["auc"] < 1
    assert entry["by_pt"].keys() == {"15-30", "30-50", "50-100", "100-1000"}


def test_the_figure_is_drawn(scored, tmp_path):
    scores, label, _ = scored
    draw_roc(scores, label, measure(*scored), tmp_path / "roc.png")
    assert (tmp_path / "roc.png").read_bytes().startswith(b"\x89PNG")
