"""pytagger plot-basic, and the plots that it makes."""

from __future__ import annotations

import json
import types
from pathlib import Path

import attrs
import numpy as np
import pytest
from click.testing import CliRunner

from pyrun.framework.errors import ModelError
from pyrun.modules.l1t.emulators import load_emulator
from pyrun.tagger.l1jet import evaluate, models
from pyrun.tagger.l1jet.cli import pytagger
from pyrun.tagger.l1jet.commands import plot_basic
from pyrun.tagger.l1jet.data import Dataset
from pyrun.tagger.l1jet.plots import confusion, efficiency, importance, inputs, losses, response, roc, style, summary
from pyrun.tagger.l1jet.plots.discriminants import B_VS_LIGHT, MAIN, TAU_VS_UDSG
from pyrun.tagger.l1jet.toy_jets import CLASSES


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toys") / "data"
    result = CliRunner().invoke(pytagger, ["make-data", "-i", "toy:2000", "--testing", "0.5", "-o", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def model(data):
    """The network that comes with pyrun, with the metadata of a training on the toy jets."""
    emulator, metadata = load_emulator("L1TSC4NGJetModel"), Dataset(data).metadata
    return types.SimpleNamespace(
        folder=Path("tagger"),
        predict=lambda x: tuple(emulator(x)),
        history={"jet_id_output_loss": [2.0, 1.5], "val_jet_id_output_loss": [2.1, 1.6], "ebops": [3e5, 2e5]},
        metadata={
            "name": "tagger",
            "inputs": metadata["features"],
            "labels": metadata["classes"],
            "best_epoch": 2,
            "dataset": {"checksum": metadata["checksum"], "folder": str(data)},
        },
    )


@pytest.fixture(scope="module")
def evaluation(model, data):
    return evaluate.evaluate(model, Dataset(data))


@pytest.fixture
def saved(monkeypatch):
    """Numbers of the plots by group and name, which are not drawn: that takes a second each."""
    found = {}

    def save(figure, path, numbers):
        json.dumps(style._plain(numbers), allow_nan=False)
        found["/".join(Path(path).parts[-2:])] = numbers

    monkeypatch.setattr(style, "save", save)
    return found


def without(evaluation, *classes):
    """The jets of the other classes."""
    kept = ~evaluation.of(classes)
    names = ("inputs", "label", "scores", "factor", "pt", "eta", "gen_pt", "source")
    return attrs.evolve(evaluation, **{name: getattr(evaluation, name)[kept] for name in names})


def draw_all(evaluation, model):
    folder = Path("plots")
    for module in (roc, confusion, response, efficiency, inputs):
        module.plot(evaluation, folder)
    roc.plot_signals(evaluation, folder, evaluation.sources)
    importance.plot(evaluation, model.predict, folder, jets=80)
    summary.plot({"tagger": evaluate.figures(evaluation)}, folder)
    summary.plot_against_pt(evaluation, folder)


def test_figures_are_those_of_the_test_jets(evaluation, data):
    dataset, numbers = Dataset(data), evaluate.figures(evaluation)
    assert numbers["jets"] == dataset.metadata["parts"]["testing"]["classes"]
    scores, label = evaluation.scores, dataset.label
    b, light = scores[label == 0], scores[label == 2]
    score = [x[:, 0] / np.maximum(x[:, 0] + x[:, 2], 1e-9) for x in (b, light)]
    expected = (score[0][:, None] > score[1]).mean() + 0.5 * (score[0][:, None] == score[1]).mean()
    entry = numbers["auc"]["b_vs_light"]
    assert entry["auc"] == pytest.approx(expected, abs=1e-6) and 0 < entry["uncertainty"] < 0.05
    efficiency, low, high = entry["efficiency_at_mistag"]["0.1"]
    assert 0 <= low < efficiency < high <= 1


def test_two_models_are_compared_on_the_same_jets(evaluation):
    blind = attrs.evolve(evaluation, scores=np.full_like(evaluation.scores, 0.125))
    difference, error = evaluate.differences(evaluation, blind, [TAU_VS_UDSG])["tau_vs_light_gluon"]
    assert difference == pytest.approx(evaluate.figures(evaluation)["auc"]["tau_vs_light_gluon"]["auc"] - 0.5)
    assert 0 < error < 0.1
    with pytest.raises(ValueError, match="same jets"):
        evaluate.differences(evaluation, without(evaluation, "b"))


def test_a_discriminant_is_one_half_where_all_its_scores_are_zero():
    scores = np.zeros((2, 8))
    scores[1, 0] = 0.25
    assert B_VS_LIGHT(scores).tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/ttbar_12.root", "ttbar"), ("qcd.root", "qcd"), ("toy:400", "toy"), ("HH4b_1.root", "HH4b"), ("7.root", "7")],
)
def test_processes_are_named_as_their_files(path, name):
    assert evaluate.process_name(path) == name


def test_the_usual_correction_is_shown_if_the_data_set_has_one(evaluation):
    pt = evaluation.pt
    assert evaluate._standard_pt({}, pt) is evaluate._standard_pt({"jet_pt_corr": pt.copy()}, pt) is None
    corrected = attrs.evolve(evaluation, standard_pt=evaluate._standard_pt({"jet_pt_corr": 1.1 * pt}, pt))
    assert [kind.name for kind in response.kinds(evaluation)] == ["uncorrected", "regression"]
    assert [kind.name for kind in response.kinds(corrected)] == ["uncorrected", "standard", "regression"]


def test_areas_against_pt_are_those_of_the_jets_there(evaluation, saved):
    summary.plot_against_pt(attrs.evolve(evaluation, pt=np.full(len(evaluation), 35.0)), Path("plots"))
    found = saved["summary/auc_pt"]["auc"]["b_vs_light"]["auc"]
    assert found[2] == evaluate.figures(evaluation)["auc"]["b_vs_light"]["auc"]
    assert np.isnan([*found[:2], *found[3:]]).all()


def test_every_plot_has_its_numbers(evaluation, model, saved):
    draw_all(evaluation, model)
    assert {name.split("/")[0] for name in saved} == {
        *("roc", "taus", "signals", "confusion", "response", "efficiency", "importance", "inputs", "scores", "summary")
    }
    curve = saved["roc/one_vs_rest"]["curves"]["muon_vs_rest"]
    assert len(curve["mistag_rate"]) == len(curve["mistag_low"]) > 10 and curve["auc"] > 0.5
    assert saved["confusion/confusion"]["counts"].sum() == len(evaluation)
    assert saved["inputs/constituents"]["classes"]["b"]["entries"] == (evaluation.label == 0).sum()
    points = saved["efficiency/b_vs_light_gluon_pt"]["mistag_rates"]["0.1"]
    inside = (evaluation.pt >= 15) & (evaluation.pt <= 200)
    assert points["signal"]["total"].sum() == (evaluation.of(["b"]) & inside).sum()


def test_the_mistag_rate_of_all_jets_is_at_most_the_one_asked_for(evaluation, saved):
    efficiency._draw(evaluation, MAIN[1], "eta", evaluation.eta, np.array([-2.5, 2.5]), Path("a/b"))
    for mistag, entry in saved["a/b"]["mistag_rates"].items():
        assert 0 <= entry["background"]["efficiency"][0] <= float(mistag)


def test_classes_without_jets_leave_gaps_in_the_plots(evaluation, model, saved):
    few = without(evaluation, "taup", "electron", "gluon")
    roc.plot(few, Path("plots"))
    confusion.plot(few, Path("plots"))
    assert "auc" not in saved["taus/taus"]["curves"]["taup_vs_taum"]
    assert saved["taus/taus"]["curves"]["taup_vs_taum"]["signal_jets"] == 0
    assert np.isnan(saved["confusion/confusion"]["fraction"][CLASSES.index("electron")]).all()
    assert "too few jets" in evaluate.table(evaluate.figures(few))


def test_no_jets_at_all_are_plotted_as_such(evaluation, model, saved):
    draw_all(without(evaluation, *CLASSES), model)
    assert saved["response/b_distribution"]["kinds"] == {}


def test_exchanged_inputs_keep_empty_slots_and_all_values(evaluation):
    changed = importance.exchanged(evaluation.inputs, [0, 14], seed=1)
    assert np.array_equal(changed[:, :, 1:14], evaluation.inputs[:, :, 1:14])
    for rank in range(16):
        assert np.array_equal(np.sort(changed[:, rank, 0]), np.sort(evaluation.inputs[:, rank, 0]))
    empty = ~evaluation.inputs.any(axis=-1)
    assert not changed[empty].any() and not np.array_equal(changed, evaluation.inputs)


def test_an_interrupted_history_is_plotted(saved):
    losses.plot({}, 0, Path("plots"))
    losses.plot({"jet_id_output_loss": [1.0]}, 1, Path("plots"))
    assert saved["training/losses"]["history"] == {"jet_id_output_loss": [1.0]}


def test_the_command_draws_prints_and_fills_a_page(model, data, tmp_path, monkeypatch):
    monkeypatch.setattr(models, "load", lambda folder: model)
    page = tmp_path / "page.md"
    page.write_text("# Title\n<!-- evaluation begins -->\nold\n<!-- evaluation ends -->\nend\n")
    arguments = ["plot-basic", "tagger", "-i", str(data), "-o", str(tmp_path / "plots"), "--only", "confusion"]
    result = CliRunner().invoke(pytagger, [*arguments, "--docs", str(page)])
    assert result.exit_code == 0, result.output
    assert sorted(x.name for x in (tmp_path / "plots/confusion").iterdir()) == [
        f"confusion.{suffix}" for suffix in ("json", "pdf", "png")
    ]
    text = page.read_text()
    assert "| tau vs light gluon | 0." in text and "old" not in text and text.endswith("-->\nend\n")
    assert "Warning" not in result.output


def test_another_data_set_than_that_of_the_training_is_told(model, data, capsys):
    other = types.SimpleNamespace(**vars(model))
    other.metadata = model.metadata | {"dataset": {"checksum": "0", "folder": "elsewhere"}}
    plot_basic.warn_of_training_jets(other, Dataset(data))
    assert "was trained with another data set (elsewhere)" in capsys.readouterr().err
    other.metadata = model.metadata | {"inputs": ["pt"]}
    with pytest.raises(ModelError, match="tagger has inputs pt;"):
        models.require_data_set_for(other, Dataset(data))


def test_an_unknown_signal_is_told_with_the_nearest_name(model, data, monkeypatch):
    monkeypatch.setattr(models, "load", lambda folder: model)
    result = CliRunner().invoke(pytagger, ["plot-basic", "tagger", "-i", str(data), "--signal", "toi"])
    assert result.exit_code == 2 and "no process 'toi'. Did you mean 'toy'?" in result.output
