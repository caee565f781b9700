"""edmCopyPickMerge: copy, pick and merge events, by running ``cfg/copyPickMerge_cfg.py``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

_CONFIGURATION = "cfg/copyPickMerge_cfg.py"
_HELP = """\
usage: edmCopyPickMerge inputFiles=FILE[,FILE...] [outputFile=FILE] [eventsToProcess=RANGE[,RANGE...]]
                        [maxEvents=N] [maxSize=KB]

Copy events from one or more files to another: all of them, or those named by eventsToProcess, as run:event,
run:lumi:event or ranges of these with a dash, e.g. eventsToProcess=1:17,1:1:20-1:1:29. With maxSize, a file that
has reached this size is followed by another, output001.root. `edmCopyPickMerge help` lists the arguments.
"""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the command; exits as pyrun does."""
    from .pyrun import main as pyrun

    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or {"-h", "--help"} & set(arguments):
        print(_HELP, end="")
        sys.exit(0 if arguments else 1)
    pyrun([_CONFIGURATION, *arguments])
