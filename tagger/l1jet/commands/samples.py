"""pytagger samples"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


# fmt: off
@click.command("samples")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), default=Path("ntuples"),
              show_default=True, help="Folder of the parts; those that are there are kept.")
@click.option("-j", "--jobs", default=2, show_default=True, type=click.IntRange(1), help="Parts made at a time.")
@click.option("-s", "--scale", default=1.0, show_default=True, type=click.FloatRange(0, min_open=True),
              help="Events, times those of the recipe for 200,000 jets.")
@click.option("-e", "--events", multiple=True, metavar="PROCESS=N", help="Events of a process; instead of the recipe.")
@click.option("--part", default=1000, show_default=True, type=click.IntRange(1), help="Events of a part.")
@click.option("--pileup", default=200.0, show_default=True, type=click.FloatRange(0), help="Mean interactions.")
@click.option("--pool", default="", help="File of pile-up interactions.  [the shipped one]")
@click.option("--seed", default=1, show_default=True, help="Another seed makes other events.")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what is missing.")
# fmt: on
def command(
    output: Path, jobs: int, scale: float, events: tuple[str, ...], dry_run: bool, **settings: Any
) -> None:
    """Generate labelled jets at high pile-up; called again, it goes on where it was interrupted."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from .. import samples

    chosen = samples.Settings(**settings)
    recipe = requested(events) or {name: max(1, round(scale * n)) for name, n in samples.RECIPE.items()}
    wanted = samples.parts(recipe, chosen, output)
    missing = [part for part in wanted if not part.path.exists()]
    click.echo(f"{output}: {len(missing)} of {len(wanted)} parts are missing, {sum(p.events for p in missing)} events")
    if dry_run:
        return
    samples.prepare(output, chosen)
    console = Console(stderr=True)
    bars = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*bars, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("Events", total=sum(part.events for part in missing))
        samples.make(missing, chosen, jobs, lambda part: progress.advance(task, part.events))
    for name, number in samples.counts([part.path for part in wanted]).items():
        click.echo(f"{number:8d} {name}")


def requested(events: tuple[str, ...]) -> dict[str, int]:
    """Numbers of events by process."""
    result = {}
    for text in events:
        name, _, number = text.partition("=")
        if not number.isdigit():
            raise click.BadParameter(f"{text!r} is not of the form PROCESS=N.")
        result[name] = int(number)
    return result
