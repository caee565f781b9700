"""pytagger make-data"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


def step_size(_: click.Context, __: click.Parameter, value: str) -> int | str:
    """A number of jets, or a text such as "10 MB"."""
    import re

    if value.isdigit():
        return int(value)
    if not re.fullmatch(r"[0-9.]+ *[kKMG]i?B", value.strip()):
        raise click.BadParameter(f"{value!r} is neither a number of jets nor of memory, such as '10 MB'.")
    return value


# fmt: off
@click.command("make-data")
@click.option("-i", "--input", "inputs", multiple=True, required=True, metavar="ROOT",
              help="Ntuple, or pattern such as 'jets_*.root', or toy:20000 for so many toy jets. Repeat it for more.")
@click.option("-s", "--step-size", default="30 MB", show_default=True, callback=step_size,
              help="What to read at a time: jets, or memory.")
@click.option("--tree", default="", help="Of the ntuples.  [outnano/jets, outnano/Jets or jetntuple/Jets]")
@click.option("-r", "--ratio", default=1.0, show_default=True, type=click.FloatRange(0, 1, min_open=True),
              help="Which part of each ntuple to read.")
@click.option("--validation", default=0.1, show_default=True, type=click.FloatRange(0, 1), help="Part of the events.")
@click.option("--testing", default=0.1, show_default=True, type=click.FloatRange(0, 1), help="Part of the events.")
@click.option("--seed", default=1, show_default=True, help="Of split and order.")
@click.option("--quirks", default="exact", show_default=True, help="Version of the inputs in the ntuples.")
@click.option("--any-class", is_flag=True, help="A class may have no jets, as in the sample of one signal.")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), default=Path("training_data"),
              show_default=True)
@click.option("-f", "--force", is_flag=True, help="Replace a data set without asking.")
# fmt: on
def command(inputs: tuple[str, ...], output: Path, force: bool, **given: Any) -> None:
    """Make a data set for training, validation and testing out of ntuples, split by event."""
    from rich.console import Console
    from rich.progress import Progress

    from pyrun.modules.l1t.ng_inputs import QUIRKS

    from ..data import making
    from ..data.dataset import METADATA
    from ..folders import confirm_replacing, whole

    if given["quirks"] not in QUIRKS:
        raise click.BadParameter(f"There are no quirks {given['quirks']!r}, but {', '.join(QUIRKS)}.")
    if given["validation"] + given["testing"] >= 1:
        raise click.BadParameter("Nothing is left for training: --validation and --testing are parts of 1.")
    options = making.Options(**given)
    found = making.sources(expanded(inputs), options)
    confirm_replacing(output, METADATA, force)
    console = Console(stderr=True)
    with whole(output) as folder, Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("Reading")
        metadata = making.make(
            found, folder, options, lambda done, total: bar.update(task, completed=done, total=total)
        )
    for part, described in metadata["parts"].items():
        classes = ", ".join(f"{count} {name}" for name, count in described["classes"].items())
        click.echo(f"{output / part}: {described['jets']} jets: {classes}")


def expanded(inputs: tuple[str, ...]) -> list[str]:
    """Names of files, for names and patterns."""
    import glob

    result: list[str] = []
    for name in inputs:
        matched = sorted(glob.glob(name))
        result += matched or [name]
    return result
