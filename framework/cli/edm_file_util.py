"""edmFileUtil: what files are, how many events they have, and which."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from .edm_tool import run

if TYPE_CHECKING:
    from ..event.branch import Level
    from ..io.inspection import RootFile

_RANGES = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Entry point of the command; exits with 1 if a file can't be read."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.events is not None and not _RANGES.fullmatch(arguments.events):
        if arguments.events:  # "-e file": the range may be left out
            arguments.files.insert(0, arguments.events)
        arguments.events = ""
    if not arguments.files:
        parser.error("name at least one file")
    run("edmFileUtil", lambda: _all(arguments), failure=1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edmFileUtil", description="Tell how many runs, luminosity blocks and events files have, and more."
    )
    parser.add_argument("files", nargs="*", metavar="file", help="files of pyrun, CMSSW or NanoAOD")
    parser.add_argument("-f", "--file", dest="files", action="append", metavar="FILE", help="one more file")
    parser.add_argument("-d", "--decodeLFN", action="store_true", help="only tell where the file is")
    parser.add_argument("-u", "--uuid", action="store_true", help="the file's unique number")
    parser.add_argument("-a", "--adler32", action="store_true", help="the file's Adler-32 checksum")
    parser.add_argument("-j", "--JSON", "--json", dest="json", action="store_true", help="print as JSON")
    parser.add_argument("-l", "--ls", action="store_true", help="list the objects in the file")
    parser.add_argument("-P", "--print", action="store_true", help="list the branches with their sizes")
    parser.add_argument("-b", "--printBranchDetails", action="store_true", help="the branches with type and title")
    parser.add_argument(
        "-t", "--tree", default="Events", choices=("Events", "LuminosityBlocks", "Runs"), help="which for -P and -b"
    )
    parser.add_argument("--printClusters", action="store_true", help="how events are stored together")
    parser.add_argument(
        "-e",
        "--events",
        nargs="?",
        const="",
        metavar="RANGE",
        help="list run, luminosity block and number of events: all, or of some entries, as in 5-13,30",
    )
    parser.add_argument("--eventsInLumis", action="store_true", help="how many events each luminosity block has")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell what is done")
    return parser


def _all(arguments: argparse.Namespace) -> int:
    from ..errors import CMSException
    from ..io.inspection import RootFile

    failed, records = False, []
    for name in arguments.files:
        try:
            if arguments.decodeLFN:
                location = _location(name)
                print(location if "://" in location else os.path.abspath(location))
                continue
            if not arguments.json:
                print(name)
            with RootFile(_location(name)) as file:
                if arguments.verbose:
                    print(f"ECU:: Opened {file.path}")
                _check(file)
                records.append(_record(file, arguments))
                if not arguments.json:
                    sys.stdout.writelines(line + "\n" for line in _text(file, records[-1], arguments))
        except CMSException as error:
            sys.stdout.flush()
            sys.stderr.write(f"edmFileUtil: {error}\n")
            failed = True
    if arguments.json:
        print("[" + ",\n ".join(json.dumps(record) for record in records) + "]")
    return int(failed)


def _location(name: str) -> str:
    """Where a file is: as named, or on the search path."""
    from ..errors import FileInPathError
    from ..resources import file_in_path

    path = name.removeprefix("file:")
    try:
        return path if "://" in path or os.path.exists(path) else str(file_in_path(path))
    except FileInPathError:
        return path  # opening it tells what is wrong


def _check(file: RootFile) -> None:
    from ..errors import FileOpenError

    if not file.kind:
        has = ", ".join(f"{name} ({kind})" for name, kind in file.names.items()) or "nothing"
        raise FileOpenError(f"The file {file.path!r} is no event file: it has no Events, but {has}")


def _record(file: RootFile, arguments: argparse.Namespace) -> dict[str, Any]:
    levels: dict[str, Level] = {"runs": "Run", "lumis": "LuminosityBlock", "events": "Event"}
    record: dict[str, Any] = {"file": file.path, **{name: file.entries(level) for name, level in levels.items()}}
    record["bytes"] = file.size
    if arguments.uuid:
        record["uuid"] = file.guid
    if arguments.adler32:
        record["adler32sum"] = f"{file.adler32():x}"
    if arguments.json and arguments.events is not None:
        ids = file.ids()
        numbers = zip(ids.run.tolist(), ids.lumi.tolist(), ids.event.tolist(), strict=True)
        chosen = set(_entries(arguments.events, len(ids)))
        record["eventList"] = [list(number) for entry, number in enumerate(numbers) if entry in chosen]
    if arguments.json and arguments.eventsInLumis:
        record["eventsInLumis"] = [list(row) for row in _lumis(file)]
    return record


def _text(file: RootFile, record: dict[str, Any], arguments: argparse.Namespace) -> Iterator[str]:
    counts = ", ".join(f"{record[name]} {name}" for name in ("runs", "lumis", "events", "bytes"))
    adler32 = f", {record['adler32sum']} adler32sum" if arguments.adler32 else ""
    yield f"{file.path} ( {counts}{adler32} )"
    if arguments.ls:
        yield from (f"  KEY: {kind}\t{name}\t{title}" for name, kind, title in file.objects())
    if arguments.print or arguments.printBranchDetails:
        yield from _branches(file, arguments)
    if arguments.printClusters:
        yield from _clusters(file)
    if arguments.uuid:
        yield f"UUID: {file.guid or 'none'}"
    if arguments.events is not None:
        yield from _event_list(file, arguments.events)
    if arguments.eventsInLumis:
        yield ""
        yield _cells("Run", "Lumi", "# Events")
        yield from (_cells(*row) for row in _lumis(file))
        yield ""


def _cells(*values: object) -> str:
    return "".join(f"{value!s:>15}" for value in values)


def _branches(file: RootFile, arguments: argparse.Namespace) -> Iterator[str]:
    from ..io.inspection import CONTAINERS

    level = next(level for level, name in CONTAINERS.items() if name == arguments.tree)
    for number, column in enumerate(file.columns(level)):
        yield (
            f"Branch {number} of {arguments.tree} tree: {column.name} "
            f"Total size = {column.size} Compressed size = {column.compressed}"
        )
        if arguments.printBranchDetails:
            yield f"    type: {column.type}" + (f", title: {column.title}" if column.title else "")


def _clusters(file: RootFile) -> Iterator[str]:
    yield "Clusters of Events: entries from Begin up to, not including, End"
    yield _cells("Begin", "End", "Entries", "Max pages", "Bytes")
    for part in file.clusters():
        yield _cells(part.begin, part.end, part.end - part.begin, part.parts, part.bytes)


def _event_list(file: RootFile, ranges: str) -> Iterator[str]:
    ids = file.ids()
    yield ""
    yield _cells("Run", "Lumi", "Event", "TTree Entry")
    for entry in _entries(ranges, len(ids)):
        yield _cells(ids.run[entry], ids.lumi[entry], ids.event[entry], entry)
    yield ""


def _entries(ranges: str, number: int) -> list[int]:
    """The entries that a text like ``"5-13,30"`` names, as far as they exist; all for an empty text."""
    if not ranges:
        return list(range(number))
    chosen: list[int] = []
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        chosen += range(int(first), min(int(last or first) + 1, number))
    return chosen


def _lumis(file: RootFile) -> list[tuple[int, int, int]]:
    """Run, luminosity block and number of events, in order of appearance."""
    ids = file.ids()
    counts: dict[tuple[int, int], int] = {}
    for lumi in zip(ids.run.tolist(), ids.lumi.tolist(), strict=True):
        counts[lumi] = counts.get(lumi, 0) + 1
    return [(*lumi, count) for lumi, count in counts.items()]
