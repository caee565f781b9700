"""From training to a model's folder."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from pyrun.modules.l1t.emulators import load_emulator
from pyrun.modules.l1t.ng_inputs import tagger_inputs
from pyrun.tagger.l1jet.toy_jets import toy_jets


def test_toy_jets_are_the_same_for_a_seed():
    one, same, other = toy_jets(100, seed=3), toy_jets(100, seed=3), toy_jets(100, seed=4)
    assert np.array_equal(one.words, same.words)
    assert not np.array_equal(one.jet_words, other.jet_words)


def pytagger(*words):
    subprocess.run([sys.executable, "-m", "pyrun.tagger.l1jet.cli", *map(str, words)], check=True)


@pytest.mark.slow
@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("tensorflow", "hgq", "da4ml", "hls4ml")),
    reason="needs the extra tagger",
)
@pytest.mark.parametrize("quirks", ["exact", pytest.param("cmssw_v2", marks=pytest.mark.exhaustive)])
def test_training_and_export(tmp_path, quirks):
    """The export compares da4ml with keras, and all emulators with both."""
    pytagger("make-data", "-i", "toy:4000", "--quirks", quirks, "-o", tmp_path / "data")
    (tmp_path / "short.yaml").write_text(
        "model: deepsets_hgq\nmodel_config: {context: 2, relative_z0: true}\n"
        "training_config: {epochs: 1, batch_size: 512, seed: 3}\n"
    )
    pytagger("train", "-y", tmp_path / "short.yaml", "-i", tmp_path / "data", "-o", tmp_path / "trained")
    pytagger("export", tmp_path / "trained", tmp_path / "model")
    assert (tmp_path / "model/model.keras").stat().st_size < (tmp_path / "trained/model.keras").stat().st_size / 2
    jets = toy_jets(500, seed=5)
    inputs = tagger_inputs(jets.words, np.arange(len(jets.words)), jets.offsets, jets.jet_words, quirks)
    answers = load_emulator(tmp_path / "model")(inputs.candidates, inputs.jets)
    assert answers.scores.shape == (500, 8)
    assert answers.scores.std(axis=0).max() > 0
