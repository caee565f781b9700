"""Dividing a job's input into parts, each of which a job of its own can process."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import attrs

from ..io.file_index import Segment
from ..module import Module

Boundary = Literal["Event", "LuminosityBlock", "Run"]
Part = tuple[Segment, ...]

PARTS_PER_WORKER = 4  # so that workers that are done early help the others
FEWEST_EVENTS = 100  # in smaller parts, what each part costs shows


def divide(segments: Sequence[Segment], events_per_part: int, boundary: Boundary = "Event") -> list[Part]:
    """Cut the input into parts of about equally many events, in order.

    Parameters
    ----------
    segments : sequence of Segment
        The plan of a source.
    events_per_part : int
        The most events of a part, if `boundary` allows it.
    boundary : str
        Between what it may be cut: two events, luminosity blocks or runs.

    Returns
    -------
    list of tuple of Segment
        At least one part, which is empty if there is no input.

    Examples
    --------
    >>> parts = divide([Segment("a", 0, 4, 1, 1), Segment("a", 4, 6, 1, 2)], 3)
    >>> [[(piece.start, piece.stop) for piece in part] for part in parts]
    [[(0, 3)], [(3, 4), (4, 6)]]
    >>> parts = divide([Segment("a", 0, 4, 1, 1), Segment("a", 4, 6, 1, 2)], 3, "LuminosityBlock")
    >>> [[(piece.start, piece.stop) for piece in part] for part in parts]
    [[(0, 4)], [(4, 6)]]
    """
    total = sum(len(segment) for segment in segments)
    share = math.ceil(total / max(math.ceil(total / events_per_part), 1))
    parts: list[list[Segment]] = [[]]
    room = share
    for piece in _pieces(segments, share, boundary):
        size = sum(len(segment) for segment in piece)
        if size and room <= 0:
            parts.append([])
            room = share
        parts[-1] += piece
        room -= size
    return [tuple(part) for part in parts]


def _pieces(segments: Sequence[Segment], share: int, boundary: Boundary) -> Iterator[list[Segment]]:
    """What must stay together, in order; single segments are cut where shares end."""
    if boundary != "Event":
        key = (lambda part: part.run) if boundary == "Run" else (lambda part: (part.run, part.lumi))
        yield from (list(group) for _, group in itertools.groupby(segments, key))
        return
    done = 0
    for segment in segments:
        start = segment.start
        while segment.stop - start > share - done % share:
            stop = start + share - done % share
            yield [attrs.evolve(segment, start=start, stop=stop)]
            done += stop - start
            start = stop
        yield [attrs.evolve(segment, start=start)]
        done += segment.stop - start


def events_per_part(events: int, workers: int) -> int:
    """A size of parts that keeps all workers busy."""
    return max(math.ceil(events / (PARTS_PER_WORKER * max(workers, 1))), FEWEST_EVENTS)


def boundary_of(modules: Iterable[Module]) -> Boundary:
    """Between what the input may be cut: not within what a module makes a product of at its end."""
    moments = {token.moment for module in modules for token in module.produced}
    if "EndRun" in moments:
        return "Run"
    return "LuminosityBlock" if "EndLuminosityBlock" in moments else "Event"
