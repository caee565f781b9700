"""edmDumpEventContent: list the products in a file."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NoReturn

from .edm_tool import run

if TYPE_CHECKING:
    from ..io.inspection import Column, RootFile

_TITLES = ("Type", "Module", "Label", "Process", "Full Name")
_WIDEST = 120  # wider tables are not aligned, unless --forceColumns


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the command; exits with 1 if the file can't be read."""
    arguments = _parser().parse_args(argv)
    run("edmDumpEventContent", lambda: _dump(arguments), failure=1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edmDumpEventContent",
        description="List the products in a file: type, module label, product instance label and process. "
        "Of a file without products, such as NanoAOD, list the branches.",
    )
    parser.add_argument("file", help="a file written by PoolOutputModule, a file of CMSSW, or NanoAOD")
    columns = parser.add_mutually_exclusive_group()
    columns.add_argument("--name", action="store_true", help="only the branch names")
    columns.add_argument("--all", action="store_true", help="the branch names too")
    level = parser.add_mutually_exclusive_group()
    level.add_argument("--lumi", action="store_true", help="the products of luminosity blocks instead of events")
    level.add_argument("--run", action="store_true", help="the products of runs instead of events")
    parser.add_argument(
        "--regex", action="append", default=[], metavar="R", help="only lines that match, in any case; may be repeated"
    )
    parser.add_argument("--skipping", action="store_true", help="tell of the branches that are not listed")
    parser.add_argument("--forceColumns", action="store_true", help="align columns however wide the table is")
    return parser


def _dump(arguments: argparse.Namespace) -> int:
    from ..io.inspection import FLAT, RootFile

    patterns = [_pattern(text) for text in arguments.regex]
    with RootFile(arguments.file) as file:
        columns = file.columns("LuminosityBlock" if arguments.lumi else "Run" if arguments.run else "Event")
        if file.kind == FLAT:
            rows = list(_flat_rows(file, columns, arguments.name))
        else:
            _check_has_events(file)
            rows = list(_product_rows(columns, arguments))
    titles, rows = rows[0], [row for row in rows[1:] if not patterns or _matches(row, patterns)]
    sys.stdout.write("".join(line + "\n" for line in _table(titles, rows, arguments.forceColumns)))
    return 0


def _pattern(text: str) -> re.Pattern[str]:
    from ..errors import Configuration

    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise Configuration(f"--regex {text!r} is no regular expression: {error}") from None


def _matches(row: Sequence[str], patterns: Sequence[re.Pattern[str]]) -> bool:
    return any(pattern.search("  ".join(row)) for pattern in patterns)


def _check_has_events(file: RootFile) -> None:
    from ..errors import FileOpenError

    if not file.kind:
        has = ", ".join(f"{name} ({kind})" for name, kind in file.names.items()) or "nothing"
        raise FileOpenError(f"The file {file.path!r} has no Events, but {has}")


def _product_rows(columns: Sequence[Column], arguments: argparse.Namespace) -> Iterator[tuple[str, ...]]:
    """The titles, then a row for each product."""
    yield () if arguments.name else _TITLES if arguments.all else _TITLES[:4]
    for column in columns:
        product = column.product
        if product is None:
            if arguments.skipping:
                sys.stderr.write(f"Skipping: {column.name}\n")
        elif arguments.name:
            yield (product.name,)
        else:
            quoted = [f'"{part}"' for part in (product.label, product.instance, product.process)]
            yield (column.type or product.type, *quoted, *([product.name] if arguments.all else []))


def _flat_rows(file: RootFile, columns: Sequence[Column], name_only: bool) -> Iterator[tuple[str, ...]]:
    sys.stderr.write(
        f"{file.path} holds no products but plain branches, as NanoAOD does ({len(columns)} of them here):\n"
    )
    yield () if name_only else ("Type", "Branch", "Title")
    for column in columns:
        yield (column.name,) if name_only else (column.type, column.name, column.title)


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]], force: bool) -> Iterator[str]:
    if not titles:
        yield from (row[0] for row in rows)
        return
    widths = [max(map(len, cells)) for cells in zip(titles, *rows, strict=True)]
    width = sum(widths) + 4 * (len(widths) - 1)
    aligned = force or width <= _WIDEST
    for row in (titles, None, *rows):
        if row is None:
            yield "-" * min(width, width if aligned else _WIDEST)
        elif aligned:
            yield "    ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip()
        else:
            yield "    ".join(row)
