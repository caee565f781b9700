"""The comparison of emulators, and what it reuses."""

from __future__ import annotations

import json
import os
import types

import numpy as np
import pytest

from pyrun.tagger.l1jet.commands import evaluate_emulation
from pyrun.tagger.l1jet.firmware.emulation import difference
from pyrun.tagger.l1jet.plots import emulation
from pyrun.tagger.l1jet.toy_jets import CLASSES

OUTPUTS = [*CLASSES, "pt"]


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(1)
    keras = rng.integers(0, 128, size=(60, 9)) / 128
    other = keras.copy()
    other[:7, 2] += 0.5
    return {"keras": keras, "numba": keras.copy(), "verilog": other}


@pytest.fixture
def result(answers):
    compared = {name: difference(answers["keras"], answers[name], OUTPUTS) for name in ("numba", "verilog")}
    compared["hls4ml"] = {"skipped": "There is no C++ compiler"}
    return {"jets": 60, "source": "60 test jets of data", "reference": "keras", "after_softmax": compared}


def test_differences_are_drawn_and_written(result, answers, tmp_path, monkeypatch):
    monkeypatch.setattr(emulation, "OVERLAID", emulation.OVERLAID[:1])
    emulation.plot(result, answers, np.arange(60) % 4, tmp_path)
    folder = tmp_path / "emulation"
    assert sorted(x.name for x in folder.glob("*.png")) == ["differences.png", "roc_b_vs_light_gluon.png"]
    numbers = json.loads((folder / "differences.json").read_text())["after_softmax"]
    assert (
        numbers["verilog"]["by_output"]["light"]["differing_values"] == 7 and numbers["numba"]["differing_values"] == 0
    )
    curves = json.loads((folder / "roc_b_vs_light_gluon.json").read_text())["curves"]
    assert curves["keras"] == curves["numba"] != curves["verilog"]


def test_the_summary_says_what_differs_and_what_has_not_run(result, answers):
    text = evaluate_emulation.summary(result, answers)
    assert "| after softmax | numba | 0 of 540 | 0 | 0 |" in text and "not run: There is no C++ compiler" in text
    assert "7 values differ" in text
    del result["after_softmax"]["verilog"]
    assert "all agree to the last bit" in evaluate_emulation.summary(result, answers)


@pytest.fixture
def folders(tmp_path, result):
    for name in ("data", "model/firmware"):
        (tmp_path / name).mkdir(parents=True)
    files = ["data/metadata.json", "model/model.keras", "model/firmware/emulation.npz", "model/firmware/emulation.json"]
    for second, name in enumerate(files):
        (tmp_path / name).write_text("{}")
        os.utime(tmp_path / name, (second, second))
    stored = result | {"source": f"60 test jets of {tmp_path / 'data'}"}
    (tmp_path / files[-1]).write_text(json.dumps(stored))
    return tmp_path


def stored(folders, number=60, before_softmax=False):
    model = types.SimpleNamespace(folder=folders / "model")
    return evaluate_emulation.stored(model, folders / "model/firmware", folders / "data", number, before_softmax)


def test_what_the_firmware_knows_of_the_same_jets_is_taken(folders):
    assert stored(folders)["jets"] == 60
    assert stored(folders, number=50) is None
    assert stored(folders, before_softmax=True) is None


def test_after_a_new_training_the_emulators_run_again(folders):
    os.utime(folders / "model/model.keras", (5e9, 5e9))
    assert stored(folders) is None


def test_without_an_emulation_the_emulators_run(folders):
    (folders / "model/firmware/emulation.npz").unlink()
    assert stored(folders) is None
