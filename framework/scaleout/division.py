"""Dividing a job's input into parts, each of which a job of its own can process."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Literal

import attrs

from ..io.file_index import Segment
from ..io.summaries import MERGEABLE_TYPES
from ..module import Module

Boundary = Literal["Event", "LuminosityBlock", "Run"]
Part = tuple[Segment, ...]

PARTS_PER_WORKER = 4  # so that workers that are done early help the others, if parts stay large:
MANY_EVENTS = 1000  # as in a cluster of a file, of which parts that share it each decode all
FEWEST_EVENTS = 100  # in smaller parts, what each part costs shows


def divide(segments: Sequence[Segment], events_per_part: int, boundary: Boundary = "Event") -> list[Part]:
    """Cut the input into parts, in order.

    A part is several whole files or a piece of one, so that what each file says of its runs and luminosity blocks is
    counted once when the outputs are joined.

    Parameters
    ----------
    segments : sequence of Segment
        The plan of a source.
    events_per_part : int
        The most events of a part, if `boundary` allows it.
    boundary : str
        Between what files may be cut: two events, luminosity blocks or runs.

    Returns
    -------
    list of tuple of Segment
        At least one part, which is empty if there is no input.

    Examples
    --------
    >>> plan = [Segment("a", 0, 4, 1, 1), Segment("a", 4, 6, 1, 2), Segment("b", 0, 1, 1, 3), Segment("c", 0, 2, 1, 4)]
    >>> [[(piece.file, piece.start, piece.stop) for piece in part] for part in divide(plan, 3)]
    [[('a', 0, 3)], [('a', 3, 4), ('a', 4, 6)], [('b', 0, 1), ('c', 0, 2)]]
    >>> [[(piece.file, piece.start, piece.stop) for piece in part] for part in divide(plan, 3, "LuminosityBlock")]
    [[('a', 0, 4)], [('a', 4, 6)], [('b', 0, 1), ('c', 0, 2)]]
    """
    parts: list[list[Segment]] = [[]]
    for unit in _units(segments, boundary):
        if parts[-1] and _events(parts[-1]) + _events(unit) > events_per_part:
            parts.append([])
        if _events(unit) > events_per_part:
            parts[-1:] = [*_cut(unit, events_per_part, boundary), []]
        else:
            parts[-1] += unit
    return [tuple(part) for part in parts if part] or [()]


def _events(segments: Iterable[Segment]) -> int:
    return sum(len(segment) for segment in segments)


def _key(boundary: Boundary, segment: Segment) -> tuple[int, ...]:
    return (segment.run,) if boundary == "Run" else (segment.run, segment.lumi)


def _units(segments: Sequence[Segment], boundary: Boundary) -> Iterator[list[Segment]]:
    """Files; those between which the input may not be cut, together."""
    unit: list[Segment] = []
    for _, group in itertools.groupby(segments, lambda segment: segment.file):
        file = list(group)
        if unit and (boundary == "Event" or _key(boundary, unit[-1]) != _key(boundary, file[0])):
            yield unit
            unit = []
        unit += file
    if unit:
        yield unit


def _cut(unit: Sequence[Segment], most: int, boundary: Boundary) -> list[list[Segment]]:
    """Cut a file into pieces of about equally many events."""
    total = _events(unit)
    share = math.ceil(total / math.ceil(total / most))
    pieces: list[list[Segment]] = [[]]
    for group in _inseparable(unit, share, boundary):
        if _events(pieces[-1]) >= share and _events(group):
            pieces.append([])
        pieces[-1] += group
    return pieces


def _inseparable(unit: Sequence[Segment], share: int, boundary: Boundary) -> Iterator[list[Segment]]:
    """What must stay together; between events, segments are cut where shares end."""
    if boundary != "Event":
        yield from (list(group) for _, group in itertools.groupby(unit, partial(_key, boundary)))
        return
    done = 0
    for segment in unit:
        start = segment.start
        while segment.stop - start > share - done % share:
            stop = start + share - done % share
            yield [attrs.evolve(segment, start=start, stop=stop)]
            done += stop - start
            start = stop
        yield [attrs.evolve(segment, start=start)]
        done += segment.stop - start


def first_lumis(segments: Sequence[Segment], most: int) -> list[Segment]:
    """The input up to the end of its first `most` luminosity blocks; all of it if that is negative."""
    if most < 0:
        return list(segments)
    kept: list[Segment] = []
    for (_, lumi), group in itertools.groupby(segments, lambda segment: (segment.run, segment.lumi)):
        if lumi and not most:
            break
        kept += group
        most -= bool(lumi)
    return kept


def events_per_part(events: int, workers: int) -> int:
    """A size of parts that keeps all workers busy: several parts for each, or one if there are few events.

    Examples
    --------
    >>> [events_per_part(events, workers=4) for events in (200, 1_000, 8_000, 80_000)]
    [100, 250, 1000, 5000]
    """
    share = math.ceil(events / max(workers, 1))
    return max(math.ceil(share / PARTS_PER_WORKER), min(share, MANY_EVENTS), FEWEST_EVENTS)


def boundary_of(modules: Iterable[Module]) -> Boundary:
    """Between what files may be cut: not within what a module makes a product of at its end, unless such are added."""
    tokens = [token for module in modules for token in module.produced]
    moments = {token.moment for token in tokens if token.type not in MERGEABLE_TYPES}
    if "EndRun" in moments:
        return "Run"
    return "LuminosityBlock" if "EndLuminosityBlock" in moments else "Event"
