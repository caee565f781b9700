"""pytagger plot-basic"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..data import Dataset
    from ..evaluate import Evaluation
    from ..models import TaggerModel

GROUPS = ("training", "summary", "roc", "signals", "confusion", "response", "efficiency", "importance", "inputs")


# fmt: off
@click.command("plot-basic")
@click.argument("model", type=click.Path(path_type=Path, file_okay=False), default=Path("output/baseline"))
@click.option("-i", "-d", "--data", type=click.Path(path_type=Path, file_okay=False), default=Path("training_data"),
              show_default=True, help="What make-data has written; its testing part is used.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder.  [MODEL/plots]")
@click.option("--signal", "signals", multiple=True, metavar="PROCESS",
              help="Draw ROC curves for signal jets of this process, named as its ntuple. Repeat it for more.  [all]")
@click.option("--compare", "others", multiple=True, type=click.Path(path_type=Path, file_okay=False), metavar="MODEL",
              help="Another model, to be drawn and tabled beside this one. Repeat it for more.")
@click.option("--only", multiple=True, type=click.Choice(GROUPS), help="Only these plots. Repeat it for more.")
@click.option("--importance-jets", default=4000, show_default=True, type=click.IntRange(16),
              help="Jets on which the importance of the inputs is found.")
@click.option("--docs", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help="A page of which to fill the table, between its lines of evaluation.")
# fmt: on
def command(
    model: Path,
    data: Path,
    output: Path | None,
    signals: tuple[str, ...],
    others: tuple[Path, ...],
    only: tuple[str, ...],
    importance_jets: int,
    docs: Path | None,
) -> None:
    """Plot losses, ROC curves, response and more of a trained MODEL, and print its figures of merit.

    Each plot is written as PNG, as PDF, and as the JSON of its numbers.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # what tensorflow tells is of no use here
    from ...page import fill_table
    from .. import evaluate
    from ..data import Dataset
    from ..models import load, require_data_set_for

    dataset = Dataset(data, "testing")
    trained, *further = (load(folder) for folder in (model, *others))
    for one in (trained, *further):
        require_data_set_for(one, dataset)
        warn_of_training_jets(one, dataset)
    evaluation = evaluate.evaluate(trained, dataset)
    chosen = _chosen(signals, evaluation.sources)
    compared = {str(other.folder): evaluate.evaluate(other, dataset) for other in further}
    numbers = evaluate.figures(evaluation)
    draw(trained, evaluation, numbers, compared, chosen, only or GROUPS, output or model / "plots", importance_jets)
    text = "\n\n".join(
        [evaluate.table(numbers)]
        + [f"Minus {name}:\n\n{_differences(evaluation, other)}" for name, other in compared.items()]
    )
    click.echo(text)
    if docs is not None:
        fill_table(docs, text)


def warn_of_training_jets(model: TaggerModel, dataset: Dataset) -> None:
    """Warn if the test jets may have been trained with."""
    if model.metadata["dataset"]["checksum"] != dataset.metadata["checksum"]:
        click.echo(
            f"Warning: {model.folder} was trained with another data set ({model.metadata['dataset']['folder']}) than"
            f" {dataset.folder}: if both come from the same ntuples, some test jets may have been trained with.",
            err=True,
        )


def draw(
    model: TaggerModel,
    evaluation: Evaluation,
    numbers: dict[str, Any],
    compared: dict[str, Evaluation],
    signals: list[str],
    groups: tuple[str, ...],
    folder: Path,
    importance_jets: int,
) -> None:
    """The plots of some groups, with a line for each on a terminal."""
    from .. import evaluate
    from ..plots import confusion, efficiency, importance, inputs, losses, response, roc, style

    name = model.metadata["name"]
    all_numbers = {name: numbers} | {_short(x): evaluate.figures(other) for x, other in compared.items()}
    steps: dict[str, Callable[[], None]] = {
        "training": functools.partial(losses.plot, model.history, model.metadata["best_epoch"], folder),
        "summary": functools.partial(_summary, all_numbers, evaluation, folder),
        "roc": functools.partial(roc.plot, evaluation, folder),
        "signals": functools.partial(roc.plot_signals, evaluation, folder, signals),
        "confusion": functools.partial(confusion.plot, evaluation, folder),
        "response": functools.partial(response.plot, evaluation, folder),
        "efficiency": functools.partial(efficiency.plot, evaluation, folder),
        "importance": functools.partial(importance.plot, evaluation, model.predict, folder, importance_jets),
        "inputs": functools.partial(inputs.plot, evaluation, folder),
    }
    with style.conditions("toy jets" if evaluation.toys else style.CONDITIONS.get()):
        for group, step in steps.items():
            if group in groups:
                click.echo(f"{folder}: {group}", err=True)
                step()
        if compared:
            models = {name: evaluation} | {_short(x): other for x, other in compared.items()}
            roc.plot_comparison(models, folder)


def _summary(all_numbers: dict[str, Any], evaluation: Evaluation, folder: Path) -> None:
    from ..plots import summary

    summary.plot(all_numbers, folder)
    summary.plot_against_pt(evaluation, folder)


def _short(path: str) -> str:
    return Path(path).resolve().name


def _chosen(signals: tuple[str, ...], sources: tuple[str, ...]) -> list[str]:
    from pyrun.framework.near_names import did_you_mean

    for name in signals:
        if name not in sources:
            hint = did_you_mean(name, sources)
            raise click.BadParameter(f"The data set has no process {name!r}. {hint}", param_hint="--signal")
    return list(signals or sources)


def _differences(evaluation: Evaluation, other: Evaluation) -> str:
    from .. import evaluate

    return evaluate.table(evaluate.figures(other), evaluate.differences(evaluation, other))
