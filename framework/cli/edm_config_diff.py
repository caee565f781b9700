"""edmConfigDiff: how two configurations differ, by meaning."""

from __future__ import annotations

import argparse
import difflib
import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from .edm_tool import run

if TYPE_CHECKING:
    from rich.text import Text

    from ..config.difference import Change, Difference, Value
    from ..config.process import Process

_LONG = 3  # of longer lists only the items that differ are shown


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the command; exits as diff does: 0 if they are the same, 1 if not, 2 if one can't be loaded."""
    parser = argparse.ArgumentParser(
        prog="edmConfigDiff",
        description="Tell which parameters, modules, sequences, tasks and paths differ between two configurations. "
        "Nested sequences and tasks count by the modules in them.",
        epilog="Arguments of a configuration go with its name: edmConfigDiff 'job_cfg.py maxEvents=10' job_cfg.py",
    )
    parser.add_argument("--prune", action="store_true", help="without what nothing uses")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("configs", nargs=2, metavar="CONFIG", help="a configuration file")
    arguments = parser.parse_args(argv)
    run("edmConfigDiff", lambda: _diff(arguments), failure=2)


def _diff(arguments: argparse.Namespace) -> int:
    from ..config.difference import differences

    first, second = (_load(words, prune=arguments.prune) for words in arguments.configs)
    found = differences(first, second)
    if arguments.json:
        json.dump(_plain(found, arguments.configs), sys.stdout, indent=2)
        sys.stdout.write("\n")
    elif found:
        _print(found, arguments.configs)
    return 1 if found else 0


def _load(words: str, *, prune: bool) -> Process:
    from ..config.loading import find_configuration, load_process

    name, *arguments = shlex.split(words) or [""]
    process = load_process(find_configuration(name), arguments)
    if prune:
        process.prune()
    return process


def _plain(found: list[Difference], names: Sequence[str]) -> dict[str, Any]:
    import attrs

    return {"configs": list(names), "differences": [attrs.asdict(difference) for difference in found]}


def _print(found: list[Difference], names: Sequence[str]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False)
    console.print(Text(f"--- {names[0]}", "bold red"))
    console.print(Text(f"+++ {names[1]}", "bold green"))
    for difference in found:
        for line in _lines(difference):
            console.print(line)


def _lines(difference: Difference) -> Iterator[Text]:
    from rich.text import Text

    from ..config.misuse import place

    type_ = f" ({difference.type})" if difference.type else ""
    where = dict.fromkeys(place(at) for at in difference.places if at is not None and at[0])
    title = f"{difference.kind} {difference.name}{type_}"
    sign, style = {"removed": ("- ", "red"), "added": ("+ ", "green"), "changed": ("", "bold")}[difference.status]
    yield Text.assemble((sign + title, style), ("  " + " ".join(where) if where else "", "dim"))
    for change in difference.changes:
        for marked in _of_change(change):
            yield Text(f"    {marked}", "red" if marked.startswith("-") else "green")


def _of_change(change: Change) -> Iterator[str]:
    """What was, with a minus, and what is, with a plus."""
    before, after = change.before, change.after
    if before is not None and after is not None and before.type == after.type and _is_long(before, after):
        for line in difflib.ndiff([repr(item) for item in before.value], [repr(item) for item in after.value]):
            if line[0] in "+-":
                yield f"{line[0]} {change.name}: {line[2:]}"
        return
    for sign, value in (("-", before), ("+", after)):
        if value is not None:
            yield f"{sign} {change.name} = {_text(value)}"


def _is_long(before: Value, after: Value) -> bool:
    both = (before.value, after.value)
    return all(isinstance(value, list) for value in both) and max(map(len, both)) > _LONG


def _text(value: Value) -> str:
    return f"{value.type} {value.value!r}".lstrip()
