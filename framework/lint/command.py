"""``pyrun --lint``: the report on a terminal or as JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import attrs

from ..config.loading import load_process
from ..config.misuse import Finding, place, second_processes
from ..errors import ConfigFileReadError
from .job import Report, lint


def lint_file(path: str, arguments: Sequence[str], *, as_json: bool, name: str) -> int:
    """Load a configuration, print what is wrong with it, and return 1 if anything is, else 0.

    `name` is what the configuration is called in the report.

    Raises
    ------
    ConfigFileNotFound, ConfigFileReadError
        It can't be loaded.
    """
    try:
        report = lint(load_process(path, arguments), path)
    except ConfigFileReadError:
        report = Report([finding for finding in second_processes() if finding.kind == "second-process"])
        if not report.findings:
            raise
    try:
        if as_json:
            json.dump(_plain(report, name), sys.stdout, indent=2)
            sys.stdout.write("\n")
        else:
            _print(report, name)
        sys.stdout.flush()
    except BrokenPipeError:  # a reader that has gone away, as in "pyrun --lint x.py | head", is no error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at its end
    return 1 if report.findings else 0


def _plain(report: Report, name: str) -> dict[str, Any]:
    return {
        "config": name,
        "findings": [attrs.asdict(finding) for finding in report.findings],
        "notes": report.notes,
    }


def _print(report: Report, name: str) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False)
    for finding in report.findings:
        console.print(_line(finding))
        if finding.suggestion:
            console.print(Text(f"    {finding.suggestion}", "green"))
    for note in report.notes:
        console.print(Text.assemble(("note: ", "cyan"), note))
    count = len(report.findings)
    if count:
        console.print(Text(f"{count} problem{'s' if count > 1 else ''} in {name}", "bold"))
    else:
        console.print(Text(f"Nothing wrong was found in {name}", "bold"))


def _line(finding: Finding) -> Any:
    from rich.text import Text

    return Text.assemble(
        (place((finding.file, finding.line)), "bold"), ": ", finding.message, (f"  [{finding.kind}]", "red")
    )
