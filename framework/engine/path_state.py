"""How far a path has come in a block, and what became of the events on it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

from ..event.event_set import EventSet, bits_of, mask_of
from ..event.store import Array, Mask
from ..event.trigger_results import EXCEPTION, FAIL, Positions, trigger_results
from .report import PathCounts

if TYPE_CHECKING:
    from .stream import ModulePlan


@attrs.frozen(eq=False)
class Place:
    """A module's place on a path.

    Attributes
    ----------
    plan : ModulePlan
        The module.
    label : str
        Its label.
    decides : bool
        Whether its verdict takes events off the path.
    inverted : bool
        Whether it is those that it passes.
    wait : bool
        Whether the path goes on only when its external work is done.
    in_order : bool
        Whether it takes the blocks in order.
    """

    plan: ModulePlan
    label: str
    decides: bool
    inverted: bool
    wait: bool
    in_order: bool


@attrs.define(eq=False)
class PathState:
    """How far a path has come in the block.

    Attributes
    ----------
    places : sequence of Place
        The path.
    counts : PathCounts
        Counts what happens on it.
    active : EventSet
        The events still on the path.
    left : int
        How many they are, dead ones included.
    cursor : int
        The next place.
    segment : int
        Modules that no filter separates from one that failed still run, as cmsRun would have started them together: the
        events that met an exception since this position end where the segment does.
    steps : tuple of (int, EventSet)
        The filters that took events off the path: their positions, and the events that went on.
    stops : tuple of (int, EventSet)
        Where exceptions ended the path: the positions, and for which events.
    has_status : bool
        Whether the product that tells of the path is there.
    """

    places: Sequence[Place]
    counts: PathCounts
    active: EventSet
    left: int
    cursor: int = 0
    segment: int = 0
    steps: tuple[tuple[int, EventSet], ...] = ()
    stops: tuple[tuple[int, EventSet], ...] = ()
    has_status: bool = False

    def keep(self, active: EventSet) -> None:
        """Let these events go on."""
        self.active, self.left = active, active.bit_count()


def path_states(paths: Sequence[PathState], size: int) -> npt.NDArray[np.uint8]:
    """What became of each event of the block (columns) on each path (rows) that has come to its end."""
    states = bits_of([path.active for path in paths], size)
    np.subtract(FAIL, states, out=states)  # PASS is one less
    for row, path in zip(states, paths, strict=True):
        for _, stopped in path.stops:
            row[mask_of(stopped, size)] = EXCEPTION
    return states


def deciding_positions(paths: Sequence[PathState], size: int) -> Positions:
    """The position of the module that decided about each event of the block (columns) on each path (rows).

    For those still on the path it is the one reached. All paths at once, as there may be hundreds: an event begins at
    its path's first filter, and each one that it passes takes it to the next, or from the last to the end.
    """
    positions = [[position for position, _ in path.steps] + [max(path.cursor - 1, 0)] for path in paths]
    small = np.min_scalar_type(max((one[-1] for one in positions), default=0))
    index = np.empty((len(paths), size), dtype=small)
    index[:] = np.array([one[0] for one in positions], dtype=small)[:, np.newaxis]
    for k in range(max((len(path.steps) for path in paths), default=0)):
        passed = [path.steps[k][1] if k < len(path.steps) else 0 for path in paths]
        ahead = np.array([one[k + 1] - one[k] if k + 1 < len(one) else 0 for one in positions], dtype=small)
        step = bits_of(passed, size).astype(small, copy=False)
        step *= ahead[:, np.newaxis]  # in place: memory for a matrix that is new takes longer than the arithmetic
        index += step
    for row, path in zip(index, paths, strict=True):
        for position, stopped in path.stops:
            row[mask_of(stopped, size)] = position
    return index


class PathOutcomes:
    """What became of the events of a block on paths that have come to their ends; made when it is asked for.

    Parameters
    ----------
    paths : sequence of PathState
        The paths.
    size : int
        Number of events in the block, N.
    alive : EventSet
        The events that have a result.
    """

    def __init__(self, paths: Sequence[PathState], size: int, alive: EventSet) -> None:
        self._paths, self._size, self._alive = paths, size, alive

    @cached_property
    def states(self) -> npt.NDArray[np.uint8]:
        """The state of each event on each path: an array of shape (N, paths)."""
        return np.ascontiguousarray(path_states(self._paths, self._size).T)

    def trigger_results(self) -> tuple[Array, Mask]:
        """TriggerResults of the N events, and which events have them."""
        index = deciding_positions(self._paths, self._size).T
        return trigger_results(self.states, index), mask_of(self._alive, self._size)
