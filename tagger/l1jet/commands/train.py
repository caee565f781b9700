"""pytagger train"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


# fmt: off
@click.command("train")
@click.option("-y", "--config", default="baseline", show_default=True, metavar="YAML",
              help="A file, or one that comes with pyrun by its name (see --list).")
@click.option("-i", "--data", type=click.Path(path_type=Path, file_okay=False), default=Path("training_data"),
              show_default=True, help="What make-data has written.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False),
              help="The model's folder.  [output/NAME of the configuration]")
@click.option("-p", "--percent", default=100.0, show_default=True, type=click.FloatRange(0, 100, min_open=True),
              help="How much of the data set to use.")
@click.option("--start-from", metavar="MODEL", help="Folder of a model whose weights to begin with, for start_from.")
@click.option("--teacher", metavar="MODEL", help="Folder of a model whose scores to learn as well, for teacher.")
@click.option("--threads", default=0, show_default=True, help="Of tensorflow; 0: as many as it likes.")
@click.option("--backend", default="tensorflow", show_default=True, envvar="KERAS_BACKEND",
              type=click.Choice(["tensorflow", "jax"]),
              help="What computes; jax, of pyrun[jax], takes a third of the time for a quantised model.")
@click.option("-f", "--force", is_flag=True, help="Replace a model without asking.")
@click.option("--list", "list_", is_flag=True, help="List the models and configurations that there are, and end.")
# fmt: on
def command(
    config: str,
    data: Path,
    output: Path | None,
    percent: float,
    start_from: str | None,
    teacher: str | None,
    threads: int,
    backend: str,
    force: bool,
    list_: bool,
) -> None:
    """Train a model. An interrupted training goes on when the same command is given again."""
    from ..folders import confirm_replacing
    from ..models import config as configs
    from ..models import names
    from ..models.folder import NETWORK
    from ..train import interrupted, train

    if list_:
        click.echo(f"Models: {', '.join(names())}\nConfigurations: {', '.join(configs.shipped())}")
        return
    given = {"start_from": start_from, "teacher": teacher}
    chosen = configs.read(config).with_training(**{key: value for key, value in given.items() if value})
    output = output or Path("output") / chosen.name
    confirm_replacing(output, NETWORK, force)
    if interrupted(output):
        click.echo(f"{output} was interrupted: goes on from there, unless configuration or data are others.", err=True)
    show = Progress(chosen.training_config.epochs)
    try:
        with show:
            metadata = train(chosen, data, output, percent, threads, show, backend)
    except KeyboardInterrupt:
        click.echo("The same command goes on after the last whole epoch.", err=True)
        raise
    size = f", {metadata['ebops']} EBOPs" if metadata["quantized"] else ""
    best = metadata["at_best_epoch"]
    click.echo(
        f"{output}: best epoch {metadata['best_epoch']} of {metadata['epochs']}, validation loss"
        f" {best['val_task_loss']:.4f}{size}"
    )


class Progress:
    """Tells of each epoch: a bar on a terminal, else a line."""

    def __init__(self, epochs: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        console = Console(stderr=True)
        self._terminal, self._epochs = console.is_terminal, epochs
        columns = (TextColumn("Epoch"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Bar(*columns, TextColumn("{task.description}"), console=console, disable=not self._terminal)
        self._task = self._bar.add_task("", total=epochs)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._bar.stop()

    def __call__(self, epoch: int, numbers: dict[str, float]) -> None:
        text = f"loss {numbers['loss']:.4f}, validation {numbers['val_task_loss']:.4f}"
        if "ebops" in numbers:
            text += f", {numbers['ebops']:,.0f} EBOPs (about {numbers['luts']:,.0f} LUTs)"
        self._bar.update(self._task, completed=epoch, description=text)
        if not self._terminal:
            click.echo(f"epoch {epoch} of {self._epochs}: {text}", err=True)
