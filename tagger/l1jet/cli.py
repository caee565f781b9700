"""pytagger: from ntuples to a level-1 jet tagger that is trained, validated and made into firmware.

Each subcommand is a module of `pyrun.tagger.l1jet.commands` with a click command called ``command``; it is imported
when it is called, so that the help of the whole needs no library of machine learning.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from pyrun.framework.errors import CMSException

COMMANDS = {
    "samples": "Generate labelled jets at high pile-up, part by part.",
    "make-data": "Make a data set for training out of ntuples.",
    "train": "Train a model, as a YAML file describes it.",
    "export": "Write a trained model as the folder that L1TSC4NGJetProducer loads.",
    "plot-basic": "Plot losses, ROC curves, response and more of a trained model.",
    "bbbb": "Study a trigger on four b jets.",
    "bbtt": "Study a trigger on two b jets and two taus.",
    "ditaus": "Study a trigger on two taus.",
    "ditaus-topo": "Study a trigger on two taus of opposite charge.",
    "single-tau": "Study a trigger on one tau.",
    "firmware": "Convert a model to firmware, synthesise, emulate and profile it.",
    "evaluate-emulation": "Compare all emulators of a model with keras.",
    "pipeline": "Run all steps that are not up to date, and write the website.",
    "website": "Write the pages of all runs.",
}


class LazyGroup(click.Group):
    """Imports a subcommand when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return importlib.import_module(f"{__package__}.commands.{cmd_name.replace('-', '_')}").command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from pyrun.framework.near_names import did_you_mean

            ctx.fail(f"There is no command {args[0]!r}. {did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def pytagger() -> None:
    """From ntuples to a level-1 jet tagger that is trained, validated and made into firmware."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the command: exit code 1 and one message for what can go wrong, 2 for wrong options."""
    try:
        code = int(pytagger.main(args=argv, prog_name="pytagger", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except CMSException as error:
        click.echo(f"pytagger: {error.message}", err=True)
        code = 1
    except (KeyboardInterrupt, click.Abort):
        click.echo("pytagger: interrupted", err=True)
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at its end
        code = 0
    sys.exit(code)


if __name__ == "__main__":
    main()
