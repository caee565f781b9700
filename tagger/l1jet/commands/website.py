"""pytagger website"""

from __future__ import annotations

from pathlib import Path

import click


# fmt: off
@click.command("website")
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path, file_okay=False))
@click.option("-s", "--site", type=click.Path(path_type=Path, file_okay=False), default=Path("website"),
              show_default=True, help="Folder of the pages.")
@click.option("-b", "--branch", default="", help="The runs' place is branches/BRANCH/pipelineN.  [git's]")
@click.option("-n", "--number", default=0, show_default=True, type=click.IntRange(0),
              help="N; 0: as before for the same training, else the next.")
@click.option("-t", "--tag", default="", help="The run's place is tags/TAG instead.")
# fmt: on
def command(runs: tuple[Path, ...], site: Path, branch: str, number: int, tag: str) -> None:
    """Write pages about RUNS, the folders of models; without any those that list all runs are written anew.

    They need no server: open SITE/index.html, or copy SITE to where pages are served from.
    """
    from .. import website

    if len(runs) > 1 and (number or tag):
        raise click.UsageError("--number and --tag are for one run.")
    if not runs:
        click.echo(f"{site / 'index.html'}: {website.rebuild(site)} runs")
    for run in runs:
        click.echo(website.publish(run, site, branch or git_branch(), number, tag))


def git_branch() -> str:
    """Of the working folder; nothing outside of a repository."""
    import subprocess

    try:
        asked = subprocess.run(["git", "branch", "--show-current"], capture_output=True, text=True)
    except OSError:
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""
