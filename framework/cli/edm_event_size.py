"""edmEventSize: how much space the branches of a file take."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from .edm_tool import run, write

if TYPE_CHECKING:
    from ..io.inspection import Column, RootFile


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the command; exits with 1 if the file can't be read or has no events."""
    parser = argparse.ArgumentParser(
        prog="edmEventSize", description="Tell how many bytes per event each branch takes, the largest first."
    )
    parser.add_argument("file", help="a file of pyrun, CMSSW or NanoAOD")
    parser.add_argument("-v", "--verbose", action="store_true", help="a header with the file and the number of events")
    parser.add_argument("-a", "--alphabetic-order", action="store_true", help="sort by name instead")
    parser.add_argument("-F", "--format-names", action="store_true", help="products as label:instance (type)")
    parser.add_argument("-j", "--json", action="store_true", help="print as JSON")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write to a file instead")
    arguments = parser.parse_args(argv)
    run("edmEventSize", lambda: _sizes(arguments), failure=1)


def _sizes(arguments: argparse.Namespace) -> int:
    from ..errors import FileOpenError
    from ..io.inspection import RootFile

    with RootFile(arguments.file) as file:
        events = file.entries("Event") if file.kind else 0
        if not events:
            raise FileOpenError(f"The file {file.path!r} has no events to divide by")
        columns = file.columns()
        columns.sort(key=lambda column: (0 if arguments.alphabetic_order else -column.compressed, column.name))
        text = (
            _json(columns, events, arguments) if arguments.json else "\n".join(_text(file, columns, events, arguments))
        )
    write(text + "\n", arguments.output)
    return 0


def _name(column: Column, format_names: bool) -> str:
    product = column.product
    if product is None:
        return column.name
    if not format_names:
        return product.name
    return f"{product.label}{':' + product.instance if product.instance else ''} ({product.type})"


def _text(file: RootFile, columns: Sequence[Column], events: int, arguments: argparse.Namespace) -> Iterator[str]:
    if arguments.verbose:
        yield f"File {file.path} Events {events}"
        yield "Branch Name | Average Uncompressed Size (Bytes/Event) | Average Compressed Size (Bytes/Event) "
    for column in columns:
        size, compressed = column.size / events, column.compressed / events
        yield f"{_name(column, arguments.format_names)} {size:g} {compressed:g}"


def _json(columns: Sequence[Column], events: int, arguments: argparse.Namespace) -> str:
    modules = [
        {
            "name": _name(column, arguments.format_names),
            "size_compressed": column.compressed / events,
            "size_uncompressed": column.size / events,
            "ratio": column.compressed / column.size if column.size else 0,
        }
        for column in columns
    ]
    return json.dumps({"modules": modules}, indent=1)
