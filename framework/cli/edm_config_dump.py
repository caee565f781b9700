"""edmConfigDump: print a configuration with all that it loads written out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from .edm_tool import run, write


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the command; exits as pyrun does if the configuration can't be loaded."""
    parser = argparse.ArgumentParser(prog="edmConfigDump", description="Print a configuration written out in full.")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write to a file instead")
    parser.add_argument("--prune", action="store_true", help="without what nothing uses")
    parser.add_argument("--pruneVerbose", action="store_true", help="prune, and tell what was taken out")
    parser.add_argument("config", help="the configuration file")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="arguments of the configuration")
    arguments = parser.parse_args(argv)
    run("edmConfigDump", lambda: _dump(arguments))


def _dump(arguments: argparse.Namespace) -> int:
    from ..config.loading import find_configuration, load_process

    process = load_process(find_configuration(arguments.config), arguments.arguments)
    if arguments.prune or arguments.pruneVerbose:
        process.prune(arguments.pruneVerbose)
    write(process.dumpPython(), arguments.output)
    return 0
