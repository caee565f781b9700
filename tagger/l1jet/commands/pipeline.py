"""pytagger pipeline"""

from __future__ import annotations

import click


# fmt: off
@click.command("pipeline")
@click.option("-c", "--config", default="pipeline.yaml", show_default=True, metavar="YAML",
              help="A file, or one that comes with pyrun by its name: pipeline.yaml, smoke.yaml.")
@click.option("-s", "--set", "settings", multiple=True, metavar="STEP.OPTION=VALUE",
              help="Another value than the configuration's, such as train.percent=10 or output=output/test.")
@click.option("--only", multiple=True, metavar="STEP", help="This step and all that it needs. Repeat it for more.")
@click.option("-f", "--force", multiple=True, metavar="STEP", help="Run it even if it is up to date.")
@click.option("-t", "--tag", default="", help="Keep the run under this name, too: in tags/TAG of the website.")
@click.option("--rerun-on-tag", default="", metavar="TAG", help="Don't train, but take the model of a tag.")
@click.option("-n", "--dry-run", is_flag=True, help="Only tell what would run.")
# fmt: on
def command(
    config: str,
    settings: tuple[str, ...],
    only: tuple[str, ...],
    force: tuple[str, ...],
    tag: str,
    rerun_on_tag: str,
    dry_run: bool,
) -> None:
    """Run all steps that are not up to date, from ntuples to the website.

    Steps that don't wait for each other run at the same time. After an interruption the same command goes on. Exit code
    1 if a step has failed that is not optional.
    """
    import uuid

    from rich.console import Console

    from ..pipeline import config as configuration
    from ..pipeline import records, running, steps
    from .website import git_branch

    if tag and rerun_on_tag:
        raise click.UsageError("--tag is for a new training, --rerun-on-tag for an old one.")
    content = configuration.read(config)
    configuration.override(content, settings)
    places = configuration.places(content, git_branch() or "local", tag, rerun_on_tag)
    plan = steps.plan(places, configuration.wanted(content, places), content["cores"], uuid.uuid4().hex)
    for name in (*only, *force):
        configuration.refuse_unknown([name], plan.steps, "There is a step")
    if only:
        plan = plan.upstream(set(only))
    if dry_run:
        for name in plan.steps:
            click.echo(f"{name}: {'up to date' if name not in force and records.settled(plan, name) else 'to be run'}")
        return
    places.work.mkdir(parents=True, exist_ok=True)
    try:
        done = running.run(plan, places.work, Console(), set(force))
    except KeyboardInterrupt:
        click.echo("The same command goes on after the steps that are done.", err=True)
        raise
    click.echo(f"Logs: {places.work / 'logs'}; website: {places.site / 'index.html'}")
    raise click.exceptions.Exit(not done)
